/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Link headers that only captures have, up to the IP header (LINKTYPE_ and DLT_ of tcpdump.org).
 *
 *   NULL, LOOP: | address family 4, in the capturing machine's byte order, or big-endian | payload
 *   Linux "cooked":
 *   SLL:  | packet type 2 | ARPHRD 2 | address length 2 | address 8 | ethertype 2 | payload
 *   SLL2: | ethertype 2 | 0 2 | interface 4 | ARPHRD 2 | packet type 1 | address length 1 |
 *         | address 8 | payload
 *   PPP (RFC 1661 section 2, in the framing of RFC 1662 section 3.1):
 *         | [ 0xff 0x03 ] | protocol 1 or 2 | payload
 *   Cisco HDLC, in captures of type PPP (RFC 1547 section 4.3.1):
 *         | 0x0f or 0x8f 1 | 0 1 | ethertype 2 | payload
 *   MPLS (RFC 3032 section 2.1), behind an Ethernet type:
 *         | label, class, bottom of the stack, TTL 4 |* payload
 *
 * The functions take and return the same as link_parse().
 */
#ifndef P2PSCOPE_SOURCE_CAPTURE_DLT_H
#define P2PSCOPE_SOURCE_CAPTURE_DLT_H

#include "p2pscope/link.h"

/* packet type of packets that the machine sent: PACKET_OUTGOING of linux/if_packet.h */
#define COOKED_OUTGOING 4

#define MPLS_LABELS 8 /* labels that are followed */

enum { ETHERTYPE_MPLS = 0x8847, ETHERTYPE_MPLS_MULTICAST = 0x8848 };

/*
 * What is below the labels is not named: the first half byte tells IP from the rest (RFC 4928
 * section 3).
 */
static __always_inline enum reason dlt_mpls(struct cursor *c, u8 *version)
{
	struct cursor inside;
	const u8 *p = NULL;

	for (u32 i = 0; i < MPLS_LABELS; i++) {
		p = cursor_take(c, 4);
		if (!p)
			return REASON_SHORT_LINK;
		if (p[2] & 1)
			break;
	}
	inside = *c;
	p = p[2] & 1 ? cursor_take(&inside, 1) : NULL;
	*version = p ? *p >> 4 : 0;
	return *version == 4 || *version == 6 ? REASON_PASS : REASON_NOT_IP;
}

/* As link_behind_type(), also behind MPLS, with or without VLAN tags before it. */
static __always_inline enum reason dlt_behind_type(struct cursor *c, u16 type, u8 *version)
{
	const u8 *p;

	for (u32 i = 0; i < LINK_TAGS && link_is_tag(type); i++) {
		p = cursor_take(c, 4);
		if (!p)
			return REASON_SHORT_LINK;
		type = load_be16(p + 2);
	}
	return type == ETHERTYPE_MPLS || type == ETHERTYPE_MPLS_MULTICAST
		       ? dlt_mpls(c, version)
		       : link_behind_type(c, type, version);
}

static __always_inline enum reason dlt_ethernet(struct cursor *c, u8 *version)
{
	const u8 *p = cursor_take(c, 14);

	return p ? dlt_behind_type(c, load_be16(p + 12), version) : REASON_SHORT_LINK;
}

/* AF_INET is 2 everywhere; AF_INET6 differs between Linux, the BSDs, FreeBSD and macOS. */
static __always_inline enum reason dlt_null(struct cursor *c, u8 *version)
{
	const u8 *p = cursor_take(c, 4);
	u32 family;

	if (!p)
		return REASON_SHORT_LINK;
	family = load_be32(p);
	if (family > 0xffff)
		family = __builtin_bswap32(family);
	*version = family == 2 ? 4 : 6;
	return family == 2 || family == 10 || family == 24 || family == 28 || family == 30
		       ? REASON_PASS
		       : REASON_NOT_IP;
}

static __always_inline enum reason dlt_sll(struct cursor *c, u8 *version)
{
	const u8 *p = cursor_take(c, 16);

	return p ? dlt_behind_type(c, load_be16(p + 14), version) : REASON_SHORT_LINK;
}

static __always_inline enum reason dlt_sll2(struct cursor *c, u8 *version)
{
	const u8 *p = cursor_take(c, 20);

	return p ? dlt_behind_type(c, load_be16(p), version) : REASON_SHORT_LINK;
}

/*
 * The last byte of a protocol number is odd and the first even (RFC 1661 section 2), so a number
 * compressed to one byte is recognized.
 */
static __always_inline enum reason dlt_ppp_protocol(struct cursor *c, u8 *version)
{
	const u8 *p = cursor_take(c, 1);
	u32 type = p ? *p : 0;

	if (p && !(type & 1)) {
		p = cursor_take(c, 1);
		type = p ? type << 8 | *p : 0;
	}
	if (!p)
		return REASON_SHORT_LINK;
	*version = type == PPP_IPV4 ? 4 : 6;
	return type == PPP_IPV4 || type == PPP_IPV6 ? REASON_PASS : REASON_NOT_IP;
}

static __always_inline enum reason dlt_ppp(struct cursor *c, u8 *version)
{
	struct cursor begin = *c;
	const u8 *p = cursor_take(c, 1);

	if (p && (*p == 0x0f || *p == 0x8f)) {
		p = cursor_take(c, 3);
		return p ? link_behind_type(c, load_be16(p + 1), version) : REASON_SHORT_LINK;
	}
	if (p && *p == 0xff)
		cursor_take(c, 1);
	else
		*c = begin;
	return dlt_ppp_protocol(c, version);
}

#endif
