/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel's packets carry monotonic time, the engine wants Unix time. The distance between the
 * two is followed in small steps, so that packet times keep their order while NTP trims the clock;
 * only when the clock is set is it taken over.
 */
#ifndef P2PSCOPE_SOURCE_LIVE_CLOCK_H
#define P2PSCOPE_SOURCE_LIVE_CLOCK_H

#include "p2pscope/types.h"

struct live_clock {
	s64 offset_ns; /* Unix minus monotonic */
};

void live_clock_start(struct live_clock *clock);

/*
 * Call about once a second. Gives true when the clock was set (moved by more than a second at
 * once).
 */
bool live_clock_follow(struct live_clock *clock);

/* Unix time of a monotonic time; 0 (not known) stays 0. */
u64 live_clock_unix(const struct live_clock *clock, u64 monotonic_ns);

/* Returns Unix time now, in ns. */
u64 live_clock_now(const struct live_clock *clock);

#endif
