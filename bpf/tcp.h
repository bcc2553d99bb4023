/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Messages in a TCP stream: STUN and ChannelData as they are sent to a TURN server (RFC 8656
 * section 12.5), or framed by two bytes of length between ICE peers (RFC 4571, RFC 6544). Where the
 * next message begins is followed by sequence number. Of each message the part in the segment where
 * it begins is looked at; when that is less than TCP_FIRST bytes, it is kept, and looked at
 * together with the beginning of the next segment. TCP may cut a stream at any byte, also its
 * first message, and segments may come late (tcp_hole.h).
 *
 * Any other TCP must leave as early as possible: a byte of `tcp_filter`, found by a hash of the
 * addresses, is 0 when no connection of that hash is of interest. It holds a time stamp in steps of
 * FILTER_STEP and so expires by itself.
 */
#ifndef P2PSCOPE_BPF_TCP_H
#define P2PSCOPE_BPF_TCP_H

#include "ct_lookup.h"
#include "dispatch.h"
#include "liveness.h"
#include "p2pscope/loop.h"
#include "tcp_hole.h"
#include "tls_track.h"
#include "untracked.h"

/* messages of a segment that are followed; at tc a segment may be 64 KiB */
#define TCP_MESSAGES 512
/* 2^36 ns = 69 s; a byte that was not renewed for 128 steps (2.4 hours) counts as 0 */
#define FILTER_STEP 36

/* A segment of a connection that is of no interest. */
static __always_inline void tcp_other(const struct packet *pkt)
{
	if (pkt->payload)
		count_class(pkt->key.tag, pkt->dir, CARRIER_TCP, CLASS_OTHER, 1);
}

/* Returns the time stamp of a tcp_filter slot. */
static __always_inline u8 filter_stamp(u64 coarse_ns)
{
	return (u8)(coarse_ns >> FILTER_STEP) | 1; /* never 0, so the steps are of two */
}

/* Returns one that expires within two steps, for what is probably of no interest. */
static __always_inline u8 filter_soon(u64 coarse_ns)
{
	return (u8)(filter_stamp(coarse_ns) - 126);
}

/* Returns whether a slot's time stamp has not expired. */
static __always_inline bool filter_fresh(u8 stamp, u64 coarse_ns)
{
	return stamp && (u8)(filter_stamp(coarse_ns) - stamp) < 128;
}

/* Returns a length with its padding to four bytes. */
static __always_inline u32 tcp_padded(u32 len)
{
	return (len + 3) & ~3u;
}

/*
 * Returns whether at offset `at` of the payload another ChannelData header of the channel in
 * `head`, or STUN, begins.
 */
static __always_inline bool tcp_chain(const struct tcp_segment *s, const struct source *src,
				      const u8 *head, u32 at)
{
	u8 next[4] = {0};

	if (packet_there(s->pkt, at) < 4 || source_load(src, s->pkt->at + at, next, 4))
		return false;
	return (next[0] == head[0] && next[1] == head[1]) || (next[0] < 2 && !(next[3] & 3));
}

/*
 * Returns whether a message other than STUN may begin at the segment's start, now that the boundary
 * is lost.
 */
static __always_inline bool tcp_sync_here(const struct tcp_segment *s, const struct source *src,
					  const u8 *head)
{
	u32 len = s->pkt->payload;
	u32 size = tcp_padded(load_be16(head + 2)) + CHANNEL_HEADER;

	if (s->m->tcp.framing == FRAMING_RFC4571)
		return load_be16(head) + 2u == len;
	if (!s->m->tcp.turn || head[0] >> 4 != 4)
		return false;
	return size == len || tcp_chain(s, src, head, size);
}

/*
 * Returns the bytes of a message by its length header, 0 when it is none. Sets `whole` to what it
 * takes with the length before it (RFC 4571) and the padding after it.
 */
