/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <time.h>

#include "util/time.h"

u64 time_monotonic_ns(void)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	return (u64)at.tv_sec * NS_PER_S + (u64)at.tv_nsec;
}

s64 time_monotonic_ms(void)
{
	return (s64)(time_monotonic_ns() / NS_PER_MS);
}
