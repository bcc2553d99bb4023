/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sessions in the metrics: verdicts count as they are given, sessions once, when they are over, and
 * verdicts that are taken back.
 */
#include "cause_events.h"

static u64 verdicts_given(struct engine_fixture *w, enum verdict verdict, enum where where,
			  enum cause cause)
{
	struct engine_view *view = engine_view(w->e, VIEW_METRICS, NULL);
	u64 given;

	assert_non_null(view);
	given = view->metrics.verdicts[verdict][where][cause];
	engine_view_free(view);
	return given;
}

/* Sessions that are over, with that verdict; of all verdicts for VERDICT_COUNT. */
static u64 sessions_over(struct engine_fixture *w, enum verdict verdict)
{
	struct engine_view *view = engine_view(w->e, VIEW_METRICS, NULL);
	u64 sessions = 0;

	assert_non_null(view);
	for (u32 i = 0; i < view->metrics.nsessions; i++)
		if (verdict == VERDICT_COUNT || view->metrics.sessions[i].verdict == verdict)
			sessions += view->metrics.sessions[i].sessions;
	engine_view_free(view);
	return sessions;
}

static u64 verdicts_reopened(struct engine_fixture *w)
{
	struct engine_view *view = engine_view(w->e, VIEW_METRICS, NULL);
	u64 reopened;

	assert_non_null(view);
	reopened = view->metrics.reopened;
	engine_view_free(view);
	return reopened;
}

static void call(struct engine_fixture *w)
{
	connect_peers(w);
	complete_dtls(w);
	rtp_stream(w, OUT, 1);
	rtp_stream(w, IN, 2);
	keep_consent(w, 5);
}

static void a_session_counts_when_it_is_over(void **state)
{
	struct engine_fixture *w = *state;

	call(w);
	assert_int_equal(verdicts_given(w, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE), 1);
	assert_int_equal(sessions_over(w, VERDICT_COUNT), 0);
	advance_time(w, 60 * SEC);
	assert_int_equal(sessions_over(w, VERDICT_SUCCEEDED), 1);
	advance_time(w, 700 * SEC); /* and is forgotten */
	assert_int_equal(sessions_over(w, VERDICT_COUNT), 1);
	assert_int_equal(verdicts_given(w, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE), 1);
	assert_int_equal(verdicts_reopened(w), 0);
}

static void a_session_that_comes_back_counts_once(void **state)
{
	struct engine_fixture *w = *state;

	dropped_checks(w, CAUSE_RULE);
	advance_time(w, 30 * SEC);
	assert_int_equal(verdicts_given(w, VERDICT_BLOCKED, WHERE_HERE, CAUSE_RULE), 1);
	assert_int_equal(sessions_over(w, VERDICT_BLOCKED), 1);
	assert_int_equal(verdicts_reopened(w), 0);
	w->outbound_drops = false;
	call(w);
	assert_int_equal(verdicts_reopened(w), 1);
	assert_int_equal(verdicts_given(w, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE), 1);
	advance_time(w, 60 * SEC);
	assert_int_equal(sessions_over(w, VERDICT_COUNT), 1);
	assert_int_equal(sessions_over(w, VERDICT_BLOCKED), 1);
}

/* Then it is none of those that were blocked. */
static void a_verdict_that_did_not_wait_and_is_taken_back(void **state)
{
	struct engine_fixture *w = *state;

	w->outbound_drops = true;
	for (int i = 0; i < 10; i++) {
		ice_request(w, OUT, 0);
		report_drop(w, SIDE_LAN, OUT, CLASS_STUN);
		advance_time(w, SEC / 2);
	}
	assert_int_equal(verdicts_given(w, VERDICT_BLOCKED, WHERE_HERE, CAUSE_RULE), 1);
	assert_int_equal(sessions_over(w, VERDICT_COUNT), 0);
	w->outbound_drops = false;
	call(w);
	assert_int_equal(verdicts_reopened(w), 1);
	advance_time(w, 60 * SEC);
	assert_int_equal(sessions_over(w, VERDICT_COUNT), 1);
	assert_int_equal(sessions_over(w, VERDICT_SUCCEEDED), 1);
}

