/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a session looks like before it has a verdict. */
#include "cause_events.h"

#include "engine/names.h"

static void expect_outlook(struct engine_fixture *w, u8 where, u8 cause)
{
	struct engine_view *view = only_session(w);
	const struct session *s = &view->sessions[0];

	assert_int_equal(s->verdict, VERDICT_PENDING);
	assert_int_equal(s->outlook.where, where);
	assert_int_equal(s->outlook.cause, cause);
	for (u32 i = CAUSE_NONE + 1; i < CAUSE_COUNT; i++)
		assert_int_equal(view->metrics.outlook[i], i == cause);
	engine_view_free(view);
}

static void dropped_check(struct engine_fixture *w)
{
	w->outbound_drops = true;
	ice_request(w, OUT, 0);
	report_drop(w, SIDE_LAN, OUT, CLASS_STUN);
}

static void a_drop_beside_a_pair_that_leaves(void **state)
{
	struct engine_fixture *w = *state;

	ice_request(w, OUT, 0);
	expect_outlook(w, WHERE_NONE, CAUSE_NONE);
	w->peer.port++;
	w->counts[0][OUT][DTLS_STEP_MAX] = 0;
	dropped_check(w);
	/* one pair leaves: that is not what keeps the session */
	expect_outlook(w, WHERE_NONE, CAUSE_NONE);
}

static void a_drop_of_all_that_is_tried(void **state)
{
	struct engine_fixture *w = *state;

	dropped_check(w);
	expect_outlook(w, WHERE_HERE, CAUSE_RULE);
}

static void drops_toward_a_private_address(void **state)
{
	struct engine_fixture *w = *state;

	w->peer = ep("10.9.9.9", 7000);
	for (int i = 0; i < 16; i++) {
		dropped_check(w);
		advance_time(w, SEC / 2);
	}
	expect_outlook(w, WHERE_HERE, CAUSE_RULE);
}

static void its_rule_is_named_with_it(void **state)
{
	struct rule rule = {.family = "inet", .table = "t", .chain = "c", .text = "drop"};
	struct engine_fixture *w = *state;
	struct engine_view *view;
	struct event drop;

	dropped_check(w);
	drop = event_at_point(w, SIDE_LAN, OUT, EVENT_DROP, CLASS_STUN);
	drop.drop.reason = 5;
	engine_rule(w->e, &drop, &rule, NOT_QUEUED, NULL);
	view = only_session(w);
	assert_int_equal(view->sessions[0].outlook.rule, 0);
	assert_int_equal(view->sessions[0].rule, NO_RULE);
	engine_view_free(view);
}

/* Three transmissions, the last of them 1.5 s after the first: RFC 8489 section 6.2.1. */
static void silence_is_one_after_three_tries(void **state)
{
	struct engine_fixture *w = *state;

	for (int i = 0; i < 3; i++) {
		ice_request(w, OUT, 0);
		expect_outlook(w, WHERE_NONE, CAUSE_NONE);
		advance_time(w, SEC / 2);
	}
	advance_time(w, SEC);
	expect_outlook(w, WHERE_NONE, CAUSE_NO_ANSWER);
}

static void an_answer_takes_it_away(void **state)
{
	struct engine_fixture *w = *state;

	for (int i = 0; i < 4; i++) {
		ice_request(w, OUT, 0);
		advance_time(w, SEC);
	}
	expect_outlook(w, WHERE_NONE, CAUSE_NO_ANSWER);
	ice_answer(w, IN, ice_request(w, OUT, 0), 0);
	expect_outlook(w, WHERE_NONE, CAUSE_NONE);
}

static void a_refusal_from_further_out(void **state)
{
	struct engine_fixture *w = *state;

	ice_request(w, OUT, 0);
	icmp_error(w, 13, 0);
	expect_outlook(w, WHERE_UPSTREAM, CAUSE_ICMP_PROHIBITED);
}

static void a_hello_that_is_dropped(void **state)
{
	struct engine_fixture *w = *state;

	connect_peers(w);
	expect_outlook(w, WHERE_NONE, CAUSE_NONE);
	w->outbound_drops = true;
	dtls_step(w, OUT, DTLS_CLIENT_HELLO);
	report_drop(w, SIDE_LAN, OUT, CLASS_DTLS);
	expect_outlook(w, WHERE_HERE, CAUSE_RULE);
	w->outbound_drops = false;
	complete_dtls(w);
	expect_outlook(w, WHERE_NONE, CAUSE_NONE);
}

