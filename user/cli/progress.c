/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "cli/progress.h"
#include "util/time.h"

#define EVERY_MS 250

#define CLEAR_LINE "\r\033[K" /* ECMA-48: erase in line */

struct progress progress_begin(void)
{
	struct progress progress = {.terminal = isatty(STDERR_FILENO)};

	return progress;
}

bool progress_due(struct progress *progress)
{
	struct timespec ts;
	u64 now_ms;

	if (!progress->terminal)
		return false;
	clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
	now_ms = (u64)ts.tv_sec * 1000 + (u64)ts.tv_nsec / NS_PER_MS;
	if (now_ms < progress->next_ms)
		return false;
	progress->next_ms = now_ms + EVERY_MS;
	return true;
}

void progress_show(struct progress *progress, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs(CLEAR_LINE, stderr);
	vfprintf(stderr, format, args);
	va_end(args);
	progress->shown = true;
}

void progress_end(struct progress *progress)
{
	if (progress->shown)
		fputs(CLEAR_LINE, stderr);
	progress->shown = false;
}
