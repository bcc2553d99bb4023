/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What was blocked upstream of this gateway, by what shows of it here: one case per row of the
 * table, and what must not be taken for it.
 */
#include "engine_fixture.h"

static void keep_media(struct engine_fixture *w, bool out, bool in, bool report, int seconds)
{
	struct flow_record record;

	for (int i = 0; i < seconds; i++) {
		memset(&record, 0, sizeof(record));
		for (int side = SIDE_LAN; side <= SIDE_WAN; side++) {
			struct event ev = event_at_point(w, side, OUT, EVENT_STREAM, CLASS_RTP);
			struct flow_dir *outbound =
				&record.dir[side == SIDE_LAN ? DIR_IN : DIR_OUT];
			struct flow_dir *inbound = &record.dir[side == SIDE_LAN ? DIR_OUT : DIR_IN];

			memset(&record, 0, sizeof(record));
			outbound->rtp_packets = out ? 50 * ((u32)i + 1) : 0;
			inbound->rtp_packets = in ? 50 * ((u32)i + 1) : 0;
			inbound->rtcp_packets = report;
			inbound->success_ns = outbound->success_ns = w->now;
			inbound->last_ns = outbound->last_ns = w->now;
			engine_sample(w->e, &ev.key, &record);
		}
		advance_time(w, SEC);
	}
}

static void secure_session(struct engine_fixture *w)
{
	connect_peers(w);
	complete_dtls(w);
	advance_time(w, SEC);
}

static void media_never_comes(void **state)
{
	struct engine_fixture *w = *state;

	secure_session(w);
	rtp_stream(w, OUT, 1);
	keep_media(w, true, false, false, 20);
	expect_verdict(w, VERDICT_BLOCKED, WHERE_UPSTREAM, CAUSE_MEDIA_FILTERED, STAGE_SECURED);
}

static void a_receive_only_peer_is_not_filtered(void **state)
{
	struct engine_fixture *w = *state;

	secure_session(w);
	rtp_stream(w, OUT, 1);
	keep_media(w, true, false, true, 20);
	expect_verdict(w, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE, STAGE_MEDIA);
}

static void media_comes_late(void **state)
{
	struct engine_fixture *w = *state;

	secure_session(w);
	rtp_stream(w, OUT, 1);
	keep_media(w, true, false, false, 20);
	rtp_stream(w, IN, 2);
	keep_media(w, true, true, true, 3);
	expect_verdict(w, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE, STAGE_MEDIA);
}

static void send_client_hello(struct engine_fixture *w, enum host_dir way, u8 step, u32 len,
			      int times)
{
	w->len = len;
	for (int i = 0; i < times; i++) {
		dtls_step(w, way, step);
		advance_time(w, SEC);
		w->len = 0;
		ice_answer(w, IN, ice_request(w, OUT, 0), 0);
		w->len = len;
	}
	w->len = 0;
}

static void large_flight_never_arrives(void **state)
{
	struct engine_fixture *w = *state;

	connect_peers(w);
	send_client_hello(w, IN, DTLS_CLIENT_HELLO, 137, 1);
	send_client_hello(w, OUT, DTLS_SERVER_HELLO, 617, 1);
	send_client_hello(w, IN, DTLS_CLIENT_HELLO, 137, 14);
	advance_time(w, 20 * SEC);
	expect_verdict(w, VERDICT_BLOCKED, WHERE_UPSTREAM, CAUSE_MTU, STAGE_NOMINATED);
}

static void small_flight_is_a_timeout(void **state)
{
	struct engine_fixture *w = *state;

	connect_peers(w);
	send_client_hello(w, IN, DTLS_CLIENT_HELLO, 137, 1);
	send_client_hello(w, OUT, DTLS_SERVER_HELLO, 300, 1);
	send_client_hello(w, IN, DTLS_CLIENT_HELLO, 137, 14);
	advance_time(w, 20 * SEC);
	expect_verdict(w, VERDICT_FAILED, WHERE_NONE, CAUSE_DTLS_TIMEOUT, STAGE_NOMINATED);
}

static void peers_flight_never_comes(void **state)
{
	struct engine_fixture *w = *state;

	connect_peers(w);
	send_client_hello(w, OUT, DTLS_CLIENT_HELLO, 137, 1);
	send_client_hello(w, IN, DTLS_HELLO_VERIFY, 48, 1);
	send_client_hello(w, OUT, DTLS_CLIENT_HELLO, 157, 14);
	advance_time(w, 20 * SEC);
	expect_verdict(w, VERDICT_BLOCKED, WHERE_UPSTREAM, CAUSE_MTU, STAGE_NOMINATED);
}

static void only_fragments_of_a_hello_arrive(void **state)
{
	struct engine_fixture *w = *state;

	connect_peers(w);
	send_client_hello(w, IN, DTLS_HELLO_PIECE, 263, 15);
	advance_time(w, 20 * SEC);
	expect_verdict(w, VERDICT_BLOCKED, WHERE_UPSTREAM, CAUSE_MTU, STAGE_NOMINATED);
}

