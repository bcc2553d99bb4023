/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the end of a capture makes of sessions whose time is not over. */
#include "cause_events.h"
#include "one_point_fixture.h"

static void expect_end(struct engine_fixture *w, u8 verdict, u8 where, u8 cause, u8 stage,
		       bool probable)
{
	struct engine_view *view;

	engine_end(w->e, 0);
	expect_verdict(w, verdict, where, cause, stage);
	view = only_session(w);
	assert_int_equal(view->sessions[0].probable, probable);
	engine_view_free(view);
}

/* The client itself calls that connected (W3C WebRTC section 5.6.3). */
static void a_handshake_that_is_over(void **state)
{
	struct engine_fixture *w = *state;

	one_point_start(w);
	connect_peers(w);
	complete_dtls(w);
	expect_end(w, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE, STAGE_SECURED, true);
}

static void a_handshake_that_is_not_over(void **state)
{
	struct engine_fixture *w = *state;

	one_point_start(w);
	connect_peers(w);
	dtls_step(w, OUT, DTLS_CLIENT_HELLO);
	expect_end(w, VERDICT_PENDING, WHERE_NONE, CAUSE_NONE, STAGE_NOMINATED, false);
}

/* Media that is dropped here speaks against a session whose handshake is over. */
static void a_handshake_whose_media_is_dropped(void **state)
{
	struct engine_fixture *w = *state;

	connect_peers(w);
	complete_dtls(w);
	w->outbound_drops = true;
	rtp_stream(w, OUT, 1);
	report_drop(w, SIDE_LAN, OUT, CLASS_RTP);
	engine_end(w->e, 0);
	expect_verdict(w, VERDICT_PENDING, WHERE_NONE, CAUSE_NONE, STAGE_SECURED);
}

static void checks_that_are_prohibited(void **state)
{
	struct engine_fixture *w = *state;

	ice_request(w, OUT, 0);
	icmp_error(w, 13, 0);
	advance_time(w, SEC);
	expect_end(w, VERDICT_BLOCKED, WHERE_UPSTREAM, CAUSE_ICMP_PROHIBITED, STAGE_CHECKING,
		   false);
}

/* The peer's checks come: something works, and the host's may be answered yet. */
static void checks_that_are_prohibited_one_way(void **state)
{
	struct engine_fixture *w = *state;

	ice_request(w, OUT, 0);
	icmp_error(w, 13, 0);
	ice_request(w, IN, 0);
	expect_end(w, VERDICT_PENDING, WHERE_NONE, CAUSE_NONE, STAGE_CHECKING, false);
}

/* The peer may answer any time. */
static void checks_that_wait(void **state)
{
	struct engine_fixture *w = *state;

	for (int i = 0; i < 6; i++) {
		ice_request(w, OUT, 0);
		advance_time(w, SEC / 2);
	}
	expect_end(w, VERDICT_PENDING, WHERE_NONE, CAUSE_NONE, STAGE_CHECKING, false);
}

/* The peer's checks find no mapping: for long enough, and not yet. */
static void checks_that_miss_each_other(void **state)
{
	struct engine_fixture *w = *state;

	checks_that_miss(w, 10);
	expect_end(w, VERDICT_FAILED, WHERE_NONE, CAUSE_NAT_INCOMPATIBLE, STAGE_CHECKING, true);
}

static void checks_that_may_meet_yet(void **state)
{
	struct engine_fixture *w = *state;

	checks_that_miss(w, 5);
	expect_end(w, VERDICT_PENDING, WHERE_NONE, CAUSE_NONE, STAGE_CHECKING, false);
}

/* Checks twice a second, then silence for as long as they went on. */
static void checks_that_stopped(void **state)
{
	struct engine_fixture *w = *state;

	for (int i = 0; i < 16; i++) {
		ice_request(w, OUT, 0);
		advance_time(w, SEC / 2);
	}
	w->now += 9 * SEC;
	engine_tick(w->e, w->now);
	expect_end(w, VERDICT_FAILED, WHERE_NONE, CAUSE_NO_ANSWER, STAGE_CHECKING, true);
}

static void checks_that_may_go_on(void **state)
{
	struct engine_fixture *w = *state;

	for (int i = 0; i < 16; i++) {
		ice_request(w, OUT, 0);
		advance_time(w, SEC / 2);
	}
	advance_time(w, 7 * SEC);
	expect_end(w, VERDICT_PENDING, WHERE_NONE, CAUSE_NONE, STAGE_CHECKING, false);
}

static void expect_silent_servers(struct engine_fixture *w, enum cause cause, int seconds,
				  u8 verdict)
{
	struct engine_view *view;

	ask_silent_servers(w, cause);
	for (int i = 0; i < seconds; i++) {
		ice_request(w, OUT, 0);
		advance_time(w, SEC);
	}
	engine_end(w->e, 0);
	view = only_session(w);
	assert_int_equal(view->sessions[0].verdict, verdict);
	assert_int_equal(view->sessions[0].cause, verdict == VERDICT_BLOCKED ? cause : CAUSE_NONE);
	engine_view_free(view);
}

