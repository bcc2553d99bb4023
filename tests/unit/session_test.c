/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is a session, and whose: one test a way in which packets can belong together. */
#include "engine_fixture.h"

static void a_session_succeeds(void **state)
{
	struct engine_fixture *w = *state;
	u64 begin = w->now;
	struct engine_view *view;

	connect_peers(w);
	complete_dtls(w);
	rtp_stream(w, OUT, 1);
	rtp_stream(w, IN, 2);
	expect_verdict(w, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE, STAGE_MEDIA);
	view = only_session(w);
	assert_int_equal(view->sessions[0].npairs, 1);
	assert_int_equal(view->sessions[0].pairs[0].mapped.port, 7000);
	assert_true(view->sessions[0].times.connected > begin + 20 * MS);
	assert_false(view->sessions[0].path_relayed);
	assert_int_equal(view->nmappings, 1);
	assert_int_equal(view->mappings[0].nremotes, 1);
	engine_view_free(view);
}

static void a_session_is_pending_at_first(void **state)
{
	struct engine_fixture *w = *state;

	ice_request(w, OUT, 0);
	advance_time(w, 5 * SEC);
	expect_verdict(w, VERDICT_PENDING, WHERE_NONE, CAUSE_NONE, STAGE_CHECKING);
}

static void gathering_that_works_is_no_session(void **state)
{
	struct engine_fixture *w = *state;
	struct engine_view *view;

	refused_allocate(w, false, 401);
	advance_time(w, 30 * SEC);
	view = engine_view(w->e, VIEW_SESSIONS, NULL);
	assert_int_equal(view->nsessions, 0);
	engine_view_free(view);
}

static void hanging_up_is_no_failure(void **state)
{
	struct engine_fixture *w = *state;

	connect_peers(w);
	complete_dtls(w);
	rtp_stream(w, OUT, 1);
	rtp_stream(w, IN, 2);
	keep_consent(w, 5);
	advance_time(w, 60 * SEC);
	expect_verdict(w, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE, STAGE_ENDED);
}

static void restart_on_the_same_path_is_one_session(void **state)
{
	struct engine_fixture *w = *state;

	connect_peers(w);
	w->own = "alc2";
	w->other = "bob2";
	connect_peers(w);
	complete_dtls(w);
	rtp_stream(w, OUT, 1);
	rtp_stream(w, IN, 2);
	expect_verdict(w, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE, STAGE_MEDIA);
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
	struct engine_fixture *w = *state;
	struct engine_view *view;
	u16 port = w->peer.port;

	connect_peers(w);
	w->own = "alc2";
	w->other = "bob2";
	w->peer.port = 7100;
	ice_request(w, OUT, 0);
	w->peer.port = port;
	ice_request(w, OUT, 0);
	w->peer.port = 7101;
	ice_request(w, OUT, 0);
	view = only_session(w);
	assert_int_equal(view->sessions[0].npairs, 3);
	expect_ufrag(&view->sessions[0], 0, "alc2");
	engine_view_free(view);
}

static void same_ufrags_at_two_hosts_are_two_sessions(void **state)
{
	struct engine_fixture *w = *state;
	struct engine_view *view;

	connect_peers(w);
	w->host = ep("192.168.0.4", 7000);
	w->mapped = ep("5.0.0.1", 7001);
	connect_peers(w);
	view = engine_view(w->e, VIEW_SESSIONS, NULL);
	assert_int_equal(view->nsessions, 2);
	engine_view_free(view);
}

static void similar_ufrags_are_distinguished(void **state)
{
	struct engine_fixture *w = *state;
	struct engine_view *view;

	w->own = "alice";
	w->other = "bob";
	ice_request(w, OUT, 0);
	w->own = "ali";
	w->other = "cebob";
	w->host.port = w->mapped.port = 7001;
	ice_request(w, OUT, 0);
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
	struct engine_fixture *w = *state;
	/* and a colon, and a 0 in make_stun_event() */
	char own[UFRAG_MAX + 1], other[STUN_USERNAME_KEPT - UFRAG_MAX - 1];
	struct engine_view *view;

	memset(own, 'o', sizeof(own) - 1);
	memset(other, 'p', sizeof(other) - 1);
	own[sizeof(own) - 1] = other[sizeof(other) - 1] = '\0';
	w->own = own;
	w->other = other;
	connect_peers(w);
	view = only_session(w);
	expect_ufrag(&view->sessions[0], 0, own);
	expect_ufrag(&view->sessions[0], 1, other);
	engine_view_free(view);
}

static void early_check_of_the_peer_is_the_same_session(void **state)
{
	struct engine_fixture *w = *state;

	w->inbound_drops = true;
	ice_request(w, IN, 0);
	w->inbound_drops = false;
	connect_peers(w);
	complete_dtls(w);
	rtp_stream(w, OUT, 1);
	rtp_stream(w, IN, 2);
	expect_verdict(w, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE, STAGE_MEDIA);
}

