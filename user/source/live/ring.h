/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The ring buffer of the data plane: its events are passed to the engine in Unix time. */
#ifndef P2PSCOPE_SOURCE_LIVE_RING_H
#define P2PSCOPE_SOURCE_LIVE_RING_H

#include "engine/engine.h"
#include "source/live/clock.h"
#include "source/live/drop_reasons.h"

struct ring;

/* Called with each event after the engine has taken it. */
typedef void (*ring_fn)(void *arg, const struct event *event);

/*
 * Opens the ring buffer map with the descriptor `fd`, which stays the caller's, as do engine, clock
 * and reasons. `reasons`, by which drops get a more specific reason, and `also` may be NULL.
 * Returns 0 or -errno.
 */
int ring_open(struct ring **out, int fd, struct engine *engine, const struct live_clock *clock,
	      struct drop_reasons *reasons, ring_fn also, void *arg);

/* Frees the ring; takes NULL too. */
void ring_close(struct ring *ring);

/* Returns a descriptor that is readable while events wait; it belongs to the ring. */
int ring_fd(const struct ring *ring);

/*
 * Passes waiting events on, for at most 20 ms, so that the rest of the main loop gets its turn. The
 * descriptor stays readable when some are left.
 */
void ring_drain(struct ring *ring);

#endif
