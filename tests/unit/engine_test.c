/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Verdicts out of events: one test a row of the table of verdicts and causes. */
#include <stdio.h>

#include "world.h"

static int start(void **state)
{
	static struct world w;

	world_start(&w);
	*state = &w;
	return 0;
}

static int end(void **state)
{
	world_end(*state);
	return 0;
}

static void succeeds(void **state)
{
	struct world *w = *state;
	u64 begin = w->now;
	struct engine_view *view;

	connect_both(w);
	handshake(w);
	stream(w, OUT, 1);
	stream(w, IN, 2);
	expect(w, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE, STAGE_MEDIA);
	view = only(w);
	assert_int_equal(view->sessions[0].npairs, 1);
	assert_int_equal(view->sessions[0].pairs[0].mapped.port, 7000);
	assert_true(view->sessions[0].times.connected > begin + 20 * MS);
	assert_false(view->sessions[0].path_relayed);
	assert_int_equal(view->nmappings, 1);
	assert_int_equal(view->mappings[0].nremotes, 1);
	engine_view_free(view);
}

static void pending_before_its_time(void **state)
{
	struct world *w = *state;

	check(w, OUT, 0);
	pass(w, 5 * SEC);
	expect(w, VERDICT_PENDING, WHERE_NONE, CAUSE_NONE, STAGE_CHECKING);
}

static void nobody_answers(void **state)
{
	struct world *w = *state;

	for (int i = 0; i < 40; i++) {
		check(w, OUT, 0);
		pass(w, SEC);
	}
	expect(w, VERDICT_FAILED, WHERE_NONE, CAUSE_NO_ANSWER, STAGE_CHECKING);
}

static void both_nats_symmetric(void **state)
{
	struct world *w = *state;

	for (int i = 0; i < 40; i++) {
		w->peer.port = 7000;
		check(w, OUT, 0);
		w->peer.port = 41234; /* the peer's NAT gave it another port for us */
		w->inward_drops = true;
		check(w, IN, 0);
		pass(w, SEC);
	}
	expect(w, VERDICT_FAILED, WHERE_NONE, CAUSE_NAT_INCOMPATIBLE, STAGE_CHECKING);
}

static void dropped_input_is_filtering_not_a_block(void **state)
{
	struct world *w = *state;

	for (int i = 0; i < 40; i++) {
		w->peer.port = 7000;
		check(w, OUT, 0);
		w->peer.port = 41234;
		w->inward_drops = true;
		check(w, IN, 0);
		dropped(w, SIDE_WAN, IN, CLASS_STUN);
		pass(w, SEC);
	}
	expect(w, VERDICT_FAILED, WHERE_NONE, CAUSE_NAT_INCOMPATIBLE, STAGE_CHECKING);
}

static void rule_drops_checks(void **state)
{
	struct world *w = *state;

	w->outward_drops = true;
	for (int i = 0; i < 40; i++) {
		check(w, OUT, 0);
		dropped(w, SIDE_LAN, OUT, CLASS_STUN);
		pass(w, SEC);
	}
	expect(w, VERDICT_BLOCKED, WHERE_HERE, CAUSE_RULE, STAGE_CHECKING);
}

static void never_left_without_the_kernel_telling(void **state)
{
	struct world *w = *state;

	w->outward_drops = true;
	for (int i = 0; i < 40; i++) {
		check(w, OUT, 0);
		pass(w, SEC);
	}
	expect(w, VERDICT_BLOCKED, WHERE_HERE, CAUSE_DROP, STAGE_CHECKING);
}

static void keep_consent(struct world *w, int seconds)
{
	for (int i = 0; i < seconds; i++) {
		answer(w, IN, check(w, OUT, 0), 0);
		answer(w, OUT, check(w, IN, 0), 0);
		pass(w, SEC);
	}
}

static void rule_drops_dtls(void **state)
{
	struct world *w = *state;

	connect_both(w);
	for (int i = 0; i < 5; i++) {
		w->outward_drops = true;
		dtls(w, OUT, DTLS_CLIENT_HELLO);
		dropped(w, SIDE_LAN, OUT, CLASS_DTLS);
		w->outward_drops = false;
		keep_consent(w, 4);
	}
	expect(w, VERDICT_BLOCKED, WHERE_HERE, CAUSE_RULE, STAGE_NOMINATED);
}

static void dtls_filtered_further_out(void **state)
{
	struct world *w = *state;

	connect_both(w);
	for (int i = 0; i < 5; i++) {
		dtls(w, OUT, DTLS_CLIENT_HELLO);
		keep_consent(w, 4);
	}
	expect(w, VERDICT_BLOCKED, WHERE_UPSTREAM, CAUSE_DTLS_FILTERED, STAGE_NOMINATED);
}

