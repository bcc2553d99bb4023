/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From the link header to IP: Ethernet, 802.1Q and 802.1ad tags (IEEE 802.1Q), PPPoE session (RFC
 * 2516 section 4).
 *
 *   | destination 6 | source 6 | [ 0x8100 2 | tag 2 ]* | ethertype 2 | payload
 *   PPPoE, ethertype 0x8864:
 *     | 0x11 1 | code 0 1 | session 2 | length 2 | PPP protocol 2 | payload
 */
#ifndef P2PSCOPE_LINK_H
#define P2PSCOPE_LINK_H

#include "cursor.h"
#include "words.h"

#define LINK_TAGS 4 /* VLAN tags that are followed */

enum {
	ETHERTYPE_IPV4 = 0x0800,
	ETHERTYPE_VLAN = 0x8100,
	ETHERTYPE_IPV6 = 0x86dd,
	ETHERTYPE_PPPOE_SESSION = 0x8864,
	ETHERTYPE_QINQ = 0x88a8,
	ETHERTYPE_QINQ_OLD = 0x9100,
	PPP_IPV4 = 0x0021,
	PPP_IPV6 = 0x0057,
};

/* Returns whether an ethertype is that of a VLAN tag. */
static __always_inline bool link_is_tag(u16 type)
{
	return type == ETHERTYPE_VLAN || type == ETHERTYPE_QINQ || type == ETHERTYPE_QINQ_OLD;
}

/*
 * Steps over a PPPoE session header. Returns as link_behind_type(); REASON_NOT_IP also for LCP,
 * IPCP and the like.
 */
static __always_inline enum reason link_pppoe(struct cursor *c, u8 *version)
{
	const u8 *p = cursor_take(c, 8);
	u16 type;

	if (!p)
		return REASON_SHORT_LINK;
	type = load_be16(p + 6);
	*version = type == PPP_IPV4 ? 4 : 6;
	return type == PPP_IPV4 || type == PPP_IPV6 ? REASON_PASS : REASON_NOT_IP;
}

/*
 * Steps from after the ethertype `type` to the IP header. Writes the IP version that the link
 * layer announces to `version`. Returns REASON_PASS; REASON_NOT_IP: something else is carried;
 * REASON_SHORT_LINK: cut within the link header.
 */
static __always_inline enum reason link_behind_type(struct cursor *c, u16 type, u8 *version)
{
	const u8 *p;

	for (u32 i = 0; i < LINK_TAGS && link_is_tag(type); i++) {
		p = cursor_take(c, 4);
		if (!p)
			return REASON_SHORT_LINK;
		type = load_be16(p + 2);
	}
	*version = type == ETHERTYPE_IPV4 ? 4 : 6;
	if (type == ETHERTYPE_IPV4 || type == ETHERTYPE_IPV6)
		return REASON_PASS;
	return type == ETHERTYPE_PPPOE_SESSION ? link_pppoe(c, version) : REASON_NOT_IP;
}

/* As link_behind_type(), from the Ethernet header on. */
static __always_inline enum reason link_parse(struct cursor *c, u8 *version)
{
	const u8 *p = cursor_take(c, 14);

	return p ? link_behind_type(c, load_be16(p + 12), version) : REASON_SHORT_LINK;
}

#endif
