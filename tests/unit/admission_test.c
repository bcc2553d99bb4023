/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who gets a record: only a flow on which an answer has matched a request by its transaction id. */
#include "pipeline_fixture.h"

static void a_request_makes_no_record(void **state)
{
	struct pipe *p = *state;

	for (int i = 0; i < 20; i++)
		check(p, OUT, "bobb:alic");
	assert_int_equal(flow_count(p), 0);
	assert_int_equal(counted(p, OUT, CARRIER_UDP, CLASS_STUN), 20);
	assert_int_equal(skipped_in_all(p), 0);
}

static void the_answer_with_its_id_does(void **state)
{
	struct pipe *p = *state;
	u64 id = check(p, OUT, "bobb:alic");
	const struct flow_record *r;

	assert_null(record_of(p, PROTO_UDP));
	answer(p, IN, id);
	r = record_of(p, PROTO_UDP);
	assert_non_null(r);
	assert_int_equal(flow_count(p), 1);
	assert_int_equal(r->ifindex, IFINDEX);
	assert_int_equal(half_of(p, OUT)->requests, 1);
	assert_int_equal(half_of(p, IN)->requests, 0);
	assert_int_equal(half_of(p, IN)->successes, 1);
	assert_int_equal(half_of(p, OUT)->successes, 0);
	assert_true(r->first_ns == p->now - MS);
	assert_int_equal(half_of(p, IN)->rtt_us, 1000);
}

static void both_messages_are_in_the_record(void **state)
{
	struct pipe *p = *state;
	struct check_of of = {.id = 1, .username = "bobb:alic"};
	struct buf request, response;

	msg_check(&request, &of);
	msg_answer(&response, 1, p->host);
	send_udp(p, OUT, &request);
	send_udp(p, IN, &response);
	assert_true(half_of(p, OUT)->packets == 1);
	assert_true(half_of(p, OUT)->bytes == request.len);
	assert_true(half_of(p, IN)->packets == 1);
	assert_true(half_of(p, IN)->bytes == response.len);
	assert_true(half_of(p, IN)->last_ns == p->now);
}

static void other_answers_do_not(void **state)
{
	struct pipe *p = *state;
	u64 id = check(p, OUT, "bobb:alic");

	answer(p, IN, id + 1); /* another transaction */
	answer(p, OUT, id); /* in the request's own direction */
	assert_int_equal(flow_count(p), 0);
	p->host.port++;
	answer(p, IN, id); /* another flow */
	p->host.port--;
	p->peer.port++;
	answer(p, IN, id);
	p->peer.port--;
	assert_int_equal(flow_count(p), 0);
	answer(p, IN, id);
	assert_int_equal(flow_count(p), 1);
}

static void an_error_is_an_answer_too(void **state)
{
	struct pipe *p = *state;
	struct buf m;

	msg_stun(&m, 0x0003, 77);
	send_udp(p, OUT, &m);
	msg_stun(&m, 0x0113, 77);
	msg_error(&m, 401);
	send_udp(p, IN, &m);
	assert_int_equal(flow_count(p), 1);
	assert_int_equal(half_of(p, IN)->errors, 1);
	assert_int_equal(half_of(p, IN)->successes, 0);
	assert_int_equal(record_of(p, PROTO_UDP)->turn, 0);
}

static void an_indication_is_none(void **state)
{
	struct pipe *p = *state;
	u64 id = check(p, OUT, "bobb:alic");
	struct buf m;

	msg_stun(&m, 0x0011, id);
	send_udp(p, IN, &m);
	assert_int_equal(flow_count(p), 0);
}

/* Any of the last eight requests may be answered. */
static void eight_requests_are_remembered(void **state)
{
	for (u32 nth = 0; nth < FLOW_PENDING; nth++) {
		struct pipe *p = pipe_new(((struct pipe *)*state)->variant, PIPE_FLOWS);
		u64 first = 0;

		for (u32 i = 0; i < FLOW_PENDING; i++) {
			u64 id = check(p, OUT, "bobb:alic");

			if (!i)
				first = id;
		}
		answer(p, IN, first + nth);
		assert_int_equal(flow_count(p), 1);
		assert_int_equal(half_of(p, OUT)->requests, FLOW_PENDING);
		pipe_free(p);
	}
}

static void a_forgotten_request_admits_nobody(void **state)
{
	struct pipe *p = *state;
	u64 first = check(p, OUT, "bobb:alic");

	for (u32 i = 0; i < FLOW_PENDING; i++)
		check(p, OUT, "bobb:alic");
	answer(p, IN, first);
	assert_int_equal(flow_count(p), 0);
}

static void what_looks_like_media_makes_no_record(void **state)
{
	struct pipe *p = *state;
	struct buf m = {.len = 0};

	for (u16 i = 0; i < 100; i++)
		rtp(p, i & 1, 0x1234, i); /* each way every other number only */
	msg_rtcp(&m, 1);
	send_udp(p, OUT, &m);
	m.len = 0;
	msg_handshake(&m, 1, 100);
	send_udp(p, OUT, &m);
	msg_channel(&m, 0x4000, "abcdefghijkl", 12, true);
	send_udp(p, OUT, &m);
	assert_int_equal(flow_count(p), 0);
	expect_told(p, 0);
	assert_int_equal(counted(p, OUT, CARRIER_UDP, CLASS_OTHER), 52);
	assert_int_equal(counted(p, IN, CARRIER_UDP, CLASS_OTHER), 50);
	assert_int_equal(counted(p, OUT, CARRIER_UDP, CLASS_DTLS), 1);
}

