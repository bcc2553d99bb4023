/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * STUN that is lost upstream, compared with what else is answered: all UDP is blocked, only STUN
 * is, or the peer is unreachable.
 */
#include "engine_fixture.h"

/* The host asks this many servers in vain; `flags` tell what else of it is answered meanwhile. */
static void ask_servers(struct engine_fixture *w, int servers, u32 flags)
{
	struct endpoint peer = w->peer;
	struct stun_spec of = {.cls = STUN_REQUEST, .method = STUN_BINDING, .flags = flags};

	for (int i = 0; i < servers; i++) {
		w->peer = ep("5.0.0.10", 3478);
		w->peer.ip.b[15] += (u8)i;
		of.id = ++w->ids;
		pass_points(w, OUT, make_stun_event, &of);
	}
	w->peer = peer;
}

static void allocate_over_tcp(struct engine_fixture *w)
{
	w->tcp = true;
	refused_allocate(w, false, 401);
	w->tcp = false;
}

static bool expect_cause_evidence(struct engine_fixture *w, const char *words)
{
	struct engine_view *view = only_session(w);
	bool found = false;

	for (u32 i = 0; i < view->sessions[0].nevidence; i++)
		found |= strstr(view->sessions[0].evidence[i].text, words) != NULL;
	engine_view_free(view);
	return found;
}

static void all_udp_is_lost(void **state)
{
	struct engine_fixture *w = *state;

	ask_servers(w, 2, 0);
	allocate_over_tcp(w);
	unanswered_checks(w);
	expect_verdict(w, VERDICT_BLOCKED, WHERE_UPSTREAM, CAUSE_UDP_BLOCKED, STAGE_CHECKING);
}

/* Signalling alone works over TCP. */
static void tcp_to_others_works(void **state)
{
	struct engine_fixture *w = *state;

	ask_servers(w, 2, STUN_F_TCP_ANSWERED);
	unanswered_checks(w);
	expect_verdict(w, VERDICT_BLOCKED, WHERE_UPSTREAM, CAUSE_UDP_BLOCKED, STAGE_CHECKING);
}

static void without_tcp_the_cause_is_unknown(void **state)
{
	struct engine_fixture *w = *state;

	ask_servers(w, 2, 0);
	unanswered_checks(w);
	expect_verdict(w, VERDICT_FAILED, WHERE_NONE, CAUSE_NO_ANSWER, STAGE_CHECKING);
}

static void one_answer_by_udp_is_enough(void **state)
{
	struct engine_fixture *w = *state;

	ask_servers(w, 2, STUN_F_TCP_ANSWERED);
	refused_allocate(w, false, 401);
	allocate_over_tcp(w);
	unanswered_checks(w);
	expect_verdict(w, VERDICT_FAILED, WHERE_NONE, CAUSE_NO_ANSWER, STAGE_CHECKING);
}

/* One server may be away, and the peer too. */
static void one_server_proves_nothing(void **state)
{
	struct engine_fixture *w = *state;

	ask_servers(w, 1, STUN_F_TCP_ANSWERED);
	unanswered_checks(w);
	expect_verdict(w, VERDICT_FAILED, WHERE_NONE, CAUSE_NO_ANSWER, STAGE_CHECKING);
	assert_true(expect_cause_evidence(w, "the one STUN server"));
}

static void other_udp_then_proves_nothing(void **state)
{
	struct engine_fixture *w = *state;

	ask_servers(w, 1, STUN_F_PORT_ANSWERED);
	unanswered_checks(w);
	expect_verdict(w, VERDICT_FAILED, WHERE_NONE, CAUSE_NO_ANSWER, STAGE_CHECKING);
}

static void one_server_that_answers_over_tcp(void **state)
{
	struct engine_fixture *w = *state;

	ask_servers(w, 1, 0);
	allocate_over_tcp(w);
	unanswered_checks(w);
	expect_verdict(w, VERDICT_BLOCKED, WHERE_UPSTREAM, CAUSE_UDP_BLOCKED, STAGE_CHECKING);
}

static void one_server_that_answers_nowhere(void **state)
{
	struct engine_fixture *w = *state;

	ask_servers(w, 1, 0);
	w->tcp = true;
	ask_servers(w, 1, 0);
	w->tcp = false;
	unanswered_checks(w);
	expect_verdict(w, VERDICT_FAILED, WHERE_NONE, CAUSE_NO_ANSWER, STAGE_CHECKING);
}

/* What the peer's TCP does says nothing of the host's. */
static void tcp_of_the_peer_is_not_ours(void **state)
{
	struct stun_spec of = {.cls = STUN_REQUEST,
			       .method = STUN_BINDING,
			       .flags = STUN_F_TCP_ANSWERED,
			       .id = 77};
	struct engine_fixture *w = *state;

	ask_servers(w, 2, 0);
	pass_points(w, IN, make_stun_event, &of);
	w->peer = ep("5.0.0.3", 7000);
	unanswered_checks(w);
	expect_verdict(w, VERDICT_FAILED, WHERE_NONE, CAUSE_NO_ANSWER, STAGE_CHECKING);
}

