/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is a session, and whose: one test a way in which packets can belong together. */
#include "engine_fixture.h"

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

static void expect_ufrag(const struct session *s, int whose, const char *expected)
{
	struct ufrag ufrag = session_ufrag(s, whose);

	assert_int_equal(ufrag.len, strlen(expected));
	assert_memory_equal(ufrag.bytes, expected, ufrag.len);
}

/* The new name may be seen on a new path first. */
static void restart_with_new_paths_is_one_session(void **state)
{
	struct world *w = *state;
	struct engine_view *view;
	u16 port = w->peer.port;

	connect_both(w);
	w->own = "alc2";
	w->other = "bob2";
	w->peer.port = 7100;
	check(w, OUT, 0);
	w->peer.port = port;
	check(w, OUT, 0);
	w->peer.port = 7101;
	check(w, OUT, 0);
	view = only(w);
	assert_int_equal(view->sessions[0].npairs, 3);
	expect_ufrag(&view->sessions[0], 0, "alc2");
	engine_view_free(view);
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

static void ufrags_are_told_apart_from_each_other(void **state)
{
	struct world *w = *state;
	struct engine_view *view;

	w->own = "alice";
	w->other = "bob";
	check(w, OUT, 0);
	w->own = "ali";
	w->other = "cebob";
	w->host.port = w->mapped.port = 7001;
	check(w, OUT, 0);
	view = engine_view(w->e, VIEW_SESSIONS, NULL);
	assert_int_equal(view->nsessions, 2);
	expect_ufrag(&view->sessions[0], 0, "alice");
	expect_ufrag(&view->sessions[0], 1, "bob");
	expect_ufrag(&view->sessions[1], 0, "ali");
	expect_ufrag(&view->sessions[1], 1, "cebob");
	engine_view_free(view);
}

static void long_ufrags_are_kept_whole(void **state)
{
	struct world *w = *state;
	/* and a colon, and a 0 in make_stun() */
	char own[UFRAG_MAX + 1], other[STUN_USERNAME_KEPT - UFRAG_MAX - 1];
	struct engine_view *view;

	memset(own, 'o', sizeof(own) - 1);
	memset(other, 'p', sizeof(other) - 1);
	own[sizeof(own) - 1] = other[sizeof(other) - 1] = '\0';
	w->own = own;
	w->other = other;
	connect_both(w);
	view = only(w);
	expect_ufrag(&view->sessions[0], 0, own);
	expect_ufrag(&view->sessions[0], 1, other);
	engine_view_free(view);
}

static void early_check_of_the_peer_is_the_same_session(void **state)
{
	struct world *w = *state;

	w->inbound_drops = true;
	check(w, IN, 0);
	w->inbound_drops = false;
	connect_both(w);
	handshake(w);
	stream(w, OUT, 1);
	stream(w, IN, 2);
	expect(w, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE, STAGE_MEDIA);
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

/*
 * Checks from outside for hosts that nobody knows: `count` of them, each from another port or with
 * another ufrag.
 */
static void flood(struct world *w, u32 count, bool one_ufrag)
{
	const char *other = w->other;
	struct endpoint peer = w->peer;
	char ufrag[16] = "same";

	w->inbound_drops = true;
	for (u32 end = w->flooded + count; w->flooded < end; w->flooded++) {
		u32 i = w->flooded;

		if (!one_ufrag)
			snprintf(ufrag, sizeof(ufrag), "f%u", i);
		w->other = ufrag;
		w->peer.ip.b[14] = (u8)(i >> 16);
		w->peer.port = (u16)i;
		check(w, IN, 0);
	}
	w->inbound_drops = false;
	w->other = other;
	w->peer = peer;
}

static void a_flood_hides_no_session(void **state)
{
	struct world *w = *state;
	struct engine_view *view;

	connect_both(w);
	handshake(w);
	stream(w, OUT, 1);
	stream(w, IN, 2);
	flood(w, 100000, false);
	flood(w, 100000, true);
	expect(w, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE, STAGE_MEDIA);
	w->own = "new1";
	w->other = "new2";
	w->peer.port = 7002;
	w->host.port = w->mapped.port = 7003;
	connect_both(w);
	view = engine_view(w->e, VIEW_SESSIONS, NULL);
	assert_int_equal(view->nsessions, 2);
	assert_int_equal(view->sessions[1].stage, STAGE_NOMINATED);
	assert_int_equal(view->metrics.sessions_lost, 0);
	engine_view_free(view);
}

/*
 * Two floods under one name each, the second of which turns out to be of the first one's session.
 */
static void sessions_too_large_for_one_become_one(void **state)
{
	struct world *w = *state;
	struct engine_view *view;

	for (int name = 0; name < 2; name++) {
		w->own = name ? "own2" : "own1";
		for (u16 port = 1; port <= 600; port++) {
			w->peer.port = (u16)(port + 1000 * name);
			check(w, OUT, 0);
		}
	}
	w->peer.port = 1;
	check(w, OUT, 0);
	view = only(w);
	engine_view_free(view);
}

/* The flow to a TURN server has no session; the sweep hears of it, as it is known. */
static void a_flood_hides_no_allocation(void **state)
{
	struct stun_of of = {.cls = STUN_SUCCESS,
			     .method = STUN_ALLOCATE,
			     .id = 1,
			     .relayed = ep("5.0.0.10", 50000)};
	struct world *w = *state;
	struct endpoint peer = w->peer, server = ep("5.0.0.10", 3478);
	static struct flow_record record;
	struct engine_view *view;
	struct event ev;

	w->peer = server;
	cross(w, IN, make_stun, &of);
	ev = at_point(w, SIDE_LAN, OUT, EVENT_STUN, CLASS_STUN);
	for (int i = 0; i < 10; i++) {
		w->peer = peer;
		flood(w, 10000, false);
		engine_sample(w->e, &ev.key, &record);
	}
	w->relay = server;
	check(w, OUT, 0);
	view = only(w);
	assert_int_equal(view->sessions[0].pairs[0].relay.port, 50000);
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
		TEST(restart_with_new_paths_is_one_session),
		TEST(same_ufrags_at_two_hosts_are_two_sessions),
		TEST(ufrags_are_told_apart_from_each_other),
		TEST(long_ufrags_are_kept_whole),
		TEST(early_check_of_the_peer_is_the_same_session),
		TEST(the_pair_that_works_finds_room),
		TEST(given_up_too_early_it_comes_back),
		TEST(the_gateways_own_call_is_a_session),
		TEST(a_flood_hides_no_session),
		TEST(a_flood_hides_no_allocation),
		TEST(sessions_too_large_for_one_become_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
