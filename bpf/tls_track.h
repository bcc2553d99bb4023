/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * TURN over TLS: recognised by its first message, and by the port. It cannot be read; its record
 * says only that it goes both ways, and how much. The server's first message is the answer that
 * makes the flow a known one.
 *
 * A ClientHello may lie in several TCP segments and in several TLS records (RFC 8446 section 5.1):
 * with a post-quantum key share and extensions in random order half of all server names lie behind
 * the first segment. It is put together (tcp_part.h), wherever it goes to.
 */
#ifndef P2PSCOPE_BPF_TLS_TRACK_H
#define P2PSCOPE_BPF_TLS_TRACK_H

#include "emit.h"
#include "p2pscope/tls.h"
#include "tcp_part.h"

/* Returns the port that the message at hand goes to. */
static __always_inline u16 tls_port(const struct msg_context *m)
{
	return m->dir == DIR_IN ? m->key.near.port : m->key.far.port;
}

/* Reports a ClientHello, with the server's name. */
static __always_inline void tls_emit(struct msg_context *m)
{
	struct tls_info *info = &m->event.tls;
	struct emit_copy c = {
		.in = &m->data, .to = info->name, .at = m->tls.name_at, .len = m->tls.name_len};

	__builtin_memset(info, 0, sizeof(*info));
	if (c.len > TLS_NAME_KEPT)
		c.len = TLS_NAME_KEPT;
	if (c.len)
		loop_times(TLS_NAME_KEPT / 16, emit_copy_step, &c);
	info->name_len = c.len;
	m->cls = CLASS_OTHER;
	m->known = 0;
	emit_event(m, EVENT_TLS, 1, EVENT_SIZE(tls));
}

/*
 * A ClientHello: if it goes to a TURN server, its connection is on probation from here on. Returns
 * 1 then, else 0.
 */
GLOBAL_FUNCTION tls_client(void)
{
	struct msg_context *m = context_lookup();
	struct probe_record *probe;

	if (!m)
		return 0;
	tls_parse(&m->data, m->have, &m->tls);
	if (!m->tls.turn && tls_port(m) != STUN_TLS_PORT && tls_port(m) != STUN_PORT)
		return 0;
	probe = probe_get(m);
	if (!probe)
		return 0;
	probe->tcp.framing = FRAMING_TLS;
	tls_emit(m);
	return 1;
}

/* The server's first message, which answers it. Returns whether the flow is known now. */
GLOBAL_FUNCTION tls_server(void)
{
	struct msg_context *m = context_lookup();
	struct probe_record *probe;

	if (!m)
		return 0;
	probe = probe_lookup(&m->key);
	return probe && probe_promote(m, probe);
}

/* Makes the segment's payload the message at hand. */
static __always_inline void tls_load(struct tcp_segment *s, const struct source *src)
{
	message_begin(s->m, s->pkt, CARRIER_TCP);
	s->m->now_ns = clock_ns();
	s->m->coarse_ns = clock_coarse_ns();
	s->m->len = s->pkt->payload;
	message_load(s->m, src, s->pkt->at, packet_there(s->pkt, 0), 0);
}

struct tls_strip {
	struct tcp_part *part;
	const struct msg_context *m;
	u32 from; /* where the new bytes are */
};

/*
 * Takes one byte of a ClientHello out of its record. A step of loop_times(): returns 1 at the end.
 */
static __maybe_unused int tls_strip_step(u32 index, void *ctx)
{
	struct tls_strip *strip = ctx;
	struct tcp_part *part = strip->part;
	u8 byte = part->b[(strip->from + index) & (TCP_PART_KEPT - 1)];

	if (index >= strip->m->tcp.chunk)
		return 1;
	if (part->record) {
		part->b[part->have & (TCP_PART_KEPT - 1)] = byte;
		part->have++;
		part->record--;
		return 0;
	}
	part->head[part->head_len & 7] = byte;
	part->head_len++;
	if (part->head_len < 5)
		return 0;
	part->head_len = 0;
	part->record = load_be16(part->head + 3);
	part->want = part->head[0] == 22;
	return !part->want;
}

