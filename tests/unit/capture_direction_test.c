/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which end of a captured packet is outside: one rule per test, and the two directions of a flow
 * have opposite results.
 */
#include "suite.h"

#include "source/capture/endpoints.h"
#include "source/capture/direction.h"
#include "source/capture/transactions.h"

#define ROUTER 1
#define HOST 2
#define NEIGHBOUR 3

struct direction_capture {
	struct direction_finder *sides;
	struct table *transactions; /* of the other side; NULL: there is none */
	bool look; /* second pass */
	u8 ttl;
	u32 most; /* bytes of a packet that are there */
	struct buf frame;
};

static int direction_setup(void **state)
{
	static struct direction_capture c;

	c = (struct direction_capture){
		.sides = direction_finder_new(NULL, false), .ttl = 64, .most = 1500};
	assert_non_null(c.sides);
	*state = &c;
	return 0;
}

static int direction_teardown(void **state)
{
	struct direction_capture *c = *state;

	direction_finder_free(c->sides);
	table_free(c->transactions);
	return 0;
}

static void of_two_sides(struct direction_capture *c)
{
	direction_finder_free(c->sides);
	c->transactions = transactions_new();
	assert_non_null(c->transactions);
	c->sides = direction_finder_new(c->transactions, false);
	assert_non_null(c->sides);
}

/*
 * Adds a datagram between two stations; in the second pass, returns whether its sender is outside.
 */
static bool add_packet(struct direction_capture *c, u8 from, u8 to, struct endpoint src,
		       struct endpoint dst, const struct buf *m)
{
	struct buf *f = &c->frame;
	const u8 *ip = f->b + 14;
	u32 len;

	frame_udp(f, src, dst, m ? m->b : NULL, m ? m->len : 0);
	f->b[5] = to;
	f->b[11] = from;
	f->b[14 + (is_v4(&src) ? 8 : 7)] = c->ttl;
	len = f->len - 14 < c->most ? f->len - 14 : c->most;
	if (c->look)
		return direction_finder_is_inward(c->sides, f->b, ip, len);
	direction_finder_learn(c->sides, f->b, ip, len);
	return false;
}

static void add_exchange(struct direction_capture *c, struct endpoint a, struct endpoint b)
{
	add_packet(c, HOST, ROUTER, a, b, NULL);
	add_packet(c, ROUTER, HOST, b, a, NULL);
}

static void expect_host(struct direction_capture *c, struct endpoint host, struct endpoint other)
{
	c->look = true;
	assert_false(add_packet(c, HOST, ROUTER, host, other, NULL));
	assert_true(add_packet(c, ROUTER, HOST, other, host, NULL));
}

/*
 * Captures of both sides of a gateway: a router through which nothing comes back has sent nothing
 * either, and is still the outer end.
 */
static void a_router_that_sends_nothing(void **state)
{
	struct endpoint host = ep("192.168.0.2", 5000), peer = ep("5.0.0.2", 5000);
	struct direction_capture *c = *state;

	of_two_sides(c);
	add_packet(c, HOST, ROUTER, host, peer, NULL);
	c->look = true;
	assert_false(add_packet(c, HOST, ROUTER, host, peer, NULL));
}

static void a_turn_client_is_inside(void **state)
{
	struct endpoint client = ep("5.0.0.9", 5000), server = ep("192.168.0.10", 3478);
	struct direction_capture *c = *state;
	struct buf m;

	msg_stun(&m, 0x0003, 1);
	add_packet(c, HOST, ROUTER, client, server, &m);
	expect_host(c, client, server);
}

static void a_turn_answer_shows_the_server(void **state)
{
	struct endpoint client = ep("5.0.0.9", 5000), server = ep("192.168.0.10", 3478);
	struct direction_capture *c = *state;
	struct buf m;

	msg_stun(&m, 0x0109, 1);
	add_packet(c, ROUTER, HOST, server, client, &m);
	expect_host(c, client, server);
}