static void a_working_pair_replaces_another(void **state)
{
	struct engine_fixture *w = *state;
	struct engine_view *view;

	for (u16 port = 1; port <= 2 * SESSION_PAIRS; port++) {
		w->peer.port = port;
		ice_request(w, OUT, 0);
	}
	w->peer.port = 1;
	connect_peers(w);
	view = only_session(w);
	assert_int_equal(view->sessions[0].npairs, SESSION_PAIRS);
	assert_int_equal(view->sessions[0].pairs[SESSION_PAIRS - 1].remote.port, 1);
	assert_true(view->sessions[0].pairs[SESSION_PAIRS - 1].nominated);
	engine_view_free(view);
}

static void a_session_given_up_too_early_recovers(void **state)
{
	struct engine_fixture *w = *state;

	ice_request(w, OUT, 0);
	advance_time(w, 30 * SEC);
	expect_verdict(w, VERDICT_FAILED, WHERE_NONE, CAUSE_NO_ANSWER, STAGE_CHECKING);
	connect_peers(w);
	expect_verdict(w, VERDICT_PENDING, WHERE_NONE, CAUSE_NONE, STAGE_NOMINATED);
	complete_dtls(w);
	rtp_stream(w, OUT, 1);
	rtp_stream(w, IN, 2);
	expect_verdict(w, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE, STAGE_MEDIA);
}

/* A laptop with a container bridge has a LAN, too, and makes calls itself. */
static void the_gateways_own_call_is_a_session(void **state)
{
	struct engine_fixture *w = *state;
	struct engine_view *view;

	engine_outside(w->e, &w->mapped.ip);
	w->wan_only = true;
	connect_peers(w);
	complete_dtls(w);
	rtp_stream(w, OUT, 1);
	rtp_stream(w, IN, 2);
	expect_verdict(w, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE, STAGE_MEDIA);
	view = only_session(w);
	assert_memory_equal(&view->sessions[0].host, &w->mapped.ip, sizeof(w->mapped.ip));
	engine_view_free(view);
}

/*
 * Checks from outside for hosts that nobody knows: `count` of them, each from another port or with
 * another ufrag.
 */
static void flood_sessions(struct engine_fixture *w, u32 count, bool one_ufrag)
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
		ice_request(w, IN, 0);
	}
	w->inbound_drops = false;
	w->other = other;
	w->peer = peer;
}

static void a_flood_hides_no_session(void **state)
{
	struct engine_fixture *w = *state;
	struct engine_view *view;

	connect_peers(w);
	complete_dtls(w);
	rtp_stream(w, OUT, 1);
	rtp_stream(w, IN, 2);
	flood_sessions(w, 100000, false);
	flood_sessions(w, 100000, true);
	expect_verdict(w, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE, STAGE_MEDIA);
	w->own = "new1";
	w->other = "new2";
	w->peer.port = 7002;
	w->host.port = w->mapped.port = 7003;
	connect_peers(w);
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
	struct engine_fixture *w = *state;
	struct engine_view *view;

	for (int name = 0; name < 2; name++) {
		w->own = name ? "own2" : "own1";
		for (u16 port = 1; port <= 600; port++) {
			w->peer.port = (u16)(port + 1000 * name);
			ice_request(w, OUT, 0);
		}
	}
	w->peer.port = 1;
	ice_request(w, OUT, 0);
	view = only_session(w);
	engine_view_free(view);
}

/* The flow to a TURN server has no session; the sweep hears of it, as it is known. */
static void a_flood_hides_no_allocation(void **state)
{
	struct stun_spec of = {.cls = STUN_SUCCESS,
			       .method = STUN_ALLOCATE,
			       .id = 1,
			       .relayed = ep("5.0.0.10", 50000)};
	struct engine_fixture *w = *state;
	struct endpoint peer = w->peer, server = ep("5.0.0.10", 3478);
	static struct flow_record record;
	struct engine_view *view;
	struct event ev;

	w->peer = server;
	pass_points(w, IN, make_stun_event, &of);
	ev = event_at_point(w, SIDE_LAN, OUT, EVENT_STUN, CLASS_STUN);
	for (int i = 0; i < 10; i++) {
		w->peer = peer;
		flood_sessions(w, 10000, false);
		engine_sample(w->e, &ev.key, &record);
	}
	w->relay = server;
	ice_request(w, OUT, 0);
	view = only_session(w);
	assert_int_equal(view->sessions[0].pairs[0].relay.port, 50000);
	engine_view_free(view);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_session_succeeds),
		TEST(a_session_is_pending_at_first),
		TEST(gathering_that_works_is_no_session),
		TEST(hanging_up_is_no_failure),
		TEST(restart_on_the_same_path_is_one_session),
		TEST(restart_with_new_paths_is_one_session),
		TEST(same_ufrags_at_two_hosts_are_two_sessions),
		TEST(similar_ufrags_are_distinguished),
		TEST(long_ufrags_are_kept_whole),
		TEST(early_check_of_the_peer_is_the_same_session),
		TEST(a_working_pair_replaces_another),
		TEST(a_session_given_up_too_early_recovers),
		TEST(the_gateways_own_call_is_a_session),
		TEST(a_flood_hides_no_session),
		TEST(a_flood_hides_no_allocation),
		TEST(sessions_too_large_for_one_become_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
