/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Encapsulations of packets in captures: link headers, tags, tunnels. */
#ifndef P2PSCOPE_TESTS_ENCAPSULATION_H
#define P2PSCOPE_TESTS_ENCAPSULATION_H

#include "capture_writer.h"

static inline void wrap_hex(struct buf *b, const char *hex)
{
	struct buf head = {.len = 0};

	put_hex(&head, hex);
	prepend(b, &head);
}

/* The layers: each puts itself around what is there, an IP packet if it does not say otherwise. */

static inline void wrap_vlan(struct buf *b, u8 in)
{
	wrap_ethertype(b, in, "8100 0064");
}

static inline void wrap_qinq(struct buf *b, u8 in)
{
	wrap_ethertype(b, in, "88a8 0001 8100 0064");
}

/* RFC 2516: a session's packet, without Ethernet. */
static inline void wrap_pppoe(struct buf *b, u8 in)
{
	struct buf head = {.len = 0};

	(void)in;
	put_hex(&head, "1100 0001");
	put16(&head, (u16)(b->len + 2));
	put16(&head, six_inside(b) ? 0x0057 : 0x0021);
	prepend(b, &head);
}

static inline void ethernet_pppoe(struct buf *b, u8 in)
{
	wrap_pppoe(b, in);
	wrap_hex(b, in ? "020000000001 020000000002 8864" : "020000000002 020000000001 8864");
}

static inline void wrap_sll(struct buf *b, u8 in)
{
	struct buf head = {.len = 0};

	put16(&head, in ? 0 : 4);
	put_hex(&head, "0001 0006 020000000001 0000");
	put16(&head, type_inside(b));
	prepend(b, &head);
}

static inline void sll_vlan(struct buf *b, u8 in)
{
	struct buf head = {.len = 0};

	put16(&head, in ? 0 : 4);
	put_hex(&head, "0001 0006 020000000001 0000 8100 0064");
	put16(&head, type_inside(b));
	prepend(b, &head);
}

static inline void wrap_sll2(struct buf *b, u8 in)
{
	struct buf head = {.len = 0};

	put16(&head, type_inside(b));
	put_hex(&head, "0000 00000002 0001");
	put8(&head, in ? 0 : 4);
	put_hex(&head, "06 020000000001 0000");
	prepend(b, &head);
}

static inline void null_little(struct buf *b, u8 in)
{
	(void)in;
	wrap_hex(b, six_inside(b) ? "1e000000" : "02000000");
}

static inline void null_big(struct buf *b, u8 in)
{
	(void)in;
	wrap_hex(b, six_inside(b) ? "00000018" : "00000002");
}

static inline void wrap_ppp(struct buf *b, u8 in)
{
	(void)in;
	wrap_hex(b, six_inside(b) ? "0057" : "0021");
}

static inline void ppp_framed(struct buf *b, u8 in)
{
	(void)in;
	wrap_hex(b, six_inside(b) ? "ff03 0057" : "ff03 0021");
}

static inline void ppp_compressed(struct buf *b, u8 in)
{
	(void)in;
	wrap_hex(b, six_inside(b) ? "57" : "21");
}

static inline void wrap_cisco_hdlc(struct buf *b, u8 in)
{
	(void)in;
	wrap_hex(b, six_inside(b) ? "0f00 86dd" : "0f00 0800");
}

/* Outer IP, between two routers; the one toward the host comes second when it is the receiver. */
static inline void wrap_outer_ip(struct buf *b, u8 in, u8 proto)
{
	struct ipv4_of of = {
		.src = ep("198.51.100.1", 0), .dst = ep("198.51.100.2", 0), .proto = proto};
	struct buf head = {.len = 0};

	of.payload = (u16)b->len;
	if (in) {
		of.src = ep("198.51.100.2", 0);
		of.dst = ep("198.51.100.1", 0);
	}
	put_ipv4(&head, &of);
	prepend(b, &head);
}

static inline void outer_udp(struct buf *b, u8 in, u16 port)
{
	struct buf head = {.len = 0};

	put_udp(&head, 50000, port, b->len);
	prepend(b, &head);
	wrap_outer_ip(b, in, 17);
}

static inline void ip_in_ip(struct buf *b, u8 in)
{
	wrap_outer_ip(b, in, six_inside(b) ? 41 : 4);
}

static inline void ip_in_ipv6(struct buf *b, u8 in)
{
	struct buf head = {.len = 0};

	(void)in;
	put_ipv6(&head, ep("2001:db8:f::1", 0), ep("2001:db8:f::2", 0), six_inside(b) ? 41 : 4,
		 (u16)b->len);
	prepend(b, &head);
}

static inline void wrap_gre(struct buf *b, u8 in)
{
	wrap_hex(b, six_inside(b) ? "0000 86dd" : "0000 0800");
	wrap_outer_ip(b, in, 47);
}

static inline void gre_with_all(struct buf *b, u8 in)
{
	wrap_hex(b, six_inside(b) ? "b000 86dd 12340000 0000002a 00000001"
				  : "b000 0800 12340000 0000002a 00000001");
	wrap_outer_ip(b, in, 47);
}

/* Around a frame. */
static inline void wrap_nvgre(struct buf *b, u8 in)
{
	wrap_hex(b, "2000 6558 00123400");
	wrap_outer_ip(b, in, 47);
}

/* Around a frame. */
static inline void wrap_vxlan(struct buf *b, u8 in)
{
	wrap_hex(b, "08000000 00002a00");
	outer_udp(b, in, 4789);
}

/* Around a frame. */
static inline void wrap_geneve(struct buf *b, u8 in)
{
	wrap_hex(b, "0000 6558 00002a00");
	outer_udp(b, in, 6081);
}

static inline void geneve_options(struct buf *b, u8 in)
{
	wrap_hex(b, six_inside(b) ? "0240 86dd 00002a00 0101 8001 deadbeef"
				  : "0240 0800 00002a00 0101 8001 deadbeef");
	outer_udp(b, in, 6081);
}

static inline void wrap_gtpu(struct buf *b, u8 in)
{
	struct buf head = {.len = 0};

	put_hex(&head, "30ff");
	put16(&head, (u16)b->len);
	put_hex(&head, "0000002a");
	prepend(b, &head);
	outer_udp(b, in, 2152);
}

/* As of 5G: a sequence number, and a PDU session container. */
static inline void gtpu_5g(struct buf *b, u8 in)
{
	struct buf head = {.len = 0};

	put_hex(&head, "36ff");
	put16(&head, (u16)(b->len + 8));
	put_hex(&head, "0000002a 0001 00 85 01 1009 00");
	prepend(b, &head);
	outer_udp(b, in, 2152);
}

#endif
