/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Packet captures as a source: one capture, treated as taken on the WAN side, or one of each side
 * of a gateway, merged by time. file.h describes the supported formats, frame.h the link layers
 * and tunnels, capture_points.h the points at which their packets are observed.
 */
#ifndef P2PSCOPE_SOURCE_CAPTURE_CAPTURE_SOURCE_H
#define P2PSCOPE_SOURCE_CAPTURE_CAPTURE_SOURCE_H

#include <signal.h>
#include <stddef.h>

#include "source/capture/native.h"

#define CAPTURE_PROGRESS 4096 /* packets between two calls of the progress function */

enum capture_step { CAPTURE_SPOOLING, CAPTURE_LEARNING, CAPTURE_ANALYSING };

/*
 * Called now and then with the progress of a step: bytes when spooling, else packets. `all` is 0
 * when the total is not known.
 */
typedef void (*capture_progress_fn)(void *arg, enum capture_step step, u64 done, u64 all);

struct capture_options {
	const char *file; /* the only capture, or NULL; "-" is standard input */
	const char *lan, *wan; /* both are set when `file` is NULL */
	/* set by a signal handler to stop reading; or NULL */
	const volatile sig_atomic_t *stop;
	capture_progress_fn progress; /* or NULL */
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

#define CAPTURE_TRUNCATED 1100

struct capture_totals {
	u64 packets;
	u64 first_ns, last_ns; /* the earliest and the latest timestamp */
	struct capture_summary capture[2];
	unsigned int captures;
	/* why the captures were not read completely, for people; "" if they were */
	char truncated[CAPTURE_TRUNCATED];
};

/* Called after each packet with its time. Any value but 0 ends the run, which then returns it. */
typedef int (*capture_time_fn)(void *arg, u64 now_ns);

/*
 * Feeds all packets to `native`. Returns 0, the value of `fn`, or -errno with the reason in
 * `error` (`room` bytes): -ENOENT and the like when a file cannot be opened, -EPROTO when it is
 * no capture, holds no packets, or has an unsupported link type. A truncated file is read as far
 * as possible, as programs that were killed leave such files; `totals` tells what was read. A
 * signal while a pipe is read ends only that, and what was received is replayed; later a signal
 * ends the replay.
 */
int capture_source_run(const struct capture_options *options, struct native *native,
		       capture_time_fn fn, struct capture_totals *totals, char *error, size_t room);

#endif
