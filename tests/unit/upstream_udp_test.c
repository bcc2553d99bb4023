/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What becomes of STUN beyond this gateway beside what else is answered: all UDP blocked, STUN
 * alone, or nobody there.
 */
#include "engine_fixture.h"

/* The host asks this many servers in vain; `flags` tell what else of it is answered meanwhile. */
static void ask_servers(struct world *w, int servers, u32 flags)
{
	struct endpoint peer = w->peer;
	struct stun_of of = {.cls = STUN_REQUEST, .method = STUN_BINDING, .flags = flags};

	for (int i = 0; i < servers; i++) {
		w->peer = ep("5.0.0.10", 3478);
		w->peer.ip.b[15] += (u8)i;
		of.id = ++w->ids;
		cross(w, OUT, make_stun, &of);
	}
	w->peer = peer;
}

static void allocate_over_tcp(struct world *w)
{
	w->tcp = true;
	allocate(w, false, 401);
	w->tcp = false;
}

static bool says(struct world *w, const char *words)
{
	struct engine_view *view = only(w);
	bool found = false;

	for (u32 i = 0; i < view->sessions[0].nevidence; i++)
		found |= strstr(view->sessions[0].evidence[i].text, words) != NULL;
	engine_view_free(view);
	return found;
}

static void all_udp_is_lost(void **state)
{
	struct world *w = *state;

	ask_servers(w, 2, 0);
	allocate_over_tcp(w);
	check_in_vain(w);
	expect(w, VERDICT_BLOCKED, WHERE_UPSTREAM, CAUSE_UDP_BLOCKED, STAGE_CHECKING);
}

/* Signalling alone works over TCP. */
static void tcp_to_others_works(void **state)
{
	struct world *w = *state;

	ask_servers(w, 2, STUN_F_TCP_ANSWERED);
	check_in_vain(w);
	expect(w, VERDICT_BLOCKED, WHERE_UPSTREAM, CAUSE_UDP_BLOCKED, STAGE_CHECKING);
}

static void without_tcp_nobody_knows(void **state)
{
	struct world *w = *state;

	ask_servers(w, 2, 0);
	check_in_vain(w);
	expect(w, VERDICT_FAILED, WHERE_NONE, CAUSE_NO_ANSWER, STAGE_CHECKING);
}

static void one_answer_by_udp_is_enough(void **state)
{
	struct world *w = *state;

	ask_servers(w, 2, STUN_F_TCP_ANSWERED);
	allocate(w, false, 401);
	allocate_over_tcp(w);
	check_in_vain(w);
	expect(w, VERDICT_FAILED, WHERE_NONE, CAUSE_NO_ANSWER, STAGE_CHECKING);
}

/* One server may be away, and the peer too. */
static void one_server_proves_nothing(void **state)
{
	struct world *w = *state;

	ask_servers(w, 1, STUN_F_TCP_ANSWERED);
	check_in_vain(w);
	expect(w, VERDICT_FAILED, WHERE_NONE, CAUSE_NO_ANSWER, STAGE_CHECKING);
	assert_true(says(w, "the one STUN server"));
}

static void nor_does_other_udp_then(void **state)
{
	struct world *w = *state;

	ask_servers(w, 1, STUN_F_PORT_ANSWERED);
	check_in_vain(w);
	expect(w, VERDICT_FAILED, WHERE_NONE, CAUSE_NO_ANSWER, STAGE_CHECKING);
}

static void one_server_that_answers_over_tcp(void **state)
{
	struct world *w = *state;

	ask_servers(w, 1, 0);
	allocate_over_tcp(w);
	check_in_vain(w);
	expect(w, VERDICT_BLOCKED, WHERE_UPSTREAM, CAUSE_UDP_BLOCKED, STAGE_CHECKING);
}

static void one_server_that_answers_nowhere(void **state)
{
	struct world *w = *state;

	ask_servers(w, 1, 0);
	w->tcp = true;
	ask_servers(w, 1, 0);
	w->tcp = false;
	check_in_vain(w);
	expect(w, VERDICT_FAILED, WHERE_NONE, CAUSE_NO_ANSWER, STAGE_CHECKING);
}

/* What the peer's TCP does says nothing of the host's. */
static void tcp_of_the_peer_is_not_ours(void **state)
{
	struct stun_of of = {.cls = STUN_REQUEST,
			     .method = STUN_BINDING,
			     .flags = STUN_F_TCP_ANSWERED,
			     .id = 77};
	struct world *w = *state;

	ask_servers(w, 2, 0);
	cross(w, IN, make_stun, &of);
	w->peer = ep("5.0.0.3", 7000);
	check_in_vain(w);
	expect(w, VERDICT_FAILED, WHERE_NONE, CAUSE_NO_ANSWER, STAGE_CHECKING);
}

