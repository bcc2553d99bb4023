/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Verdicts derived from events: one test per row of the table of verdicts and causes. */
#include "engine_fixture.h"

static void nobody_answers(void **state)
{
	struct engine_fixture *w = *state;

	for (int i = 0; i < 40; i++) {
		ice_request(w, OUT, 0);
		advance_time(w, SEC);
	}
	expect_verdict(w, VERDICT_FAILED, WHERE_NONE, CAUSE_NO_ANSWER, STAGE_CHECKING);
}

static void expect_confidence(struct engine_fixture *w, bool probable)
{
	struct engine_view *view = only_session(w);

	assert_int_equal(view->sessions[0].probable, probable);
	engine_view_free(view);
}

static void checks_for(struct engine_fixture *w, int seconds)
{
	for (int i = 0; i < seconds; i++) {
		ice_request(w, OUT, 0);
		advance_time(w, SEC);
	}
}

/* It may have had a reason of its own: the timers of RFC 8445 section 14.3 are not over. */
static void a_host_that_gives_up_early(void **state)
{
	struct engine_fixture *w = *state;

	checks_for(w, 12);
	advance_time(w, 15 * SEC);
	expect_verdict(w, VERDICT_FAILED, WHERE_NONE, CAUSE_NO_ANSWER, STAGE_CHECKING);
	expect_confidence(w, true);
}

static void a_host_that_tries_to_the_end(void **state)
{
	struct engine_fixture *w = *state;

	checks_for(w, 40);
	expect_verdict(w, VERDICT_FAILED, WHERE_NONE, CAUSE_NO_ANSWER, STAGE_CHECKING);
	expect_confidence(w, false);
}

/* A few drops do not decide it, and it stops: the next try may have passed. */
static void a_host_that_gives_up_after_a_few_drops(void **state)
{
	struct engine_fixture *w = *state;

	w->outbound_drops = true;
	for (int i = 0; i < 3; i++) {
		ice_request(w, OUT, 0);
		report_drop(w, SIDE_LAN, OUT, CLASS_STUN);
		advance_time(w, SEC);
	}
	advance_time(w, 15 * SEC);
	expect_verdict(w, VERDICT_BLOCKED, WHERE_HERE, CAUSE_RULE, STAGE_CHECKING);
	expect_confidence(w, true);
}

/* A peer whose checks only the host answers is not connected to it. */
static void only_the_peer_is_answered(void **state)
{
	struct engine_fixture *w = *state;
	struct engine_view *view;

	for (int i = 0; i < 40; i++) {
		ice_request(w, OUT, STUN_F_CONTROLLED);
		ice_answer(w, OUT, ice_request(w, IN, STUN_F_CONTROLLING | STUN_F_USE_CANDIDATE),
			   STUN_F_MATCHED_NOMINATION);
		advance_time(w, SEC);
	}
	expect_verdict(w, VERDICT_UNKNOWN, WHERE_NONE, CAUSE_NONE, STAGE_CHECKING);
	view = only_session(w);
	assert_true(view->sessions[0].times.connected == 0);
	assert_false(view->sessions[0].path_known);
	assert_int_equal(view->sessions[0].pairs[0].state, PAIR_FAILED);
	engine_view_free(view);
}

/* ICE-lite: the host answers and asks nothing itself. */
static void a_host_that_makes_no_checks(void **state)
{
	struct engine_fixture *w = *state;
	struct engine_view *view;
	u64 answered;

	ice_answer(w, OUT, ice_request(w, IN, STUN_F_CONTROLLING | STUN_F_USE_CANDIDATE),
		   STUN_F_MATCHED_NOMINATION);
	answered = w->now;
	complete_dtls(w);
	rtp_stream(w, OUT, 1);
	rtp_stream(w, IN, 2);
	advance_time(w, SEC);
	expect_verdict(w, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE, STAGE_MEDIA);
	view = only_session(w);
	assert_true(view->sessions[0].times.connected &&
		    view->sessions[0].times.connected <= answered);
	assert_int_equal(view->sessions[0].pairs[0].state, PAIR_SUCCEEDED);
	engine_view_free(view);
}

/*
 * Each NAT uses another port for the other side: the peer's checks come from where the host sends
 * none.
 */
static void check_past_each_other(struct engine_fixture *w, bool kernel_tells)
{
	for (int i = 0; i < 40; i++) {
		w->peer.port = 7000;
		ice_request(w, OUT, 0);
		w->peer.port = 41234;
		w->inbound_drops = true;
		ice_request(w, IN, 0);
		if (kernel_tells)
			report_drop(w, SIDE_WAN, IN, CLASS_STUN);
		advance_time(w, SEC);
	}
}

