/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Captures as a source: one file, seen as a point that lies toward the internet, or the two sides
 * of a gateway, merged by time. What they may be is said in file.h, what their packets may be
 * wrapped in, in frame.h, at which points they are seen, in capture_points.h.
 */
#ifndef P2PSCOPE_SOURCE_CAPTURE_CAPTURE_SOURCE_H
#define P2PSCOPE_SOURCE_CAPTURE_CAPTURE_SOURCE_H

#include <signal.h>
#include <stddef.h>

#include "source/capture/native.h"

#define CAPTURE_PROGRESS 4096 /* packets from one call of the function for progress to the next */

enum capture_step { CAPTURE_SPOOLING, CAPTURE_LEARNING, CAPTURE_ANALYSING };

/* Called now and then: how far a step is, bytes or packets; `all` is 0 when it is not known. */
typedef void (*capture_progress_fn)(void *arg, enum capture_step step, u64 done, u64 all);

struct capture_options {
	const char *file; /* the only one, or NULL; "-" is standard input */
	const char *lan, *wan; /* both, when `file` is NULL */
	/* once it is not 0, what was read is all there is; or NULL */
	const volatile sig_atomic_t *stop;
	capture_progress_fn progress; /* or NULL */
	void *arg; /* of the functions that are called */
};

/* One capture, for people. */
struct capture_summary {
	const char *path;
	const char *link; /* its type's name */
	u64 packets;
	u64 cut; /* of which less is there than was on the wire */
	u64 tunnelled; /* which carried a packet that was judged in their place */
};

#define CAPTURE_TRUNCATED 1100

struct capture_totals {
	u64 packets;
	u64 first_ns, last_ns; /* the earliest and the latest of the packets' time stamps */
	struct capture_summary capture[2];
	unsigned int captures;
	char truncated
		[CAPTURE_TRUNCATED]; /* why not all that belongs to the captures was read, in sentences; "" if all was */
};

/* Called after each packet with its time. What is not 0 ends the run and is what that gives. */
typedef int (*capture_time_fn)(void *arg, u64 now_ns);

/*
 * Drives `native` with all packets. Gives 0, what `fn` gave, or -errno with a sentence in `error`
 * (of `room` bytes): -ENOENT and the like when a file cannot be opened, -EPROTO when it is no
 * capture, holds no packet, or its link type is not understood. A file that is cut ends there, as
 * captures of programs that were killed do; `totals` holds what was read. A signal while a pipe is
 * taken in ends that, and what came in is replayed; later it ends the replay.
 */
int capture_source_run(const struct capture_options *options, struct native *native,
		       capture_time_fn fn, struct capture_totals *totals, char *error, size_t room);

#endif