static void the_peers_dtls_never_comes(void **state)
{
	struct world *w = *state;
	struct engine_view *view;

	connect_both(w);
	keep_consent(w, 20);
	expect(w, VERDICT_BLOCKED, WHERE_UPSTREAM, CAUSE_DTLS_FILTERED, STAGE_NOMINATED);
	view = only(w);
	assert_true(view->sessions[0].probable);
	engine_view_free(view);
}

static void handshake_never_over(void **state)
{
	struct world *w = *state;

	connect_both(w);
	for (int i = 0; i < 5; i++) {
		dtls(w, OUT, DTLS_CLIENT_HELLO);
		dtls(w, IN, DTLS_SERVER_HELLO);
		keep_consent(w, 4);
	}
	expect(w, VERDICT_FAILED, WHERE_NONE, CAUSE_DTLS_TIMEOUT, STAGE_NOMINATED);
}

static void handshake_ends_in_an_alert(void **state)
{
	struct dtls_of of = {.step = DTLS_ALERT, .level = 2, .alert = 40};
	struct world *w = *state;
	struct engine_view *view;

	connect_both(w);
	dtls(w, OUT, DTLS_CLIENT_HELLO);
	cross(w, IN, make_dtls, &of);
	expect(w, VERDICT_FAILED, WHERE_NONE, CAUSE_DTLS_ALERT, STAGE_NOMINATED);
	view = only(w);
	assert_int_equal(view->sessions[0].dtls.alert, 40);
	engine_view_free(view);
}

static void allocate(struct world *w, bool credentials, u16 error)
{
	struct stun_of of = {.method = STUN_ALLOCATE, .id = ++w->ids, .flags = credentials ? STUN_F_INTEGRITY : 0};
	struct endpoint peer = w->peer;

	w->peer = ep("5.0.0.10", 3478);
	cross(w, OUT, make_stun, &of);
	of.cls = STUN_ERROR;
	of.flags = STUN_F_MATCHED;
	of.error = error;
	cross(w, IN, make_stun, &of);
	w->peer = peer;
}

static void turn_refuses_the_password(void **state)
{
	struct world *w = *state;

	allocate(w, false, 401);
	allocate(w, true, 401);
	pass(w, 20 * SEC);
	expect(w, VERDICT_FAILED, WHERE_NONE, CAUSE_TURN_AUTH, STAGE_GATHERING);
}

static void turn_refuses_and_checks_fail_too(void **state)
{
	struct world *w = *state;

	allocate(w, false, 401);
	allocate(w, true, 486);
	for (int i = 0; i < 40; i++) {
		check(w, OUT, 0);
		pass(w, SEC);
	}
	expect(w, VERDICT_FAILED, WHERE_NONE, CAUSE_TURN_QUOTA, STAGE_CHECKING);
}

static void gathering_that_works_is_no_session(void **state)
{
	struct world *w = *state;
	struct engine_view *view;

	allocate(w, false, 401);
	pass(w, 30 * SEC);
	view = engine_view(w->e, VIEW_SESSIONS, NULL);
	assert_int_equal(view->nsessions, 0);
	engine_view_free(view);
}

static void consent_is_lost(void **state)
{
	struct world *w = *state;

	connect_both(w);
	handshake(w);
	stream(w, OUT, 1);
	stream(w, IN, 2);
	keep_consent(w, 5);
	for (int i = 0; i < 35; i++) {
		check(w, OUT, 0);
		pass(w, SEC);
	}
	expect(w, VERDICT_FAILED, WHERE_NONE, CAUSE_CONSENT_LOST, STAGE_MEDIA);
}

static void hanging_up_is_no_failure(void **state)
{
	struct world *w = *state;

	connect_both(w);
	handshake(w);
	stream(w, OUT, 1);
	stream(w, IN, 2);
	keep_consent(w, 5);
	pass(w, 60 * SEC);
	expect(w, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE, STAGE_ENDED);
}

static void restart_on_the_same_path_is_one_session(void **state)
{
	struct world *w = *state;

	connect_both(w);
	w->own = "alc2";
	w->other = "bob2";
	connect_both(w);
	handshake(w);
	stream(w, OUT, 1);
	stream(w, IN, 2);
	expect(w, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE, STAGE_MEDIA);
}

static void same_ufrags_at_two_hosts_are_two_sessions(void **state)
{
	struct world *w = *state;
	struct engine_view *view;

	connect_both(w);
	w->host = ep("192.168.0.4", 7000);
	w->mapped = ep("5.0.0.1", 7001);
	connect_both(w);
	view = engine_view(w->e, VIEW_SESSIONS, NULL);
	assert_int_equal(view->nsessions, 2);
	engine_view_free(view);
}

