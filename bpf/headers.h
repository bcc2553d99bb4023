/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The headers of a packet, from the link to the transport: of a packet at hand, and of one that was
 * copied, as an ICMP error quotes it and as the kernel drops it.
 */
#ifndef P2PSCOPE_BPF_HEADERS_H
#define P2PSCOPE_BPF_HEADERS_H

#include "context.h"
#include "p2pscope/link.h"
#include "p2pscope/transport.h"
#include "verifier.h"

/* What is known of a packet before it is parsed. */
struct raw_packet {
	const u8 *begin, *end; /* the bytes that can be read directly */
	u32 wire; /* bytes of the whole frame */
	u32 have; /* bytes of it that can be loaded: fewer than `wire` in a cut capture */
	u32 ifindex;
	u8 dir; /* enum direction */
	u8 ethernet; /* there is a link header */
};

/* Reads the transport header, if there is one in this fragment, into `pkt`. */
static __always_inline enum reason headers_transport(struct cursor *c, const struct ip *ip, u8 dir,
						     struct packet *pkt)
{
	struct transport t = {.payload = ip->payload, .message = ip->payload};
	enum reason reason = REASON_PASS;

	if (ip->fragment == FRAGMENT_LATER)
		reason = REASON_PASS;
	else if (ip->proto == PROTO_UDP)
		reason = udp_parse(c, ip, &t);
	else if (ip->proto == PROTO_TCP)
		reason = tcp_parse(c, ip, &t);
	else if (ip->proto != PROTO_ICMP && ip->proto != PROTO_ICMPV6)
		reason = REASON_NOT_TRANSPORT;
	endpoint_set_port(key_src(&pkt->key, dir), t.src);
	endpoint_set_port(key_dst(&pkt->key, dir), t.dst);
	pkt->payload = t.payload;
	pkt->message = t.message;
	pkt->seq = t.seq;
	pkt->flags = t.flags;
	return reason;
}

/*
 * Makes the verifier forget by which of many paths the cursor came to its place: it reads the
 * offset back from memory whose contents it does not follow, and so checks what comes next once.
 * `pkt` holds the offset meanwhile.
 */
static __always_inline void headers_meet(struct cursor *c, const struct raw_packet *raw,
					 struct packet *pkt)
{
	pkt->at = c->at;
	memory_barrier();
	c->at = pkt->at;
	c->pos = raw->begin + (c->at & 0xfff);
}

/* Reads from the link header to the end of the IP headers. */
static __always_inline enum reason headers_network(struct cursor *c, const struct raw_packet *raw,
						   struct packet *pkt, struct ip *ip)
{
	enum reason reason = REASON_PASS;
	u8 version;

	if (raw->ethernet)
		reason = link_parse(c, &version);
	else if (raw->begin + 1 > raw->end)
		reason = REASON_SHORT_IP;
	else
		version = raw->begin[0] >> 4;
	if (reason)
		return reason;
	headers_meet(c, raw, pkt);
	return ip_parse(c, version, ip, &key_src(&pkt->key, raw->dir)->ip,
			&key_dst(&pkt->key, raw->dir)->ip, raw->wire - c->at);
}

/*
 * Reads all headers of a frame into `pkt`, each field of which is written once: what was there
 * belongs to another packet. Returns REASON_PASS, or why they were not understood; `pkt` is not to
 * be used then.
 */
static __always_inline enum reason headers_parse(const struct raw_packet *raw, struct packet *pkt)
{
	struct cursor c = cursor_on_packet(raw->begin, raw->end);
	struct ip ip = {0};
	enum reason reason;

	reason = headers_network(&c, raw, pkt, &ip);
	if (reason)
		return reason;
	headers_meet(&c, raw, pkt);
	pkt->key.tag = raw->ifindex;
	flow_key_set_proto(&pkt->key, ip.proto);
	pkt->have = raw->have;
	pkt->dir = raw->dir;
	pkt->fragment = ip.fragment;
	pkt->id = ip.id;
	pkt->ttl = ip.ttl;
	pkt->segment = 0;
	reason = headers_transport(&c, &ip, raw->dir, pkt);
	pkt->at = c.at;
	memory_barrier(); /* as in headers_meet() */
	return reason;
}

/* Returns whether the headers reach beyond what can be read directly. */
static __always_inline bool reason_is_short(enum reason reason)
{
	return reason == REASON_SHORT_LINK || reason == REASON_SHORT_IP ||
	       reason == REASON_SHORT_TRANSPORT;
}

/*
 * Reads IP header and ports of a copied packet that went in direction `dir` into `key`, whose tag
 * is left to the caller. Leaves the cursor after the first eight bytes of the transport header.
 * Returns REASON_PASS, or why the headers were not understood; REASON_NOT_TRANSPORT for a later
 * fragment.
 */
static __always_inline enum reason headers_parse_copy(struct cursor *c, u8 dir,
						      struct flow_key *key, struct ip *ip)
{
	struct endpoint *src = key_src(key, dir), *dst = key_dst(key, dir);
	u8 version = bytes_u8(c->in, c->at) >> 4;
	struct transport t;
	enum reason reason;

	__builtin_memset(key, 0, sizeof(*key));
	reason = ip_parse(c, version, ip, &src->ip, &dst->ip, 0);
	if (reason)
		return reason;
	if (ip->fragment == FRAGMENT_LATER || (ip->proto != PROTO_UDP && ip->proto != PROTO_TCP))
		return REASON_NOT_TRANSPORT;
	reason = ports_parse(c, &t);
	if (reason)
		return reason;
	src->port = t.src;
	dst->port = t.dst;
	key->proto = ip->proto;
	return REASON_PASS;
}

#endif
