/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The log, on standard error: one line a message, with "p2pscope: " in front. Functions return
 * -errno and do not log, unless their header says so; the caller at the top logs once.
 */
#ifndef P2PSCOPE_UTIL_LOG_H
#define P2PSCOPE_UTIL_LOG_H

enum log_level { LEVEL_ERROR, LEVEL_WARN, LEVEL_INFO, LEVEL_DEBUG };

/* Drops messages above `level`; the default is LEVEL_INFO. */
void log_set_level(enum log_level level);

/*
 * Sends libbpf's messages to the log, its warnings with level `warnings`: LEVEL_DEBUG while
 * attempts are expected to fail, LEVEL_WARN otherwise.
 */
void log_libbpf(enum log_level warnings);

/* Log one line; `format` is that of printf(3), without a newline. */
__attribute__((format(printf, 1, 2))) void log_error(const char *format, ...);
__attribute__((format(printf, 1, 2))) void log_warn(const char *format, ...);
__attribute__((format(printf, 1, 2))) void log_info(const char *format, ...);
__attribute__((format(printf, 1, 2))) void log_debug(const char *format, ...);

#endif