static void both_nats_symmetric(void **state)
{
	struct engine_fixture *w = *state;

	check_past_each_other(w, false);
	expect_verdict(w, VERDICT_FAILED, WHERE_NONE, CAUSE_NAT_INCOMPATIBLE, STAGE_CHECKING);
}

static void dropped_input_is_filtering_not_a_block(void **state)
{
	struct engine_fixture *w = *state;

	check_past_each_other(w, true);
	expect_verdict(w, VERDICT_FAILED, WHERE_NONE, CAUSE_NAT_INCOMPATIBLE, STAGE_CHECKING);
}

static void rule_drops_checks(void **state)
{
	struct engine_fixture *w = *state;

	w->outbound_drops = true;
	for (int i = 0; i < 40; i++) {
		ice_request(w, OUT, 0);
		report_drop(w, SIDE_LAN, OUT, CLASS_STUN);
		advance_time(w, SEC);
	}
	expect_verdict(w, VERDICT_BLOCKED, WHERE_HERE, CAUSE_RULE, STAGE_CHECKING);
}

static void checks_that_never_left_without_a_reported_drop(void **state)
{
	struct engine_fixture *w = *state;

	w->outbound_drops = true;
	for (int i = 0; i < 40; i++) {
		ice_request(w, OUT, 0);
		advance_time(w, SEC);
	}
	expect_verdict(w, VERDICT_BLOCKED, WHERE_HERE, CAUSE_DROP, STAGE_CHECKING);
}

static void rule_drops_dtls(void **state)
{
	struct engine_fixture *w = *state;

	connect_peers(w);
	for (int i = 0; i < 5; i++) {
		w->outbound_drops = true;
		dtls_step(w, OUT, DTLS_CLIENT_HELLO);
		report_drop(w, SIDE_LAN, OUT, CLASS_DTLS);
		w->outbound_drops = false;
		keep_consent(w, 4);
	}
	expect_verdict(w, VERDICT_BLOCKED, WHERE_HERE, CAUSE_RULE, STAGE_NOMINATED);
}

static void expect_dtls(struct engine_fixture *w, enum dtls_state state)
{
	struct engine_view *view = only_session(w);

	assert_int_equal(view->sessions[0].dtls.state, state);
	engine_view_free(view);
}

/* The peer's ClientHello comes to the WAN, and never to the host. */
static void rule_drops_the_peers_dtls(void **state)
{
	struct engine_fixture *w = *state;

	connect_peers(w);
	expect_dtls(w, DTLS_NONE);
	for (int i = 0; i < 5; i++) {
		w->inbound_drops = true;
		dtls_step(w, IN, DTLS_CLIENT_HELLO);
		report_drop(w, SIDE_WAN, IN, CLASS_DTLS);
		w->inbound_drops = false;
		if (!i)
			expect_dtls(w, DTLS_NEW);
		keep_consent(w, 4);
	}
	expect_verdict(w, VERDICT_BLOCKED, WHERE_HERE, CAUSE_RULE, STAGE_NOMINATED);
	expect_dtls(w, DTLS_FAILED);
}

/* No handshake was tried, so none has failed. */
static void no_dtls_is_no_failed_handshake(void **state)
{
	struct engine_fixture *w = *state;

	connect_peers(w);
	keep_consent(w, 30);
	expect_verdict(w, VERDICT_BLOCKED, WHERE_UPSTREAM, CAUSE_DTLS_FILTERED, STAGE_NOMINATED);
	expect_dtls(w, DTLS_NONE);
}

static void dtls_filtered_further_out(void **state)
{
	struct engine_fixture *w = *state;

	connect_peers(w);
	for (int i = 0; i < 5; i++) {
		dtls_step(w, OUT, DTLS_CLIENT_HELLO);
		keep_consent(w, 4);
	}
	expect_verdict(w, VERDICT_BLOCKED, WHERE_UPSTREAM, CAUSE_DTLS_FILTERED, STAGE_NOMINATED);
}

static void the_peers_dtls_never_comes(void **state)
{
	struct engine_fixture *w = *state;
	struct engine_view *view;

	connect_peers(w);
	keep_consent(w, 20);
	expect_verdict(w, VERDICT_BLOCKED, WHERE_UPSTREAM, CAUSE_DTLS_FILTERED, STAGE_NOMINATED);
	view = only_session(w);
	assert_true(view->sessions[0].probable);
	engine_view_free(view);
}

