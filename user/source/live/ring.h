/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The ring buffer of the data plane: its events, in Unix time, go to the engine. */
#ifndef P2PSCOPE_SOURCE_LIVE_RING_H
#define P2PSCOPE_SOURCE_LIVE_RING_H

#include "engine/engine.h"
#include "source/live/clock.h"
#include "source/live/drop_reasons.h"

struct ring;

/* Called with each event that was taken in, for counting. */
typedef void (*ring_fn)(void *arg, const struct event *event);

/*
 * Opens the ring buffer map `fd`, which stays the caller's, as are engine, clock and reasons.
 * These, by which drops are told more exactly, and `also` may be NULL. -errno.
 */
int ring_open(struct ring **out, int fd, struct engine *engine, const struct live_clock *clock,
	      struct drop_reasons *reasons, ring_fn also, void *arg);
void ring_close(struct ring *ring);

/* Readable when events wait. */
int ring_fd(const struct ring *ring);

/* Takes in what waits, for 20 ms at most, so that the rest of the main loop gets its turn. */
void ring_drain(struct ring *ring);

#endif
