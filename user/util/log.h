/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the program says on standard error. One line a message, each with "p2pscope: " in front;
 * libbpf's messages come the same way. Functions below the top give -errno and stay silent; the top
 * logs once.
 */
#ifndef P2PSCOPE_UTIL_LOG_H
#define P2PSCOPE_UTIL_LOG_H

enum log_level { LEVEL_ERROR, LEVEL_WARN, LEVEL_INFO, LEVEL_DEBUG };

/* Messages above `level` are dropped; LEVEL_INFO before the first call. */
void log_set_level(enum log_level level);

/*
 * Sends libbpf's messages through this log, its warnings as `warnings`: LEVEL_DEBUG while things
 * are tried of which some are expected to fail, LEVEL_WARN otherwise.
 */
void log_libbpf(enum log_level warnings);

/* Takes a printf format without newline. */
__attribute__((format(printf, 1, 2))) void log_error(const char *format, ...);
__attribute__((format(printf, 1, 2))) void log_warn(const char *format, ...);
__attribute__((format(printf, 1, 2))) void log_info(const char *format, ...);
__attribute__((format(printf, 1, 2))) void log_debug(const char *format, ...);

#endif
