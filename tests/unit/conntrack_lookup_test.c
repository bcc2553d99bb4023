/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * When conntrack is looked up: once per flow, by the first outbound message. Here it never has an
 * entry; tests/bpf/conntrack_test.c has the cases with one. Also, what is counted as entering and
 * leaving the maps, from which evictions are derived.
 */
#include "pipeline_fixture.h"

/* The direction in which messages leave the gateway at this point, and in which they come in. */
static enum host_dir leaving_way(const struct pipeline *p)
{
	return p->variant->wan ? OUT : IN;
}

static enum host_dir coming_way(const struct pipeline *p)
{
	return p->variant->wan ? IN : OUT;
}

static void expect_asked(const struct pipeline *p, u64 times)
{
	assert_true(native_self(p->n)->conntrack_asked == times);
	assert_true(native_self(p->n)->conntrack_found == 0);
}

static void inbound_messages_look_up_nothing(void **state)
{
	struct pipeline *p = *state;

	send_check(p, coming_way(p), "bobb:alic");
	send_check(p, coming_way(p), "bobb:alic");
	expect_asked(p, 0);
}

static void the_first_outbound_request_looks_up(void **state)
{
	struct pipeline *p = *state;
	u64 id = send_check(p, leaving_way(p), "bobb:alic");

	expect_asked(p, 1);
	send_check(p, leaving_way(p), "bobb:alic");
	send_stun_answer(p, coming_way(p), id);
	send_check(p, leaving_way(p), "bobb:alic");
	expect_asked(p, 1);
}

/* The answer makes the flow known: the lookup comes after that, and the record holds its result. */
static void an_outbound_answer_looks_up_too(void **state)
{
	struct flow_key key;
	struct pipeline *p = *state;
	const struct conntrack *nat;
	u64 id = send_check(p, coming_way(p), "bobb:alic");

	expect_asked(p, 0);
	send_stun_answer(p, leaving_way(p), id);
	expect_asked(p, 1);
	establish_ice(p);
	expect_asked(p, 1);
	key = key_between(p, PROTO_UDP);
	nat = &record_of(p, PROTO_UDP)->nat;
	assert_int_equal(nat->state, CONNTRACK_NONE);
	/* the question: an answer as it would come in */
	assert_endpoint(&nat->orig_src, key.far);
	assert_endpoint(&nat->orig_dst, key.near);
	assert_int_equal(nat->proto, PROTO_UDP);
}

/* The result is kept when the flow becomes known, so that there is no second lookup. */
static void a_lookup_on_probation_is_kept(void **state)
{
	struct pipeline *p = *state;

	send_stun_answer(p, coming_way(p), send_check(p, leaving_way(p), "bobb:alic"));
	assert_int_equal(record_of(p, PROTO_UDP)->nat.state, CONNTRACK_NONE);
	establish_ice(p);
	expect_asked(p, 1);
}

static void media_looks_up_nothing(void **state)
{
	struct pipeline *p = *state;

	send_stun_answer(p, OUT, send_check(p, IN, "bobb:alic"));
	send_stun_answer(p, IN, send_check(p, OUT, "bobb:alic"));
	clear_events(p);
	for (u16 seq = 0; seq < 10; seq++)
		send_rtp(p, leaving_way(p), 7, seq);
	expect_asked(p, 1);
}

/* The carrying flow has an entry, what is inside TURN has none. */
static void flows_inside_turn_look_up_nothing(void **state)
{
	struct pipeline *p = *state;
	struct check_of of = {.id = 500, .username = "bobb:alic"};
	struct buf inner, m;

	establish_ice(p);
	msg_check(&inner, &of);
	for (int way = OUT; way <= IN; way++) {
		msg_stun(&m, way == OUT ? 0x0016 : 0x0017, ++p->ids);
		msg_address(&m, 0x0012, p->other, true);
		msg_attr(&m, 0x0013, inner.b, inner.len);
		send_udp(p, way, &m);
		assert_int_equal(packets_counted(p, way, CARRIER_UDP_RELAYED, CLASS_STUN), 1);
	}
	expect_asked(p, 1);
}

