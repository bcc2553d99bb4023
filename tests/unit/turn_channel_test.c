/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* TURN channels: which number leads to which peer, and what is no ChannelData. */
#include "turn_fixture.h"

static void a_channel_without_its_binding_is_counted(void **state)
{
	struct check_of of = {.id = 900};
	struct pipeline *p = *state;
	struct buf m;

	send_turn_allocate(p);
	bind_channel(p, CHANNEL, p->other);
	msg_check(&m, &of);
	send_in_channel(p, OUT, CHANNEL + 1, &m, true);
	assert_true(packets_skipped(p, REASON_CHANNEL_UNKNOWN) == 1);
	assert_int_equal(packets_counted(p, OUT, CARRIER_UDP, CLASS_CHANNEL_DATA), 1);
	expect_events(p, 0);
}

/* A first byte of 64..79 proves nothing where no TURN server was seen. */
static void channel_numbers_are_local_to_their_flow(void **state)
{
	struct check_of of = {.id = 900};
	struct pipeline *p = *state;
	struct buf m;

	establish_ice(p);
	msg_check(&m, &of);
	send_in_channel(p, OUT, CHANNEL, &m, true);
	assert_int_equal(packets_counted(p, OUT, CARRIER_UDP, CLASS_CHANNEL_DATA), 0);
	assert_int_equal(packets_counted(p, OUT, CARRIER_UDP, CLASS_OTHER), 1);
	assert_int_equal(all_skipped(p), 0);
	expect_events(p, 0);
}

static void equal_channels_of_two_flows_are_distinct(void **state)
{
	struct check_of of = {.id = 900};
	struct endpoint third;
	struct pipeline *p = *state;
	struct buf m;

	third = p->other;
	third.port = 1;
	send_turn_allocate(p);
	bind_channel(p, CHANNEL, p->other);
	p->host.port++;
	send_turn_allocate(p);
	bind_channel(p, CHANNEL, third);
	p->host.port--;
	msg_check(&m, &of);
	send_in_channel(p, OUT, CHANNEL, &m, true);
	expect_events(p, 1);
	assert_endpoint(p->variant->wan ? &p->events[0].key.far : &p->events[0].key.near, p->other);
	p->host.port++;
	clear_events(p);
	send_in_channel(p, OUT, CHANNEL, &m, true);
	expect_events(p, 1);
	assert_endpoint(p->variant->wan ? &p->events[0].key.far : &p->events[0].key.near, third);
}

static void a_rebound_channel_leads_to_its_new_peer(void **state)
{
	struct check_of of = {.id = 900};
	struct endpoint third;
	struct pipeline *p = *state;
	struct event e;
	struct buf m;

	third = p->other;
	third.port = 1;
	send_turn_allocate(p);
	bind_channel(p, CHANNEL, p->other);
	bind_request(p, CHANNEL, third);
	take_only_event(p, EVENT_STUN, OUT, CLASS_STUN);
	send_turn_answer(p, 0x0109);
	e = take_only_event(p, EVENT_STUN, IN, CLASS_STUN);
	assert_true(e.stun.flags & STUN_F_NEW_CHANNEL);
	assert_endpoint(&e.stun.peer, third);
	msg_check(&m, &of);
	send_in_channel(p, OUT, CHANNEL, &m, true);
	expect_events(p, 1);
	assert_endpoint(p->variant->wan ? &p->events[0].key.far : &p->events[0].key.near, third);
}

static void channel_data_with_bad_lengths_is_counted(void **state)
{
	struct pipeline *p = *state;
	struct buf m;

	send_turn_allocate(p);
	bind_channel(p, CHANNEL, p->other);
	msg_channel(&m, CHANNEL, "0123456789", 10, true);
	set16(&m, 2, 200);
	send_udp(p, OUT, &m);
	assert_int_equal(packets_counted(p, OUT, CARRIER_UDP, CLASS_OTHER), 1);
	for (u32 len = 8; len < 12; len++) { /* inside: shorter than any message of WebRTC */
		msg_channel(&m, CHANNEL, "\x80\x60\x00\x01\x00\x00\x00\x02\x00\x00\x00", len,
			    false);
		send_udp(p, OUT, &m);
	}
	assert_int_equal(packets_counted(p, OUT, CARRIER_UDP_RELAYED, CLASS_OTHER), 4);
	assert_int_equal(all_skipped(p), 0);
	expect_events(p, 0);
}

int main(void)
{
	static const struct pipeline_case cases[] = {
		PIPELINE_CASE(a_channel_without_its_binding_is_counted),
		PIPELINE_CASE(channel_numbers_are_local_to_their_flow),
		PIPELINE_CASE(equal_channels_of_two_flows_are_distinct),
		PIPELINE_CASE(a_rebound_channel_leads_to_its_new_peer),
		PIPELINE_CASE(channel_data_with_bad_lengths_is_counted),
	};

	return pipeline_run("channel", cases, COUNT(cases));
}
