/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tunnels: IP in IP, GRE, VXLAN, Geneve, GTP-U, and packets that only look like them. */
#include "suite.h"

#include "source/capture/tunnel.h"

#define INNER "4500001c 00010000 40110000 c0a80002 05000002 1b581b5a 00080000"
#define INNER6                                                                                   \
	"60000000 0008 11 40 20010db8000000000000000000000002 20010db8000100000000000000000002 " \
	"1b581b5a 00080000"
#define FRAME "020000000001 020000000002 0800" INNER
#define STUN "0001 0008 2112a442 b7e7a701bc34d686fa87dfae 00240004 6e0001ff"
#define RTP "8060 0001 00000001 12345678 00000000000000000000000000000000000000000000"

struct tunnel_row {
	const char *name;
	u8 proto;
	u16 port; /* UDP's destination */
	const char *hex; /* behind IP, or UDP */
	u8 at; /* offset of the inner packet in it; 0xff: not a tunnel */
	bool frame;
};

enum { NONE = 0xff };

static const struct tunnel_row rows[] = {
	{"IPv4", 4, 0, INNER, 0, false},
	{"IPv6", 41, 0, INNER6, 0, false},
	{"IPv6 announced, IPv4 inside", 41, 0, INNER, NONE, false},
	{"IPv4 longer than what carries it", 4, 0,
	 "4500001d 00010000 40110000 c0a80002 05000002 1b581b5a 00080000", NONE, false},
	{"IPv4 with a short header", 4, 0, "44000010 00010000 40110000 c0a80002 05000002", NONE,
	 false},
	{"nothing inside", 4, 0, "", NONE, false},
	{"UDP", 17, 7000, INNER, NONE, false},
	{"TCP", 6, 0, INNER INNER, NONE, false},
	{"GRE", 47, 0, "0000 0800" INNER, 4, false},
	{"GRE, IPv6", 47, 0, "0000 86dd" INNER6, 4, false},
	{"GRE, checksum", 47, 0, "8000 0800 00000000" INNER, 8, false},
	{"GRE, key", 47, 0, "2000 0800 00000001" INNER, 8, false},
	{"GRE, sequence", 47, 0, "1000 0800 00000001" INNER, 8, false},
	{"GRE, all", 47, 0, "b000 0800 00000000 00000001 00000002" INNER, 16, false},
	{"GRE, frame", 47, 0, "2000 6558 00000100" FRAME, 8, true},
	{"GRE, ARP in a frame", 47, 0, "0000 6558 020000000001 020000000002 0806 00010800" INNER,
	 NONE, false},
	{"GRE of PPTP", 47, 0, "3081 880b 00200000 00000001 ff030021" INNER, NONE, false},
	{"GRE with a route", 47, 0, "4000 0800 00000000" INNER, NONE, false},
	{"GRE, version 1", 47, 0, "0001 0800" INNER, NONE, false},
	{"GRE, MPLS", 47, 0, "0000 8847 00000100" INNER, NONE, false},
	{"GRE, keepalive", 47, 0, "0000 0000", NONE, false},
	{"GRE, cut", 47, 0, "2000 08", NONE, false},
	{"VXLAN", 17, 4789, "08000000 00000100" FRAME, 8, true},
	{"VXLAN, reserved byte", 17, 4789, "08000001 00000100" FRAME, NONE, false},
	{"VXLAN, reserved byte behind", 17, 4789, "08000000 00000101" FRAME, NONE, false},
	{"VXLAN, no flag", 17, 4789, "00000000 00000100" FRAME, NONE, false},
	{"VXLAN, another port", 17, 4790, "08000000 00000100" FRAME, NONE, false},
	{"VXLAN, LLDP inside", 17, 4789, "08000000 00000100 0180c200000e 020000000002 88cc 0207",
	 NONE, false},
	{"VXLAN, longer inside", 17, 4789,
	 "08000000 00000100 020000000001 020000000002 0800 450000ff" INNER, NONE, false},
	{"Geneve", 17, 6081, "0000 6558 00000100" FRAME, 8, true},
	{"Geneve, IPv4", 17, 6081, "0000 0800 00000100" INNER, 8, false},
	{"Geneve, options", 17, 6081, "0380 86dd 00000100 000102030405060708090a0b" INNER6, 20,
	 false},
	{"Geneve, options beyond the end", 17, 6081, "3f00 0800 00000100" INNER, NONE, false},
	{"Geneve, version 1", 17, 6081, "4000 6558 00000100" FRAME, NONE, false},
	{"Geneve, reserved bits", 17, 6081, "0001 6558 00000100" FRAME, NONE, false},
	{"Geneve, reserved byte", 17, 6081, "0000 6558 00000101" FRAME, NONE, false},
	{"GTP-U", 17, 2152, "30ff 001c 0000002a" INNER, 8, false},
	{"GTP-U, IPv6", 17, 2152, "30ff 0030 0000002a" INNER6, 8, false},
	{"GTP-U, sequence", 17, 2152, "32ff 0020 0000002a 00010000" INNER, 12, false},
	{"GTP-U, extension", 17, 2152, "34ff 0024 0000002a 00000085 01100100" INNER, 16, false},
	{"GTP-U, two extensions", 17, 2152,
	 "34ff 002c 0000002a 00000085 01100140 02000000 00000000" INNER, 24, false},
	{"GTP-U, five extensions", 17, 2152,
	 "34ff 0034 0000002a 00000085 01000085 01000085 01000085 01000085 01000000" INNER, NONE,
	 false},
	{"GTP-U, extension of no length", 17, 2152, "34ff 0024 0000002a 00000085 00100100" INNER,
	 NONE, false},
	{"GTP-U, extension beyond the end", 17, 2152, "34ff 0024 0000002a 00000085 ff100100" INNER,
	 NONE, false},
	{"GTP-U, length", 17, 2152, "30ff 001d 0000002a" INNER, NONE, false},
	{"GTP-U, echo request", 17, 2152, "3201 0004 00000000 00010000", NONE, false},
	{"GTP-U, version 2", 17, 2152, "50ff 001c 0000002a" INNER, NONE, false},
	{"GTP', charging", 17, 2152, "20ff 001c 0000002a" INNER, NONE, false},
	{"GTP-U, neither IPv4 nor IPv6", 17, 2152, "30ff 0008 0000002a 0001020304050607", NONE,
	 false},
	{"STUN on VXLAN's port", 17, 4789, STUN, NONE, false},
	{"STUN on Geneve's port", 17, 6081, STUN, NONE, false},
	{"STUN on GTP-U's port", 17, 2152, STUN, NONE, false},
	{"RTP on VXLAN's port", 17, 4789, RTP, NONE, false},
	{"RTP on Geneve's port", 17, 6081, RTP, NONE, false},
	{"RTP on GTP-U's port", 17, 2152, RTP, NONE, false},
};

