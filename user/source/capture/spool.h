/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What comes through a pipe, kept in a temporary file without a name, so that it can be read more
 * than once. It takes as much of the disk as came in, but not more than it may.
 */
#ifndef P2PSCOPE_SOURCE_CAPTURE_SPOOL_H
#define P2PSCOPE_SOURCE_CAPTURE_SPOOL_H

#include <signal.h>
#include <stddef.h>

#include "p2pscope/types.h"

#define SPOOL_MAX (4ull << 30) /* bytes, of captures */
#define SPOOL_TEXT 256

struct spool {
	int from; /* what is read, until it ends */
	u64 most; /* bytes that are kept; what comes behind them is left where it is */
	const volatile sig_atomic_t *stop; /* set by a signal's handler, it ends it, too; or NULL */
	void (*progress)(void *arg, u64 bytes); /* called now and then; or NULL */
	void *arg;
};

/*
 * Reads all into a file below TMPDIR, or /tmp. Gives its descriptor, at its end, or -errno; `text`
 * says in both cases in SPOOL_TEXT bytes why not all came in, "" if all did.
 */
int spool_take(const struct spool *spool, char *text);

#endif
