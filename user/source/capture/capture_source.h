/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Packet captures as a source: one capture, treated as taken on the WAN side, or one of each side
 * of a gateway, merged by time. file.h describes the supported formats, frame.h the link layers
 * and tunnels, capture_points.h the points at which their packets are observed.
 */
#ifndef P2PSCOPE_SOURCE_CAPTURE_CAPTURE_SOURCE_H
#define P2PSCOPE_SOURCE_CAPTURE_CAPTURE_SOURCE_H

#include <stddef.h>

#include "source/capture/capture_options.h"
#include "source/capture/native.h"

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
