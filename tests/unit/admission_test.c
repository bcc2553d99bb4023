/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Admission: only a flow on which an answer has matched a request by its transaction id gets a
 * record.
 */
#include "pipeline_fixture.h"

static void a_request_makes_no_record(void **state)
{
	struct pipeline *p = *state;

	for (int i = 0; i < 20; i++)
		send_check(p, OUT, "bobb:alic");
	assert_int_equal(flow_count(p), 0);
	assert_int_equal(packets_counted(p, OUT, CARRIER_UDP, CLASS_STUN), 20);
	assert_int_equal(all_skipped(p), 0);
}

static void an_answer_with_the_same_id_makes_one(void **state)
{
	struct pipeline *p = *state;
	u64 id = send_check(p, OUT, "bobb:alic");
	const struct flow_record *r;

	assert_null(record_of(p, PROTO_UDP));
	send_stun_answer(p, IN, id);
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
	struct pipeline *p = *state;
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

static void other_answers_make_no_record(void **state)
{
	struct pipeline *p = *state;
	u64 id = send_check(p, OUT, "bobb:alic");

	send_stun_answer(p, IN, id + 1); /* another transaction */
	send_stun_answer(p, OUT, id); /* in the request's own direction */
	assert_int_equal(flow_count(p), 0);
	p->host.port++;
	send_stun_answer(p, IN, id); /* another flow */
	p->host.port--;
	p->peer.port++;
	send_stun_answer(p, IN, id);
	p->peer.port--;
	assert_int_equal(flow_count(p), 0);
	send_stun_answer(p, IN, id);
	assert_int_equal(flow_count(p), 1);
}

static void an_error_response_is_an_answer(void **state)
{
	struct pipeline *p = *state;
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

static void an_indication_is_no_answer(void **state)
{
	struct pipeline *p = *state;
	u64 id = send_check(p, OUT, "bobb:alic");
	struct buf m;

	msg_stun(&m, 0x0011, id);
	send_udp(p, IN, &m);
	assert_int_equal(flow_count(p), 0);
}

/* Any of the last eight requests may be answered. */
static void eight_requests_are_remembered(void **state)
{
	for (u32 nth = 0; nth < FLOW_PENDING; nth++) {
		struct pipeline *p =
			pipeline_new(((struct pipeline *)*state)->variant, PIPELINE_FLOWS);
		u64 first = 0;

		for (u32 i = 0; i < FLOW_PENDING; i++) {
			u64 id = send_check(p, OUT, "bobb:alic");

			if (!i)
				first = id;
		}
		send_stun_answer(p, IN, first + nth);
		assert_int_equal(flow_count(p), 1);
		assert_int_equal(half_of(p, OUT)->requests, FLOW_PENDING);
		pipeline_free(p);
	}
}

static void an_evicted_request_admits_no_answer(void **state)
{
	struct pipeline *p = *state;
	u64 first = send_check(p, OUT, "bobb:alic");

	for (u32 i = 0; i < FLOW_PENDING; i++)
		send_check(p, OUT, "bobb:alic");
	send_stun_answer(p, IN, first);
	assert_int_equal(flow_count(p), 0);
}

static void what_looks_like_media_makes_no_record(void **state)
{
	struct pipeline *p = *state;
	struct buf m = {.len = 0};

	for (u16 i = 0; i < 100; i++)
		send_rtp(p, i & 1, 0x1234, i); /* each way every other number only */
	msg_rtcp(&m, 1);
	send_udp(p, OUT, &m);
	m.len = 0;
	msg_handshake(&m, 1, 100);
	send_udp(p, OUT, &m);
	msg_channel(&m, 0x4000, "abcdefghijkl", 12, true);
	send_udp(p, OUT, &m);
	assert_int_equal(flow_count(p), 0);
	expect_events(p, 0);
	assert_int_equal(packets_counted(p, OUT, CARRIER_UDP, CLASS_OTHER), 52);
	assert_int_equal(packets_counted(p, IN, CARRIER_UDP, CLASS_OTHER), 50);
	assert_int_equal(packets_counted(p, OUT, CARRIER_UDP, CLASS_DTLS), 1);
}

/* A flood of made-up requests evicts only flows on probation. */
static void a_flood_changes_no_established_flow(void **state)
{
	struct pipeline *p = *state;
	struct endpoint host = p->host, peer = p->peer;
	struct flow_record before;

	establish_ice(p);
	before = *record_of(p, PROTO_UDP);
	for (u32 i = 0; i < 70000; i++) { /* more than are on probation at once */
		p->host.port = (u16)(10000 + i % 50000);
		p->peer.port = (u16)(1 + i / 50000);
		send_check(p, i & 1, "made:up");
		clear_events(p);
	}
	p->host = host;
	p->peer = peer;
	assert_int_equal(flow_count(p), 1);
	assert_memory_equal(record_of(p, PROTO_UDP), &before, sizeof(before));
}

static void a_full_flow_map_is_counted(void **state)
{
	struct pipeline *p = pipeline_new(((struct pipeline *)*state)->variant, 4);

	for (u32 i = 0; i < 10; i++) {
		p->host.port = (u16)(7000 + i);
		send_stun_answer(p, IN, send_check(p, OUT, "bobb:alic"));
	}
	assert_int_equal(flow_count(p), 4);
	assert_true(native_self(p->n)->map_full[MAP_FLOWS] == 6);
	assert_true(native_self(p->n)->map_full[MAP_PROBATION] == 0);
	p->host.port = 7000; /* known flows are still followed */
	send_check(p, OUT, "bobb:alic");
	assert_int_equal(half_of(p, OUT)->requests, 2);
	native_expire(p->n, p->now + SEC);
	assert_int_equal(flow_count(p), 0);
	p->host.port = 7009;
	send_stun_answer(p, IN, send_check(p, OUT, "bobb:alic"));
	assert_int_equal(flow_count(p), 1);
	pipeline_free(p);
}

static void only_silent_flows_expire(void **state)
{
	struct pipeline *p = *state;
	u64 middle;

	establish_ice(p);
	middle = p->now + MS / 2;
	p->host.port++;
	establish_ice(p);
	p->native_only = true; /* in the kernel the sweep does it */
	native_expire(p->n, middle);
	assert_int_equal(flow_count(p), 1);
	assert_non_null(record_of(p, PROTO_UDP));
}

static void two_interfaces_are_two_flows(void **state)
{
	struct pipeline *p = *state;
	struct check_of of = {.id = 9};
	struct buf m, f;

	establish_ice(p);
	msg_check(&m, &of);
	frame_udp(&f, p->host, p->peer, m.b, m.len);
	pass_native_only(p, IFINDEX + 1, DIR_OUT, NATIVE_ETHERNET, &f, f.len);
	msg_answer(&m, 9, p->host);
	frame_udp(&f, p->peer, p->host, m.b, m.len);
	pass_native_only(p, IFINDEX + 1, DIR_IN, NATIVE_ETHERNET, &f, f.len);
	assert_int_equal(flow_count(p), 2);
	assert_int_equal(native_point(p->n, IFINDEX + 1)->packets[DIR_OUT][CARRIER_UDP][CLASS_STUN],
			 1);
	assert_int_equal(half_of(p, OUT)->requests, 1);
}

static void packets_without_link_header_count_the_same(void **state)
{
	struct pipeline *p = *state;
	struct check_of of = {.id = 9};
	struct buf m, f, ip = {.len = 0};

	msg_check(&m, &of);
	frame_udp(&f, p->host, p->peer, m.b, m.len);
	put(&ip, f.b + 14, f.len - 14);
	assert_int_equal(pass_native_only(p, IFINDEX, dir_of(p, OUT), NATIVE_RAW_IP, &ip, ip.len),
			 REASON_PASS);
	send_stun_answer(p, IN, 9);
	assert_int_equal(flow_count(p), 1);
	assert_int_equal(half_of(p, OUT)->requests, 1);
}

static u32 touched_parts(struct pipeline *p)
{
	struct flow_key none = {.proto = 0};
	struct pipeline_search s = {.key = &none};

	native_each_touched(p->n, pipeline_match, &s);
	return s.count;
}

static void only_touched_flows_are_visited(void **state)
{
	struct pipeline *p = *state;

	establish_ice(p);
	assert_int_equal(touched_parts(p), 1);
	assert_int_equal(touched_parts(p), 0);
	send_rtp(p, IN, 7, 1);
	assert_int_equal(touched_parts(p), 1);
	send_rtp(p, OUT, 8, 1);
	assert_int_equal(flow_count(p), 1);
	assert_int_equal(touched_parts(p), 0);
}

int main(void)
{
	static const struct pipeline_case cases[] = {
		PIPELINE_CASE(a_request_makes_no_record),
		PIPELINE_CASE(an_answer_with_the_same_id_makes_one),
		PIPELINE_CASE(both_messages_are_in_the_record),
		PIPELINE_CASE(other_answers_make_no_record),
		PIPELINE_CASE(an_error_response_is_an_answer),
		PIPELINE_CASE(an_indication_is_no_answer),
		PIPELINE_CASE(eight_requests_are_remembered),
		PIPELINE_CASE(an_evicted_request_admits_no_answer),
		PIPELINE_CASE(what_looks_like_media_makes_no_record),
		PIPELINE_CASE(a_flood_changes_no_established_flow),
		PIPELINE_CASE(a_full_flow_map_is_counted),
		PIPELINE_CASE(only_silent_flows_expire),
		PIPELINE_CASE(only_touched_flows_are_visited),
		PIPELINE_CASE(two_interfaces_are_two_flows),
		PIPELINE_CASE(packets_without_link_header_count_the_same),
	};

	return pipeline_run("admission", cases, COUNT(cases));
}
