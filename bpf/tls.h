/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * TURN over TLS: known by its first message, and by the port. It cannot be read; that it goes both
 * ways, and how much, is all that its record says. The answer that makes it one is the server's
 * first message.
 */
#ifndef P2PSCOPE_BPF_TLS_H
#define P2PSCOPE_BPF_TLS_H

#include "tcp_conn.h"
#include "p2pscope/tls.h"

/* The port that the message at hand goes to. */
static __always_inline u16 tls_port(const struct work *w)
{
	return w->dir == DIR_IN ? w->key.near.port : w->key.far.port;
}

static __always_inline void tls_tell(struct work *w)
{
	struct tls_info *info = &w->event.tls;
	struct hello_copy c = {
		.in = &w->data, .to = info->name, .at = w->tls.name_at, .len = w->tls.name_len};

	__builtin_memset(info, 0, sizeof(*info));
	if (c.len > TLS_NAME_KEPT)
		c.len = TLS_NAME_KEPT;
	if (c.len)
		loop_times(TLS_NAME_KEPT / 16, hello_copy_step, &c);
	info->name_len = c.len;
	w->cls = CLASS_OTHER;
	w->known = 0;
	emit(w, EVENT_TLS, 1, EVENT_SIZE(tls));
}

/*
 * A ClientHello: if it goes to a TURN server, its connection is on probation from here on. Gives 1
 * then.
 */
GLOBAL_FUNCTION tls_client(void)
{
	struct work *w = work_lookup();
	struct probe_record *probe;

	if (!w)
		return 0;
	tls_parse(&w->data, w->have, &w->tls);
	if (!w->tls.turn && tls_port(w) != STUN_TLS_PORT && tls_port(w) != STUN_PORT)
		return 0;
	probe = probe_get(w);
	if (!probe)
		return 0;
	probe->tcp.framing = FRAMING_TLS;
	tls_tell(w);
	return 1;
}

/* The server's first message, which answers it. */
GLOBAL_FUNCTION tls_server(void)
{
	struct work *w = work_lookup();
	struct probe_record *probe;

	if (!w)
		return 0;
	probe = probe_lookup(&w->key);
	return probe && promote(w, probe);
}

static __always_inline void tls_load(struct tcp_segment *s, const struct source *src)
{
	work_begin(s->w, s->pkt, CARRIER_TCP);
	s->w->now_ns = clock_ns();
	s->w->coarse_ns = clock_coarse_ns();
	s->w->len = s->pkt->payload;
	work_load(s->w, src, s->pkt->at, packet_there(s->pkt, 0), 0);
}

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
	bool ours = s->w->tcp.framing == FRAMING_TLS;

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