static __always_inline u32 tcp_message_size(u8 framing, const u8 *head, u32 *whole)
{
	u32 size = load_be16(head);

	if (framing == FRAMING_RFC4571) {
		*whole = size + 2;
		return size;
	}
	size = load_be16(head + 2);
	if (head[0] < 16) {
		*whole = size + STUN_HEADER;
		return *whole;
	}
	*whole = tcp_padded(size) + CHANNEL_HEADER;
	return head[0] >> 4 == 4 ? size + CHANNEL_HEADER : 0;
}

/*
 * Brings the first bytes of the message at m->tcp.at to the beginning of m->data: those that were
 * kept of it, and those of this segment. Returns how many there are, at most TCP_FIRST.
 */
static __always_inline u32 tcp_first(struct tcp_segment *s, const struct source *src)
{
	struct msg_context *m = s->m;
	u32 kept = m->tcp.half.head_len & (TCP_FIRST - 1), take = packet_there(s->pkt, m->tcp.at);

	__builtin_memcpy(m->data.b, m->tcp.half.head, TCP_FIRST);
	if (take > TCP_FIRST - kept)
		take = TCP_FIRST - kept;
	if (!take || source_load(src, s->pkt->at + m->tcp.at, m->data.b + kept, take))
		return 0;
	return kept + take;
}

/*
 * The segment ends before it shows what its last message is: keeps the `have` bytes of it for the
 * next segment.
 */
static __always_inline int tcp_keep(struct tcp_segment *s, u32 have)
{
	__builtin_memcpy(s->m->tcp.half.head, s->m->data.b, TCP_FIRST);
	s->m->tcp.half.head_len = have;
	s->m->tcp.at = s->pkt->payload;
	return 1;
}

/*
 * Hands on the message at m->tcp.at, of `size` bytes. `kept` bytes of it and its length came before
 * this segment.
 */
static __always_inline void tcp_deliver(struct tcp_segment *s, const struct source *src, u32 size,
					u32 kept)
{
	struct msg_context *m = s->m;
	u32 skip = m->tcp.framing == FRAMING_RFC4571 ? 2 : 0, end = skip + size, there;

	if (kept > end) /* the others are padding */
		kept = end;
	there = packet_there(s->pkt, m->tcp.at);
	if (there > end - kept)
		there = end - kept;
	if (kept + there < skip + HEAD_BYTES && size >= HEAD_BYTES) {
		count_skipped(REASON_CUT);
		return;
	}
	message_begin(m, s->pkt, CARRIER_TCP);
	m->framing = m->tcp.framing;
	m->at = skip;
	m->len = size;
	m->counted = size;
	message_load(m, src, s->pkt->at + m->tcp.at, there, kept);
	turn_tcp_message();
	message_deliver(m);
}

/* Handles one message of a segment. A step of loop_times(): returns 1 at the end. */
static __always_inline int tcp_message(struct tcp_segment *s, const struct source *src)
{
	struct tcp_reading *r = &s->m->tcp;
	u32 need = r->framing == FRAMING_RFC4571 ? 2 : 4, kept = r->half.head_len;
	u32 have = r->at < r->limit ? tcp_first(s, src) : 0, size, whole;
	bool ends = r->at + have >= s->pkt->payload + kept;

	if (!have)
		return !tcp_hole_leave(s);
	if (have < need)
		return ends ? tcp_keep(s, have) && !tcp_hole_leave(s) : 1;
	size = tcp_message_size(r->framing, s->m->data.b, &whole);
	if (!size && r->framing != FRAMING_RFC4571) {
		r->lost = 1;
		return !tcp_hole_leave(s);
	}
	if (ends && have < TCP_FIRST && have < whole)
		return tcp_keep(s, have) && !tcp_hole_leave(s);
	r->half.head_len = 0;
	if (size)
		tcp_deliver(s, src, size, kept);
	r->at += whole - kept;
	/* after the answer to a ConnectionBind the framing is another */
	return !r->framing;
}

