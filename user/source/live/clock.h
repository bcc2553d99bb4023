/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel's packets carry monotonic time, the engine wants Unix time. The distance between the
 * two is followed in small steps, so that packet times keep their order while NTP trims the clock;
 * only when the clock is set is it taken over.
 */
#ifndef P2PSCOPE_SOURCE_LIVE_CLOCK_H
#define P2PSCOPE_SOURCE_LIVE_CLOCK_H

#include "p2pscope/types.h"

struct clock {
	s64 offset_ns; /* Unix minus monotonic */
};

void clock_start(struct clock *clock);

/*
 * Call about once a second. Gives true when the clock was set (moved by more than a second at
 * once).
 */
bool clock_follow(struct clock *clock);

/* Unix time of a monotonic time; 0 (not known) stays 0. */
u64 clock_unix(const struct clock *clock, u64 monotonic_ns);

/* Returns Unix time now, in ns. */
u64 clock_now(const struct clock *clock);

#endif
