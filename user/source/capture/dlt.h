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
 *
 * The functions take and return the same as link_parse().
 */
#ifndef P2PSCOPE_SOURCE_CAPTURE_DLT_H
#define P2PSCOPE_SOURCE_CAPTURE_DLT_H

#include "p2pscope/link.h"

/* packet type of packets that the machine sent: PACKET_OUTGOING of linux/if_packet.h */
#define COOKED_OUTGOING 4

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

	return p ? link_behind_type(c, load_be16(p + 14), version) : REASON_SHORT_LINK;
}

static __always_inline enum reason dlt_sll2(struct cursor *c, u8 *version)
{
	const u8 *p = cursor_take(c, 20);

	return p ? link_behind_type(c, load_be16(p), version) : REASON_SHORT_LINK;
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
