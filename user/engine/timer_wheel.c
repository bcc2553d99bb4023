/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "engine/timer_wheel.h"

#define NS_PER_S 1000000000ull

static void ring_begin(struct due *head)
{
	head->prev = head->next = head;
}

void due_begin(struct due_wheel *wheel)
{
	for (int i = 0; i < DUE_SLOTS; i++)
		ring_begin(&wheel->slot[i]);
	wheel->second = 0;
}

void due_never(struct due *due)
{
	if (!due->next)
		return;
	due->prev->next = due->next;
	due->next->prev = due->prev;
	due->prev = due->next = NULL;
}

void due_at(struct due_wheel *wheel, struct due *due, u64 at_ns)
{
	u64 second = at_ns / NS_PER_S;
	struct due *head;

	if (second < wheel->second)
		second = wheel->second;
	if (second >= wheel->second + DUE_SLOTS)
		second = wheel->second + DUE_SLOTS - 1;
	head = &wheel->slot[second % DUE_SLOTS];
	due_never(due);
	due->at_ns = at_ns;
	due->prev = head->prev;
	due->next = head;
	head->prev->next = due;
	head->prev = due;
}

/* All of a ring goes to the end of another one. */
static void ring_append(struct due *to, struct due *from)
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
static void take_out(struct due_wheel *wheel, u64 now, struct due *ring)
{
	u64 second = wheel->second < now ? wheel->second : now;

	if (now >= second + DUE_SLOTS)
		second = now - DUE_SLOTS + 1;
	for (; second <= now; second++)
		ring_append(ring, &wheel->slot[second % DUE_SLOTS]);
	wheel->second = now;
}

void due_run(struct due_wheel *wheel, u64 now_ns, due_fn fn, void *arg)
{
	struct due ring, *due;

	ring_begin(&ring);
	take_out(wheel, now_ns / NS_PER_S, &ring);
	while ((due = ring.next) != &ring) {
		due_never(due);
		if (due->at_ns <= now_ns)
			fn(arg, due);
		else
			due_at(wheel, due, due->at_ns);
	}
}