/* tcp_message() as loop_times() calls it, in XDP. */
static __maybe_unused int tcp_step_xdp(u32 index, void *ctx)
{
	struct tcp_segment *s = ctx;
	const struct source src = {.ctx = s->ctx, .kind = SOURCE_XDP};

	(void)index;
	return tcp_message(s, &src);
}

/* tcp_message() as loop_times() calls it, in tc and natively. */
static __maybe_unused int tcp_step_tc(u32 index, void *ctx)
{
	struct tcp_segment *s = ctx;
	const struct source src = {.ctx = s->ctx, .kind = SOURCE_TC};

	(void)index;
	return tcp_message(s, &src);
}

/*
 * Looks whether a message begins with the first bytes at m->data, of which `have` are there.
 * Returns true when one does, or when there are too few to tell; they are kept then.
 */
static __always_inline bool tcp_try(struct tcp_segment *s, u32 have)
{
	struct tcp_reading *r = &s->m->tcp;
	u8 guess = tcp_guess(s->m->data.b, have, r->framing);

	if (guess == GUESS_MAYBE) {
		tcp_keep(s, have);
		r->half.next_seq = s->pkt->seq + s->pkt->payload;
		return true;
	}
	if (guess == GUESS_NONE)
		return false;
	r->framing = guess == GUESS_TURN ? FRAMING_TURN : FRAMING_RFC4571;
	r->half.synced = 1;
	r->half.next_seq = s->pkt->seq;
	return true;
}

/*
 * A stream that begins, or whose boundary is no longer believed: looks for one at this segment's
 * start, first with what was kept of the segment before. When there is none, later segments are
 * tried.
 */
static __always_inline void tcp_resync(struct tcp_segment *s, const struct source *src,
				       const u8 *head)
{
	struct tcp_half *half = &s->m->tcp.half;
	bool found;

	half->synced = 0;
	s->m->tcp.at = 0;
	if (half->next_seq != s->pkt->seq)
		half->head_len = 0;
	found = tcp_try(s, tcp_first(s, src));
	if (!found && half->head_len) {
		half->head_len = 0;
		found = tcp_try(s, tcp_first(s, src));
	}
	if (found || !s->m->tcp.framing || s->pkt->payload < HEAD_BYTES ||
	    !tcp_sync_here(s, src, head))
		return;
	half->synced = 1;
	half->next_seq = s->pkt->seq;
}

/*
 * Finds out what the segment is: what comes next in its direction, what comes late, or what comes
 * behind a gap.
 */
static __always_inline void tcp_arrive(struct tcp_segment *s, const struct source *src,
				       const u8 *head)
{
	struct tcp_reading *r = &s->m->tcp;
	s32 ahead = (s32)(r->half.next_seq - s->pkt->seq);

	r->limit = s->pkt->payload;
	/* bytes are missing, or this is another connection between the same ports */
	if (r->framing && r->half.synced && (ahead < 0 || ahead > TCP_HOLE_MAX)) {
		count_skipped(REASON_TCP_LOST_SYNC);
		if (ahead < 0 && ahead >= -TCP_HOLE_MAX)
			tcp_hole_open(s);
		r->half.synced = 0;
	} else if (r->half.seen & TCP_HALF_HOLE && tcp_hole_find(s)) {
		tcp_hole_enter(s, tcp_guess(head, s->pkt->payload, r->framing) > GUESS_MAYBE ||
					  tcp_sync_here(s, src, head));
	}
	if (!r->filling && (!r->half.synced || !r->framing))
		tcp_resync(s, src, head);
}

/*
 * Finds where in this segment the next message begins. Returns false when nothing is to be read in
 * it.
 */
static __always_inline bool tcp_place(struct tcp_segment *s)
{
	if (s->m->tcp.filling)
		return true;
	if (!s->m->tcp.half.synced)
		return false;
	s->m->tcp.at = s->m->tcp.half.next_seq - s->pkt->seq;
	/* else seen before, or in the middle of a long message */
	return s->m->tcp.at < s->pkt->payload;
}

