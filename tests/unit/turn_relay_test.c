/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Inside TURN: ChannelData and Send/Data indications become messages of a flow between the TURN
 * client and its peer.
 */
#include "turn_fixture.h"

static void a_check_inside_is_a_check_of_its_own_flow(void **state)
{
	struct pipeline *p = *state;
	struct check_of of = {.id = 900, .username = "bobb:alic"};
	struct flow_key key;
	struct event e;
	struct buf m;

	send_turn_allocate(p);
	bind_channel(p, CHANNEL, p->other);
	msg_check(&m, &of);
	send_in_channel(p, OUT, CHANNEL, &m, true);
	e = take_only_event(p, EVENT_STUN, OUT, CLASS_STUN);
	key = inner_key(p, p->other);
	assert_memory_equal(&e.key, &key, sizeof(key));
	assert_endpoint(&e.server, p->peer);
	assert_int_equal(e.known, 0);
	assert_int_equal(e.wire_len, m.len);
	assert_memory_equal(e.stun.username, "bobb:alic", 9);
	assert_null(inner_record(p));
	msg_answer(&m, 900, p->other);
	send_in_channel(p, IN, CHANNEL, &m, false);
	e = take_only_event(p, EVENT_STUN, IN, CLASS_STUN);
	assert_memory_equal(&e.key, &key, sizeof(key));
	assert_int_equal(e.known, 1);
	assert_non_null(inner_record(p));
	assert_endpoint(&inner_record(p)->server, p->peer);
	assert_int_equal(inner_record(p)->ifindex, IFINDEX);
	assert_int_equal(inner_half(p, OUT)->requests, 1);
	assert_int_equal(inner_half(p, IN)->successes, 1);
	assert_int_equal(packets_counted(p, OUT, CARRIER_UDP, CLASS_CHANNEL_DATA), 1);
	assert_int_equal(packets_counted(p, IN, CARRIER_UDP, CLASS_CHANNEL_DATA), 1);
	assert_int_equal(packets_counted(p, OUT, CARRIER_UDP_RELAYED, CLASS_STUN), 1);
	assert_int_equal(packets_counted(p, IN, CARRIER_UDP_RELAYED, CLASS_STUN), 1);
	/* of the carrying flow: Allocate and ChannelBind */
	assert_int_equal(half_of(p, OUT)->requests, 2);
	assert_int_equal(all_skipped(p), 0);
}

static void media_inside_is_silent(void **state)
{
	struct rtp_of of = {.ssrc = 5, .payload_type = 96, .len = 901};
	struct pipeline *p = *state;
	struct event e;
	struct buf m;

	send_turn_allocate(p);
	bind_channel(p, CHANNEL, p->other);
	establish_in_channel(p);
	for (of.seq = 0; of.seq < 2; of.seq++) {
		msg_rtp(&m, &of);
		send_in_channel(p, IN, CHANNEL, &m, of.seq & 1);
	}
	e = take_only_event(p, EVENT_STREAM, IN, CLASS_RTP);
	assert_int_equal(e.key.relayed, 1);
	assert_endpoint(&e.server, p->peer);
	for (; of.seq < 1000; of.seq++) {
		msg_rtp(&m, &of);
		send_in_channel(p, IN, CHANNEL, &m, of.seq & 1);
	}
	expect_events(p, 0);
	assert_true(stream_all_packets(inner_half(p, IN)) == 1000);
	assert_true(inner_half(p, IN)->stream[0].bytes == 1000 * 913);
	assert_true(flow_packets(inner_half(p, IN)) == 1001);
	assert_int_equal(packets_counted(p, IN, CARRIER_UDP_RELAYED, CLASS_RTP), 1000);
	assert_int_equal(packets_counted(p, IN, CARRIER_UDP, CLASS_CHANNEL_DATA), 1001);
	assert_int_equal(packets_counted(p, IN, CARRIER_UDP, CLASS_RTP), 0);
	assert_true(stream_all_packets(half_of(p, IN)) == 0);
}

static void a_handshake_inside(void **state)
{
	struct buf m = {.len = 0};
	struct pipeline *p = *state;
	struct event e;

	send_turn_allocate(p);
	bind_channel(p, CHANNEL, p->other);
	establish_in_channel(p);
	msg_handshake(&m, 1, 900);
	send_in_channel(p, OUT, CHANNEL, &m, true);
	e = take_only_event(p, EVENT_DTLS, OUT, CLASS_DTLS);
	assert_int_equal(e.dtls.step, DTLS_CLIENT_HELLO);
	assert_int_equal(e.dtls.message_len, 900);
	assert_int_equal(e.dtls.hello_len, DTLS_HELLO_KEPT);
	assert_int_equal(e.key.relayed, 1);
	assert_int_equal(inner_half(p, OUT)->hellos, 1);
	assert_int_equal(half_of(p, OUT)->hellos, 0);
}