static void only_fragments_of_the_answer_arrive(void **state)
{
	struct engine_fixture *w = *state;

	connect_peers(w);
	for (int i = 0; i < 15; i++) {
		send_client_hello(w, OUT, DTLS_CLIENT_HELLO, 500, 1);
		send_client_hello(w, IN, DTLS_HELLO_PIECE, 103, 1);
	}
	advance_time(w, 20 * SEC);
	expect_verdict(w, VERDICT_BLOCKED, WHERE_UPSTREAM, CAUSE_MTU, STAGE_NOMINATED);
}

static void a_hello_that_arrives_whole_is_a_timeout(void **state)
{
	struct engine_fixture *w = *state;

	connect_peers(w);
	for (int i = 0; i < 15; i++) {
		send_client_hello(w, IN, DTLS_CLIENT_HELLO, 1200, 1);
		send_client_hello(w, IN, DTLS_HELLO_PIECE, 263, 1);
	}
	advance_time(w, 20 * SEC);
	expect_verdict(w, VERDICT_FAILED, WHERE_NONE, CAUSE_DTLS_TIMEOUT, STAGE_NOMINATED);
}

static void packet_too_big_is_evidence_of_mtu(void **state)
{
	struct engine_fixture *w = *state;
	struct event ev;

	connect_peers(w);
	send_client_hello(w, OUT, DTLS_CLIENT_HELLO, 1200, 2);
	ev = event_at_point(w, SIDE_WAN, IN, EVENT_ICMP, CLASS_OTHER);
	ev.icmp.type = 3;
	ev.icmp.code = 4;
	ev.icmp.mtu = 600;
	ev.icmp.sender = ep("5.0.0.254", 0);
	engine_event(w->e, &ev);
	send_client_hello(w, OUT, DTLS_CLIENT_HELLO, 1200, 12);
	advance_time(w, 20 * SEC);
	expect_verdict(w, VERDICT_BLOCKED, WHERE_UPSTREAM, CAUSE_MTU, STAGE_NOMINATED);
}

/* The server's SYN-ACK never comes: a reset does, or this gateway makes one. */
static void reset_tcp(struct engine_fixture *w, u8 early, bool from_beyond)
{
	struct endpoint peer = w->peer;

	w->peer = ep("5.0.0.10", 3478);
	w->tcp = true;
	for (int side = from_beyond ? SIDE_WAN : SIDE_LAN; side >= SIDE_LAN; side--) {
		struct event ev = event_at_point(w, side, IN, EVENT_TCP_CLOSE, CLASS_OTHER);

		ev.tcp_close.reset = 1;
		ev.tcp_close.early = early;
		ev.tcp_close.ttl = 63;
		engine_event(w->e, &ev);
	}
	w->tcp = false;
	w->peer = peer;
}

static void tcp_is_reset(void **state)
{
	struct engine_fixture *w = *state;

	reset_tcp(w, 1, true);
	unanswered_checks(w);
	expect_verdict(w, VERDICT_BLOCKED, WHERE_UPSTREAM, CAUSE_TCP_RESET, STAGE_CHECKING);
}

static void reset_before_any_check(void **state)
{
	struct engine_fixture *w = *state;

	reset_tcp(w, 1, true);
	advance_time(w, 20 * SEC);
	expect_verdict(w, VERDICT_BLOCKED, WHERE_UPSTREAM, CAUSE_TCP_RESET, STAGE_GATHERING);
}

static void a_late_reset_is_an_end(void **state)
{
	struct engine_fixture *w = *state;

	reset_tcp(w, 0, true);
	unanswered_checks(w);
	expect_verdict(w, VERDICT_FAILED, WHERE_NONE, CAUSE_NO_ANSWER, STAGE_CHECKING);
}

/* The server has said 401, so it is one; what it was asked then ends the connection. */
static void a_reset_behind_401(void **state)
{
	struct engine_fixture *w = *state;

	w->tcp = true;
	refused_allocate(w, false, 401);
	reset_tcp(w, 0, true);
	advance_time(w, 20 * SEC);
	expect_verdict(w, VERDICT_BLOCKED, WHERE_UPSTREAM, CAUSE_TCP_RESET, STAGE_GATHERING);
}

static void a_reset_behind_a_grant_is_an_end(void **state)
{
	struct engine_fixture *w = *state;

	w->tcp = true;
	granted_allocate(w);
	reset_tcp(w, 0, true);
	advance_time(w, 20 * SEC);
	assert_int_equal(count_sessions(w), 0);
}

static void our_own_reset_is_not_upstream(void **state)
{
	struct engine_fixture *w = *state;

	reset_tcp(w, 1, false);
	unanswered_checks(w);
	expect_verdict(w, VERDICT_FAILED, WHERE_NONE, CAUSE_NO_ANSWER, STAGE_CHECKING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(media_never_comes),
		TEST(a_receive_only_peer_is_not_filtered),
		TEST(media_comes_late),
		TEST(large_flight_never_arrives),
		TEST(small_flight_is_a_timeout),
		TEST(peers_flight_never_comes),
		TEST(only_fragments_of_a_hello_arrive),
		TEST(only_fragments_of_the_answer_arrive),
		TEST(a_hello_that_arrives_whole_is_a_timeout),
		TEST(packet_too_big_is_evidence_of_mtu),
		TEST(tcp_is_reset),
		TEST(reset_before_any_check),
		TEST(a_late_reset_is_an_end),
		TEST(a_reset_behind_401),
		TEST(a_reset_behind_a_grant_is_an_end),
		TEST(our_own_reset_is_not_upstream),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
