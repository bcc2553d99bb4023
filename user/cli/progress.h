/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One line on a terminal's standard error that says how far something is; where there is no
 * terminal, nothing.
 */
#ifndef P2PSCOPE_PROGRESS_H
#define P2PSCOPE_PROGRESS_H

#include <stdbool.h>

#include "p2pscope/types.h"

struct progress {
	bool terminal;
	bool shown;
	u64 next_ms; /* not before this */
};

/* Finds out whether there is a terminal. */
struct progress progress_begin(void);

/* Is it time for another text? */
bool progress_due(struct progress *progress);

/* Puts a text in the place of the last one. */
__attribute__((format(printf, 2, 3))) void progress_show(struct progress *progress,
							 const char *format, ...);

/* Takes the line away; before anything else is said. */
void progress_end(struct progress *progress);

#endif
