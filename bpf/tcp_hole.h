/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a TCP stream leaves open: the first bytes of a connection, when they are too few to tell
 * what it is, and holes. A segment that fills a hole belongs to the stream at its place (RFC 9293
 * section 3.10.7.4), so its messages are read like all others. Of each direction one hole is
 * remembered, no byte of what is behind it: a message that begins before a hole and goes on behind
 * it is known by its first bytes.
 */
#ifndef P2PSCOPE_BPF_TCP_HOLE_H
#define P2PSCOPE_BPF_TCP_HOLE_H

#include "tcp_conn.h"

/* A jump that is larger belongs to another connection between the same ports. */
#define TCP_HOLE_MAX 0x20000

/* What the first bytes of a stream, or of a message, may be. */
enum tcp_guess { GUESS_NONE, GUESS_MAYBE, GUESS_TURN, GUESS_RFC4571 };

/* bytes that tell it: two of length, and STUN as far as its cookie reaches */
#define GUESS_BYTES 10

/*
 * Returns whether the `have` bytes at `b` may begin a STUN message (RFC 8489 section 5): as far as
 * its cookie is there, it must be right.
 */
static __always_inline bool tcp_may_be_stun(const u8 *b, u32 have)
{
	if (have < 8 && b[0] > 1) /* an unusual method must show its cookie */
		return false;
	return b[0] < 16 && (have < 5 || b[4] == 0x21) && (have < 6 || b[5] == 0x12) &&
	       (have < 7 || b[6] == 0xa4) && (have < 8 || b[7] == 0x42);
}

/*
 * Returns whether the `have` bytes at `b` may be a length (RFC 4571 section 2) and the beginning of
 * a STUN message of that length.
 */
static __always_inline bool tcp_may_be_framed(const u8 *b, u32 have)
{
	u32 len = load_be16(b);

	if (b[0] >= 6) /* STUN fits into a packet; TLS begins with 22 */
		return false;
	if (have < 2)
		return true;
	if (len < STUN_HEADER || (have > 5 && len != load_be16(b + 4) + (u32)STUN_HEADER))
		return false;
	return have < 3 || tcp_may_be_stun(b + 2, have - 2);
}

/*
 * Returns what a stream may be by its first bytes, of which `have` are at `b`. `framing` is what is
 * known of it, FRAMING_NONE when nothing is.
 */
static __always_inline u8 tcp_guess(const u8 *b, u32 have, u8 framing)
{
	if (!have)
		return GUESS_NONE;
	if (framing != FRAMING_RFC4571 && tcp_may_be_stun(b, have))
		return have < 8 ? GUESS_MAYBE : GUESS_TURN;
	if (framing != FRAMING_TURN && tcp_may_be_framed(b, have))
		return have < GUESS_BYTES ? GUESS_MAYBE : GUESS_RFC4571;
	return GUESS_NONE;
}

/* Looks up what is open in the segment's direction. Returns whether something is. */
static __always_inline bool tcp_hole_find(struct tcp_segment *s)
{
	struct msg_context *m = s->m;
	struct tcp_hole *hole;

	message_set_key(&m->tcp.key, &s->pkt->key);
	m->tcp.key.zero = s->pkt->dir;
	hole = tcp_hole_lookup(&m->tcp.key);
	if (!hole)
		return false;
	m->tcp.hole = *hole;
	m->tcp.hole_known = 1;
	return true;
}

/* Stores what is open in the segment's direction, or forgets it when `keep` is false. */
static __always_inline void tcp_hole_store(struct tcp_segment *s, bool keep)
{
	struct tcp_reading *r = &s->m->tcp;

	if (!keep) {
		if (!r->hole_known)
			return;
		tcp_hole_delete(&r->key);
		count_deleted(MAP_TCP_HOLES);
		return;
	}
	message_set_key(&r->key, &s->pkt->key);
	r->key.zero = s->pkt->dir;
	if (tcp_hole_insert(&r->key, &r->hole))
		count_full(MAP_TCP_HOLES);
	else if (!r->hole_known)
		count_inserted(MAP_TCP_HOLES);
}

/* Bytes are missing before this segment: what is known of the stream waits for them. */
static __always_inline void tcp_hole_open(struct tcp_segment *s)
{
	struct tcp_reading *r = &s->m->tcp;

	r->hole_known = r->half.seen & TCP_HALF_HOLE;
	r->hole.half = r->half;
	r->hole.end = s->pkt->seq;
	r->hole_changed = 1;
	r->half.seen |= TCP_HALF_HOLE;
}

/*
 * Begins to read the segment into the hole that is remembered, if it belongs there. `synced`: a
 * message begins at the segment's first byte.
 */
static __always_inline void tcp_hole_enter(struct tcp_segment *s, bool synced)
{
	struct tcp_reading *r = &s->m->tcp;
	s32 at = (s32)(r->hole.half.next_seq - s->pkt->seq);
	s32 limit = (s32)(r->hole.end - s->pkt->seq);

	if (limit <= 0 || at >= (s32)s->pkt->payload || (at < 0 && !synced))
		return;
	r->saved = r->half;
	r->half = r->hole.half;
	r->filling = FILLING_HOLE;
	r->limit = limit;
	r->at = at;
	if (at < 0) { /* the hole ends here now; this segment's own end is where it ended before */
		r->half.head_len = 0;
		r->at = 0;
		r->filling = FILLING_AMID;
	}
}

/*
 * The part of the segment that fills the hole is read. Goes on with what is new behind it. Returns
 * whether there is more to read.
 */
static __always_inline bool tcp_hole_leave(struct tcp_segment *s)
{
	struct tcp_reading *r = &s->m->tcp;
	u32 next = s->pkt->seq + r->at;
	s32 ahead;

	if (!r->filling)
		return false;
	if (r->filling == FILLING_AMID) {
		r->hole.end = s->pkt->seq;
	} else {
		r->hole.half = r->half;
		r->hole.half.next_seq = next;
		if (!r->saved.synced && !r->lost && (s32)(r->hole.end - next) <= 0) {
			r->half.next_seq = next;
			r->half.seen = r->saved.seen;
			r->half.ttl = r->saved.ttl;
			r->saved = r->half;
		}
	}
	r->hole_changed = 1;
	r->filling = FILLING_NONE;
	r->half = r->saved;
	ahead = (s32)(r->half.next_seq - s->pkt->seq);
	if (r->lost)
		count_skipped(REASON_TCP_LOST_SYNC);
	if (r->lost || (s32)(r->hole.end - r->hole.half.next_seq) <= 0)
		r->half.seen &= (u8)~TCP_HALF_HOLE;
	r->lost = 0;
	r->at = ahead < 0 ? s->pkt->payload : (u32)ahead;
	r->limit = s->pkt->payload;
	return r->half.synced && r->at < r->limit;
}

#endif