struct tunnel_outside {
	struct buf b;
	u32 header; /* of IP and UDP */
};

static void put_outside(struct tunnel_outside *o, const struct tunnel_row *tunnel_row, u16 fragment)
{
	struct ipv4_of of = {
		.src = ep("198.51.100.1", 0), .dst = ep("198.51.100.2", 0), .fragment = fragment};
	struct buf inside = {.len = 0};

	put_hex(&inside, tunnel_row->hex);
	o->b.len = 0;
	o->header = tunnel_row->port ? 28 : 20;
	of.proto = tunnel_row->proto;
	of.payload = (u16)(o->header - 20 + inside.len);
	put_ipv4(&o->b, &of);
	if (tunnel_row->port)
		put_udp(&o->b, 50000, tunnel_row->port, inside.len);
	put(&o->b, inside.b, inside.len);
}

static void whole_packet(const struct tunnel_row *tunnel_row)
{
	struct tunnel t;
	struct tunnel_outside o;
	struct cursor c;

	put_outside(&o, tunnel_row, 0);
	c = cursor_on_packet(o.b.b, o.b.b + o.b.len);
	assert_int_equal(tunnel_parse(&c, 4, o.b.len, &t), tunnel_row->at != NONE);
	if (tunnel_row->at == NONE)
		return;
	assert_int_equal(c.at, o.header + tunnel_row->at);
	assert_ptr_equal(c.pos, o.b.b + c.at);
	assert_int_equal(t.wire, o.b.len - c.at);
	assert_int_equal(t.frame, tunnel_row->frame);
}

/* What pads the frame outside is not inside; a fragment carries a part of something. */
static void tunnel_depth_is_bounded(void **state)
{
	const struct tunnel_row *tunnel_row = &rows[0];
	struct tunnel t;
	struct tunnel_outside o;
	struct cursor c;

	(void)state;
	put_outside(&o, tunnel_row, 0);
	put_many(&o.b, 0, 18);
	c = cursor_on_packet(o.b.b, o.b.b + o.b.len);
	assert_true(tunnel_parse(&c, 4, o.b.len, &t));
	assert_int_equal(t.wire, 28);
	put_outside(&o, tunnel_row, 0x2000);
	c = cursor_on_packet(o.b.b, o.b.b + o.b.len);
	assert_false(tunnel_parse(&c, 4, o.b.len, &t));
}

/* A capture may be cut: an inner IP header that is there in full is enough. */
static void cut_packet(const struct tunnel_row *tunnel_row)
{
	struct tunnel t;
	struct tunnel_outside o;
	struct cursor c;
	u32 enough;

	put_outside(&o, tunnel_row, 0);
	enough = o.header + tunnel_row->at + (tunnel_row->frame ? 14 : 0) +
		 (o.b.b[o.header + tunnel_row->at] >> 4 == 6 ? 40 : 20);
	for (u32 have = 0; have <= o.b.len; have++) {
		u8 *there = malloc(have + 1); /* exact: overreads are seen */

		memcpy(there, o.b.b, have);
		c = cursor_on_packet(there, there + have);
		assert_int_equal(tunnel_parse(&c, 4, o.b.len, &t),
				 tunnel_row->at != NONE && have >= enough);
		free(there);
	}
}

static void parses_tunnels(void **state)
{
	whole_packet(*state);
	cut_packet(*state);
}

int main(void)
{
	struct CMUnitTest tests[COUNT(rows) + 1];

	for (size_t i = 0; i < COUNT(rows); i++)
		tests[i] = (struct CMUnitTest){rows[i].name, parses_tunnels, NULL, NULL,
					       (void *)&rows[i]};
	tests[COUNT(rows)] = (struct CMUnitTest)cmocka_unit_test(tunnel_depth_is_bounded);
	return cmocka_run_group_tests_name("tunnel", tests, NULL, NULL);
}
