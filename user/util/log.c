/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "util/log.h"
#include "util/text.h"

static enum log_level limit = LEVEL_INFO;
static enum log_level libbpf_warnings = LEVEL_WARN;

void log_set_level(enum log_level level)
{
	limit = level;
}

/*
 * Each line is one write, so that lines of several threads do not mix. A line may contain names
 * that others chose, so control characters are escaped.
 */
static void log_write(enum log_level level, const char *prefix, const char *format, va_list args)
{
	char line[2048], plain[2048];
	size_t used;

	if (level > limit)
		return;
	used = (size_t)snprintf(line, sizeof(line), "p2pscope: %s", prefix);
	vsnprintf(line + used, sizeof(line) - used, format, args);
	line[strcspn(line, "\n")] = '\0';
	fprintf(stderr, "%s\n", text_line(plain, sizeof(plain), line));
}

void log_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_write(LEVEL_ERROR, "", format, args);
	va_end(args);
}

void log_warn(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_write(LEVEL_WARN, "warning: ", format, args);
	va_end(args);
}

void log_info(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_write(LEVEL_INFO, "", format, args);
	va_end(args);
}

void log_debug(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_write(LEVEL_DEBUG, "", format, args);
	va_end(args);
}

/*
 * Verifier logs have many lines and are printed as they are. libbpf's debug messages only help
 * its developers.
 */
static int libbpf_print(enum libbpf_print_level level, const char *format, va_list args)
{
	enum log_level ours = level == LIBBPF_WARN ? libbpf_warnings : LEVEL_DEBUG;

	if (ours > limit || level == LIBBPF_DEBUG)
		return 0;
	return vfprintf(stderr, format, args);
}

void log_libbpf(enum log_level warnings)
{
	libbpf_warnings = warnings;
	libbpf_set_print(libbpf_print);
}
