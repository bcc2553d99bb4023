/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Tunnels that carry unencrypted packets. Only replay looks into them: live, a tunnel has an
 * interface of its own.
 *
 *   IP in IP (RFC 2003, RFC 2473, RFC 4213), IP protocol 4 or 41
 *   GRE (RFC 2784, RFC 2890), IP protocol 47:
 *     | C, 0, K, S, 0, version 0 2 | ethertype 2 | [ checksum 2, 0 2 ] | [ key 4 ] |
 *     | [ sequence 4 ] | packet, frame (NVGRE, RFC 7637) or ERSPAN
 *   ERSPAN (draft-foschiano-erspan-03 section 4), in GRE:
 *     type I: ethertype 0x88be, no sequence; type II: the same, with one, and 8 bytes;
 *     type III: ethertype 0x22eb, 12 bytes, of which the last bit says that 8 more follow | frame
 *   VXLAN (RFC 7348 section 5), UDP port 4789, of old and of Linux's default 8472:
 *     | 0x08 1 | 0 3 | VNI 3 | 0 1 | frame
 *   TZSP (TaZmen Sniffer Protocol), UDP port 37008:
 *     | version 1 1 | type 0, received, or 1, sent 1 | protocol 2: 1 is Ethernet | tags | frame
 *     a tag: | 0, padding, or 1, end 1 | or | kind 1 | length 1 | contents |
 *   Geneve (RFC 8926 section 3.4), UDP port 6081:
 *     | version 0, words of options 1 | O, C, 0 1 | ethertype 2 | VNI 3 | 0 1 | options |
 *     | packet or frame
 *   GTP-U (3GPP TS 29.281 section 5), UDP port 2152:
 *     | version 1, PT 1, 0, E, S, PN 1 | 255 1 | length 2 | TEID 4 |
 *     | [ sequence 2 | N-PDU 1 | next type 1 ] | extensions | packet
 *     an extension: | words 1 | contents | next type 1 |
 *
 * A port alone proves nothing, as media may use any. So reserved bits must be 0, lengths must be
 * valid, and an IP header that fits must follow; otherwise the packet is not treated as a tunnel.
 */
#ifndef P2PSCOPE_SOURCE_CAPTURE_TUNNEL_H
#define P2PSCOPE_SOURCE_CAPTURE_TUNNEL_H

#include "p2pscope/transport.h"
#include "source/capture/dlt.h"

#define TUNNEL_EXTENSIONS 4 /* extension headers of GTP-U that are followed */
#define TUNNEL_TAGS 16 /* tags of TZSP that are followed */

enum { PROTO_IPIP = 4, PROTO_IPV6 = 41, PROTO_GRE = 47 };
enum {
	GTPU_PORT = 2152,
	VXLAN_PORT = 4789,
	GENEVE_PORT = 6081,
	VXLAN_OLD_PORT = 8472,
	TZSP_PORT = 37008
};
enum { ETHERTYPE_ERSPAN = 0x88be, ETHERTYPE_ERSPAN_3 = 0x22eb };
enum { ETHERTYPE_FRAME = 0x6558 }; /* Transparent Ethernet Bridging */
enum { GRE_CHECKSUM = 0x8000, GRE_KEY = 0x2000, GRE_SEQUENCE = 0x1000 };
enum { GTPU_EXTENDED = 4, GTPU_OPTIONAL = 7 }; /* flags E; E, S, PN */

struct tunnel {
	u32 wire; /* bytes of the inner packet on the wire, with padding */
	bool frame; /* the inner packet begins with an Ethernet header, else with IP */
};

/*
 * Each of these parses the header after a tunnel's protocol number or port. Returns the ethertype
 * of the inner packet, or 0 when it is no such tunnel.
 */
static __always_inline u16 tunnel_erspan(struct cursor *c, u16 type, bool sequence)
{
	const u8 *p = cursor_take(c, type == ETHERTYPE_ERSPAN_3 ? 12 : sequence ? 8 : 0);

	if (!p || (sequence && p[0] >> 4 != (type == ETHERTYPE_ERSPAN_3 ? 2 : 1)))
		return 0;
	if (type == ETHERTYPE_ERSPAN_3 && p[11] & 1)
		cursor_skip(c, 8);
	return ETHERTYPE_FRAME;
}

static __always_inline u16 tunnel_gre(struct cursor *c)
{
	const u8 *p = cursor_take(c, 4);
	u16 flags = p ? load_be16(p) : 0xffff, type;

	if (flags & ~(GRE_CHECKSUM | GRE_KEY | GRE_SEQUENCE))
		return 0;
	cursor_skip(c, 4u * (!!(flags & GRE_CHECKSUM) + !!(flags & GRE_KEY) +
			     !!(flags & GRE_SEQUENCE)));
	type = load_be16(p + 2);
	if (type == ETHERTYPE_ERSPAN || type == ETHERTYPE_ERSPAN_3)
		return tunnel_erspan(c, type, flags & GRE_SEQUENCE);
	return type;
}