static void the_handshake_never_finishes(void **state)
{
	struct engine_fixture *w = *state;

	connect_peers(w);
	for (int i = 0; i < 5; i++) {
		dtls_step(w, OUT, DTLS_CLIENT_HELLO);
		dtls_step(w, IN, DTLS_SERVER_HELLO);
		keep_consent(w, 4);
	}
	expect_verdict(w, VERDICT_FAILED, WHERE_NONE, CAUSE_DTLS_TIMEOUT, STAGE_NOMINATED);
}

static void handshake_ends_in_an_alert(void **state)
{
	struct dtls_spec of = {.step = DTLS_ALERT, .level = 2, .alert = 40};
	struct engine_fixture *w = *state;
	struct engine_view *view;

	connect_peers(w);
	dtls_step(w, OUT, DTLS_CLIENT_HELLO);
	pass_points(w, IN, make_dtls_event, &of);
	expect_verdict(w, VERDICT_FAILED, WHERE_NONE, CAUSE_DTLS_ALERT, STAGE_NOMINATED);
	view = only_session(w);
	assert_int_equal(view->sessions[0].dtls.alert, 40);
	engine_view_free(view);
}

static void turn_refuses_the_password(void **state)
{
	struct engine_fixture *w = *state;

	refused_allocate(w, false, 401);
	refused_allocate(w, true, 401);
	advance_time(w, 20 * SEC);
	expect_verdict(w, VERDICT_FAILED, WHERE_NONE, CAUSE_TURN_AUTH, STAGE_GATHERING);
}

static void turn_refuses_and_checks_fail_too(void **state)
{
	struct engine_fixture *w = *state;

	refused_allocate(w, false, 401);
	refused_allocate(w, true, 486);
	for (int i = 0; i < 40; i++) {
		ice_request(w, OUT, 0);
		advance_time(w, SEC);
	}
	expect_verdict(w, VERDICT_FAILED, WHERE_NONE, CAUSE_TURN_QUOTA, STAGE_CHECKING);
}

/* Never told as the other side's doing while this kernel drops the checks. */
static void consent_is_cut_here(void **state)
{
	struct engine_fixture *w = *state;

	connect_peers(w);
	complete_dtls(w);
	rtp_stream(w, OUT, 1);
	rtp_stream(w, IN, 2);
	keep_consent(w, 5);
	w->outbound_drops = true;
	for (int i = 0; i < 35; i++) {
		ice_request(w, OUT, 0);
		report_drop(w, SIDE_LAN, OUT, CLASS_STUN);
		advance_time(w, SEC);
	}
	expect_verdict(w, VERDICT_BLOCKED, WHERE_HERE, CAUSE_RULE, STAGE_MEDIA);
}

/* Media without a single answered check in sight: nothing can be said of its consent. */
static void consent_that_was_never_seen(void **state)
{
	struct engine_fixture *w = *state;

	ice_request(w, OUT, 0);
	complete_dtls(w);
	for (int i = 0; i < 40; i++) {
		rtp_stream(w, OUT, 1);
		rtp_stream(w, IN, 2);
		ice_request(w, OUT, 0);
		advance_time(w, SEC);
	}
	expect_verdict(w, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE, STAGE_MEDIA);
}

static void consent_is_lost(void **state)
{
	struct engine_fixture *w = *state;

	connect_peers(w);
	complete_dtls(w);
	rtp_stream(w, OUT, 1);
	rtp_stream(w, IN, 2);
	keep_consent(w, 5);
	for (int i = 0; i < 35; i++) {
		ice_request(w, OUT, 0);
		advance_time(w, SEC);
	}
	expect_verdict(w, VERDICT_FAILED, WHERE_NONE, CAUSE_CONSENT_LOST, STAGE_MEDIA);
	ice_answer(w, IN, ice_request(w, OUT, 0), 0);
	expect_verdict(w, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE, STAGE_MEDIA);
}

/* A session without media, as of a conference that nobody speaks in yet, or of a receiver. */
static void secured_session(struct engine_fixture *w, int seconds)
{
	connect_peers(w);
	complete_dtls(w);
	keep_consent(w, seconds);
}

static void nobody_sends_media(void **state)
{
	struct engine_fixture *w = *state;

	secured_session(w, 9);
	expect_verdict(w, VERDICT_PENDING, WHERE_NONE, CAUSE_NONE, STAGE_SECURED);
	keep_consent(w, 3);
	expect_verdict(w, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE, STAGE_SECURED);
	expect_confidence(w, true);
	rtp_stream(w, OUT, 1);
	rtp_stream(w, IN, 2);
	keep_consent(w, 2);
	expect_verdict(w, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE, STAGE_MEDIA);
	expect_confidence(w, false);
}