/* Reads the messages of one segment. s->m->tcp.half is then what the next one begins with. */
static __always_inline void tcp_read(struct tcp_segment *s, const struct source *src)
{
	if (!tcp_place(s))
		return;
	if (src->kind == SOURCE_XDP)
		loop_times(TCP_MESSAGES, tcp_step_xdp, s);
	else
		loop_times(TCP_MESSAGES, tcp_step_tc, s);
	if (s->m->tcp.lost) {
		count_skipped(REASON_TCP_LOST_SYNC);
		s->m->tcp.half.synced = 0;
	} else if (s->m->tcp.framing && s->m->tcp.half.synced && s->m->tcp.at < s->pkt->payload) {
		count_skipped(packet_there(s->pkt, s->m->tcp.at) < 4 ? REASON_CUT
								     : REASON_TCP_TOO_MANY);
		s->m->tcp.half.synced = 0;
	}
	s->m->tcp.half.next_seq = s->pkt->seq + s->m->tcp.at;
}

/*
 * Stores what later segments of this direction are compared with, in the connection's state, and
 * aside what is open in it.
 */
static __always_inline void tcp_store(struct tcp_segment *s, struct tcp_state *state)
{
	if (s->m->tcp.hole_changed)
		tcp_hole_store(s, s->m->tcp.half.seen & TCP_HALF_HOLE);
	*tcp_half_of(state, s->pkt->dir) = s->m->tcp.half;
}

/*
 * Finds what is known of the segment's connection, and whether it goes on or begins with this
 * segment. Returns its state, NULL when it has none yet. `known` is as for tcp_conn_find().
 */
static __always_inline struct tcp_state *tcp_begin(struct tcp_segment *s, const struct source *src,
						   const u8 *head, u8 *known)
{
	struct tcp_state *state = tcp_conn_begin(s, known);
	struct tcp_reading *r = &s->m->tcp;

	if (state)
		tcp_conn_resume(s, state);
	else if (tcp_hole_find(s))
		r->half = r->hole.half;
	if (!s->pkt->payload || r->framing == FRAMING_TLS ||
	    (!r->framing && *known && !r->turn_tcp))
		return state;
	if (!r->framing) {
		tcp_part_key(s);
		if (tcp_part_lookup(&r->key)) /* a ClientHello goes on */
			return state;
	}
	tcp_arrive(s, src, head);
	if (state)
		state->framing = r->framing;
	return state;
}

/*
 * A segment of a connection that is nothing to us so far: its first bytes are kept while they may
 * become something. The next ones are looked at as long as something waits for them, and no longer.
 */
static __always_inline void tcp_passing(struct tcp_segment *s, u8 *slot)
{
	u8 soon = filter_soon(s->m->coarse_ns);
	struct tcp_reading *r = &s->m->tcp;

	r->hole.half = r->half;
	r->hole.end = 0;
	tcp_hole_store(s, r->half.head_len);
	if (s->m->tcp.half.head_len || s->m->tcp.half.seen & TCP_HALF_PART)
		*slot = *slot ? *slot : soon;
	else if (*slot == soon)
		*slot = 0;
}

/*
 * A segment of a connection that is of interest, or may become so. `head` is its first HEAD_BYTES,
 * zero where there are fewer.
 */