/*
 * Adds m->tcp.chunk new bytes to the ClientHello under m->tcp.key. Returns 1 when it is complete,
 * or as long as is looked at, or turns out to be none.
 */
GLOBAL_FUNCTION tls_part_add(void)
{
	struct msg_context *m = context_lookup();
	struct tls_strip strip = {.m = m};
	struct tcp_part *part;

	if (!m)
		return 1;
	part = tcp_part_lookup(&m->tcp.key);
	if (!part)
		return 1;
	strip.part = part;
	strip.from = part->have;
	if (part->record >= m->tcp.chunk) {
		part->have += m->tcp.chunk;
		part->record -= m->tcp.chunk;
	} else {
		loop_times(TCP_PART_KEPT, tls_strip_step, &strip);
	}
	if (!part->want || part->have >= TCP_PART_KEPT)
		return 1;
	return part->have >= 9 && part->have >= tls_hello_size(part->b[6], load_be16(part->b + 7));
}

/* Adds the segment to the ClientHello that it goes on with. */
static __always_inline void tls_part_segment(struct tcp_segment *s, const struct source *src)
{
	struct tcp_reading *r = &s->m->tcp;
	struct tcp_part *part = tcp_part_lookup(&r->key);

	if (!part)
		return;
	r->half.seen |= TCP_HALF_PART;
	r->chunk = tcp_part_load(s, src, part, TCP_PART_KEPT - part->have);
	if (!r->chunk || !tls_part_add())
		return;
	message_begin(s->m, s->pkt, CARRIER_TCP);
	s->m->len = s->pkt->payload;
	s->m->have = tcp_part_copy();
	if (tls_client())
		r->half.synced = 1;
	tcp_part_end(s);
}

/* The first segment of a ClientHello. */
static __always_inline void tls_begin(struct tcp_segment *s, const struct source *src,
				      const u8 *head)
{
	struct tcp_part *part = &s->m->fresh.part;
	struct bytes *in = &s->m->data;
	u32 size;

	tls_load(s, src);
	if (tls_is_hello(head, TLS_CLIENT_HELLO) && tls_client())
		s->m->tcp.half.synced = 1; /* the other direction is the server's */
	size = tls_hello_size(bytes_u8(in, 6), bytes_be16(in, 7));
	if (s->pkt->payload >= 9 && size <= s->pkt->payload && size <= bytes_be16(in, 3) + 5u)
		return;
	__builtin_memset(part, 0, __builtin_offsetof(struct tcp_part, b));
	part->seq = s->pkt->seq;
	part->have = 5; /* as if it were in one record */
	part->want = 1;
	tcp_part_store();
	tls_part_segment(s, src);
}

/* Counts a segment of a known flow. */
static __always_inline void tls_count(const struct packet *pkt)
{
	struct flow_record *flow = flow_lookup(&pkt->key);

	if (flow && pkt->payload)
		count_flow(flow_dir_of(flow, pkt->dir), pkt->payload, clock_coarse_ns());
}

/* A segment of TLS, or one that may begin it. */
static __always_inline void tls_segment(struct tcp_segment *s, const struct source *src,
					const u8 *head, bool known)
{
	struct tcp_half *half = &s->m->tcp.half;
	bool ours = s->m->tcp.framing == FRAMING_TLS;

	if (known || !s->pkt->payload) {
		if (known && ours)
			tls_count(s->pkt);
		return;
	}
	tcp_part_key(s);
	if (ours && !half->synced && tls_may_be_hello(head, s->pkt->payload, TLS_SERVER_HELLO)) {
		tls_load(s, src);
		tls_server();
	} else if (tcp_part_lookup(&s->m->tcp.key)) {
		tls_part_segment(s, src);
	} else if (!ours && tls_may_be_hello(head, s->pkt->payload, TLS_CLIENT_HELLO)) {
		tls_begin(s, src, head);
	}
}

#endif
