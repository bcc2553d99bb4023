/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which TURN messages become events: the first eight of each method, class and direction, except
 * those that only keep something alive.
 */
#include "pipeline_fixture.h"

static u64 turn_request(struct pipeline *p, struct buf *m, u16 method)
{
	msg_stun(m, method, ++p->ids);
	return p->ids;
}

static void turn_answer(struct pipeline *p, u16 type, u64 id)
{
	struct buf m;

	msg_stun(&m, type, id);
	send_udp(p, IN, &m);
}

/* The server beside the host is `peer`; it answers an Allocate. */
static void send_allocate(struct pipeline *p)
{
	struct buf m;
	u64 id = turn_request(p, &m, 0x0003);

	msg_attr32(&m, 0x0019, 0x11000000);
	send_udp(p, OUT, &m);
	turn_answer(p, 0x0103, id);
	clear_events(p);
}

static void allocations_are_reported(void **state)
{
	struct pipeline *p = *state;
	struct event e;
	struct buf m;
	u64 id = turn_request(p, &m, 0x0003);

	msg_attr32(&m, 0x0019, 0x11000000);
	send_udp(p, OUT, &m);
	e = take_only_event(p, EVENT_STUN, OUT, CLASS_STUN);
	assert_int_equal(e.stun.method, STUN_ALLOCATE);
	msg_stun(&m, 0x0113, id);
	msg_error(&m, 401);
	send_udp(p, IN, &m);
	e = take_only_event(p, EVENT_STUN, IN, CLASS_STUN);
	assert_int_equal(e.stun.error, 401);
	assert_int_equal(record_of(p, PROTO_UDP)->turn, 0);
	id = turn_request(p, &m, 0x0003);
	msg_text(&m, 0x0015, "nonce");
	msg_text(&m, 0x0006, "user");
	send_udp(p, OUT, &m);
	e = take_only_event(p, EVENT_STUN, OUT, CLASS_STUN);
	assert_true(e.stun.flags & STUN_F_NONCE);
	msg_stun(&m, 0x0103, id);
	msg_address(&m, 0x0016, p->other, true);
	msg_address(&m, 0x0020, p->host, true);
	msg_attr32(&m, 0x000d, 600);
	send_udp(p, IN, &m);
	e = take_only_event(p, EVENT_STUN, IN, CLASS_STUN);
	assert_endpoint(&e.stun.relayed, p->other);
	assert_endpoint(&e.stun.mapped, p->host);
	assert_int_equal(e.stun.lifetime, 600);
	assert_int_equal(record_of(p, PROTO_UDP)->turn, 1);
}

static void a_refresh_that_ends_the_allocation_is_reported(void **state)
{
	struct pipeline *p = *state;
	struct event e;
	struct buf m;

	send_allocate(p);
	for (int i = 0; i < 20; i++) {
		u64 id = turn_request(p, &m, 0x0004);

		msg_attr32(&m, 0x000d, 600);
		send_udp(p, OUT, &m);
		turn_answer(p, 0x0104, id);
	}
	expect_events(p, 0);
	turn_request(p, &m, 0x0004);
	msg_attr32(&m, 0x000d, 0);
	send_udp(p, OUT, &m);
	e = take_only_event(p, EVENT_STUN, OUT, CLASS_STUN);
	assert_true(e.stun.flags & STUN_F_LIFETIME);
	assert_int_equal(e.stun.lifetime, 0);
	turn_answer(p, 0x0104, p->ids);
	take_only_event(p, EVENT_STUN, IN, CLASS_STUN);
}

static void permissions_are_reported_for_a_new_peer(void **state)
{
	struct pipeline *p = *state;
	struct event e;
	struct buf m;
	u64 id;

	send_allocate(p);
	id = turn_request(p, &m, 0x0008);
	msg_address(&m, 0x0012, p->other, true);
	send_udp(p, OUT, &m);
	e = take_only_event(p, EVENT_STUN, OUT, CLASS_STUN);
	assert_endpoint(&e.stun.peer, p->other);
	turn_answer(p, 0x0108, id);
	take_only_event(p, EVENT_STUN, IN, CLASS_STUN);
	for (int i = 0; i < 20; i++) { /* it is renewed every five minutes */
		id = turn_request(p, &m, 0x0008);
		msg_address(&m, 0x0012, p->other, true);
		send_udp(p, OUT, &m);
		turn_answer(p, 0x0108, id);
	}
	expect_events(p, 0);
}

static void new_channels_are_reported(void **state)
{
	struct pipeline *p = *state;
	struct event e;
	struct buf m;

	send_allocate(p);
	for (int i = 0; i < 5; i++) {
		turn_request(p, &m, 0x0009);
		msg_attr32(&m, 0x000c, 0x40010000);
		msg_address(&m, 0x0012, p->other, true);
		send_udp(p, OUT, &m);
		if (!i) {
			e = take_only_event(p, EVENT_STUN, OUT, CLASS_STUN);
			assert_int_equal(e.stun.channel, 0x4001);
			assert_endpoint(&e.stun.peer, p->other);
		}
		turn_answer(p, 0x0109, p->ids);
		if (i)
			continue;
		e = take_only_event(p, EVENT_STUN, IN, CLASS_STUN);
		assert_true(e.stun.flags & STUN_F_NEW_CHANNEL);
		assert_int_equal(e.stun.channel, 0x4001);
		assert_endpoint(&e.stun.peer, p->other);
	}
	expect_events(p, 0);
	turn_request(p, &m, 0x0009); /* another channel of the same peer */
	msg_attr32(&m, 0x000c, 0x40020000);
	msg_address(&m, 0x0012, p->other, true);
	send_udp(p, OUT, &m);
	take_only_event(p, EVENT_STUN, OUT, CLASS_STUN);
}

static void binding_indications_are_reported_once(void **state)
{
	struct pipeline *p = *state;
	struct buf m;

	establish_ice(p);
	for (u64 i = 0; i < 50; i++) {
		msg_stun(&m, 0x0011, 500 + i);
		send_udp(p, OUT, &m);
	}
	expect_events(p, 1);
	assert_int_equal(packets_counted(p, OUT, CARRIER_UDP, CLASS_STUN), 52);
}

int main(void)
{
	static const struct pipeline_case cases[] = {
		PIPELINE_CASE(allocations_are_reported),
		PIPELINE_CASE(a_refresh_that_ends_the_allocation_is_reported),
		PIPELINE_CASE(permissions_are_reported_for_a_new_peer),
		PIPELINE_CASE(new_channels_are_reported),
		PIPELINE_CASE(binding_indications_are_reported_once),
	};

	return pipeline_run("told_turn", cases, COUNT(cases));
}
