/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Anonymous sessions: without ufrags, or with ufrags that identify nobody. */
#include "one_point_fixture.h"

/* First through a relay, then direct: one call, whose path is the one its media took. */
static void without_ufrags_a_socket_is_one_session(void **state)
{
	struct flow_dir few = {.packets = 9, .rtp_packets = 8, .successes = 1}, many = few;
	struct engine_fixture *w = *state;
	struct engine_view *view;

	many.rtp_packets = 400;
	one_point_start(w);
	stun_round_trip(w, ep("5.0.0.2", 9000));
	stun_round_trip(w, ep(RELAY, 3478));
	rtp_stream(w, OUT, 1);
	sample_records(w, &few, &few);
	w->peer = ep("5.0.0.2", 9000);
	rtp_stream(w, IN, 2);
	sample_records(w, &many, &many);
	view = only_session(w);
	assert_int_equal(view->sessions[0].ufrag_len[0], 0);
	assert_int_equal(view->sessions[0].npairs, 2);
	assert_int_equal(view->sessions[0].verdict, VERDICT_SUCCEEDED);
	assert_true(view->sessions[0].probable);
	assert_int_equal(view->sessions[0].peer.b[15], 2);
	engine_view_free(view);
}

static void another_socket_is_another_session(void **state)
{
	struct engine_fixture *w = *state;

	one_point_start(w);
	stun_round_trip(w, ep(RELAY, 3478));
	rtp_stream(w, OUT, 1);
	w->host.port = w->mapped.port = 7002;
	stun_round_trip(w, ep(RELAY, 3478));
	rtp_stream(w, OUT, 3);
	assert_int_equal(count_sessions(w), 2);
}

/* The socket of a server answers many peers. */
static void a_server_socket_serves_many_sessions(void **state)
{
	struct engine_fixture *w = *state;

	one_point_start(w);
	for (u16 port = 9000; port < 9002; port++) {
		struct stun_spec of = {.method = STUN_BINDING, .id = ++w->ids};

		w->peer = ep("5.0.0.2", port);
		pass_points(w, IN, make_stun_event, &of);
		of.cls = STUN_SUCCESS;
		of.flags = STUN_F_MATCHED;
		pass_points(w, OUT, make_stun_event, &of);
		rtp_stream(w, IN, port);
	}
	assert_int_equal(count_sessions(w), 2);
}

/* Its checks were answered long before the media came. */
static void media_long_after_the_checks_is_pending(void **state)
{
	struct engine_fixture *w = *state;

	one_point_start(w);
	stun_round_trip(w, ep(RELAY, 3478));
	advance_time(w, 60 * SEC);
	rtp_stream(w, IN, 1);
	advance_time(w, SEC);
	expect_verdict(w, VERDICT_PENDING, WHERE_NONE, CAUSE_NONE, STAGE_CONNECTED);
}

static void hello_for_srtp(struct engine_fixture *w)
{
	static const u8 extensions[] = {0, 9, 0, 14, 0, 5, 0, 2, 0, 1, 0};
	struct dtls_spec of = {.step = DTLS_CLIENT_HELLO};
	struct event ev = make_dtls_event(w, SIDE_WAN, OUT, &of);

	/* version, random; no session id, no cookie, one cipher suite, one compression method */
	ev.dtls.hello[37] = 2;
	ev.dtls.hello[40] = 1;
	memcpy(ev.dtls.hello + 42, extensions, sizeof(extensions));
	ev.dtls.hello_len = 42 + sizeof(extensions);
	engine_event(w->e, &ev);
}

/* Not everything that uses DTLS is WebRTC: VPNs, CoAP. */
static void dtls_without_srtp_is_no_session(void **state)
{
	struct engine_fixture *w = *state;

	one_point_start(w);
	dtls_step(w, OUT, DTLS_CLIENT_HELLO);
	dtls_step(w, IN, DTLS_SERVER_HELLO);
	dtls_step(w, OUT, DTLS_FINISHED);
	dtls_step(w, IN, DTLS_FINISHED);
	dtls_step(w, IN, DTLS_DATA);
	assert_int_equal(count_sessions(w), 0);
}