/* A flood of made-up requests pushes out probationers only. */
static void a_flood_changes_no_established_flow(void **state)
{
	struct pipe *p = *state;
	struct endpoint host = p->host, peer = p->peer;
	struct flow_record before;

	establish(p);
	before = *record_of(p, PROTO_UDP);
	for (u32 i = 0; i < 70000; i++) { /* more than are on probation at once */
		p->host.port = (u16)(10000 + i % 50000);
		p->peer.port = (u16)(1 + i / 50000);
		check(p, i & 1, "made:up");
		forget(p);
	}
	p->host = host;
	p->peer = peer;
	assert_int_equal(flow_count(p), 1);
	assert_memory_equal(record_of(p, PROTO_UDP), &before, sizeof(before));
}

static void a_full_map_is_counted(void **state)
{
	struct pipe *p = pipe_new(((struct pipe *)*state)->variant, 4);

	for (u32 i = 0; i < 10; i++) {
		p->host.port = (u16)(7000 + i);
		answer(p, IN, check(p, OUT, "bobb:alic"));
	}
	assert_int_equal(flow_count(p), 4);
	assert_true(native_self(p->n)->map_full[MAP_FLOWS] == 6);
	assert_true(native_self(p->n)->map_full[MAP_PROBATION] == 0);
	p->host.port = 7000; /* those that are known go on being followed */
	check(p, OUT, "bobb:alic");
	assert_int_equal(half_of(p, OUT)->requests, 2);
	native_expire(p->n, p->now + SEC);
	assert_int_equal(flow_count(p), 0);
	p->host.port = 7009;
	answer(p, IN, check(p, OUT, "bobb:alic"));
	assert_int_equal(flow_count(p), 1);
	pipe_free(p);
}

static void only_silent_flows_expire(void **state)
{
	struct pipe *p = *state;
	u64 middle;

	establish(p);
	middle = p->now + MS / 2;
	p->host.port++;
	establish(p);
	p->alone = true; /* in the kernel the sweep does it */
	native_expire(p->n, middle);
	assert_int_equal(flow_count(p), 1);
	assert_non_null(record_of(p, PROTO_UDP));
}

static void two_interfaces_are_two_flows(void **state)
{
	struct pipe *p = *state;
	struct check_of of = {.id = 9};
	struct buf m, f;

	establish(p);
	msg_check(&m, &of);
	frame_udp(&f, p->host, p->peer, m.b, m.len);
	pass_alone(p, IFINDEX + 1, DIR_OUT, NATIVE_ETHERNET, &f, f.len);
	msg_answer(&m, 9, p->host);
	frame_udp(&f, p->peer, p->host, m.b, m.len);
	pass_alone(p, IFINDEX + 1, DIR_IN, NATIVE_ETHERNET, &f, f.len);
	assert_int_equal(flow_count(p), 2);
	assert_int_equal(native_point(p->n, IFINDEX + 1)->packets[DIR_OUT][CARRIER_UDP][CLASS_STUN],
			 1);
	assert_int_equal(half_of(p, OUT)->requests, 1);
}

static void without_a_link_header_all_is_the_same(void **state)
{
	struct pipe *p = *state;
	struct check_of of = {.id = 9};
	struct buf m, f, ip = {.len = 0};

	msg_check(&m, &of);
	frame_udp(&f, p->host, p->peer, m.b, m.len);
	put(&ip, f.b + 14, f.len - 14);
	assert_int_equal(pass_alone(p, IFINDEX, dir_of(p, OUT), NATIVE_RAW_IP, &ip, ip.len),
			 REASON_PASS);
	answer(p, IN, 9);
	assert_int_equal(flow_count(p), 1);
	assert_int_equal(half_of(p, OUT)->requests, 1);
}

static u32 touched(struct pipe *p)
{
	struct flow_key none = {.proto = 0};
	struct pipe_search s = {.key = &none};

	native_each_touched(p->n, pipe_look, &s);
	return s.count;
}

static void what_a_packet_touched(void **state)
{
	struct pipe *p = *state;

	establish(p);
	assert_int_equal(touched(p), 1);
	assert_int_equal(touched(p), 0);
	rtp(p, IN, 7, 1);
	assert_int_equal(touched(p), 1);
	rtp(p, OUT, 8, 1);
	assert_int_equal(flow_count(p), 1);
	assert_int_equal(touched(p), 0);
}

int main(void)
{
	static const struct pipe_case cases[] = {
		PIPE_CASE(a_request_makes_no_record),
		PIPE_CASE(the_answer_with_its_id_does),
		PIPE_CASE(both_messages_are_in_the_record),
		PIPE_CASE(other_answers_do_not),
		PIPE_CASE(an_error_is_an_answer_too),
		PIPE_CASE(an_indication_is_none),
		PIPE_CASE(eight_requests_are_remembered),
		PIPE_CASE(a_forgotten_request_admits_nobody),
		PIPE_CASE(what_looks_like_media_makes_no_record),
		PIPE_CASE(a_flood_changes_no_established_flow),
		PIPE_CASE(a_full_map_is_counted),
		PIPE_CASE(only_silent_flows_expire),
		PIPE_CASE(what_a_packet_touched),
		PIPE_CASE(two_interfaces_are_two_flows),
		PIPE_CASE(without_a_link_header_all_is_the_same),
	};

	return pipe_run("admission", cases, COUNT(cases));
}