/* A ClientHello is repeated after 1 s and 2 s more: RFC 6347 section 4.2.4.1. */
static void a_hello_that_is_not_answered(void **state)
{
	struct engine_fixture *w = *state;

	connect_peers(w);
	for (int i = 0; i < 3; i++) {
		expect_outlook(w, WHERE_NONE, CAUSE_NONE);
		dtls_step(w, OUT, DTLS_CLIENT_HELLO);
		keep_consent(w, 1);
	}
	keep_consent(w, 1);
	expect_outlook(w, WHERE_UPSTREAM, CAUSE_DTLS_FILTERED);
}

static void request_other_server(struct engine_fixture *w)
{
	struct endpoint peer = w->peer;

	w->peer = ep("5.0.0.11", 3478);
	request_server(w, STUN_ALLOCATE);
	w->peer = peer;
}

static void a_gathering_that_is_refused(void **state)
{
	struct engine_fixture *w = *state;

	refused_allocate(w, false, 401);
	advance_time(w, SEC);
	assert_int_equal(count_sessions(w), 0);
	refused_allocate(w, true, 401);
	request_other_server(w); /* which may answer yet */
	advance_time(w, SEC);
	expect_outlook(w, WHERE_NONE, CAUSE_TURN_AUTH);
	/* a check follows: the session itself takes its place */
	ice_request(w, OUT, 0);
	expect_outlook(w, WHERE_NONE, CAUSE_TURN_AUTH);
	ice_answer(w, IN, ice_request(w, OUT, 0), 0);
	expect_outlook(w, WHERE_NONE, CAUSE_NONE);
}

static void a_gathering_that_comes_through(void **state)
{
	struct stun_spec of = {.cls = STUN_SUCCESS,
			       .method = STUN_ALLOCATE,
			       .flags = STUN_F_MATCHED,
			       .relayed = ep("5.0.0.10", 50000)};
	struct engine_fixture *w = *state;

	refused_allocate(w, true, 486);
	request_other_server(w);
	advance_time(w, SEC);
	expect_outlook(w, WHERE_NONE, CAUSE_TURN_QUOTA);
	w->peer = ep("5.0.0.11", 3478);
	pass_points(w, IN, make_stun_event, &of);
	advance_time(w, SEC);
	assert_int_equal(count_sessions(w), 0);
}

/* One packet may be lost by chance: no verdict, and the session that stands for it goes. */
static void one_drop_of_a_gathering(void **state)
{
	struct engine_fixture *w = *state;

	w->peer = ep("5.0.0.10", 3478);
	request_server(w, STUN_BINDING);
	report_drop(w, SIDE_LAN, OUT, CLASS_STUN);
	advance_time(w, SEC);
	expect_outlook(w, WHERE_HERE, CAUSE_RULE);
	advance_time(w, 20 * SEC);
	assert_int_equal(count_sessions(w), 0);
}

/* Made-up hosts, of each of which one packet is dropped, take so many places and no more. */
static void a_flood_of_gatherings(void **state)
{
	static const struct engine_limits limits = {.sessions = 5000, .keep_ended_ns = SEC};
	struct engine_fixture *w = *state;

	engine_free(w->e);
	w->e = engine_new(&limits);
	assert_non_null(w->e);
	engine_point(w->e, LAN, SIDE_LAN);
	engine_point(w->e, WAN, SIDE_WAN);
	w->peer = ep("5.0.0.10", 3478);
	w->outbound_drops = true;
	for (u32 i = 0; i < 2000; i++) {
		w->host = ep("192.168.0.0", 7000);
		w->host.ip.b[14] = (u8)(i >> 8);
		w->host.ip.b[15] = (u8)i;
		request_server(w, STUN_BINDING);
		report_drop(w, SIDE_LAN, OUT, CLASS_STUN);
	}
	advance_time(w, SEC);
	assert_int_equal(count_sessions(w), 1024);
	advance_time(w, 20 * SEC);
	assert_int_equal(count_sessions(w), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_drop_beside_a_pair_that_leaves),
		TEST(a_drop_of_all_that_is_tried),
		TEST(drops_toward_a_private_address),
		TEST(its_rule_is_named_with_it),
		TEST(silence_is_one_after_three_tries),
		TEST(an_answer_takes_it_away),
		TEST(a_refusal_from_further_out),
		TEST(a_hello_that_is_dropped),
		TEST(a_hello_that_is_not_answered),
		TEST(a_gathering_that_is_refused),
		TEST(a_gathering_that_comes_through),
		TEST(one_drop_of_a_gathering),
		TEST(a_flood_of_gatherings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
