/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a capture of one point can show, which may lack one direction, a part of the time, or all
 * but STUN.
 */
#include "one_point_fixture.h"

static void one_point_suffices(void **state)
{
	struct engine_fixture *w = *state;

	one_point_start(w);
	connect_peers(w);
	complete_dtls(w);
	rtp_stream(w, OUT, 1);
	rtp_stream(w, IN, 2);
	expect_verdict(w, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE, STAGE_MEDIA);
}

static void answers_alone_are_one_direction(void **state)
{
	struct engine_fixture *w = *state;

	one_point_start(w);
	unmatched_answer(w, IN, 0); /* a STUN server's has no credentials */
	engine_end(w->e, 0);
	assert_int_equal(count_sessions(w), 0);
	unmatched_answer(w, IN, STUN_F_INTEGRITY);
	engine_end(w->e, 0);
	expect_verdict(w, VERDICT_UNKNOWN, WHERE_NONE, CAUSE_NONE, STAGE_CHECKING);
}

/* The host answers somebody, who therefore is there. */
static void a_side_not_captured_is_not_reported_missing(void **state)
{
	struct engine_fixture *w = *state;

	one_point_start(w);
	for (int i = 0; i < 60; i++) {
		ice_request(w, OUT, 0);
		unmatched_answer(w, OUT, STUN_F_INTEGRITY);
		advance_time(w, SEC);
	}
	expect_verdict(w, VERDICT_UNKNOWN, WHERE_NONE, CAUSE_NONE, STAGE_CHECKING);
}

static void in_vain(struct engine_fixture *w, unsigned int lacks)
{
	one_point_start(w);
	for (int i = 0; i < 60; i++) {
		ice_request(w, OUT, 0);
		advance_time(w, SEC);
	}
	engine_end(w->e, lacks);
}

static void no_answer_needs_both_directions_captured(void **state)
{
	struct engine_fixture *w = *state;

	in_vain(w, 0);
	expect_verdict(w, VERDICT_FAILED, WHERE_NONE, CAUSE_NO_ANSWER, STAGE_CHECKING);
	in_vain(w, LACKS_A_DIRECTION);
	expect_verdict(w, VERDICT_UNKNOWN, WHERE_NONE, CAUSE_NONE, STAGE_CHECKING);
}

static void only_checks(struct engine_fixture *w, int seconds, unsigned int lacks)
{
	one_point_start(w);
	connect_peers(w);
	keep_consent(w, seconds);
	engine_end(w->e, lacks);
}

static void a_capture_of_stun_alone_proves_no_block(void **state)
{
	struct engine_fixture *w = *state;
	struct engine_view *view;

	only_checks(w, 30, 0);
	expect_verdict(w, VERDICT_BLOCKED, WHERE_UPSTREAM, CAUSE_DTLS_FILTERED, STAGE_NOMINATED);
	only_checks(w, 2, LACKS_ALL_BUT_STUN);
	expect_verdict(w, VERDICT_UNKNOWN, WHERE_NONE, CAUSE_NONE, STAGE_NOMINATED);
	only_checks(w, 30, LACKS_ALL_BUT_STUN);
	expect_verdict(w, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE, STAGE_NOMINATED);
	view = only_session(w);
	assert_true(view->sessions[0].probable);
	engine_view_free(view);
}

/* Encryption of the application's own. */
static void opaque_media_both_ways_succeeds(void **state)
{
	/* not answers that came twice */
	struct flow_dir few = {.packets = 62, .requests = 2, .successes = 30},
			many = {.packets = 64, .requests = 2};
	struct engine_fixture *w = *state;

	one_point_start(w);
	connect_peers(w);
	sample_records(w, &many, &few);
	expect_verdict(w, VERDICT_PENDING, WHERE_NONE, CAUSE_NONE, STAGE_NOMINATED);
	sample_records(w, &many, &many);
	expect_verdict(w, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE, STAGE_MEDIA);
}

static void reports_of_both_ends(void **state)
{
	struct flow_dir reports = {.packets = 5, .requests = 2, .successes = 2, .rtcp_packets = 1},
			none = {0};
	struct engine_fixture *w = *state;

	one_point_start(w);
	connect_peers(w);
	sample_records(w, &reports, &none);
	expect_verdict(w, VERDICT_PENDING, WHERE_NONE, CAUSE_NONE, STAGE_NOMINATED);
	sample_records(w, &reports, &reports);
	expect_verdict(w, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE, STAGE_MEDIA);
}

/* Who only receives reports later than the capture goes on. */
static void media_one_way_at_the_end(void **state)
{
	struct engine_fixture *w = *state;

	one_point_start(w);
	connect_peers(w);
	complete_dtls(w);
	rtp_stream(w, IN, 2);
	engine_end(w->e, 0);
	expect_verdict(w, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE, STAGE_SECURED);
}

static void turn_allocation(struct engine_fixture *w, u16 then)
{
	struct stun_spec of = {
		.method = STUN_ALLOCATE, .id = ++w->ids, .relayed = ep(RELAY, 50000)};

	w->peer = ep(RELAY, 3478);
	pass_points(w, OUT, make_stun_event, &of);
	of.cls = STUN_SUCCESS;
	of.flags = STUN_F_MATCHED;
	pass_points(w, IN, make_stun_event, &of);
	of = (struct stun_spec){.method = then, .id = ++w->ids};
	if (then)
		pass_points(w, OUT, make_stun_event, &of);
	engine_end(w->e, 0);
}

static void a_permission_is_for_a_peer(void **state)
{
	struct engine_fixture *w = *state;

	one_point_start(w);
	turn_allocation(w, 0);
	assert_int_equal(count_sessions(w), 0);
	one_point_start(w);
	turn_allocation(w, STUN_CREATE_PERMISSION);
	expect_verdict(w, VERDICT_PENDING, WHERE_NONE, CAUSE_NONE, STAGE_GATHERING);
}

/* Years later, or before: captures that were merged. What was not over stays as it was. */
static void a_second_capture_starts_afresh(void **state)
{
	struct engine_fixture *w = *state;
	struct engine_view *view;

	one_point_start(w);
	connect_peers(w);
	dtls_step(w, OUT, DTLS_CLIENT_HELLO);
	engine_end(w->e, 0);
	w->now -= 1000000 * SEC;
	w->own = "alc2";
	w->host.port = w->mapped.port = 7002;
	connect_peers(w);
	advance_time(w, 60 * SEC);
	view = engine_view(w->e, VIEW_SESSIONS, NULL);
	assert_int_equal(view->nsessions, 2);
	assert_int_equal(view->sessions[0].verdict, VERDICT_PENDING);
	assert_int_equal(view->sessions[1].verdict, VERDICT_FAILED);
	assert_true(view->time_ns <= w->now);
	engine_view_free(view);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_point_suffices),
		TEST(answers_alone_are_one_direction),
		TEST(a_side_not_captured_is_not_reported_missing),
		TEST(no_answer_needs_both_directions_captured),
		TEST(a_capture_of_stun_alone_proves_no_block),
		TEST(opaque_media_both_ways_succeeds),
		TEST(reports_of_both_ends),
		TEST(media_one_way_at_the_end),
		TEST(a_permission_is_for_a_peer),
		TEST(a_second_capture_starts_afresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