static void a_verdict_that_turns_into_another_counts_as_both(void **state)
{
	struct engine_fixture *w = *state;

	call(w);
	for (int i = 0; i < 40; i++) {
		ice_request(w, OUT, 0);
		advance_time(w, SEC);
	}
	advance_time(w, 10 * SEC); /* and the host gives up */
	assert_int_equal(verdicts_given(w, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE), 1);
	assert_int_equal(verdicts_given(w, VERDICT_FAILED, WHERE_NONE, CAUSE_CONSENT_LOST), 1);
	assert_int_equal(sessions_over(w, VERDICT_COUNT), 1);
	assert_int_equal(sessions_over(w, VERDICT_FAILED), 1);
	assert_int_equal(verdicts_reopened(w), 0);
}

static void sessions_that_become_one_count_once(void **state)
{
	struct engine_fixture *w = *state;

	call(w);
	w->own = "alc2";
	w->other = "bob2";
	call(w);
	advance_time(w, 60 * SEC);
	assert_int_equal(sessions_over(w, VERDICT_COUNT), 1);
}

/* A gathering that had failed goes on after all: it becomes the session of the checks. */
static void a_gathering_that_goes_on_counts_once(void **state)
{
	struct engine_fixture *w = *state;

	refused_allocate(w, true, 401);
	advance_time(w, 15 * SEC);
	assert_int_equal(verdicts_given(w, VERDICT_FAILED, WHERE_NONE, CAUSE_TURN_AUTH), 1);
	assert_int_equal(sessions_over(w, VERDICT_FAILED), 1);
	assert_int_equal(verdicts_reopened(w), 0);
	call(w);
	advance_time(w, 60 * SEC);
	assert_int_equal(verdicts_given(w, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE), 1);
	assert_int_equal(verdicts_reopened(w), 1);
	assert_int_equal(sessions_over(w, VERDICT_COUNT), 1);
}

static void expect_time_to_verdict(struct engine_fixture *w, bool blocked, enum cause cause,
				   double least, double most)
{
	struct engine_view *view = engine_view(w->e, VIEW_METRICS, NULL);
	const struct histogram *time;

	assert_non_null(view);
	time = &view->metrics.time_to_verdict[blocked][cause];
	assert_int_equal(time->count, 1);
	assert_true(time->sum >= least && time->sum <= most);
	engine_view_free(view);
}

/* A fatal alert is told at once, whenever the session began. */
static void the_time_to_a_verdict_is_from_its_evidence(void **state)
{
	struct engine_fixture *w = *state;
	struct dtls_spec alert = {.step = DTLS_ALERT, .level = 2, .alert = 40};

	connect_peers(w);
	keep_consent(w, 10);
	dtls_step(w, OUT, DTLS_CLIENT_HELLO);
	pass_points(w, IN, make_dtls_event, &alert);
	advance_time(w, SEC);
	assert_int_equal(verdicts_given(w, VERDICT_FAILED, WHERE_NONE, CAUSE_DTLS_ALERT), 1);
	expect_time_to_verdict(w, false, CAUSE_DTLS_ALERT, 0, 1);
}

/* From the first packet that was dropped; and only the first verdict of a session counts. */
static void the_time_to_a_block_is_from_the_first_drop(void **state)
{
	struct engine_fixture *w = *state;

	dropped_checks(w, CAUSE_RULE);
	advance_time(w, 30 * SEC);
	assert_int_equal(verdicts_given(w, VERDICT_BLOCKED, WHERE_HERE, CAUSE_RULE), 1);
	expect_time_to_verdict(w, true, CAUSE_RULE, 1, 41);
	w->outbound_drops = false;
	call(w);
	for (int i = 0; i < 40; i++) {
		ice_request(w, OUT, 0);
		advance_time(w, SEC);
	}
	expect_time_to_verdict(w, true, CAUSE_RULE, 1, 41);
}

/* Checks from outside for a host that nobody here knows are no session that is told. */
static void unclaimed_checks_do_not_count(void **state)
{
	struct engine_fixture *w = *state;

	w->inbound_drops = true;
	ice_request(w, IN, 0);
	advance_time(w, 60 * SEC);
	assert_int_equal(sessions_over(w, VERDICT_COUNT), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_session_counts_when_it_is_over),
		TEST(a_session_that_comes_back_counts_once),
		TEST(a_verdict_that_did_not_wait_and_is_taken_back),
		TEST(a_verdict_that_turns_into_another_counts_as_both),
		TEST(sessions_that_become_one_count_once),
		TEST(a_gathering_that_goes_on_counts_once),
		TEST(the_time_to_a_verdict_is_from_its_evidence),
		TEST(the_time_to_a_block_is_from_the_first_drop),
		TEST(unclaimed_checks_do_not_count),
	};

	return cmocka_run_group_tests_name("session_counts", tests, NULL, NULL);
}