static void udp_that_leads_nowhere(void **state)
{
	expect_silent_servers(*state, CAUSE_UDP_BLOCKED, 10, VERDICT_BLOCKED);
}

static void stun_that_leads_nowhere(void **state)
{
	expect_silent_servers(*state, CAUSE_STUN_FILTERED, 10, VERDICT_BLOCKED);
}

static void udp_that_may_be_answered_yet(void **state)
{
	expect_silent_servers(*state, CAUSE_UDP_BLOCKED, 5, VERDICT_PENDING);
}

static void an_allocation_that_was_refused(void **state)
{
	struct engine_fixture *w = *state;

	refused_allocate(w, true, 401);
	expect_end(w, VERDICT_FAILED, WHERE_NONE, CAUSE_TURN_AUTH, STAGE_GATHERING, true);
}

/* A check had followed: what the session comes to does not rest on the relay alone. */
static void an_allocation_that_was_refused_beside_checks(void **state)
{
	struct engine_fixture *w = *state;
	struct engine_view *view;

	refused_allocate(w, true, 401);
	ice_request(w, OUT, 0);
	engine_end(w->e, 0);
	view = only_session(w);
	assert_int_equal(view->sessions[0].verdict, VERDICT_PENDING);
	assert_int_equal(view->sessions[0].stage, STAGE_CHECKING);
	engine_view_free(view);
}

/* The beginning of the handshake was not seen: how long it took is not known. */
static void a_handshake_that_was_joined_late(void **state)
{
	struct engine_fixture *w = *state;
	struct engine_view *view;

	connect_peers(w);
	dtls_step(w, OUT, DTLS_FINISHED);
	dtls_step(w, IN, DTLS_FINISHED);
	rtp_stream(w, OUT, 1);
	rtp_stream(w, IN, 2);
	expect_verdict(w, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE, STAGE_MEDIA);
	view = only_session(w);
	assert_true(view->sessions[0].probable);
	assert_int_equal(view->sessions[0].dtls.handshake_ms, UNKNOWN_MS);
	engine_view_free(view);
}

/* Answered once and no more, while the host goes on: RFC 7675 section 5.1. */
static void consent_that_is_never_renewed(void **state)
{
	struct engine_fixture *w = *state;

	connect_peers(w);
	for (int i = 0; i < 29; i++) {
		ice_request(w, OUT, 0);
		advance_time(w, SEC);
	}
	expect_verdict(w, VERDICT_PENDING, WHERE_NONE, CAUSE_NONE, STAGE_NOMINATED);
	for (int i = 0; i < 5; i++) {
		ice_request(w, OUT, 0);
		advance_time(w, SEC);
	}
	expect_verdict(w, VERDICT_FAILED, WHERE_NONE, CAUSE_CONSENT_LOST, STAGE_NOMINATED);
}

static void consent_that_is_cut_here(void **state)
{
	struct engine_fixture *w = *state;

	connect_peers(w);
	w->outbound_drops = true;
	for (int i = 0; i < 35; i++) {
		ice_request(w, OUT, 0);
		report_drop(w, SIDE_LAN, OUT, CLASS_STUN);
		advance_time(w, SEC);
	}
	expect_verdict(w, VERDICT_BLOCKED, WHERE_HERE, CAUSE_RULE, STAGE_NOMINATED);
}

/* --- both sides are captured, and no kernel tells what it drops --- */

/* Checks that come in at the LAN, half a second apart, and never leave. */
static void kept_checks(struct engine_fixture *w, int count)
{
	w->outbound_drops = true;
	for (int i = 0; i < count; i++) {
		ice_request(w, OUT, 0);
		advance_time(w, SEC / 2);
	}
}

static void expect_kept(struct engine_fixture *w, bool kept)
{
	struct engine_view *view;

	engine_end(w->e, 0);
	view = only_session(w);
	assert_int_equal(view->sessions[0].verdict, kept ? VERDICT_BLOCKED : VERDICT_PENDING);
	assert_int_equal(view->sessions[0].cause, kept ? CAUSE_DROP : CAUSE_NONE);
	assert_int_equal(view->sessions[0].probable, kept);
	engine_view_free(view);
}

static void captured_checks_that_never_left(void **state)
{
	struct engine_fixture *w = *state;

	engine_covers(w->e, WAN, 0, w->now + 60 * SEC);
	kept_checks(w, 10);
	expect_kept(w, true);
}

static void checks_that_never_left_over_ipv6(void **state)
{
	struct engine_fixture *w = *state;

	w->host = w->mapped = ep("2001:db8::2", 7000);
	w->peer = ep("2001:db8:1::2", 7000);
	kept_checks(w, 10);
	expect_kept(w, true);
}

