/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <time.h>

#include "source/live/clock.h"
#include "util/time.h"

#define SET_NS (s64) NS_PER_S
#define STEP_NS (s64) NS_PER_MS

/* Returns the system clock's Unix time in ns. */
static s64 unix_now_ns(void)
{
	struct timespec at;

	clock_gettime(CLOCK_REALTIME, &at);
	return (s64)at.tv_sec * (s64)NS_PER_S + at.tv_nsec;
}

/*
 * Of several readings the one between the two closest monotonic times is the most accurate, as
 * the process may be interrupted between them.
 */
static s64 measure_offset(void)
{
	s64 best = 0, width = 0;

	for (int i = 0; i < 5; i++) {
		s64 before = (s64)time_monotonic_ns(), unix_time = unix_now_ns();
		s64 after = (s64)time_monotonic_ns();

		if (i && after - before >= width)
			continue;
		width = after - before;
		best = unix_time - before - width / 2;
	}
	return best;
}

void live_clock_start(struct live_clock *clock)
{
	clock->offset_ns = measure_offset();
}

bool live_clock_follow(struct live_clock *clock)
{
	s64 moved = measure_offset() - clock->offset_ns;

	if (moved > SET_NS || moved < -SET_NS) {
		clock->offset_ns += moved;
		return true;
	}
	if (moved > STEP_NS)
		moved = STEP_NS;
	if (moved < -STEP_NS)
		moved = -STEP_NS;
	clock->offset_ns += moved;
	return false;
}

u64 live_clock_unix(const struct live_clock *clock, u64 monotonic_ns)
{
	return monotonic_ns ? monotonic_ns + (u64)clock->offset_ns : 0;
}

u64 live_clock_now(const struct live_clock *clock)
{
	return live_clock_unix(clock, time_monotonic_ns());
}
