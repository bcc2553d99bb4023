/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The clock of live packets. The kernel stamps them with monotonic time, the engine works in Unix
 * time. The offset between the two is adjusted in small steps, so that packet times keep their
 * order while NTP slews the system clock; when the clock is set, the new offset is adopted at once.
 */
#ifndef P2PSCOPE_SOURCE_LIVE_CLOCK_H
#define P2PSCOPE_SOURCE_LIVE_CLOCK_H

#include <stdbool.h>

#include "p2pscope/types.h"

struct live_clock {
	s64 offset_ns; /* Unix time minus monotonic time */
};

/* Measures the offset for the first time. */
void live_clock_start(struct live_clock *clock);

/*
 * Adjusts the offset by at most a millisecond; called about once a second. Returns true when the
 * system clock was set: moved by more than a second since the last call.
 */
bool live_clock_follow(struct live_clock *clock);

/* Returns the Unix time of a monotonic time, both in ns; 0 (not known) stays 0. */
u64 live_clock_unix(const struct live_clock *clock, u64 monotonic_ns);

/* Returns the current Unix time in ns, by the same offset. */
u64 live_clock_now(const struct live_clock *clock);

#endif
