/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "source/live/ring.h"
#include "util/time.h"

/*
 * How long ring_drain() may take. Reading the clock has a cost, too: it is read every few events.
 */
#define TURN_NS 20000000ull
#define EVENTS_PER_LOOK 32

struct ring {
	struct ring_buffer *buffer;
	struct engine *engine;
	const struct live_clock *clock;
	struct drop_reasons *reasons;
	ring_fn also;
	void *arg;
	u64 turn_ends; /* monotonic */
	unsigned int taken;
	struct event event;
};

/*
 * The data plane cuts the union after what the event's kind needs. The rest is cleared, so that
 * nothing of an earlier event is left there.
 */
static int ring_take_event(void *context, void *data, size_t size)
{
	struct ring *ring = context;

	if (size < offsetof(struct event, stun) || size > sizeof(ring->event))
		return 0;
	memcpy(&ring->event, data, size);
	memset((char *)&ring->event + size, 0, sizeof(ring->event) - size);
	ring->event.time_ns = live_clock_unix(ring->clock, ring->event.time_ns);
	if (ring->event.kind == EVENT_DROP)
		ring->event.drop.reason = drop_reasons_refine(ring->reasons, &ring->event);
	engine_event(ring->engine, &ring->event);
	if (ring->also)
		ring->also(ring->arg, &ring->event);
	if (++ring->taken % EVENTS_PER_LOOK || time_monotonic_ns() < ring->turn_ends)
		return 0;
	return -ECANCELED;
}

int ring_open(struct ring **out, int fd, struct engine *engine, const struct live_clock *clock,
	      struct drop_reasons *reasons, ring_fn also, void *arg)
{
	struct ring *ring = calloc(1, sizeof(*ring));
	int err;

	if (!ring)
		return -ENOMEM;
	*ring = (struct ring){
		.engine = engine, .clock = clock, .reasons = reasons, .also = also, .arg = arg};
	ring->buffer = ring_buffer__new(fd, ring_take_event, ring, NULL);
	if (!ring->buffer) {
		err = -errno;
		free(ring);
		return err;
	}
	*out = ring;
	return 0;
}

void ring_close(struct ring *ring)
{
	if (!ring)
		return;
	ring_buffer__free(ring->buffer);
	free(ring);
}

int ring_fd(const struct ring *ring)
{
	return ring_buffer__epoll_fd(ring->buffer);
}

/* When this stops early the descriptor stays readable, so the main loop calls it again. */
void ring_drain(struct ring *ring)
{
	ring->turn_ends = time_monotonic_ns() + TURN_NS;
	ring_buffer__consume(ring->buffer);
}
