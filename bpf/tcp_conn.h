/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The TCP connections that are of interest: from their first STUN message on, or from the SYN on if
 * it goes to a port of STUN and TURN, as a connection that is refused or reset at once shows no
 * message. What is remembered of each direction, and how it ends.
 */
#ifndef P2PSCOPE_BPF_TCP_CONN_H
#define P2PSCOPE_BPF_TCP_CONN_H

#include "admission.h"
#include "emit.h"
#include "message_load.h"
#include "p2pscope/transport.h"
#include "verifier.h"

/* A segment in the loop over its messages. How far it is read is in m->tcp. */
struct tcp_segment {
	void *ctx;
	struct msg_context *m;
	const struct packet *pkt;
};

/* Returns the half of a connection's state that belongs to a direction. */
static __always_inline struct tcp_half *tcp_half_of(struct tcp_state *state, u8 dir)
{
	return &state->half[dir == DIR_OUT ? DIR_OUT : DIR_IN];
}

/*
 * Returns the state of a connection that is known or on probation, NULL of any other. Sets `known`
 * and what `r` says of the flow only for a known one.
 */
static __always_inline struct tcp_state *tcp_conn_find(const struct flow_key *key,
						       struct tcp_reading *r, u8 *known)
{
	struct flow_record *flow = flow_lookup(key);
	struct probe_record *probe;

	if (flow) {
		r->turn = flow->turn;
		r->turn_tcp = flow->turn_tcp;
		*known = 1;
		return &flow->tcp;
	}
	probe = probe_lookup(key);
	if (!probe)
		return NULL;
	hide_value(probe);
	return &probe->tcp;
}

/* Returns whether it is the first segment of a connection. */
static __always_inline bool tcp_conn_is_first(const struct packet *pkt)
{
	return (pkt->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
}

/* Returns whether it is the first segment of a connection to a STUN or TURN port. */
static __always_inline bool tcp_conn_opens(const struct packet *pkt)
{
	u16 port;

	if (!tcp_conn_is_first(pkt))
		return false;
	port = pkt->dir == DIR_IN ? pkt->key.near.port : pkt->key.far.port;
	return port == STUN_PORT || port == STUN_TLS_PORT;
}

/* Puts the flow at hand on probation. Returns whether it is. */
GLOBAL_FUNCTION tcp_conn_probe(void)
{
	struct msg_context *m = context_lookup();

	return m && probe_get(m);
}

/*
 * As tcp_conn_find(), but puts the connection on probation if this segment opens it. Also takes
 * over its framing, FRAMING_NONE while no message was seen.
 */
static __always_inline struct tcp_state *tcp_conn_begin(struct tcp_segment *s, u8 *known)
{
	struct tcp_state *state = tcp_conn_find(&s->pkt->key, &s->m->tcp, known);

	if (!state && tcp_conn_opens(s->pkt)) {
		message_begin(s->m, s->pkt, CARRIER_TCP);
		tcp_conn_probe();
		state = tcp_conn_find(&s->pkt->key, &s->m->tcp, known);
	}
	s->m->tcp.framing = state ? state->framing : FRAMING_NONE;
	return state;
}

/*
 * Takes over what is known of the segment's direction. A SYN begins another connection between the
 * same ports.
 */
static __always_inline void tcp_conn_resume(struct tcp_segment *s, struct tcp_state *state)
{
	if (tcp_conn_is_first(s->pkt))
		__builtin_memset(state->half, 0, sizeof(state->half));
	else if (!(s->pkt->flags & TCP_SYN))
		s->m->tcp.half = *tcp_half_of(state, s->pkt->dir);
}

/* Remembers what later segments are compared with. */
static __always_inline void tcp_conn_remember(struct tcp_segment *s)
{
	struct tcp_half *half = &s->m->tcp.half;

	if (s->pkt->payload)
		half->seen |= TCP_PSH;
	if (tcp_conn_is_first(s->pkt))
		half->seen |= TCP_SYN;
	if (!(s->pkt->flags & TCP_RST)) /* a reset may be forged, and have another TTL */
		half->ttl = s->pkt->ttl;
}

/* A segment with RST or FIN, each reported once in a direction. `back` is the other direction. */
static __always_inline void tcp_conn_closing(struct tcp_segment *s, const struct tcp_half *back,
					     u8 known)
{
	u8 flags = s->pkt->flags & (s->m->tcp.framing ? TCP_RST | TCP_FIN : TCP_RST);
	struct tcp_half *half = &s->m->tcp.half;
	struct msg_context *m = s->m;

	if (!(flags & ~half->seen))
		return;
	half->seen |= flags;
	message_begin(m, s->pkt, CARRIER_TCP);
	m->known = known;
	m->cls = CLASS_OTHER;
	m->event.tcp_close.reset = !!(flags & TCP_RST);
	m->event.tcp_close.ttl = s->pkt->ttl;
	m->event.tcp_close.ttl_before = half->ttl;
	m->event.tcp_close.early = !(half->seen & TCP_PSH) && back->seen & (TCP_SYN | TCP_PSH);
	emit_event(m, EVENT_TCP_CLOSE, 1, EVENT_SIZE(tcp_close));
}

#endif
