/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What was stopped beyond this gateway, by what shows of it here: a row of the table each, and what
 * must not be taken for it.
 */
#include "engine_fixture.h"

static void keep_media(struct world *w, bool out, bool in, bool report, int seconds)
{
	struct flow_record record;

	for (int i = 0; i < seconds; i++) {
		memset(&record, 0, sizeof(record));
		for (int side = SIDE_LAN; side <= SIDE_WAN; side++) {
			struct event ev = at_point(w, side, OUT, EVENT_STREAM, CLASS_RTP);
			struct flow_dir *outbound =
				&record.dir[side == SIDE_LAN ? DIR_IN : DIR_OUT];
			struct flow_dir *inbound = &record.dir[side == SIDE_LAN ? DIR_OUT : DIR_IN];

			memset(&record, 0, sizeof(record));
			outbound->rtp_packets = out ? 50 * ((u32)i + 1) : 0;
			inbound->rtp_packets = in ? 50 * ((u32)i + 1) : 0;
			inbound->rtcp_packets = report;
			inbound->success_ns = outbound->success_ns = w->now;
			engine_sample(w->e, &ev.key, &record);
		}
		pass(w, SEC);
	}
}

static void secured(struct world *w)
{
	connect_both(w);
	handshake(w);
	pass(w, SEC);
}

static void media_never_comes(void **state)
{
	struct world *w = *state;

	secured(w);
	stream(w, OUT, 1);
	keep_media(w, true, false, false, 20);
	expect(w, VERDICT_BLOCKED, WHERE_UPSTREAM, CAUSE_MEDIA_FILTERED, STAGE_SECURED);
}

static void who_only_listens_is_not_filtered(void **state)
{
	struct world *w = *state;

	secured(w);
	stream(w, OUT, 1);
	keep_media(w, true, false, true, 20);
	expect(w, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE, STAGE_MEDIA);
}

static void media_comes_late(void **state)
{
	struct world *w = *state;

	secured(w);
	stream(w, OUT, 1);
	keep_media(w, true, false, false, 20);
	stream(w, IN, 2);
	keep_media(w, true, true, true, 3);
	expect(w, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE, STAGE_MEDIA);
}

static void hello(struct world *w, enum way way, u8 step, u32 len, int times)
{
	w->len = len;
	for (int i = 0; i < times; i++) {
		dtls(w, way, step);
		pass(w, SEC);
		w->len = 0;
		answer(w, IN, check(w, OUT, 0), 0);
		w->len = len;
	}
	w->len = 0;
}

static void large_flight_never_arrives(void **state)
{
	struct world *w = *state;

	connect_both(w);
	hello(w, IN, DTLS_CLIENT_HELLO, 137, 1);
	hello(w, OUT, DTLS_SERVER_HELLO, 617, 1);
	hello(w, IN, DTLS_CLIENT_HELLO, 137, 14);
	pass(w, 20 * SEC);
	expect(w, VERDICT_BLOCKED, WHERE_UPSTREAM, CAUSE_MTU, STAGE_NOMINATED);
}

static void small_flight_is_a_timeout(void **state)
{
	struct world *w = *state;

	connect_both(w);
	hello(w, IN, DTLS_CLIENT_HELLO, 137, 1);
	hello(w, OUT, DTLS_SERVER_HELLO, 300, 1);
	hello(w, IN, DTLS_CLIENT_HELLO, 137, 14);
	pass(w, 20 * SEC);
	expect(w, VERDICT_FAILED, WHERE_NONE, CAUSE_DTLS_TIMEOUT, STAGE_NOMINATED);
}

static void peers_flight_never_comes(void **state)
{
	struct world *w = *state;

	connect_both(w);
	hello(w, OUT, DTLS_CLIENT_HELLO, 137, 1);
	hello(w, IN, DTLS_HELLO_VERIFY, 48, 1);
	hello(w, OUT, DTLS_CLIENT_HELLO, 157, 14);
	pass(w, 20 * SEC);
	expect(w, VERDICT_BLOCKED, WHERE_UPSTREAM, CAUSE_MTU, STAGE_NOMINATED);
}

