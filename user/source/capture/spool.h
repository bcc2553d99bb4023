/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Copies a pipe to an unlinked temporary file, so that it can be read more than once. The file
 * takes as much disk space as was received, up to a limit.
 */
#ifndef P2PSCOPE_SOURCE_CAPTURE_SPOOL_H
#define P2PSCOPE_SOURCE_CAPTURE_SPOOL_H

#include <signal.h>
#include <stddef.h>

#include "p2pscope/types.h"

#define SPOOL_MAX (4ull << 30) /* bytes, for captures */
#define SPOOL_TEXT 256

struct spool {
	int from; /* the descriptor to read until its end */
	u64 most; /* limit in bytes; the rest is not read */
	const volatile sig_atomic_t *stop; /* set by a signal handler to end reading; or NULL */
	void (*progress)(void *arg, u64 bytes); /* called now and then; or NULL */
	void *arg;
};

/*
 * Copies all data to a file in TMPDIR, or /tmp. Returns its descriptor, positioned at its end, or
 * -errno. In both cases `text`, of SPOOL_TEXT bytes, is the reason why data is missing, "" if
 * none is.
 */
int spool_take(const struct spool *spool, char *text);

#endif