static void a_few_checks_that_never_left(void **state)
{
	struct engine_fixture *w = *state;

	kept_checks(w, 6);
	expect_kept(w, false);
}

/* The WAN's capture ends before them: whether they left is not known. */
static void checks_behind_the_end_of_the_other_capture(void **state)
{
	struct engine_fixture *w = *state;

	engine_covers(w->e, WAN, 0, w->now - SEC);
	kept_checks(w, 16);
	expect_kept(w, false);
}

/* So many of them as the WAN's capture covers. */
static void checks_amid_the_end_of_the_other_capture(void **state)
{
	struct engine_fixture *w = *state;

	engine_covers(w->e, WAN, 0, w->now + 2 * SEC + SEC / 4);
	kept_checks(w, 16);
	expect_kept(w, false);
}

static void checks_before_the_end_of_the_other_capture(void **state)
{
	struct engine_fixture *w = *state;

	engine_covers(w->e, WAN, 0, w->now + 4 * SEC);
	kept_checks(w, 16);
	expect_kept(w, true);
}

static void checks_before_the_other_capture_begins(void **state)
{
	struct engine_fixture *w = *state;

	engine_covers(w->e, WAN, w->now + 6 * SEC, w->now + 60 * SEC);
	kept_checks(w, 16);
	expect_kept(w, false);
}

/* What comes back for the host comes in at the WAN and never leaves at the LAN. */
static void checks_of_the_peer_that_never_came(void **state)
{
	struct engine_fixture *w = *state;

	w->inbound_drops = true;
	for (int i = 0; i < 10; i++) {
		ice_request(w, OUT, 0);
		ice_request(w, IN, 0);
		advance_time(w, SEC / 2);
	}
	expect_kept(w, true);
}

/* The host had not sent there yet: that is filtering (RFC 4787 section 5). */
static void checks_of_the_peer_before_the_hosts(void **state)
{
	struct engine_fixture *w = *state;

	w->inbound_drops = true;
	for (int i = 0; i < 10; i++) {
		ice_request(w, IN, 0);
		advance_time(w, SEC / 2);
	}
	for (int i = 0; i < 4; i++) {
		ice_request(w, OUT, 0);
		advance_time(w, SEC / 2);
	}
	expect_kept(w, false);
}

static void kept_hellos(struct engine_fixture *w, enum host_dir way, int count)
{
	bool *drops = way == OUT ? &w->outbound_drops : &w->inbound_drops;

	connect_peers(w);
	for (int i = 0; i < count; i++) {
		*drops = true;
		dtls_step(w, way, DTLS_CLIENT_HELLO);
		*drops = false;
		keep_consent(w, 1 + i);
	}
}

static void a_hello_that_never_left(void **state)
{
	kept_hellos(*state, OUT, 3);
	expect_kept(*state, true);
}

static void a_hello_that_may_leave_yet(void **state)
{
	kept_hellos(*state, OUT, 2);
	expect_kept(*state, false);
}

static void a_hello_of_the_peer_that_never_came(void **state)
{
	kept_hellos(*state, IN, 3);
	expect_kept(*state, true);
}

static void a_hello_behind_the_end_of_the_other_capture(void **state)
{
	struct engine_fixture *w = *state;

	engine_covers(w->e, WAN, 0, w->now + SEC);
	kept_hellos(w, OUT, 3);
	expect_kept(w, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_handshake_that_is_over),
		TEST(a_handshake_that_is_not_over),
		TEST(a_handshake_whose_media_is_dropped),
		TEST(checks_that_are_prohibited),
		TEST(checks_that_are_prohibited_one_way),
		TEST(checks_that_wait),
		TEST(checks_that_miss_each_other),
		TEST(checks_that_may_meet_yet),
		TEST(checks_that_stopped),
		TEST(checks_that_may_go_on),
		TEST(udp_that_leads_nowhere),
		TEST(stun_that_leads_nowhere),
		TEST(udp_that_may_be_answered_yet),
		TEST(an_allocation_that_was_refused),
		TEST(an_allocation_that_was_refused_beside_checks),
		TEST(a_handshake_that_was_joined_late),
		TEST(consent_that_is_never_renewed),
		TEST(consent_that_is_cut_here),
		TEST(captured_checks_that_never_left),
		TEST(checks_that_never_left_over_ipv6),
		TEST(a_few_checks_that_never_left),
		TEST(checks_behind_the_end_of_the_other_capture),
		TEST(checks_amid_the_end_of_the_other_capture),
		TEST(checks_before_the_end_of_the_other_capture),
		TEST(checks_before_the_other_capture_begins),
		TEST(checks_of_the_peer_that_never_came),
		TEST(checks_of_the_peer_before_the_hosts),
		TEST(a_hello_that_never_left),
		TEST(a_hello_that_may_leave_yet),
		TEST(a_hello_of_the_peer_that_never_came),
		TEST(a_hello_behind_the_end_of_the_other_capture),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
