/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "engine/timer_wheel.h"
#include "util/time.h"

static void ring_begin(struct timer *head)
{
	head->prev = head->next = head;
}

void timer_wheel_begin(struct timer_wheel *wheel)
{
	for (int i = 0; i < TIMER_SLOTS; i++)
		ring_begin(&wheel->slot[i]);
	wheel->second = 0;
}

void timer_cancel(struct timer *timer)
{
	if (!timer->next)
		return;
	timer->prev->next = timer->next;
	timer->next->prev = timer->prev;
	timer->prev = timer->next = NULL;
}

void timer_set(struct timer_wheel *wheel, struct timer *timer, u64 at_ns)
{
	u64 second = at_ns / NS_PER_S;
	struct timer *head;

	if (second < wheel->second)
		second = wheel->second;
	if (second >= wheel->second + TIMER_SLOTS)
		second = wheel->second + TIMER_SLOTS - 1;
	head = &wheel->slot[second % TIMER_SLOTS];
	timer_cancel(timer);
	timer->at_ns = at_ns;
	timer->prev = head->prev;
	timer->next = head;
	head->prev->next = timer;
	head->prev = timer;
}

/* All of a ring goes to the end of another one. */
static void ring_append(struct timer *to, struct timer *from)
{
	if (from->next == from)
		return;
	from->next->prev = to->prev;
	to->prev->next = from->next;
	from->prev->next = to;
	to->prev = from->prev;
	ring_begin(from);
}

/*
 * What may be due goes to a ring of its own. The slot of this very second remains: its later part
 * is still to come.
 */
static void take_out(struct timer_wheel *wheel, u64 now, struct timer *ring)
{
	u64 second = wheel->second < now ? wheel->second : now;

	if (now >= second + TIMER_SLOTS)
		second = now - TIMER_SLOTS + 1;
	for (; second <= now; second++)
		ring_append(ring, &wheel->slot[second % TIMER_SLOTS]);
	wheel->second = now;
}

void timer_wheel_run(struct timer_wheel *wheel, u64 now_ns, timer_fn fn, void *arg)
{
	struct timer ring, *timer;

	ring_begin(&ring);
	take_out(wheel, now_ns / NS_PER_S, &ring);
	while ((timer = ring.next) != &ring) {
		timer_cancel(timer);
		if (timer->at_ns <= now_ns)
			fn(arg, timer);
		else
			timer_set(wheel, timer, timer->at_ns);
	}
}
