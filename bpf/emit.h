/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Events: their common part, and how they leave. Whether a change is reported is decided where it
 * is seen.
 */
#ifndef P2PSCOPE_BPF_EMIT_H
#define P2PSCOPE_BPF_EMIT_H

#include "map_ops.h"
#include "p2pscope/loop.h"

/*
 * Returns whether the message with this number, counted from 1, is reported: the first eight and
 * then each power of two. That shows what happens, and is bounded whatever happens.
 */
static __always_inline bool worth_reporting(u32 count)
{
	return count <= 8 || (count & (count - 1)) == 0;
}

#define EVENT_SIZE(member) \
	((u32)(__builtin_offsetof(struct event, stun) + sizeof(((struct event *)0)->member)))

/*
 * Fills the common part of m->event, whose union the caller has filled, with what is known of the
 * message at hand, and writes `size` bytes of it. `count` is the number of messages of this kind.
 */
static __always_inline void emit_event(struct msg_context *m, u8 kind, u32 count, u32 size)
{
	struct event *e = &m->event;

	e->time_ns = m->now_ns;
	e->key = m->key;
	e->ifindex = m->ifindex;
	e->kind = kind;
	e->dir = m->dir;
	e->cls = m->cls;
	e->known = m->known;
	e->count = count;
	e->wire_len = m->len;
	e->server = m->server;
	e->zero = 0;
	event_write(e, size, m->known);
}

struct emit_copy {
	const struct bytes *in;
	u8 *to;
	u32 at, len;
};

/* Copies 16 bytes of a message into an event, zero after the last. A step of loop_times(). */
static __maybe_unused int emit_copy_step(u32 index, void *ctx)
{
	struct emit_copy *c = ctx;
	u32 done = (index & 31) * 16;
	const u8 *from = bytes_at(c->in, c->at + done);
	u8 *to = c->to + done;

	for (u32 i = 0; i < 16; i++)
		to[i] = done + i < c->len ? from[i] : 0;
	return done + 16 >= c->len;
}

#endif