static void other_udp_to_the_port_is_answered(void **state)
{
	struct world *w = *state;

	ask_servers(w, 2, STUN_F_PORT_ANSWERED);
	check_in_vain(w);
	expect(w, VERDICT_BLOCKED, WHERE_UPSTREAM, CAUSE_STUN_FILTERED, STAGE_CHECKING);
	assert_true(says(w, "other UDP to port 3478 is"));
}

/* The servers answer: it is the peer that does not. */
static void the_peer_alone_is_away(void **state)
{
	struct world *w = *state;

	ask_servers(w, 2, STUN_F_PORT_ANSWERED);
	allocate(w, false, 401);
	check_in_vain(w);
	expect(w, VERDICT_FAILED, WHERE_NONE, CAUSE_NO_ANSWER, STAGE_CHECKING);
}

static void nats_that_do_not_meet(void **state)
{
	struct world *w = *state;

	ask_servers(w, 2, STUN_F_TCP_ANSWERED | STUN_F_PORT_ANSWERED);
	for (int i = 0; i < 40; i++) {
		check(w, OUT, 0);
		w->inbound_drops = true;
		w->peer.port = 41234;
		check(w, IN, 0);
		w->inbound_drops = false;
		w->peer.port = 7000;
		pass(w, SEC);
	}
	expect(w, VERDICT_FAILED, WHERE_NONE, CAUSE_NAT_INCOMPATIBLE, STAGE_CHECKING);
}

/* Somebody else's XDP program may have dropped what did not come. */
static void behind_a_foreign_program(void **state)
{
	struct world *w = *state;

	engine_foreign_xdp(w->e, WAN, "wan0");
	ask_servers(w, 2, STUN_F_TCP_ANSWERED);
	check_in_vain(w);
	expect(w, VERDICT_UNKNOWN, WHERE_NONE, CAUSE_NONE, STAGE_CHECKING);
	assert_true(says(w, "an XDP program that is not ours holds wan0"));
}

/* It may have dropped something before it went, and nothing of what came later. */
static void after_a_foreign_program(void **state)
{
	struct world *w = *state;

	engine_foreign_xdp(w->e, WAN, "wan0");
	check(w, OUT, 0);
	pass(w, 5 * SEC);
	engine_foreign_xdp(w->e, WAN, NULL);
	check_in_vain(w);
	expect(w, VERDICT_UNKNOWN, WHERE_NONE, CAUSE_NONE, STAGE_CHECKING);
}

static void long_after_a_foreign_program(void **state)
{
	struct world *w = *state;

	engine_foreign_xdp(w->e, WAN, "wan0");
	pass(w, SEC);
	engine_foreign_xdp(w->e, WAN, NULL);
	pass(w, SEC);
	check_in_vain(w);
	expect(w, VERDICT_FAILED, WHERE_NONE, CAUSE_NO_ANSWER, STAGE_CHECKING);
}

static void a_foreign_program_elsewhere(void **state)
{
	struct world *w = *state;

	engine_foreign_xdp(w->e, WAN + 1, "wan1");
	check_in_vain(w);
	expect(w, VERDICT_FAILED, WHERE_NONE, CAUSE_NO_ANSWER, STAGE_CHECKING);
}

static void dtls_behind_a_foreign_program(void **state)
{
	struct world *w = *state;

	engine_foreign_xdp(w->e, WAN, "wan0");
	connect_both(w);
	for (int i = 0; i < 5; i++) {
		dtls(w, OUT, DTLS_CLIENT_HELLO);
		keep_consent(w, 4);
	}
	expect(w, VERDICT_UNKNOWN, WHERE_NONE, CAUSE_NONE, STAGE_NOMINATED);
}

/*
 * For `seconds` the host's checks leave and are answered no more, or not to the host; the peer's
 * media goes on for `media`.
 */