static void other_udp_to_the_port_is_answered(void **state)
{
	struct engine_fixture *w = *state;

	ask_servers(w, 2, STUN_F_PORT_ANSWERED);
	unanswered_checks(w);
	expect_verdict(w, VERDICT_BLOCKED, WHERE_UPSTREAM, CAUSE_STUN_FILTERED, STAGE_CHECKING);
	assert_true(expect_cause_evidence(w, "other UDP to port 3478 is"));
}

/* The servers answer: it is the peer that does not. */
static void only_the_peer_is_unreachable(void **state)
{
	struct engine_fixture *w = *state;

	ask_servers(w, 2, STUN_F_PORT_ANSWERED);
	refused_allocate(w, false, 401);
	unanswered_checks(w);
	expect_verdict(w, VERDICT_FAILED, WHERE_NONE, CAUSE_NO_ANSWER, STAGE_CHECKING);
}

static void incompatible_nats(void **state)
{
	struct engine_fixture *w = *state;

	ask_servers(w, 2, STUN_F_TCP_ANSWERED | STUN_F_PORT_ANSWERED);
	for (int i = 0; i < 40; i++) {
		ice_request(w, OUT, 0);
		w->inbound_drops = true;
		w->peer.port = 41234;
		ice_request(w, IN, 0);
		w->inbound_drops = false;
		w->peer.port = 7000;
		advance_time(w, SEC);
	}
	expect_verdict(w, VERDICT_FAILED, WHERE_NONE, CAUSE_NAT_INCOMPATIBLE, STAGE_CHECKING);
}

/* A foreign XDP program may have dropped what did not arrive. */
static void behind_a_foreign_program(void **state)
{
	struct engine_fixture *w = *state;

	engine_foreign_xdp(w->e, WAN, "wan0");
	ask_servers(w, 2, STUN_F_TCP_ANSWERED);
	unanswered_checks(w);
	expect_verdict(w, VERDICT_UNKNOWN, WHERE_NONE, CAUSE_NONE, STAGE_CHECKING);
	assert_true(
		expect_cause_evidence(w, "an XDP program that is not ours is attached to wan0"));
}

/* It may have dropped something before it went, and nothing of what came later. */
static void after_a_foreign_program(void **state)
{
	struct engine_fixture *w = *state;

	engine_foreign_xdp(w->e, WAN, "wan0");
	ice_request(w, OUT, 0);
	advance_time(w, 5 * SEC);
	engine_foreign_xdp(w->e, WAN, NULL);
	unanswered_checks(w);
	expect_verdict(w, VERDICT_UNKNOWN, WHERE_NONE, CAUSE_NONE, STAGE_CHECKING);
}

static void long_after_a_foreign_program(void **state)
{
	struct engine_fixture *w = *state;

	engine_foreign_xdp(w->e, WAN, "wan0");
	advance_time(w, SEC);
	engine_foreign_xdp(w->e, WAN, NULL);
	advance_time(w, SEC);
	unanswered_checks(w);
	expect_verdict(w, VERDICT_FAILED, WHERE_NONE, CAUSE_NO_ANSWER, STAGE_CHECKING);
}

static void a_foreign_program_elsewhere(void **state)
{
	struct engine_fixture *w = *state;

	engine_foreign_xdp(w->e, WAN + 1, "wan1");
	unanswered_checks(w);
	expect_verdict(w, VERDICT_FAILED, WHERE_NONE, CAUSE_NO_ANSWER, STAGE_CHECKING);
}

static void dtls_behind_a_foreign_program(void **state)
{
	struct engine_fixture *w = *state;

	engine_foreign_xdp(w->e, WAN, "wan0");
	connect_peers(w);
	for (int i = 0; i < 5; i++) {
		dtls_step(w, OUT, DTLS_CLIENT_HELLO);
		keep_consent(w, 4);
	}
	expect_verdict(w, VERDICT_UNKNOWN, WHERE_NONE, CAUSE_NONE, STAGE_NOMINATED);
}

/*
 * For `seconds` the host's checks leave and are answered no more, or not to the host; the peer's
 * media goes on for `media`.
 */
