/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The sweep: about once a second the records of all known flows are passed to the engine, in
 * slices, so that a million flows do not hold up the main loop. With many flows a sweep takes up to
 * three seconds, soon enough for every timeout of the verdicts. Records of silent flows are
 * deleted.
 */
#ifndef P2PSCOPE_SOURCE_LIVE_SWEEP_H
#define P2PSCOPE_SOURCE_LIVE_SWEEP_H

#include "engine/engine.h"
#include "source/live/clock.h"

struct sweep;

/*
 * Takes the descriptor of the map of known flows, which stays the caller's, as do engine and clock.
 * Returns 0 or -ENOMEM.
 */
int sweep_open(struct sweep **out, int fd, struct engine *engine, const struct live_clock *clock);

/* Frees the sweep; takes NULL too. */
void sweep_close(struct sweep *sweep);

/* Returns whether it is time for another sweep; asked once a second. */
bool sweep_due(const struct sweep *sweep);

/*
 * Does one slice of a sweep, and begins one if none is under way. Returns the milliseconds until
 * the next slice, which spread the work over the time of a sweep, or 0 when the sweep is over.
 */
unsigned int sweep_slice(struct sweep *sweep);

/* Returns the number of flows that the last complete sweep found. */
u64 sweep_flows(const struct sweep *sweep);

#endif
