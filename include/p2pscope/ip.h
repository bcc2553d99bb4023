/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * IPv4 (RFC 791 section 3.1) and IPv6 with its extension headers (RFC 8200 sections 3 and 4).
 *
 *   IPv4: | 4, IHL 1 | TOS 1 | total length 2 | id 2 | flags, offset 2 | TTL 1 | protocol 1 |
 *         | checksum 2 | source 4 | destination 4 | options |
 *   IPv6: | 6, class, label 4 | payload length 2 | next header 1 | hop limit 1 |
 *         | source 16 | destination 16 | extension headers |
 *   extension: | next header 1 | length 1 | … |
 *   fragment:  | next header 1 | 0 1 | offset, M 2 | id 4 |
 *
 * The header's own length counts: Ethernet pads short frames, and a capture may cut.
 */
#ifndef P2PSCOPE_IP_H
#define P2PSCOPE_IP_H

#include "cursor.h"
#include "words.h"

#define IP_EXTENSIONS 8 /* IPv6 extension headers that are followed */

enum {
	IPV6_HOP_BY_HOP = 0,
	IPV6_ROUTING = 43,
	IPV6_FRAGMENT = 44,
	IPV6_AUTH = 51,
	IPV6_DESTINATION = 60,
	IPV6_MOBILITY = 135,
};

enum fragment { FRAGMENT_NONE, FRAGMENT_FIRST, FRAGMENT_LATER };

struct ip {
	u32 payload; /* bytes after the IP headers in this packet, by the header's length */
	u32 id; /* identifies the datagram, if it is a fragment */
	u8 proto; /* what follows the last extension header that was understood */
	u8 ttl;
	u8 fragment; /* enum fragment */
};

/* Reads an IPv4 address of 4 bytes as ::ffff:a.b.c.d. */
static __always_inline void addr_from_v4(struct addr *to, const u8 *from)
{
	word32 *w = (word32 *)to->b;

	w[0] = 0;
	w[1] = 0;
	w[2] = IS_LITTLE_ENDIAN ? 0xffff0000 : 0x0000ffff;
	copy4(to->b + 12, from);
}

/* Reads an IPv6 address of 16 bytes. */
static __always_inline void addr_from_v6(struct addr *to, const u8 *from)
{
	for (u32 i = 0; i < 16; i += 4)
		copy4(to->b + i, from + i);
}

/* Returns enum fragment. `offset` is in bytes, `more` is not 0 when other fragments follow. */
static __always_inline u8 ip_fragment_kind(u32 offset, u32 more)
{
	if (offset)
		return FRAGMENT_LATER;
	return more ? FRAGMENT_FIRST : FRAGMENT_NONE;
}

/* ip_parse() of an IPv4 header (RFC 791 section 3.1). */
static __always_inline enum reason ipv4_parse(struct cursor *c, struct ip *ip, struct addr *src,
					      struct addr *dst, u32 wire)
{
	const u8 *p = cursor_take(c, 20);
	u32 header, total;

	if (!p)
		return REASON_SHORT_IP;
	header = (p[0] & 15) * 4u;
	total = load_be16(p + 2);
	if (!total) /* a GSO aggregate over 64 KiB (Linux "BIG TCP") */
		total = wire;
	if (p[0] >> 4 != 4 || header < 20 || total < header)
		return REASON_BAD_IP;
	if (wire && total > wire) /* ip_rcv_core() drops it, too */
		return REASON_SHORT_IP;
	cursor_skip(c, header - 20);
	ip->payload = total - header;
	ip->id = load_be16(p + 4);
	ip->fragment = ip_fragment_kind(load_be16(p + 6) & 0x1fff, p[6] & 0x20);
	ip->ttl = p[8];
	ip->proto = p[9];
	addr_from_v4(src, p + 12);
	addr_from_v4(dst, p + 16);
	return REASON_PASS;
}

/* Returns whether a next-header value is an extension header that is followed. */
static __always_inline bool ipv6_is_extension(u8 proto)
{
	return proto == IPV6_HOP_BY_HOP || proto == IPV6_ROUTING || proto == IPV6_FRAGMENT ||
	       proto == IPV6_AUTH || proto == IPV6_DESTINATION || proto == IPV6_MOBILITY;
}

/*
 * Returns the bytes of an extension header by its length field: AH counts in words (RFC 4302
 * section 2.2), the others in units of eight.
 */
static __always_inline u32 ipv6_extension_size(u8 proto, u8 length)
{
	if (proto == IPV6_FRAGMENT)
		return 8;
	return proto == IPV6_AUTH ? (length + 2) * 4u : (length + 1) * 8u;
}

/* Steps over the extension header of type `ip->proto`, and stores the next type there. */
static __always_inline enum reason ipv6_extension(struct cursor *c, struct ip *ip)
{
	const u8 *p = cursor_take(c, 8);
	u32 size;

	if (!p)
		return REASON_SHORT_IP;
	size = ipv6_extension_size(ip->proto, p[1]);
	if (size < 8 || size > ip->payload)
		return REASON_BAD_IP;
	if (ip->proto == IPV6_FRAGMENT) {
		ip->fragment = ip_fragment_kind(load_be16(p + 2) & 0xfff8, p[3] & 1);
		ip->id = load_be32(p + 4);
	}
	cursor_skip(c, size - 8);
	ip->payload -= size;
	ip->proto = p[0];
	return REASON_PASS;
}

/* ip_parse() of an IPv6 header and its extension headers (RFC 8200 sections 3 and 4). */
static __always_inline enum reason ipv6_parse(struct cursor *c, struct ip *ip, struct addr *src,
					      struct addr *dst, u32 wire)
{
	const u8 *p = cursor_take(c, 40);
	enum reason reason;

	if (!p)
		return REASON_SHORT_IP;
	if (p[0] >> 4 != 6)
		return REASON_BAD_IP;
	ip->payload = load_be16(p + 4);
	if (!ip->payload && wire > 40) /* jumbo or GSO aggregate over 64 KiB */
		ip->payload = wire - 40;
	if (wire && ip->payload + 40 > wire)
		return REASON_SHORT_IP;
	ip->proto = p[6];
	ip->ttl = p[7];
	ip->id = 0;
	ip->fragment = FRAGMENT_NONE;
	addr_from_v6(src, p + 8);
	addr_from_v6(dst, p + 24);
	for (u32 i = 0; i < IP_EXTENSIONS; i++) {
		/*
		 * after a later fragment's header is payload, whatever its next-header field says
		 */
		if (!ipv6_is_extension(ip->proto) || ip->fragment == FRAGMENT_LATER)
			return REASON_PASS;
		reason = ipv6_extension(c, ip);
		if (reason)
			return reason;
	}
	return ipv6_is_extension(ip->proto) ? REASON_IP_EXTENSIONS : REASON_PASS;
}

/*
 * Steps from an IP header of the given version (4 or 6) to what it carries. Fills `ip` and both
 * addresses. `wire` is how many bytes the packet had on the wire from here on, 0 when that is not
 * known. Returns REASON_PASS, or
 *  - REASON_SHORT_IP: cut within the headers, or the packet was shorter than its length field
 *    says;
 *  - REASON_BAD_IP: the header contradicts itself;
 *  - REASON_IP_EXTENSIONS: more extension headers than are followed.
 */
static __always_inline enum reason ip_parse(struct cursor *c, u8 version, struct ip *ip,
					    struct addr *src, struct addr *dst, u32 wire)
{
	return version == 4 ? ipv4_parse(c, ip, src, dst, wire) : ipv6_parse(c, ip, src, dst, wire);
}

#endif