static void media_without_answers(struct engine_fixture *w, int seconds, int media,
				  bool answers_dropped)
{
	struct flow_record record;

	connect_peers(w);
	complete_dtls(w);
	rtp_stream(w, OUT, 1);
	rtp_stream(w, IN, 2);
	for (int i = 0; i < seconds; i++) {
		struct event ev = event_at_point(w, SIDE_LAN, OUT, EVENT_STREAM, CLASS_RTP);

		memset(&record, 0, sizeof(record));
		record.dir[DIR_OUT].media_ns = i < media ? w->now : 0;
		engine_sample(w->e, &ev.key, &record);
		w->inbound_drops = true;
		if (answers_dropped)
			ice_answer(w, IN, ice_request(w, OUT, 0), 0);
		else
			ice_request(w, OUT, 0);
		w->inbound_drops = false;
		advance_time(w, SEC);
	}
}

static void media_comes_on_without_answers(void **state)
{
	struct engine_fixture *w = *state;

	media_without_answers(w, 40, 40, false);
	expect_verdict(w, VERDICT_BLOCKED, WHERE_UPSTREAM, CAUSE_STUN_FILTERED, STAGE_MEDIA);
}

static void hang_up(struct engine_fixture *w)
{
	struct event ev = event_at_point(w, SIDE_WAN, IN, EVENT_ICMP, CLASS_OTHER);

	ev.icmp.type = 3;
	ev.icmp.code = 3;
	ev.icmp.sender = ep("5.0.0.2", 0);
	engine_event(w->e, &ev);
	advance_time(w, SEC);
}

/* The peer gives up, too. */
static void media_comes_on_then_the_peer_leaves(void **state)
{
	struct engine_fixture *w = *state;

	media_without_answers(w, 40, 40, false);
	hang_up(w);
	expect_verdict(w, VERDICT_BLOCKED, WHERE_UPSTREAM, CAUSE_STUN_FILTERED, STAGE_MEDIA);
}

static void the_peer_leaves_first(void **state)
{
	struct engine_fixture *w = *state;

	media_without_answers(w, 25, 25, false);
	hang_up(w);
	expect_verdict(w, VERDICT_BLOCKED, WHERE_UPSTREAM, CAUSE_STUN_FILTERED, STAGE_MEDIA);
}

/* Two checks may be lost by chance. */
static void the_peer_leaves_early(void **state)
{
	struct engine_fixture *w = *state;

	media_without_answers(w, 15, 15, false);
	hang_up(w);
	expect_verdict(w, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE, STAGE_MEDIA);
}

static void media_ends_with_the_answers(void **state)
{
	struct engine_fixture *w = *state;

	media_without_answers(w, 40, 5, false);
	expect_verdict(w, VERDICT_FAILED, WHERE_NONE, CAUSE_CONSENT_LOST, STAGE_MEDIA);
	hang_up(w);
	expect_verdict(w, VERDICT_FAILED, WHERE_NONE, CAUSE_CONSENT_LOST, STAGE_MEDIA);
}

static void checks_that_never_left(void **state)
{
	struct engine_fixture *w = *state;

	connect_peers(w);
	w->outbound_drops = true;
	media_without_answers(w, 40, 40, false);
	expect_verdict(w, VERDICT_FAILED, WHERE_NONE, CAUSE_CONSENT_LOST, STAGE_MEDIA);
}

static void answers_that_came_to_the_wan(void **state)
{
	struct engine_fixture *w = *state;

	media_without_answers(w, 40, 40, true);
	expect_verdict(w, VERDICT_FAILED, WHERE_NONE, CAUSE_CONSENT_LOST, STAGE_MEDIA);
}

static void media_behind_a_foreign_program(void **state)
{
	struct engine_fixture *w = *state;

	engine_foreign_xdp(w->e, WAN, "wan0");
	media_without_answers(w, 40, 40, false);
	expect_verdict(w, VERDICT_FAILED, WHERE_NONE, CAUSE_CONSENT_LOST, STAGE_MEDIA);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all_udp_is_lost),
		TEST(tcp_to_others_works),
		TEST(without_tcp_the_cause_is_unknown),
		TEST(one_answer_by_udp_is_enough),
		TEST(one_server_proves_nothing),
		TEST(other_udp_then_proves_nothing),
		TEST(one_server_that_answers_over_tcp),
		TEST(one_server_that_answers_nowhere),
		TEST(tcp_of_the_peer_is_not_ours),
		TEST(other_udp_to_the_port_is_answered),
		TEST(only_the_peer_is_unreachable),
		TEST(incompatible_nats),
		TEST(behind_a_foreign_program),
		TEST(after_a_foreign_program),
		TEST(long_after_a_foreign_program),
		TEST(a_foreign_program_elsewhere),
		TEST(dtls_behind_a_foreign_program),
		TEST(media_comes_on_without_answers),
		TEST(media_comes_on_then_the_peer_leaves),
		TEST(the_peer_leaves_first),
		TEST(the_peer_leaves_early),
		TEST(media_ends_with_the_answers),
		TEST(checks_that_never_left),
		TEST(answers_that_came_to_the_wan),
		TEST(media_behind_a_foreign_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
