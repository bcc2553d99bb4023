/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Units of time. All times in this program are u64 nanoseconds, of packet time or of a clock. */
#ifndef P2PSCOPE_UTIL_TIME_H
#define P2PSCOPE_UTIL_TIME_H

#include "p2pscope/types.h"

#define NS_PER_US 1000ull
#define NS_PER_MS 1000000ull
#define NS_PER_S 1000000000ull

/*
 * Returns the time of CLOCK_MONOTONIC, which is never set and does not count suspension: for how
 * long something takes, and for deadlines.
 */
u64 time_monotonic_ns(void);

/* Returns the same in whole milliseconds; signed, as differences of it are. */
s64 time_monotonic_ms(void);

#endif
