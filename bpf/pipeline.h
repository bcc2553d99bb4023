/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The path of a packet: headers, then UDP's fast path, TCP or ICMP. Everything else leaves here. A
 * packet is never changed and never held up.
 */
#ifndef P2PSCOPE_BPF_PIPELINE_H
#define P2PSCOPE_BPF_PIPELINE_H

#include "aggregate.h"
#include "counters.h"
#include "headers.h"
#include "icmp.h"
#include "media.h"
#include "tcp.h"
#include "untracked.h"

/*
 * Returns the key of the datagram that a fragment belongs to (RFC 791 section 3.2, RFC 8200 section
 * 4.5).
 */
static __always_inline struct fragment_key fragment_key_of(const struct packet *pkt)
{
	struct fragment_key key = {
		.id = pkt->id, .ifindex = pkt->key.tag, .proto = pkt->key.proto, .dir = pkt->dir};

	key.far = pkt->key.far.ip;
	key.near = pkt->key.near.ip;
	return key;
}

/*
 * Counts a later fragment, which has no ports, for the flow of its first fragment. Returns enum
 * reason.
 */
GLOBAL_FUNCTION fragment_later(const struct packet *pkt)
{
	struct fragment_key key;
	struct flow_key *first;
	struct flow_record *flow;
	struct flow_dir *half;

	if (!pkt)
		return REASON_PASS;
	key = fragment_key_of(pkt);
	first = fragment_lookup(&key);
	if (!first)
		return REASON_FRAGMENT_ORPHAN;
	flow = flow_lookup(first);
	if (!flow)
		return REASON_PASS;
	half = flow_dir_of(flow, pkt->dir);
	shared_add(&half->bytes, pkt->payload);
	shared_next(&half->fragments);
	half->last_ns = clock_coarse_ns();
	return REASON_PASS;
}

/* Remembers the flow of a first fragment for the later ones. Returns 0. */
GLOBAL_FUNCTION fragment_first(const struct packet *pkt)
{
	struct fragment_key key;
	struct flow_key flow;
	bool old; /* the sender's numbers have come round */

	if (!pkt)
		return 0;
	key = fragment_key_of(pkt);
	flow = pkt->key;
	old = fragment_lookup(&key);
	if (fragment_insert(&key, &flow))
		count_full(MAP_FRAGMENTS);
	else if (!old)
		count_inserted(MAP_FRAGMENTS);
	return 0;
}

/* The slow path of a datagram: its payload is copied, as far as it matters. */
static __always_inline void udp_slow(const struct source *src, const struct packet *pkt)
{
	struct msg_context *m = context_lookup();

	if (!m)
		return;
	message_begin(m, pkt, CARRIER_UDP);
	m->now_ns = clock_ns();
	m->coarse_ns = clock_coarse_ns();
	m->len = pkt->message;
	m->counted = pkt->payload;
	message_load(m, src, pkt->at, packet_there(pkt, 0), 0);
	message_deliver(m);
	ct_learn(src, pkt, m);
}

/*
 * A datagram of a known flow. Returns true for media and data, which end here; the slow path counts
 * the rest.
 */
static __always_inline bool udp_known_done(const struct packet *pkt, struct flow_record *flow,
					   const u8 *head)
{
	struct flow_dir *half = flow_dir_of(flow, pkt->dir);
	u64 coarse_ns = clock_coarse_ns();
	u8 cls = media_fast(half, head, pkt->message, coarse_ns);

	if (cls == CLASS_MAX)
		return false;
	media_count(half, cls, pkt->message, pkt->payload, coarse_ns);
	count_class(pkt->key.tag, pkt->dir, CARRIER_UDP, cls, 1);
	return true;
}

/*
 * A datagram too short for any protocol of ours: a keepalive for a NAT mapping, or cut off by the
 * capture.
 */
static __always_inline void udp_short(const struct packet *pkt)
{
	struct flow_record *flow = flow_lookup(&pkt->key);

	if (flow)
		count_flow(flow_dir_of(flow, pkt->dir), pkt->payload, clock_coarse_ns());
	count_class(pkt->key.tag, pkt->dir, CARRIER_UDP, CLASS_OTHER, 1);
}

/* Handles any UDP packet but later fragments. The cursor is at its payload. */
static __always_inline enum reason udp_packet(const struct source *src, const struct packet *pkt,
					      struct cursor *c)
{
	struct flow_record *flow;
	const u8 *head;

	if (packet_there(pkt, 0) < HEAD_BYTES) {
		udp_short(pkt);
		return pkt->payload < HEAD_BYTES ? REASON_PASS : REASON_CUT;
	}
	head = cursor_take(c, HEAD_BYTES);
	if (!head)
		return REASON_SHORT_TRANSPORT; /* there, but not linear */
	if (pkt->fragment == FRAGMENT_FIRST)
		fragment_first(pkt);
	if (src->kind != SOURCE_XDP && pkt->segment && pkt->segment < pkt->payload) {
		aggregate_packet(src, pkt);
		return REASON_PASS;
	}
	flow = flow_lookup(&pkt->key);
	if (!(flow ? udp_known_done(pkt, flow, head) : untracked_done(pkt, head, pkt->message)))
		udp_slow(src, pkt);
	return REASON_PASS;
}

/* Handles any ICMP or ICMPv6 packet. Only errors are looked at. */
static __always_inline void icmp_packet(const struct source *src, struct packet *pkt)
{
	struct msg_context *m = context_lookup();
	u32 have = packet_there(pkt, 0);
	u8 head[4] = {0};

	if (!m || have < 8 || source_load(src, pkt->at, head, 4) ||
	    !icmp_is_error(pkt->key.proto == PROTO_ICMPV6, head[0]))
		return;
	message_begin(m, pkt, CARRIER_UDP);
	m->now_ns = clock_ns();
	m->len = pkt->payload;
	m->event.icmp.sender = *key_src(&pkt->key, pkt->dir);
	m->event.icmp.v6 = pkt->key.proto == PROTO_ICMPV6;
	if (have > ICMP_QUOTE)
		have = ICMP_QUOTE;
	if (source_load(src, pkt->at, m->data.b, have))
		return;
	m->have = have;
	icmp_quote(m);
}

/*
 * Handles a packet whose headers are read. `begin` and `end` are the bytes of its frame that can be
 * read directly.
 */
static __always_inline enum reason packet_dispatch(const struct source *src, struct packet *pkt,
						   const u8 *begin, const u8 *end)
{
	struct cursor c = cursor_on_packet(begin, end);
	u8 proto = pkt->key.proto;

	cursor_skip(&c, pkt->at);
	if (pkt->fragment == FRAGMENT_LATER)
		return proto == PROTO_UDP ? fragment_later(pkt) : REASON_PASS;
	if (proto == PROTO_UDP)
		return udp_packet(src, pkt, &c);
	if (proto == PROTO_TCP)
		tcp_packet(src, pkt, &c);
	else
		icmp_packet(src, pkt);
	return REASON_PASS;
}

/* Counts why a packet was not understood. One that is simply not for us does not count. */
static __always_inline void packet_count_skipped(enum reason reason)
{
	if (reason > REASON_NOT_TRANSPORT)
		count_skipped(reason);
}

#endif
