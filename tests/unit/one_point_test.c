/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What one capture can show: of one point, and perhaps of one direction, of a part of the time, or
 * of STUN alone.
 */
#include "one_point_fixture.h"

static void one_point_suffices(void **state)
{
	struct world *w = *state;

	capture_begin(w);
	connect_both(w);
	handshake(w);
	stream(w, OUT, 1);
	stream(w, IN, 2);
	expect(w, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE, STAGE_MEDIA);
}

static void answers_alone_are_one_direction(void **state)
{
	struct world *w = *state;

	capture_begin(w);
	an_answer_unasked(w, IN, 0); /* a STUN server's has no credentials */
	engine_end(w->e, 0);
	assert_int_equal(sessions(w), 0);
	an_answer_unasked(w, IN, STUN_F_INTEGRITY);
	engine_end(w->e, 0);
	expect(w, VERDICT_UNKNOWN, WHERE_NONE, CAUSE_NONE, STAGE_CHECKING);
}

/* The host answers somebody, who therefore is there. */
static void unseen_is_not_away(void **state)
{
	struct world *w = *state;

	capture_begin(w);
	for (int i = 0; i < 60; i++) {
		check(w, OUT, 0);
		an_answer_unasked(w, OUT, STUN_F_INTEGRITY);
		pass(w, SEC);
	}
	expect(w, VERDICT_UNKNOWN, WHERE_NONE, CAUSE_NONE, STAGE_CHECKING);
}

static void in_vain(struct world *w, unsigned int lacks)
{
	capture_begin(w);
	for (int i = 0; i < 60; i++) {
		check(w, OUT, 0);
		pass(w, SEC);
	}
	engine_end(w->e, lacks);
}

static void no_answer_needs_somebody_to_hear(void **state)
{
	struct world *w = *state;

	in_vain(w, 0);
	expect(w, VERDICT_FAILED, WHERE_NONE, CAUSE_NO_ANSWER, STAGE_CHECKING);
	in_vain(w, LACKS_A_DIRECTION);
	expect(w, VERDICT_UNKNOWN, WHERE_NONE, CAUSE_NONE, STAGE_CHECKING);
}

static void checks_alone(struct world *w, int seconds, unsigned int lacks)
{
	capture_begin(w);
	connect_both(w);
	keep_consent(w, seconds);
	engine_end(w->e, lacks);
}

static void a_capture_of_stun_tells_no_block(void **state)
{
	struct world *w = *state;
	struct engine_view *view;

	checks_alone(w, 30, 0);
	expect(w, VERDICT_BLOCKED, WHERE_UPSTREAM, CAUSE_DTLS_FILTERED, STAGE_NOMINATED);
	checks_alone(w, 2, LACKS_ALL_BUT_STUN);
	expect(w, VERDICT_UNKNOWN, WHERE_NONE, CAUSE_NONE, STAGE_NOMINATED);
	checks_alone(w, 30, LACKS_ALL_BUT_STUN);
	expect(w, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE, STAGE_NOMINATED);
	view = only(w);
	assert_true(view->sessions[0].probable);
	engine_view_free(view);
}

/* Encryption of the application's own. */
static void opaque_both_ways(void **state)
{
	/* not answers that came twice */
	struct flow_dir few = {.packets = 62, .requests = 2, .successes = 30},
			many = {.packets = 64, .requests = 2};
	struct world *w = *state;

	capture_begin(w);
	connect_both(w);
	sample(w, &many, &few);
	expect(w, VERDICT_PENDING, WHERE_NONE, CAUSE_NONE, STAGE_NOMINATED);
	sample(w, &many, &many);
	expect(w, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE, STAGE_MEDIA);
}

static void reports_of_both_ends(void **state)
{
	struct flow_dir reports = {.packets = 5, .requests = 2, .successes = 2, .rtcp_packets = 1},
			none = {0};
	struct world *w = *state;

	capture_begin(w);
	connect_both(w);
	sample(w, &reports, &none);
	expect(w, VERDICT_PENDING, WHERE_NONE, CAUSE_NONE, STAGE_NOMINATED);
	sample(w, &reports, &reports);
	expect(w, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE, STAGE_MEDIA);
}

/* Who only receives reports later than the capture goes on. */
static void media_one_way_at_the_end(void **state)
{
	struct world *w = *state;

	capture_begin(w);
	connect_both(w);
	handshake(w);
	engine_end(w->e, 0);
	expect(w, VERDICT_PENDING, WHERE_NONE, CAUSE_NONE, STAGE_SECURED);
	capture_begin(w);
	connect_both(w);
	handshake(w);
	stream(w, IN, 2);
	engine_end(w->e, 0);
	expect(w, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE, STAGE_SECURED);
}

static void allocation(struct world *w, u16 then)
{
	struct stun_of of = {.method = STUN_ALLOCATE, .id = ++w->ids, .relayed = ep(RELAY, 50000)};

	w->peer = ep(RELAY, 3478);
	cross(w, OUT, make_stun, &of);
	of.cls = STUN_SUCCESS;
	of.flags = STUN_F_MATCHED;
	cross(w, IN, make_stun, &of);
	of = (struct stun_of){.method = then, .id = ++w->ids};
	if (then)
		cross(w, OUT, make_stun, &of);
	engine_end(w->e, 0);
}

static void a_permission_is_for_a_peer(void **state)
{
	struct world *w = *state;

	capture_begin(w);
	allocation(w, 0);
	assert_int_equal(sessions(w), 0);
	capture_begin(w);
	allocation(w, STUN_CREATE_PERMISSION);
	expect(w, VERDICT_PENDING, WHERE_NONE, CAUSE_NONE, STAGE_GATHERING);
}

/* Years later, or before: captures that were merged. What was not over stays as it was. */
static void another_capture_follows(void **state)
{
	struct world *w = *state;
	struct engine_view *view;

	capture_begin(w);
	connect_both(w);
	dtls(w, OUT, DTLS_CLIENT_HELLO);
	engine_end(w->e, 0);
	w->now -= 1000000 * SEC;
	w->own = "alc2";
	w->host.port = w->mapped.port = 7002;
	connect_both(w);
	pass(w, 60 * SEC);
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
		TEST(unseen_is_not_away),
		TEST(no_answer_needs_somebody_to_hear),
		TEST(a_capture_of_stun_tells_no_block),
		TEST(opaque_both_ways),
		TEST(reports_of_both_ends),
		TEST(media_one_way_at_the_end),
		TEST(a_permission_is_for_a_peer),
		TEST(another_capture_follows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