static void the_mac_with_many_addresses_is_the_router(void **state)
{
	struct endpoint host = ep("5.0.0.9", 5000);
	struct direction_capture *c = *state;

	add_exchange(c, host, ep("5.0.0.2", 1));
	add_exchange(c, host, ep("5.0.0.3", 1));
	/* a peer's own, that does not lead anywhere */
	add_packet(c, HOST, ROUTER, host, ep("192.168.7.7", 1), NULL);
	expect_host(c, host, ep("192.168.7.7", 1));
}

/* A host has many addresses of one IPv6 network: no router for that. */
static void a_host_of_many_addresses(void **state)
{
	struct direction_capture *c = *state;
	struct endpoint peer = ep("2001:db8:9::1", 1);

	add_exchange(c, ep("2001:db8::1", 1), peer);
	add_exchange(c, ep("2001:db8::2", 1), peer);
	add_exchange(c, ep("2001:db8::3", 1), ep("2001:db8:7::1", 1));
	expect_host(c, ep("2001:db8::2", 1), peer);
}

/* A snap length leaves the addresses. */
static void a_packet_in_part(void **state)
{
	struct endpoint host = ep("192.168.0.9", 5000), peer = ep("5.0.0.2", 7000);
	struct endpoint host6 = ep("fd00::9", 5000), peer6 = ep("2001:db8::2", 7000);
	struct direction_capture *c = *state;
	struct buf m;

	msg_stun(&m, 0x0001, 1);
	c->most = 48;
	add_packet(c, HOST, ROUTER, host, peer, &m);
	add_packet(c, HOST, ROUTER, host6, peer6, &m);
	c->look = true;
	for (int i = 0; i < 2; i++) {
		assert_true(add_packet(c, ROUTER, HOST, peer, host, &m));
		assert_false(add_packet(c, HOST, ROUTER, host, peer, &m));
		assert_true(add_packet(c, ROUTER, HOST, peer6, host6, &m));
		assert_false(add_packet(c, HOST, ROUTER, host6, peer6, &m));
		c->most = 40;
	}
}

/* What was looked at once is known to be so; who becomes known as a server meanwhile is one. */
static void a_relay_that_shows_late(void **state)
{
	struct endpoint client = ep("5.0.0.9", 5000), server = ep("192.168.0.10", 3478);
	struct direction_capture *c = *state;
	struct buf m;

	for (int i = 0; i < 3; i++)
		add_exchange(c, client, server);
	msg_stun(&m, 0x0003, 1);
	add_packet(c, HOST, ROUTER, client, server, &m);
	expect_host(c, client, server);
	expect_host(c, client, server);
}

/* In files that were merged a host may have been in many networks. */
static void a_private_address_that_sends(void **state)
{
	struct direction_capture *c = *state;

	add_exchange(c, ep("172.16.0.9", 5000), ep("5.0.0.2", 7000));
	add_exchange(c, ep("172.17.0.9", 5000), ep("5.0.0.2", 7000));
	expect_host(c, ep("172.17.0.9", 5000), ep("5.0.0.2", 7000));
}

static void a_private_address(void **state)
{
	struct direction_capture *c = *state;

	add_packet(c, ROUTER, HOST, ep("5.0.0.2", 7000), ep("172.16.0.9", 5000), NULL);
	expect_host(c, ep("172.16.0.9", 5000), ep("5.0.0.2", 7000));
}

static void the_end_that_flows_share(void **state)
{
	struct endpoint host = ep("192.168.0.9", 5000);
	struct direction_capture *c = *state;

	/*
	 * no station tells: in a capture of tunnels or of a monitor port they may all be the same
	 */
	for (u16 i = 0; i < 4; i++) {
		struct endpoint other = ep(i & 1 ? "192.168.0.7" : "192.168.0.8", i);

		add_packet(c, NEIGHBOUR, NEIGHBOUR, other, host, NULL);
		add_packet(c, NEIGHBOUR, NEIGHBOUR, host, other, NULL);
	}
	expect_host(c, host, ep("192.168.0.7", 1));
	expect_host(c, host, ep("192.168.0.8", 0));
}