static void indications_carry_the_same(void **state)
{
	struct check_of of = {.id = 900, .username = "bobb:alic"};
	struct pipeline *p = *state;
	struct buf m;

	send_turn_allocate(p);
	msg_check(&m, &of);
	send_in_indication(p, OUT, p->other, &m);
	expect_events(p, 2); /* the indication itself, and what is in it */
	assert_int_equal(p->events[0].stun.method, STUN_SEND);
	assert_int_equal(p->events[0].key.relayed, 0);
	assert_endpoint(&p->events[0].stun.peer, p->other);
	assert_int_equal(p->events[1].stun.method, STUN_BINDING);
	assert_int_equal(p->events[1].key.relayed, 1);
	assert_endpoint(&p->events[1].server, p->peer);
	clear_events(p);
	msg_answer(&m, 900, p->other);
	send_in_indication(p, IN, p->other, &m);
	expect_events(p, 2);
	assert_int_equal(p->events[0].stun.method, STUN_DATA);
	assert_non_null(inner_record(p));
	assert_int_equal(inner_half(p, OUT)->requests, 1);
	assert_int_equal(inner_half(p, IN)->successes, 1);
	assert_int_equal(packets_counted(p, OUT, CARRIER_UDP_RELAYED, CLASS_STUN), 1);
}

static void channel_and_indication_are_one_flow(void **state)
{
	struct check_of of = {.id = 900, .username = "bobb:alic"};
	struct pipeline *p = *state;
	struct buf m;

	send_turn_allocate(p);
	msg_check(&m, &of);
	send_in_indication(p, OUT, p->other, &m);
	bind_channel(p, CHANNEL, p->other);
	msg_answer(&m, 900, p->other);
	send_in_channel(p, IN, CHANNEL, &m, true);
	assert_int_equal(flow_count(p), 2);
	assert_int_equal(inner_half(p, IN)->successes, 1);
}

static void indications_are_reported_eight_times(void **state)
{
	struct rtp_of of = {.ssrc = 5, .len = 100};
	struct pipeline *p = *state;
	struct buf m;

	send_turn_allocate(p);
	bind_channel(p, CHANNEL, p->other);
	establish_in_channel(p);
	for (; of.seq < 100; of.seq++) {
		msg_rtp(&m, &of);
		send_in_indication(p, OUT, p->other, &m);
	}
	expect_events(p, 9); /* and the stream */
	assert_true(stream_all_packets(inner_half(p, OUT)) == 100);
}

static void peers_of_either_family(void **state)
{
	struct endpoint four = ep("198.51.100.7", 9000), six = ep("2001:db8:77::7", 9000);
	struct check_of of = {.id = 900};
	struct pipeline *p = *state;
	struct flow_key key;
	struct buf m;

	send_turn_allocate(p);
	bind_channel(p, 0x4004, four);
	bind_channel(p, 0x4fff, six);
	msg_check(&m, &of);
	send_in_channel(p, OUT, 0x4004, &m, true);
	key = inner_key(p, four);
	assert_memory_equal(&p->events[0].key, &key, sizeof(key));
	send_in_channel(p, OUT, 0x4fff, &m, true);
	key = inner_key(p, six);
	expect_events(p, 2);
	assert_memory_equal(&p->events[1].key, &key, sizeof(key));
}

static void turn_inside_turn_is_not_parsed(void **state)
{
	struct check_of of = {.id = 900};
	struct buf m, inner;
	struct pipeline *p = *state;

	send_turn_allocate(p);
	bind_channel(p, CHANNEL, p->other);
	establish_in_channel(p);
	msg_check(&m, &of);
	msg_channel(&inner, CHANNEL, m.b, m.len, true);
	send_in_channel(p, OUT, CHANNEL, &inner, true);
	expect_events(p, 0);
	assert_int_equal(packets_counted(p, OUT, CARRIER_UDP_RELAYED, CLASS_OTHER), 1);
	assert_int_equal(packets_counted(p, OUT, CARRIER_UDP_RELAYED, CLASS_CHANNEL_DATA), 0);
	assert_int_equal(flow_count(p), 2);
}

static void dtls_in_stun_in_turn(void **state)
{
	struct buf hello = {.len = 0}, m;
	struct pipeline *p = *state;
	struct event e;

	send_turn_allocate(p);
	bind_channel(p, CHANNEL, p->other);
	establish_in_channel(p);
	msg_handshake(&hello, 1, 150);
	msg_stun(&m, 0x0001, ++p->ids);
	msg_text(&m, 0x0006, "bobb:alic");
	msg_attr(&m, 0xc070, hello.b, hello.len);
	send_in_channel(p, OUT, CHANNEL, &m, true);
	e = take_only_event(p, EVENT_DTLS, OUT, CLASS_DTLS);
	assert_int_equal(e.dtls.step, DTLS_CLIENT_HELLO);
	assert_int_equal(e.key.relayed, 1);
	assert_int_equal(inner_half(p, OUT)->hellos, 1);
}

int main(void)
{
	static const struct pipeline_case cases[] = {
		PIPELINE_CASE(a_check_inside_is_a_check_of_its_own_flow),
		PIPELINE_CASE(media_inside_is_silent),
		PIPELINE_CASE(a_handshake_inside),
		PIPELINE_CASE(indications_carry_the_same),
		PIPELINE_CASE(channel_and_indication_are_one_flow),
		PIPELINE_CASE(indications_are_reported_eight_times),
		PIPELINE_CASE(peers_of_either_family),
		PIPELINE_CASE(turn_inside_turn_is_not_parsed),
		PIPELINE_CASE(dtls_in_stun_in_turn),
	};

	return pipeline_run("relay", cases, COUNT(cases));
}
