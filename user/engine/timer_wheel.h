/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Timers: what cannot change before a time need not be looked at before. A wheel of one slot a
 * second, so that setting one and taking it back costs the same however many there are. What is due
 * later than the wheel reaches is put on again when it has gone round.
 */
#ifndef P2PSCOPE_ENGINE_TIMER_WHEEL_H
#define P2PSCOPE_ENGINE_TIMER_WHEEL_H

#include "p2pscope/types.h"

/* Part of what waits; all zero: it does not. */
struct timer {
	struct timer *prev, *next;
	u64 at_ns;
};

#define TIMER_SLOTS 4096 /* seconds: a little more than an ended session is kept */

struct timer_wheel {
	struct timer slot[TIMER_SLOTS]; /* heads of rings */
	u64 second; /* the slots before it have been looked at */
};

typedef void (*timer_fn)(void *arg, struct timer *timer);

void timer_wheel_begin(struct timer_wheel *wheel);
/* Waits from now on for that time, and no more for another one. */
void timer_set(struct timer_wheel *wheel, struct timer *timer, u64 at_ns);
/* Waits no more. */
void timer_cancel(struct timer *timer);
/*
 * Calls `fn` for each whose time has come; it waits no more then, and may be freed. Nobody is
 * called twice.
 */
void timer_wheel_run(struct timer_wheel *wheel, u64 now_ns, timer_fn fn, void *arg);

#endif