static __always_inline void tcp_ours(const struct source *src, const struct packet *pkt,
				     const u8 *head, u8 *slot)
{
	struct tcp_segment s = {.ctx = src->ctx, .m = context_lookup(), .pkt = pkt};
	struct tcp_state *state;
	u8 known = 0;
	bool passes;

	if (!s.m)
		return;
	/* a longer one that was sent here is shared, and would be copied as a whole */
	if (pkt->have <= DROP_KEPT)
		source_pull(src, pkt->have);
	__builtin_memset(&s.m->tcp, 0, sizeof(s.m->tcp));
	s.m->now_ns = clock_ns();
	s.m->coarse_ns = clock_coarse_ns();
	state = tcp_begin(&s, src, head, &known);
	passes = !state && s.m->tcp.half.head_len && !s.m->tcp.framing;
	if (!passes && (!s.m->tcp.framing || s.m->tcp.framing == FRAMING_TLS)) {
		if (!s.m->tcp.half.head_len)
			tcp_other(pkt);
		tls_segment(&s, src, head, known);
		state = tcp_conn_find(&pkt->key, &s.m->tcp, &known);
		if (state && known && !state->framing) {
			tcp_store(&s, state);
			return;
		}
		passes = !state;
	}
	if (!passes) {
		*slot = filter_stamp(s.m->coarse_ns);
		if (pkt->payload && s.m->tcp.framing && s.m->tcp.framing != FRAMING_TLS)
			tcp_read(&s, src);
		ct_learn(src, pkt, s.m);
		/* the messages may have created the record, or moved it to the main map */
		state = tcp_conn_find(&pkt->key, &s.m->tcp, &known);
	}
	if (!state) {
		tcp_passing(&s, slot);
		return;
	}
	if (pkt->flags & (TCP_RST | TCP_FIN))
		tcp_conn_closing(&s, tcp_half_of(state, !pkt->dir), known);
	tcp_conn_remember(&s);
	tcp_store(&s, state);
}

/*
 * Returns whether a payload of `len` bytes may begin a connection of interest. `head` are its first
 * HEAD_BYTES, zero where there are fewer.
 */
static __always_inline bool tcp_begins(const u8 *head, u32 len)
{
	return tcp_guess(head, len < HEAD_BYTES ? len : HEAD_BYTES, FRAMING_NONE) ||
	       tls_may_be_hello(head, len, TLS_CLIENT_HELLO);
}

/*
 * Copies the payload's first HEAD_BYTES, which are at `p` or, where that is NULL, not directly
 * readable. `head` stays zero where there are fewer, or where they are not worth a helper call:
 * messages are small and pushed.
 */
static __always_inline void tcp_head(const struct source *src, const struct packet *pkt,
				     const u8 *p, u8 *head)
{
	struct msg_context *m = context_lookup();
	u32 there = packet_there(pkt, 0);

	if (p) {
		__builtin_memcpy(head, p, HEAD_BYTES);
	} else if (m && there && there < HEAD_BYTES) {
		/* not onto the stack: there Linux 6.1 takes no length that is not constant */
		__builtin_memset(m->data.b, 0, HEAD_BYTES);
		source_load(src, pkt->at, m->data.b, there);
		__builtin_memcpy(head, m->data.b, HEAD_BYTES);
	} else if (pkt->payload <= MESSAGE_KEPT && pkt->flags & TCP_PSH && there >= HEAD_BYTES) {
		source_load(src, pkt->at, head, HEAD_BYTES);
	}
}

/* Handles any TCP packet but later fragments. The cursor is at its payload. */
static __always_inline void tcp_packet(const struct source *src, const struct packet *pkt,
				       struct cursor *c)
{
	u8 *slot = tcp_filter_slot(flow_hash(&pkt->key));
	u8 head[HEAD_BYTES] __attribute__((aligned(4))) = {0};
	const u8 *p = packet_there(pkt, 0) < HEAD_BYTES ? NULL : cursor_take(c, HEAD_BYTES);

	if (!slot)
		return;
	if ((pkt->flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK))
		liveness_mark(pkt);
	if (*slot && !filter_fresh(*slot, clock_coarse_ns()))
		*slot = 0;
	if (!*slot && !tcp_conn_opens(pkt) && (p ? !tcp_begins(p, pkt->payload) : !pkt->payload)) {
		tcp_other(pkt);
		return;
	}
	tcp_head(src, pkt, p, head);
	if (*slot || tcp_conn_opens(pkt) || tcp_begins(head, pkt->payload))
		tcp_ours(src, pkt, head, slot);
	else
		tcp_other(pkt);
}

#endif
