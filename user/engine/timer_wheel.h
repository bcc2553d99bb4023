/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Timers on a wheel of one slot a second, so that setting and cancelling one costs the same however
 * many there are. A timer that is due later than the wheel reaches is set again when the wheel has
 * gone round. Times are in ns.
 */
#ifndef P2PSCOPE_ENGINE_TIMER_WHEEL_H
#define P2PSCOPE_ENGINE_TIMER_WHEEL_H

#include "p2pscope/types.h"

/* Part of an object that waits; all zero when it does not. */
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
/* Sets a timer, whether it was set or not. */
void timer_set(struct timer_wheel *wheel, struct timer *timer, u64 at_ns);
/* Cancels a timer, which need not be set. */
void timer_cancel(struct timer *timer);
/*
 * Calls `fn` for each timer whose time has come. The timer is not set any more then, and its object
 * may be freed. It is called once for each, even if `fn` sets the timer again.
 */
void timer_wheel_run(struct timer_wheel *wheel, u64 now_ns, timer_fn fn, void *arg);

#endif
