/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * UDP (RFC 768) and TCP (RFC 9293 section 3.1) headers.
 *
 *   UDP: | source 2 | destination 2 | length 2 | checksum 2 | payload
 *   TCP: | source 2 | destination 2 | sequence 4 | acknowledgement 4 | offset, flags 2 |
 *        | window 2 | checksum 2 | urgent 2 | options | payload
 */
#ifndef P2PSCOPE_TRANSPORT_H
#define P2PSCOPE_TRANSPORT_H

#include "ip.h"

enum tcp_flag { TCP_FIN = 1, TCP_SYN = 2, TCP_RST = 4, TCP_PSH = 8, TCP_ACK = 16 };

struct transport {
	/* bytes in this packet, by IP's and UDP's length, whichever is less: the rest is padding */
	u32 payload;
	/* UDP: payload bytes of the whole datagram, which a first fragment begins */
	u32 message;
	/* TCP: of the first payload byte; a SYN has the number before it (RFC 9293 3.4) */
	u32 seq;
	u16 src, dst;
	u8 flags; /* enum tcp_flag; 0 for UDP */
};

/*
 * Steps over a UDP header. A UDP length that is too small (0 in jumbograms, RFC 2675, and in some
 * GSO packets) is not believed, nor one that is larger than an unfragmented packet. Returns
 * REASON_PASS, or REASON_SHORT_TRANSPORT: the header is cut.
 */
static __always_inline enum reason udp_parse(struct cursor *c, const struct ip *ip,
					     struct transport *t)
{
	const u8 *p = cursor_take(c, 8);
	u32 length;

	if (!p || ip->payload < 8)
		return REASON_SHORT_TRANSPORT;
	t->src = load_be16(p);
	t->dst = load_be16(p + 2);
	t->seq = 0;
	t->flags = 0;
	t->payload = ip->payload - 8;
	length = load_be16(p + 4);
	if (length >= 8 && length - 8 < t->payload)
		t->payload = length - 8;
	t->message = t->payload;
	if (ip->fragment == FRAGMENT_FIRST && length > t->payload + 8)
		t->message = length - 8;
	return REASON_PASS;
}

/*
 * Steps over a TCP header and its options, which need not be there in full. Returns REASON_PASS, or
 * REASON_SHORT_TRANSPORT: the header is cut, or longer than the packet.
 */
static __always_inline enum reason tcp_parse(struct cursor *c, const struct ip *ip,
					     struct transport *t)
{
	const u8 *p = cursor_take(c, 20);
	u32 header;

	if (!p)
		return REASON_SHORT_TRANSPORT;
	header = (p[12] >> 4) * 4u;
	if (header < 20 || ip->payload < header)
		return REASON_SHORT_TRANSPORT;
	cursor_skip(c, header - 20);
	t->src = load_be16(p);
	t->dst = load_be16(p + 2);
	t->flags = p[13];
	t->seq = load_be32(p + 4) + !!(t->flags & TCP_SYN);
	t->payload = ip->payload - header;
	t->message = t->payload;
	return REASON_PASS;
}

/*
 * Steps over the first eight bytes of a transport header and reads only the ports: an ICMP error's
 * quote need not hold more (RFC 792). Returns REASON_PASS or REASON_SHORT_TRANSPORT.
 */
static __always_inline enum reason ports_parse(struct cursor *c, struct transport *t)
{
	const u8 *p = cursor_take(c, 8);

	if (!p)
		return REASON_SHORT_TRANSPORT;
	t->src = load_be16(p);
	t->dst = load_be16(p + 2);
	return REASON_PASS;
}

#endif
