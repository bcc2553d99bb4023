/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which captures are replayed, and what was read of each. */
#ifndef P2PSCOPE_SOURCE_CAPTURE_CAPTURE_OPTIONS_H
#define P2PSCOPE_SOURCE_CAPTURE_CAPTURE_OPTIONS_H

#include <signal.h>

#include "p2pscope/types.h"

#define CAPTURE_PROGRESS 4096 /* packets between two calls of the progress function */

enum capture_step { CAPTURE_SPOOLING, CAPTURE_LEARNING, CAPTURE_ANALYSING };

/*
 * Called now and then with the progress of a step: bytes when spooling, else packets. `all` is 0
 * when the total is not known.
 */
typedef void (*capture_progress_fn)(void *arg, enum capture_step step, u64 done, u64 all);

/*
 * Called for each of two captures before their packets are analysed: between which times it holds
 * the packets of its interface.
 */
typedef void (*capture_cover_fn)(void *arg, u32 ifindex, u64 from_ns, u64 to_ns);

struct capture_options {
	const char *file; /* the only capture, or NULL; "-" is standard input */
	const char *lan, *wan; /* both are set when `file` is NULL */
	/* set by a signal handler to stop reading; or NULL */
	const volatile sig_atomic_t *stop;
	capture_progress_fn progress; /* or NULL */
	capture_cover_fn cover; /* or NULL */
	/* called if the only capture turns out to hold both sides of a gateway; or NULL */
	void (*forwards)(void *arg);
	void *arg; /* passed to all functions */
};

/* What was read of one capture. */
struct capture_summary {
	const char *path;
	const char *link; /* name of its link type */
	u64 packets;
	u64 cut; /* truncated by the snapshot length */
	u64 tunnelled; /* packets that encapsulate the one that was analysed instead */
};

#endif