static void early_check_of_the_peer_is_the_same_session(void **state)
{
	struct world *w = *state;

	w->inward_drops = true;
	check(w, IN, 0);
	w->inward_drops = false;
	connect_both(w);
	handshake(w);
	stream(w, OUT, 1);
	stream(w, IN, 2);
	expect(w, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE, STAGE_MEDIA);
}

static void checks_for_nobody_are_no_session(void **state)
{
	struct world *w = *state;
	struct engine_view *view;

	w->inward_drops = true;
	for (int i = 0; i < 1000; i++) {
		char ufrag[8];

		snprintf(ufrag, sizeof(ufrag), "u%d", i);
		w->other = ufrag;
		w->peer.port = (u16)(1000 + i);
		check(w, IN, 0);
	}
	w->inward_drops = false;
	w->other = "bobb";
	w->peer.port = 7000;
	connect_both(w);
	view = engine_view(w->e, VIEW_SESSIONS, NULL);
	assert_int_equal(view->nsessions, 1);
	engine_view_free(view);
}

static void the_pair_that_works_finds_room(void **state)
{
	struct world *w = *state;
	struct engine_view *view;

	for (u16 port = 1; port <= 2 * SESSION_PAIRS; port++) {
		w->peer.port = port;
		check(w, OUT, 0);
	}
	w->peer.port = 1;
	connect_both(w);
	view = only(w);
	assert_int_equal(view->sessions[0].npairs, SESSION_PAIRS);
	assert_int_equal(view->sessions[0].pairs[SESSION_PAIRS - 1].remote.port, 1);
	assert_true(view->sessions[0].pairs[SESSION_PAIRS - 1].nominated);
	engine_view_free(view);
}

static void drops_that_are_not_told_are_counted(void **state)
{
	struct world *w = *state;
	struct engine_view *view;
	struct event ev;

	connect_both(w);
	for (u32 count = 1; count <= 64; count *= 2) {
		ev = at_point(w, SIDE_LAN, OUT, EVENT_DROP, CLASS_DTLS);
		ev.drop.reason = 5;
		ev.drop.count = count;
		engine_event(w->e, &ev);
	}
	keep_consent(w, 20);
	expect(w, VERDICT_BLOCKED, WHERE_HERE, CAUSE_RULE, STAGE_NOMINATED);
	view = only(w);
	assert_non_null(strstr(view->sessions[0].evidence[view->sessions[0].nevidence - 1].text, "64 DTLS packets"));
	engine_view_free(view);
}

static void given_up_too_early_it_comes_back(void **state)
{
	struct world *w = *state;

	check(w, OUT, 0);
	pass(w, 30 * SEC);
	expect(w, VERDICT_FAILED, WHERE_NONE, CAUSE_NO_ANSWER, STAGE_CHECKING);
	connect_both(w);
	expect(w, VERDICT_PENDING, WHERE_NONE, CAUSE_NONE, STAGE_NOMINATED);
	handshake(w);
	stream(w, OUT, 1);
	stream(w, IN, 2);
	expect(w, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE, STAGE_MEDIA);
}

/* A laptop with a container bridge has a LAN, too, and makes calls itself. */
static void the_gateways_own_call_is_a_session(void **state)
{
	struct world *w = *state;
	struct engine_view *view;

	engine_outside(w->e, &w->mapped.ip);
	w->wan_only = true;
	connect_both(w);
	handshake(w);
	stream(w, OUT, 1);
	stream(w, IN, 2);
	expect(w, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE, STAGE_MEDIA);
	view = only(w);
	assert_memory_equal(&view->sessions[0].host, &w->mapped.ip, sizeof(w->mapped.ip));
	engine_view_free(view);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(succeeds),
		TEST(pending_before_its_time),
		TEST(nobody_answers),
		TEST(both_nats_symmetric),
		TEST(dropped_input_is_filtering_not_a_block),
		TEST(rule_drops_checks),
		TEST(never_left_without_the_kernel_telling),
		TEST(rule_drops_dtls),
		TEST(dtls_filtered_further_out),
		TEST(the_peers_dtls_never_comes),
		TEST(handshake_never_over),
		TEST(handshake_ends_in_an_alert),
		TEST(turn_refuses_the_password),
		TEST(turn_refuses_and_checks_fail_too),
		TEST(gathering_that_works_is_no_session),
		TEST(consent_is_lost),
		TEST(hanging_up_is_no_failure),
		TEST(restart_on_the_same_path_is_one_session),
		TEST(same_ufrags_at_two_hosts_are_two_sessions),
		TEST(early_check_of_the_peer_is_the_same_session),
		TEST(checks_for_nobody_are_no_session),
		TEST(given_up_too_early_it_comes_back),
		TEST(the_gateways_own_call_is_a_session),
		TEST(the_pair_that_works_finds_room),
		TEST(drops_that_are_not_told_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
