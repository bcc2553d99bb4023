/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is a session, and whose: one test a way in which packets can belong together. */
#include "world.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(succeeds),
		TEST(pending_before_its_time),
		TEST(gathering_that_works_is_no_session),
		TEST(hanging_up_is_no_failure),
		TEST(restart_on_the_same_path_is_one_session),
		TEST(same_ufrags_at_two_hosts_are_two_sessions),
		TEST(early_check_of_the_peer_is_the_same_session),
		TEST(checks_for_nobody_are_no_session),
		TEST(the_pair_that_works_finds_room),
		TEST(given_up_too_early_it_comes_back),
		TEST(the_gateways_own_call_is_a_session),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
