/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Events: the common part of one, and its way out. Which changes are told is decided where they are
 * seen.
 */
#ifndef P2PSCOPE_BPF_EMIT_H
#define P2PSCOPE_BPF_EMIT_H

#include "counters.h"

#define EVENT_SIZE(member) \
	((u32)(__builtin_offsetof(struct event, stun) + sizeof(((struct event *)0)->member)))

/* Completes w->event, whose union is filled, with what is known of the message, and writes it. */
static __always_inline void emit(struct work *w, u8 kind, u32 count, u32 size)
{
	struct event *e = &w->event;

	e->time_ns = w->now_ns;
	e->key = w->key;
	e->ifindex = w->ifindex;
	e->kind = kind;
	e->dir = w->dir;
	e->cls = w->cls;
	e->known = w->known;
	e->count = count;
	e->wire_len = w->len;
	e->server = w->server;
	e->zero = 0;
	event_write(e, size, w->known);
}

#endif