/* Even when the first message that leaves carries another. */
static void a_carrier_is_looked_up_by_its_own_key(void **state)
{
	struct pipeline *p = *state;
	struct check_of of = {.id = 500, .username = "bobb:alic"};
	struct flow_key key = key_between(p, PROTO_UDP);
	u16 type = leaving_way(p) == OUT ? 0x0016 : 0x0017;
	struct buf inner, m;

	msg_check(&inner, &of);
	msg_stun(&m, type, ++p->ids);
	msg_address(&m, 0x0012, p->other, true);
	msg_attr(&m, 0x0013, inner.b, inner.len);
	send_udp(p, leaving_way(p), &m);
	expect_asked(p, 1);
	send_stun_answer(p, coming_way(p), send_check(p, leaving_way(p), "bobb:alic"));
	expect_asked(p, 1);
	assert_endpoint(&record_of(p, PROTO_UDP)->nat.orig_src, key.far);
}

static void tcp_flows_are_looked_up_the_same_way(void **state)
{
	struct pipeline *p = *state;
	struct buf m;

	send_tcp(p, OUT, SYN, NULL, 0);
	send_tcp(p, IN, SYN | ACK, NULL, 0);
	expect_asked(p, 0);
	for (int i = 0; i < 3; i++) {
		msg_stun(&m, 0x0003, ++p->ids);
		send_tcp(p, OUT, PSH | ACK, m.b, m.len);
		msg_stun(&m, 0x0103, p->ids);
		send_tcp(p, IN, PSH | ACK, m.b, m.len);
	}
	expect_asked(p, 1);
	assert_int_equal(record_of(p, PROTO_TCP)->nat.proto, PROTO_TCP);
}

static void expect_in(const struct pipeline *p, enum map_id map, u64 inserted, u64 deleted)
{
	assert_true(native_self(p->n)->map_inserted[map] == inserted);
	assert_true(native_self(p->n)->map_deleted[map] == deleted);
}

static void flows_that_come_and_go_are_counted(void **state)
{
	struct pipeline *p = *state;
	u64 id = send_check(p, OUT, "bobb:alic");

	expect_in(p, MAP_PROBATION, 1, 0);
	expect_in(p, MAP_FLOWS, 0, 0);
	send_check(p, OUT, "bobb:alic");
	expect_in(p, MAP_PROBATION, 1, 0);
	send_stun_answer(p, IN, id);
	expect_in(p, MAP_PROBATION, 1, 1);
	expect_in(p, MAP_FLOWS, 1, 0);
}

static void a_rebound_channel_is_no_new_entry(void **state)
{
	struct pipeline *p = *state;
	struct endpoint peers[] = {p->other, p->other, p->host};
	struct buf m;

	establish_ice(p);
	for (size_t i = 0; i < COUNT(peers); i++) {
		msg_stun(&m, 0x0009, ++p->ids);
		msg_attr32(&m, 0x000c, 0x40010000);
		msg_address(&m, 0x0012, peers[i], true);
		send_udp(p, OUT, &m);
	}
	expect_in(p, MAP_CHANNELS, 1, 0);
}

int main(void)
{
	static const struct pipeline_case cases[] = {
		PIPELINE_CASE(inbound_messages_look_up_nothing),
		PIPELINE_CASE(the_first_outbound_request_looks_up),
		PIPELINE_CASE(an_outbound_answer_looks_up_too),
		PIPELINE_CASE(a_lookup_on_probation_is_kept),
		PIPELINE_CASE(media_looks_up_nothing),
		PIPELINE_CASE(flows_inside_turn_look_up_nothing),
		PIPELINE_CASE(a_carrier_is_looked_up_by_its_own_key),
		PIPELINE_CASE(tcp_flows_are_looked_up_the_same_way),
		PIPELINE_CASE(flows_that_come_and_go_are_counted),
		PIPELINE_CASE(a_rebound_channel_is_no_new_entry),
	};

	return pipeline_run("nat", cases, COUNT(cases));
}
