/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Messages that are put together out of the segments that TCP has cut them into: what a message
 * says may stand behind any cut. Of each direction there is one at a time, of TCP_PART_KEPT bytes
 * at most.
 */
#ifndef P2PSCOPE_BPF_TCP_PART_H
#define P2PSCOPE_BPF_TCP_PART_H

#include "p2pscope/loop.h"
#include "tcp_conn.h"

/* Sets the key of what is remembered of the segment's direction. */
static __always_inline void tcp_part_key(struct tcp_segment *s)
{
	message_set_key(&s->m->tcp.key, &s->pkt->key);
	s->m->tcp.key.zero = s->pkt->dir;
}

/* Forgets what was put together of the segment's direction; its key is set. */
static __always_inline void tcp_part_end(struct tcp_segment *s)
{
	tcp_part_delete(&s->m->tcp.key);
	count_deleted(MAP_TCP_PARTS);
	s->m->tcp.half.seen &= (u8)~TCP_HALF_PART;
}

/* Adds the new bytes of this segment to the message. Returns how many. */
static __always_inline u32 tcp_part_load(struct tcp_segment *s, const struct source *src,
					 struct tcp_part *part, u32 most)
{
	u32 at = part->seq - s->pkt->seq, take;

	if (at >= s->pkt->payload)
		return 0;
	take = packet_there(s->pkt, at);
	if (take > most)
		take = most;
	if (!take || part->have + take > TCP_PART_KEPT ||
	    source_load(src, s->pkt->at + at, part->b + (part->have & (TCP_PART_KEPT - 1)), take))
		return 0;
	part->seq += take;
	return take;
}

struct tcp_part_copy {
	const struct tcp_part *part;
	struct msg_context *m;
};

/* Copies 32 bytes of the message to m->data. A step of loop_times(): returns 1 at the end. */
static __maybe_unused int tcp_part_copy_step(u32 index, void *ctx)
{
	struct tcp_part_copy *c = ctx;
	u32 at = (index & (TCP_PART_KEPT / 32 - 1)) * 32;

	__builtin_memcpy(c->m->data.b + at, c->part->b + at, 32);
	return at + 32 >= c->part->have;
}

/* Copies what was put together under m->tcp.key to m->data. Returns how many bytes. */
GLOBAL_FUNCTION tcp_part_copy(void)
{
	struct msg_context *m = context_lookup();
	struct tcp_part_copy c = {.m = m};

	if (!m)
		return 0;
	c.part = tcp_part_lookup(&m->tcp.key);
	if (!c.part)
		return 0;
	loop_times(TCP_PART_KEPT / 32, tcp_part_copy_step, &c);
	return (int)c.part->have;
}

/* Inserts m->fresh.part under m->tcp.key. Returns whether it is there. */
GLOBAL_FUNCTION tcp_part_store(void)
{
	struct msg_context *m = context_lookup();
	bool old;

	if (!m)
		return 0;
	old = tcp_part_lookup(&m->tcp.key);
	if (old) /* it was never complete */
		count_skipped(REASON_CUT);
	if (tcp_part_insert(&m->tcp.key, &m->fresh.part)) {
		count_full(MAP_TCP_PARTS);
		return 0;
	}
	if (!old)
		count_inserted(MAP_TCP_PARTS);
	return 1;
}

#endif