static void dtls_alone_is_a_session(void **state)
{
	struct flow_dir data = {.packets = 9, .data_packets = 3, .dtls_seen = 1 << DTLS_DATA};
	struct engine_fixture *w = *state;
	struct engine_view *view;

	one_point_start(w);
	hello_for_srtp(w);
	dtls_step(w, IN, DTLS_SERVER_HELLO);
	dtls_step(w, OUT, DTLS_FINISHED);
	dtls_step(w, IN, DTLS_FINISHED);
	expect_verdict(w, VERDICT_PENDING, WHERE_NONE, CAUSE_NONE, STAGE_SECURED);
	sample_records(w, &data, &data);
	view = only_session(w);
	assert_int_equal(view->sessions[0].verdict, VERDICT_SUCCEEDED);
	assert_int_equal(view->sessions[0].probable, 0);
	assert_int_equal(view->sessions[0].dtls.client, 1);
	assert_int_equal(view->sessions[0].pairs[0].state, PAIR_SUCCEEDED);
	engine_view_free(view);
}

static void a_hello_for_srtp_that_nobody_answers(void **state)
{
	struct engine_fixture *w = *state;

	one_point_start(w);
	hello_for_srtp(w);
	engine_end(w->e, 0);
	expect_verdict(w, VERDICT_PENDING, WHERE_NONE, CAUSE_NONE, STAGE_CHECKING);
	one_point_start(w);
	memset(w->counts, 0, sizeof(w->counts));
	hello_for_srtp(w);
	hello_for_srtp(w);
	engine_end(w->e, 0);
	expect_verdict(w, VERDICT_FAILED, WHERE_NONE, CAUSE_DTLS_TIMEOUT, STAGE_CHECKING);
}

/* Some services give everybody the same ufrags. */
static void ufrags_that_come_again(void **state)
{
	struct engine_fixture *w = *state;

	one_point_start(w);
	ice_request(w, OUT, 0);
	advance_time(w, 60 * SEC);
	w->peer.port = 9000;
	ice_request(w, OUT, 0);
	assert_int_equal(count_sessions(w), 1);
	advance_time(w, 600 * SEC);
	w->peer.port = 9002;
	ice_request(w, OUT, 0);
	assert_int_equal(count_sessions(w), 2);
}

/*
 * Both hosts are on this side, and the second one sends from its IPv6 address: the session is
 * reported as that of the host that was seen first.
 */
static void the_other_hosts_view_is_the_same_session(void **state)
{
	struct engine_fixture *w = *state;

	one_point_start(w);
	ice_request(w, OUT, 0);
	w->host = w->mapped = ep("2001:db8::3", 7000);
	w->peer = ep("2001:db8::2", 7000);
	w->own = "bobb";
	w->other = "alic";
	ice_request(w, OUT, 0);
	assert_int_equal(count_sessions(w), 1);
}

static void equal_ufrags_at_two_hosts_are_two_sessions(void **state)
{
	struct engine_fixture *w = *state;

	one_point_start(w);
	w->own = w->other = "anon";
	ice_request(w, OUT, 0);
	w->host = w->mapped = ep("192.168.0.4", 7000);
	ice_request(w, OUT, 0);
	assert_int_equal(count_sessions(w), 2);
}

static void two_families_are_one_host(void **state)
{
	struct engine_fixture *w = *state;

	one_point_start(w);
	ice_request(w, OUT, 0);
	w->host = w->mapped = ep("2001:db8::2", 7000);
	w->peer = ep("2001:db8:1::2", 7000);
	ice_request(w, OUT, 0);
	assert_int_equal(count_sessions(w), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_ufrags_a_socket_is_one_session),
		TEST(another_socket_is_another_session),
		TEST(a_server_socket_serves_many_sessions),
		TEST(media_long_after_the_checks_is_pending),
		TEST(dtls_without_srtp_is_no_session),
		TEST(dtls_alone_is_a_session),
		TEST(a_hello_for_srtp_that_nobody_answers),
		TEST(ufrags_that_come_again),
		TEST(the_other_hosts_view_is_the_same_session),
		TEST(equal_ufrags_at_two_hosts_are_two_sessions),
		TEST(two_families_are_one_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
