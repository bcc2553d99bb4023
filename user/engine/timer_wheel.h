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
struct due {
	struct due *prev, *next;
	u64 at_ns;
};

#define DUE_SLOTS 4096 /* seconds: a little more than an ended session is kept */

struct due_wheel {
	struct due slot[DUE_SLOTS]; /* heads of rings */
	u64 second; /* the slots before it have been looked at */
};

typedef void (*due_fn)(void *arg, struct due *due);

void due_begin(struct due_wheel *wheel);
/* Waits from now on for that time, and no more for another one. */
void due_at(struct due_wheel *wheel, struct due *due, u64 at_ns);
/* Waits no more. */
void due_never(struct due *due);
/*
 * Calls `fn` for each whose time has come; it waits no more then, and may be freed. Nobody is
 * called twice.
 */
void due_run(struct due_wheel *wheel, u64 now_ns, due_fn fn, void *arg);

#endif
