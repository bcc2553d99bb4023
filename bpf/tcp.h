/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Messages in a TCP stream: STUN and ChannelData as they are sent to a TURN server (RFC 8656
 * section 12.5), or framed by two bytes of length between ICE peers (RFC 4571, RFC 6544). Where the
 * next message begins is followed by sequence number. Of each message the part in the segment where
 * it begins is looked at; when that is less than TCP_FIRST bytes, it is kept, and looked at
 * together with the beginning of the next segment.
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
#include "tcp_conn.h"
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

/* Returns whether a message may begin at the segment's start, now that the boundary is lost. */
static __always_inline bool tcp_sync_here(const struct tcp_segment *s, const struct source *src,
					  const u8 *head)
{
	u32 len = s->pkt->payload;
	u32 size = tcp_padded(load_be16(head + 2)) + CHANNEL_HEADER;

	if (tcp_conn_peek(head, len) == s->m->tcp.framing)
		return true;
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
	u32 have = r->at < s->pkt->payload ? tcp_first(s, src) : 0, size, whole;
	bool ends = r->at + have >= s->pkt->payload + kept;

	if (!have)
		return 1;
	if (have < need)
		return ends ? tcp_keep(s, have) : 1;
	size = tcp_message_size(r->framing, s->m->data.b, &whole);
	if (!size && r->framing != FRAMING_RFC4571) {
		r->lost = 1;
		return 1;
	}
	if (ends && have < TCP_FIRST && have < whole)
		return tcp_keep(s, have);
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
 * A boundary that is no longer believed: looks for one at this segment's start. Returns whether
 * there is one; else later segments are tried.
 */
static __always_inline bool tcp_resync(struct tcp_segment *s, const struct source *src,
				       const u8 *head)
{
	s->m->tcp.half.head_len = 0;
	s->m->tcp.half.synced = s->pkt->payload >= HEAD_BYTES && tcp_sync_here(s, src, head);
	s->m->tcp.at = 0;
	return s->m->tcp.half.synced;
}

/*
 * Finds where in this segment the next message begins. Returns false when nothing is to be read in
 * it.
 */
static __always_inline bool tcp_place(struct tcp_segment *s, const struct source *src,
				      const u8 *head)
{
	s32 ahead = (s32)(s->m->tcp.half.next_seq - s->pkt->seq);

	if (!s->m->tcp.half.synced)
		return tcp_resync(s, src, head);
	/* bytes are missing, or this is another connection between the same ports */
	if (ahead < 0 || ahead > 0x20000) {
		count_skipped(REASON_TCP_LOST_SYNC);
		return tcp_resync(s, src, head);
	}
	s->m->tcp.at = ahead;
	/* else seen before, or in the middle of a long message */
	return s->m->tcp.at < s->pkt->payload;
}

/* Reads the messages of one segment. s->m->tcp.half is then what the next one begins with. */
static __always_inline void tcp_read(struct tcp_segment *s, const struct source *src,
				     const u8 *head)
{
	if (!tcp_place(s, src, head))
		return;
	if (src->kind == SOURCE_XDP)
		loop_times(TCP_MESSAGES, tcp_step_xdp, s);
	else
		loop_times(TCP_MESSAGES, tcp_step_tc, s);
	if (s->m->tcp.lost) {
		count_skipped(REASON_TCP_LOST_SYNC);
		s->m->tcp.half.synced = 0;
	} else if (s->m->tcp.framing && s->m->tcp.at < s->pkt->payload) {
		count_skipped(packet_there(s->pkt, s->m->tcp.at) < 4 ? REASON_CUT
								     : REASON_TCP_TOO_MANY);
		s->m->tcp.half.synced = 0;
	}
	s->m->tcp.half.next_seq = s->pkt->seq + s->m->tcp.at;
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

	if (!s.m)
		return;
	/* a longer one that was sent here is shared, and would be copied as a whole */
	if (pkt->have <= DROP_KEPT)
		source_pull(src, pkt->have);
	__builtin_memset(&s.m->tcp, 0, sizeof(s.m->tcp));
	state = tcp_conn_begin(&s, head, &known);
	if (!s.m->tcp.framing || s.m->tcp.framing == FRAMING_TLS) {
		tcp_other(pkt);
		tls_segment(&s, src, head, known);
		state = tcp_conn_find(&pkt->key, &s.m->tcp, &known);
		if (!state || (known && !state->framing))
			return;
	}
	if (state)
		tcp_conn_resume(&s, state);
	s.m->now_ns = clock_ns();
	s.m->coarse_ns = clock_coarse_ns();
	*slot = filter_stamp(s.m->coarse_ns);
	if (pkt->payload && s.m->tcp.framing && s.m->tcp.framing != FRAMING_TLS)
		tcp_read(&s, src, head);
	ct_learn(src, pkt, s.m);
	/* the messages may have created the record, or moved it to the main map */
	state = tcp_conn_find(&pkt->key, &s.m->tcp, &known);
	if (!state)
		return;
	if (pkt->flags & (TCP_RST | TCP_FIN))
		tcp_conn_closing(&s, tcp_half_of(state, !pkt->dir), known);
	tcp_conn_remember(&s);
	*tcp_half_of(state, pkt->dir) = s.m->tcp.half;
}

/* Returns whether a payload with these first HEAD_BYTES may begin a connection of interest. */
static __always_inline bool tcp_begins(const u8 *head, u32 len)
{
	return tcp_conn_peek(head, len) || tls_is_hello(head, TLS_CLIENT_HELLO);
}

/*
 * Copies the payload's first HEAD_BYTES, which are at `p` or, where that is NULL, not directly
 * readable. `head` stays zero where there are fewer, or where they are not worth a helper call:
 * messages are small and pushed.
 */
static __always_inline void tcp_head(const struct source *src, const struct packet *pkt,
				     const u8 *p, u8 *head)
{
	if (p)
		__builtin_memcpy(head, p, HEAD_BYTES);
	else if (pkt->payload <= MESSAGE_KEPT && pkt->flags & TCP_PSH &&
		 packet_there(pkt, 0) >= HEAD_BYTES)
		source_load(src, pkt->at, head, HEAD_BYTES);
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
	if (!*slot && !tcp_conn_opens(pkt) &&
	    (p ? !tcp_begins(p, pkt->payload) : pkt->payload < HEAD_BYTES)) {
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
