/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * When conntrack is asked: once a flow, by the first message that leaves. Here it never has an
 * entry; with one it is tests/bpf/conntrack_test.c. And what comes into the maps and goes, by which
 * evictions are told.
 */
#include "pipeline_fixture.h"

/* The way by which messages leave the gateway at this point, and the way they come in. */
static enum way leaving(const struct pipe *p)
{
	return p->variant->wan ? OUT : IN;
}

static enum way coming(const struct pipe *p)
{
	return p->variant->wan ? IN : OUT;
}

static void expect_asked(const struct pipe *p, u64 times)
{
	assert_true(native_self(p->n)->conntrack_asked == times);
	assert_true(native_self(p->n)->conntrack_found == 0);
}

static void what_comes_in_is_not_asked_for(void **state)
{
	struct pipe *p = *state;

	check(p, coming(p), "bobb:alic");
	check(p, coming(p), "bobb:alic");
	expect_asked(p, 0);
}

static void the_first_request_that_leaves_asks(void **state)
{
	struct pipe *p = *state;
	u64 id = check(p, leaving(p), "bobb:alic");

	expect_asked(p, 1);
	check(p, leaving(p), "bobb:alic");
	answer(p, coming(p), id);
	check(p, leaving(p), "bobb:alic");
	expect_asked(p, 1);
}

/*
 * The answer is what makes the flow known: it is asked for behind that, and the record holds what
 * came of it.
 */
static void an_answer_that_leaves_asks_too(void **state)
{
	struct flow_key key;
	struct pipe *p = *state;
	const struct conntrack *nat;
	u64 id = check(p, coming(p), "bobb:alic");

	expect_asked(p, 0);
	answer(p, leaving(p), id);
	expect_asked(p, 1);
	establish(p);
	expect_asked(p, 1);
	key = key_between(p, PROTO_UDP);
	nat = &record_of(p, PROTO_UDP)->nat;
	assert_int_equal(nat->state, CONNTRACK_NONE);
	/* the question: an answer as it would come in */
	assert_endpoint(&nat->orig_src, key.far);
	assert_endpoint(&nat->orig_dst, key.near);
	assert_int_equal(nat->proto, PROTO_UDP);
}

/* It is kept when the flow becomes known, so that it is not asked for again. */
static void what_was_asked_on_probation_is_kept(void **state)
{
	struct pipe *p = *state;

	answer(p, coming(p), check(p, leaving(p), "bobb:alic"));
	assert_int_equal(record_of(p, PROTO_UDP)->nat.state, CONNTRACK_NONE);
	establish(p);
	expect_asked(p, 1);
}

static void media_asks_nothing(void **state)
{
	struct pipe *p = *state;

	answer(p, OUT, check(p, IN, "bobb:alic"));
	answer(p, IN, check(p, OUT, "bobb:alic"));
	forget(p);
	for (u16 seq = 0; seq < 10; seq++)
		rtp(p, leaving(p), 7, seq);
	expect_asked(p, 1);
}

/* The carrying flow has an entry, what is inside TURN has none. */
static void inside_turn_nothing_is_asked(void **state)
{
	struct pipe *p = *state;
	struct check_of of = {.id = 500, .username = "bobb:alic"};
	struct buf inner, m;

	establish(p);
	msg_check(&inner, &of);
	for (int way = OUT; way <= IN; way++) {
		msg_stun(&m, way == OUT ? 0x0016 : 0x0017, ++p->ids);
		msg_address(&m, 0x0012, p->other, true);
		msg_attr(&m, 0x0013, inner.b, inner.len);
		send_udp(p, way, &m);
		assert_int_equal(counted(p, way, CARRIER_UDP_RELAYED, CLASS_STUN), 1);
	}
	expect_asked(p, 1);
}

/* Even when the first message that leaves carries another. */
static void a_carrier_is_asked_for_by_its_own_key(void **state)
{
	struct pipe *p = *state;
	struct check_of of = {.id = 500, .username = "bobb:alic"};
	struct flow_key key = key_between(p, PROTO_UDP);
	u16 type = leaving(p) == OUT ? 0x0016 : 0x0017;
	struct buf inner, m;

	msg_check(&inner, &of);
	msg_stun(&m, type, ++p->ids);
	msg_address(&m, 0x0012, p->other, true);
	msg_attr(&m, 0x0013, inner.b, inner.len);
	send_udp(p, leaving(p), &m);
	expect_asked(p, 1);
	answer(p, coming(p), check(p, leaving(p), "bobb:alic"));
	expect_asked(p, 1);
	assert_endpoint(&record_of(p, PROTO_UDP)->nat.orig_src, key.far);
}

static void over_tcp_it_is_the_same(void **state)
{
	struct pipe *p = *state;
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

static void expect_in(const struct pipe *p, enum map_id map, u64 inserted, u64 deleted)
{
	assert_true(native_self(p->n)->map_inserted[map] == inserted);
	assert_true(native_self(p->n)->map_deleted[map] == deleted);
}

static void flows_that_come_and_go_are_counted(void **state)
{
	struct pipe *p = *state;
	u64 id = check(p, OUT, "bobb:alic");

	expect_in(p, MAP_PROBATION, 1, 0);
	expect_in(p, MAP_FLOWS, 0, 0);
	check(p, OUT, "bobb:alic");
	expect_in(p, MAP_PROBATION, 1, 0);
	answer(p, IN, id);
	expect_in(p, MAP_PROBATION, 1, 1);
	expect_in(p, MAP_FLOWS, 1, 0);
}

static void a_channel_bound_anew_is_no_new_entry(void **state)
{
	struct pipe *p = *state;
	struct endpoint peers[] = {p->other, p->other, p->host};
	struct buf m;

	establish(p);
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
	static const struct pipe_case cases[] = {
		PIPE_CASE(what_comes_in_is_not_asked_for),
		PIPE_CASE(the_first_request_that_leaves_asks),
		PIPE_CASE(an_answer_that_leaves_asks_too),
		PIPE_CASE(what_was_asked_on_probation_is_kept),
		PIPE_CASE(media_asks_nothing),
		PIPE_CASE(inside_turn_nothing_is_asked),
		PIPE_CASE(a_carrier_is_asked_for_by_its_own_key),
		PIPE_CASE(over_tcp_it_is_the_same),
		PIPE_CASE(flows_that_come_and_go_are_counted),
		PIPE_CASE(a_channel_bound_anew_is_no_new_entry),
	};

	return pipe_run("nat", cases, COUNT(cases));
}
