/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A progress line on standard error; nothing is printed when that is not a terminal. */
#ifndef P2PSCOPE_PROGRESS_H
#define P2PSCOPE_PROGRESS_H

#include <stdbool.h>

#include "p2pscope/types.h"

struct progress {
	bool terminal;
	bool shown;
	u64 next_ms; /* monotonic time of the next update */
};

/* Returns a progress line that is not shown yet. */
struct progress progress_begin(void);

/* Returns whether it is time to update the line; never when there is no terminal. */
bool progress_due(struct progress *progress);

/* Replaces the line; `format` is that of printf(3). */
__attribute__((format(printf, 2, 3))) void progress_show(struct progress *progress,
							 const char *format, ...);

/* Removes the line; called before anything else is printed. */
void progress_end(struct progress *progress);

#endif