static void only_pieces_of_a_hello_come(void **state)
{
	struct world *w = *state;

	connect_both(w);
	hello(w, IN, DTLS_HELLO_PIECE, 263, 15);
	pass(w, 20 * SEC);
	expect(w, VERDICT_BLOCKED, WHERE_UPSTREAM, CAUSE_MTU, STAGE_NOMINATED);
}

static void only_pieces_of_the_answer_come(void **state)
{
	struct world *w = *state;

	connect_both(w);
	for (int i = 0; i < 15; i++) {
		hello(w, OUT, DTLS_CLIENT_HELLO, 500, 1);
		hello(w, IN, DTLS_HELLO_PIECE, 103, 1);
	}
	pass(w, 20 * SEC);
	expect(w, VERDICT_BLOCKED, WHERE_UPSTREAM, CAUSE_MTU, STAGE_NOMINATED);
}

static void a_hello_that_comes_whole_is_a_timeout(void **state)
{
	struct world *w = *state;

	connect_both(w);
	for (int i = 0; i < 15; i++) {
		hello(w, IN, DTLS_CLIENT_HELLO, 1200, 1);
		hello(w, IN, DTLS_HELLO_PIECE, 263, 1);
	}
	pass(w, 20 * SEC);
	expect(w, VERDICT_FAILED, WHERE_NONE, CAUSE_DTLS_TIMEOUT, STAGE_NOMINATED);
}

static void told_too_big(void **state)
{
	struct world *w = *state;
	struct event ev;

	connect_both(w);
	hello(w, OUT, DTLS_CLIENT_HELLO, 1200, 2);
	ev = at_point(w, SIDE_WAN, IN, EVENT_ICMP, CLASS_OTHER);
	ev.icmp.type = 3;
	ev.icmp.code = 4;
	ev.icmp.mtu = 600;
	ev.icmp.sender = ep("5.0.0.254", 0);
	engine_event(w->e, &ev);
	hello(w, OUT, DTLS_CLIENT_HELLO, 1200, 12);
	pass(w, 20 * SEC);
	expect(w, VERDICT_BLOCKED, WHERE_UPSTREAM, CAUSE_MTU, STAGE_NOMINATED);
}

/* The server's SYN-ACK never comes: a reset does, or this gateway makes one. */
static void reset_tcp(struct world *w, u8 early, bool from_beyond)
{
	struct endpoint peer = w->peer;

	w->peer = ep("5.0.0.10", 3478);
	w->tcp = true;
	for (int side = from_beyond ? SIDE_WAN : SIDE_LAN; side >= SIDE_LAN; side--) {
		struct event ev = at_point(w, side, IN, EVENT_TCP_CLOSE, CLASS_OTHER);

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
	struct world *w = *state;

	reset_tcp(w, 1, true);
	check_in_vain(w);
	expect(w, VERDICT_BLOCKED, WHERE_UPSTREAM, CAUSE_TCP_RESET, STAGE_CHECKING);
}

static void reset_before_any_check(void **state)
{
	struct world *w = *state;

	reset_tcp(w, 1, true);
	pass(w, 20 * SEC);
	expect(w, VERDICT_BLOCKED, WHERE_UPSTREAM, CAUSE_TCP_RESET, STAGE_GATHERING);
}

static void a_late_reset_is_an_end(void **state)
{
	struct world *w = *state;

	reset_tcp(w, 0, true);
	check_in_vain(w);
	expect(w, VERDICT_FAILED, WHERE_NONE, CAUSE_NO_ANSWER, STAGE_CHECKING);
}

static void our_own_reset_is_not_upstream(void **state)
{
	struct world *w = *state;

	reset_tcp(w, 1, false);
	check_in_vain(w);
	expect(w, VERDICT_FAILED, WHERE_NONE, CAUSE_NO_ANSWER, STAGE_CHECKING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(media_never_comes),
		TEST(who_only_listens_is_not_filtered),
		TEST(media_comes_late),
		TEST(large_flight_never_arrives),
		TEST(small_flight_is_a_timeout),
		TEST(peers_flight_never_comes),
		TEST(only_pieces_of_a_hello_come),
		TEST(only_pieces_of_the_answer_come),
		TEST(a_hello_that_comes_whole_is_a_timeout),
		TEST(told_too_big),
		TEST(tcp_is_reset),
		TEST(reset_before_any_check),
		TEST(a_late_reset_is_an_end),
		TEST(our_own_reset_is_not_upstream),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