static __always_inline u16 tunnel_vxlan(struct cursor *c)
{
	const u8 *p = cursor_take(c, 8);

	return p && load_be32(p) == 0x08000000 && !p[7] ? ETHERTYPE_FRAME : 0;
}

static __always_inline u16 tunnel_tzsp(struct cursor *c)
{
	const u8 *p = cursor_take(c, 4);

	if (!p || p[0] != 1 || p[1] > 1 || load_be16(p + 2) != 1)
		return 0;
	for (u32 i = 0; i < TUNNEL_TAGS; i++) {
		p = cursor_take(c, 1);
		if (!p)
			return 0;
		if (*p == 1)
			return ETHERTYPE_FRAME;
		if (!*p)
			continue;
		p = cursor_take(c, 1);
		if (!p)
			return 0;
		cursor_skip(c, *p);
	}
	return 0;
}

static __always_inline u16 tunnel_geneve(struct cursor *c)
{
	const u8 *p = cursor_take(c, 8);

	if (!p || p[0] >> 6 || p[1] & 0x3f || p[7])
		return 0;
	cursor_skip(c, (p[0] & 0x3f) * 4u);
	return load_be16(p + 2);
}

/* Skips one extension header. Returns the type of the next, -1 when the header is invalid. */
static __always_inline int tunnel_gtpu_extension(struct cursor *c)
{
	const u8 *p = cursor_take(c, 1);

	if (!p || !*p)
		return -1;
	cursor_skip(c, *p * 4u - 2);
	p = cursor_take(c, 1);
	return p ? *p : -1;
}

/* `len` is the size of the datagram. GTP-U does not name the version of IP: the first byte does. */
static __always_inline u16 tunnel_gtpu(struct cursor *c, u32 len)
{
	const u8 *p = cursor_take(c, 8), *optional;
	struct cursor inside;
	int next = 0;

	if (!p || p[0] >> 3 != 6 || p[1] != 255 || load_be16(p + 2) + 8u != len)
		return 0;
	if (p[0] & GTPU_OPTIONAL) {
		optional = cursor_take(c, 4);
		if (!optional)
			return 0;
		next = p[0] & GTPU_EXTENDED ? optional[3] : 0;
	}
	for (u32 i = 0; i < TUNNEL_EXTENSIONS && next > 0; i++)
		next = tunnel_gtpu_extension(c);
	inside = *c;
	p = next ? NULL : cursor_take(&inside, 1);
	if (!p)
		return 0;
	return *p >> 4 == 4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6;
}

static __always_inline u16 tunnel_udp(struct cursor *c, const struct ip *ip)
{
	struct transport t;

	if (udp_parse(c, ip, &t))
		return 0;
	switch (t.dst) {
	case VXLAN_PORT:
	case VXLAN_OLD_PORT:
		return tunnel_vxlan(c);
	case GENEVE_PORT:
		return tunnel_geneve(c);
	case GTPU_PORT:
		return tunnel_gtpu(c, t.payload);
	case TZSP_PORT:
		return tunnel_tzsp(c);
	}
	return 0;
}

static __always_inline u16 tunnel_type(struct cursor *c, const struct ip *ip)
{
	switch (ip->proto) {
	case PROTO_IPIP:
		return ETHERTYPE_IPV4;
	case PROTO_IPV6:
		return ETHERTYPE_IPV6;
	case PROTO_GRE:
		return tunnel_gre(c);
	case PROTO_UDP:
		return tunnel_udp(c, ip);
	}
	return 0;
}

/*
 * Returns whether a packet of this ethertype that fits into `wire` bytes is at the cursor, which
 * is passed by value.
 */
static __always_inline bool tunnel_fits(struct cursor c, u16 type, u32 wire)
{
	u8 version = type == ETHERTYPE_IPV4 ? 4 : 6;
	u32 begin = c.at;
	struct addr src, dst;
	struct ip ip;

	if (type == ETHERTYPE_FRAME && dlt_ethernet(&c, &version))
		return false;
	if (type != ETHERTYPE_FRAME && type != ETHERTYPE_IPV4 && type != ETHERTYPE_IPV6)
		return false;
	return wire > c.at - begin &&
	       !ip_parse(&c, version, &ip, &src, &dst, wire - (c.at - begin));
}

/*
 * Moves a cursor on a packet from its IP header to the packet that it encapsulates. `wire` is the
 * size of the outer packet on the wire, in bytes. Returns false when it encapsulates none, or
 * only a fragment of one; the cursor is then undefined.
 */
static __always_inline bool tunnel_parse(struct cursor *c, u8 version, u32 wire, struct tunnel *t)
{
	u32 header;
	struct addr src, dst;
	struct ip ip;
	u16 type;

	if (ip_parse(c, version, &ip, &src, &dst, wire) || ip.fragment != FRAGMENT_NONE)
		return false;
	header = c->at;
	type = tunnel_type(c, &ip);
	if (!type || c->at - header >= ip.payload)
		return false;
	t->wire = ip.payload - (c->at - header);
	t->frame = type == ETHERTYPE_FRAME;
	return tunnel_fits(*c, type, t->wire);
}

#endif