static void a_decremented_ttl_is_outside(void **state)
{
	struct endpoint host = ep("5.0.0.9", 5000), peer = ep("5.0.0.2", 7000);
	struct direction_capture *c = *state;

	c->ttl = 52;
	add_packet(c, NEIGHBOUR, NEIGHBOUR, peer, host, NULL);
	c->ttl = 128;
	add_packet(c, NEIGHBOUR, NEIGHBOUR, host, peer, NULL);
	expect_host(c, host, peer);
}

static void the_first_sender_is_inside(void **state)
{
	struct endpoint host = ep("5.0.0.9", 5000), peer = ep("5.0.0.2", 7000);
	struct direction_capture *c = *state;

	add_exchange(c, host, peer);
	expect_host(c, host, peer);
}

static void a_host_with_itself(void **state)
{
	struct endpoint client = ep("127.0.0.1", 40000), server = ep("127.0.0.1", 11111);
	struct direction_capture *c = *state;

	add_exchange(c, client, server);
	expect_host(c, client, server);
}

/* Turned back by the router, a packet between two hosts of the LAN comes from outside. */
static void mac_addresses_outrank_two_sided_evidence(void **state)
{
	struct endpoint a = ep("192.168.0.9", 5000), b = ep("192.168.0.7", 7000);
	struct direction_capture *c = *state;

	of_two_sides(c);
	add_packet(c, ROUTER, HOST, ep("5.0.0.2", 1), a, NULL);
	add_packet(c, ROUTER, NEIGHBOUR, a, b, NULL);
	add_packet(c, NEIGHBOUR, ROUTER, b, a, NULL);
	c->look = true;
	assert_true(add_packet(c, ROUTER, NEIGHBOUR, a, b, NULL));
	assert_false(add_packet(c, NEIGHBOUR, ROUTER, b, a, NULL));
}

static void truncated_packets_are_read_no_further(void **state)
{
	struct direction_capture *c = *state;
	struct buf m;

	msg_stun(&m, 0x0003, 1);
	frame_udp(&c->frame, ep("5.0.0.9", 5000), ep("5.0.0.2", 3478), m.b, m.len);
	for (u32 len = 0; len <= c->frame.len - 14; len++) {
		u8 *there =
			/* of the exact size: sanitizers then see each byte that is read too many */
			malloc(len + 1);

		memcpy(there, c->frame.b + 14, len);
		direction_finder_learn(c->sides, NULL, there, len);
		assert_int_equal(direction_finder_is_inward(c->sides, NULL, there, len), 0);
		assert_false(endpoints_are_same_host(there, len));
		free(there);
	}
}

#define SIDE_TEST(name) cmocka_unit_test_setup_teardown(name, direction_setup, direction_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SIDE_TEST(a_router_that_sends_nothing),
		SIDE_TEST(a_turn_client_is_inside),
		SIDE_TEST(a_turn_answer_shows_the_server),
		SIDE_TEST(the_mac_with_many_addresses_is_the_router),
		SIDE_TEST(a_host_of_many_addresses),
		SIDE_TEST(a_packet_in_part),
		SIDE_TEST(a_relay_that_shows_late),
		SIDE_TEST(a_private_address_that_sends),
		SIDE_TEST(a_private_address),
		SIDE_TEST(the_end_that_flows_share),
		SIDE_TEST(a_decremented_ttl_is_outside),
		SIDE_TEST(the_first_sender_is_inside),
		SIDE_TEST(a_host_with_itself),
		SIDE_TEST(mac_addresses_outrank_two_sided_evidence),
		SIDE_TEST(truncated_packets_are_read_no_further),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