static void nobody_sends_media_and_it_ends(void **state)
{
	struct engine_fixture *w = *state;

	secured_session(w, 20);
	advance_time(w, 40 * SEC);
	expect_verdict(w, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE, STAGE_ENDED);
}

static void both_hang_up_behind_the_handshake(void **state)
{
	struct engine_fixture *w = *state;

	secured_session(w, 4);
	advance_time(w, 12 * SEC);
	expect_confidence(w, true);
	expect_verdict(w, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE, STAGE_ENDED);
}

static void consent_is_lost_without_media(void **state)
{
	struct engine_fixture *w = *state;

	secured_session(w, 20);
	checks_for(w, 35);
	expect_verdict(w, VERDICT_FAILED, WHERE_NONE, CAUSE_CONSENT_LOST, STAGE_SECURED);
	expect_confidence(w, false);
	keep_consent(w, 2);
	expect_verdict(w, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE, STAGE_SECURED);
}

/* What is dropped was meant to come. */
static void media_is_dropped_behind_the_handshake(void **state)
{
	struct engine_fixture *w = *state;

	secured_session(w, 2);
	w->outbound_drops = true;
	rtp_stream(w, OUT, 1);
	report_drop(w, SIDE_LAN, OUT, CLASS_RTP);
	w->outbound_drops = false;
	keep_consent(w, 12);
	expect_verdict(w, VERDICT_BLOCKED, WHERE_HERE, CAUSE_RULE, STAGE_SECURED);
}

static void media_is_dropped_later(void **state)
{
	struct engine_fixture *w = *state;
	struct engine_view *view;

	secured_session(w, 12);
	expect_verdict(w, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE, STAGE_SECURED);
	w->outbound_drops = true;
	rtp_stream(w, OUT, 1);
	report_drop(w, SIDE_LAN, OUT, CLASS_RTP);
	w->outbound_drops = false;
	keep_consent(w, 5);
	expect_verdict(w, VERDICT_BLOCKED, WHERE_HERE, CAUSE_RULE, STAGE_SECURED);
	view = only_session(w);
	assert_int_equal(view->sessions[0].course->entries[1].state, COURSE_REOPENED);
	engine_view_free(view);
}

static void unreported_drops_are_counted(void **state)
{
	struct engine_fixture *w = *state;
	struct engine_view *view;
	struct event ev;

	connect_peers(w);
	for (u32 count = 1; count <= 64; count *= 2) {
		ev = event_at_point(w, SIDE_LAN, OUT, EVENT_DROP, CLASS_DTLS);
		ev.drop.reason = 5;
		ev.drop.count = count;
		engine_event(w->e, &ev);
	}
	keep_consent(w, 20);
	expect_verdict(w, VERDICT_BLOCKED, WHERE_HERE, CAUSE_RULE, STAGE_NOMINATED);
	view = only_session(w);
	assert_non_null(strstr(view->sessions[0].evidence[view->sessions[0].nevidence - 1].text,
			       "64 DTLS packets"));
	engine_view_free(view);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nobody_answers),
		TEST(a_host_that_gives_up_early),
		TEST(a_host_that_tries_to_the_end),
		TEST(a_host_that_gives_up_after_a_few_drops),
		TEST(only_the_peer_is_answered),
		TEST(a_host_that_makes_no_checks),
		TEST(both_nats_symmetric),
		TEST(dropped_input_is_filtering_not_a_block),
		TEST(rule_drops_checks),
		TEST(checks_that_never_left_without_a_reported_drop),
		TEST(rule_drops_dtls),
		TEST(rule_drops_the_peers_dtls),
		TEST(no_dtls_is_no_failed_handshake),
		TEST(dtls_filtered_further_out),
		TEST(the_peers_dtls_never_comes),
		TEST(the_handshake_never_finishes),
		TEST(handshake_ends_in_an_alert),
		TEST(turn_refuses_the_password),
		TEST(turn_refuses_and_checks_fail_too),
		TEST(consent_is_cut_here),
		TEST(consent_that_was_never_seen),
		TEST(consent_is_lost),
		TEST(nobody_sends_media),
		TEST(nobody_sends_media_and_it_ends),
		TEST(both_hang_up_behind_the_handshake),
		TEST(consent_is_lost_without_media),
		TEST(media_is_dropped_behind_the_handshake),
		TEST(media_is_dropped_later),
		TEST(unreported_drops_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
