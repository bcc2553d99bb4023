/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * TURN over TLS: recognised by its first message, and by the port. It cannot be read; its record
 * says only that it goes both ways, and how much. The server's first message is the answer that
 * makes the flow a known one.
 */
#ifndef P2PSCOPE_BPF_TLS_TRACK_H
#define P2PSCOPE_BPF_TLS_TRACK_H

#include "emit.h"
#include "p2pscope/tls.h"
#include "tcp_conn.h"

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
	bool ours = s->m->tcp.framing == FRAMING_TLS;

	if (known) {
		if (ours)
			tls_count(s->pkt);
	} else if (ours && tls_is_hello(head, TLS_SERVER_HELLO)) {
		tls_load(s, src);
		tls_server();
	} else if (!ours && tls_is_hello(head, TLS_CLIENT_HELLO)) {
		tls_load(s, src);
		tls_client();
	}
}

#endif
