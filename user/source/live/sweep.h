/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The sweep: once a second the records of all known flows go to the engine, in slices, so that a
 * million flows do not hold the main loop up; of many flows it takes up to three seconds, which is
 * soon enough for every timer of the judge. Records that have been silent for long are deleted.
 */
#ifndef P2PSCOPE_SOURCE_LIVE_SWEEP_H
#define P2PSCOPE_SOURCE_LIVE_SWEEP_H

#include "engine/engine.h"
#include "source/live/clock.h"

struct sweep;

/* Takes the map of known flows, which stays the caller's, as are engine and clock. -errno. */
int sweep_open(struct sweep **out, int fd, struct engine *engine, const struct live_clock *clock);
void sweep_close(struct sweep *sweep);

/* Ask once a second: is it time for another sweep? */
bool sweep_due(const struct sweep *sweep);

/*
 * Does a slice of a sweep, beginning one if none is under way. Gives in how many ms the next one is
 * to be done, so that the work is spread over the time of a sweep; 0 when it is over.
 */
unsigned int sweep_slice(struct sweep *sweep);

/* Flows found by the last whole sweep. */
u64 sweep_flows(const struct sweep *sweep);

#endif