static void media_without_answers(struct world *w, int seconds, int media, bool answers_dropped)
{
	struct flow_record record;

	connect_both(w);
	handshake(w);
	stream(w, OUT, 1);
	stream(w, IN, 2);
	for (int i = 0; i < seconds; i++) {
		struct event ev = at_point(w, SIDE_LAN, OUT, EVENT_STREAM, CLASS_RTP);

		memset(&record, 0, sizeof(record));
		record.dir[DIR_OUT].media_ns = i < media ? w->now : 0;
		engine_sample(w->e, &ev.key, &record);
		w->inbound_drops = true;
		if (answers_dropped)
			answer(w, IN, check(w, OUT, 0), 0);
		else
			check(w, OUT, 0);
		w->inbound_drops = false;
		pass(w, SEC);
	}
}

static void media_comes_on_without_answers(void **state)
{
	struct world *w = *state;

	media_without_answers(w, 40, 40, false);
	expect(w, VERDICT_BLOCKED, WHERE_UPSTREAM, CAUSE_STUN_FILTERED, STAGE_MEDIA);
}

static void hang_up(struct world *w)
{
	struct event ev = at_point(w, SIDE_WAN, IN, EVENT_ICMP, CLASS_OTHER);

	ev.icmp.type = 3;
	ev.icmp.code = 3;
	ev.icmp.sender = ep("5.0.0.2", 0);
	engine_event(w->e, &ev);
	pass(w, SEC);
}

/* The peer gives up, too. */
static void and_then_the_peer_leaves(void **state)
{
	struct world *w = *state;

	media_without_answers(w, 40, 40, false);
	hang_up(w);
	expect(w, VERDICT_BLOCKED, WHERE_UPSTREAM, CAUSE_STUN_FILTERED, STAGE_MEDIA);
}

static void the_peer_leaves_first(void **state)
{
	struct world *w = *state;

	media_without_answers(w, 25, 25, false);
	hang_up(w);
	expect(w, VERDICT_BLOCKED, WHERE_UPSTREAM, CAUSE_STUN_FILTERED, STAGE_MEDIA);
}

/* Two checks may be lost by chance. */
static void the_peer_leaves_early(void **state)
{
	struct world *w = *state;

	media_without_answers(w, 15, 15, false);
	hang_up(w);
	expect(w, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE, STAGE_MEDIA);
}

static void media_ends_with_the_answers(void **state)
{
	struct world *w = *state;

	media_without_answers(w, 40, 5, false);
	expect(w, VERDICT_FAILED, WHERE_NONE, CAUSE_CONSENT_LOST, STAGE_MEDIA);
	hang_up(w);
	expect(w, VERDICT_FAILED, WHERE_NONE, CAUSE_CONSENT_LOST, STAGE_MEDIA);
}

static void checks_that_never_left(void **state)
{
	struct world *w = *state;

	connect_both(w);
	w->outbound_drops = true;
	media_without_answers(w, 40, 40, false);
	expect(w, VERDICT_FAILED, WHERE_NONE, CAUSE_CONSENT_LOST, STAGE_MEDIA);
}

static void answers_that_came_to_the_wan(void **state)
{
	struct world *w = *state;

	media_without_answers(w, 40, 40, true);
	expect(w, VERDICT_FAILED, WHERE_NONE, CAUSE_CONSENT_LOST, STAGE_MEDIA);
}

static void media_behind_a_foreign_program(void **state)
{
	struct world *w = *state;

	engine_foreign_xdp(w->e, WAN, "wan0");
	media_without_answers(w, 40, 40, false);
	expect(w, VERDICT_FAILED, WHERE_NONE, CAUSE_CONSENT_LOST, STAGE_MEDIA);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all_udp_is_lost),
		TEST(tcp_to_others_works),
		TEST(without_tcp_nobody_knows),
		TEST(one_answer_by_udp_is_enough),
		TEST(one_server_proves_nothing),
		TEST(nor_does_other_udp_then),
		TEST(one_server_that_answers_over_tcp),
		TEST(one_server_that_answers_nowhere),
		TEST(tcp_of_the_peer_is_not_ours),
		TEST(other_udp_to_the_port_is_answered),
		TEST(the_peer_alone_is_away),
		TEST(nats_that_do_not_meet),
		TEST(behind_a_foreign_program),
		TEST(after_a_foreign_program),
		TEST(long_after_a_foreign_program),
		TEST(a_foreign_program_elsewhere),
		TEST(dtls_behind_a_foreign_program),
		TEST(media_comes_on_without_answers),
		TEST(and_then_the_peer_leaves),
		TEST(the_peer_leaves_first),
		TEST(the_peer_leaves_early),
		TEST(media_ends_with_the_answers),
		TEST(checks_that_never_left),
		TEST(answers_that_came_to_the_wan),
		TEST(media_behind_a_foreign_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
