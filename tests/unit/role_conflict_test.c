/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is role-conflict and closed-early, and what only looks so. */
#include "cause_events.h"

/* --- role-conflict --- */

static void both_sides_stay_controlled(void **state)
{
	struct engine_fixture *w = *state;

	for (int i = 0; i < 20; i++) {
		ice_answer(w, IN, ice_request(w, OUT, STUN_F_CONTROLLED), 0);
		ice_answer(w, OUT, ice_request(w, IN, STUN_F_CONTROLLED), 0);
		advance_time(w, SEC);
	}
	expect_verdict(w, VERDICT_FAILED, WHERE_NONE, CAUSE_ROLE_CONFLICT, STAGE_CONNECTED);
}

static void one_side_switches(void **state)
{
	struct engine_fixture *w = *state;

	ice_answer(w, IN, ice_request(w, OUT, STUN_F_CONTROLLED), 0);
	for (int i = 0; i < 20; i++) {
		ice_answer(w, OUT, ice_request(w, IN, STUN_F_CONTROLLED), 0);
		ice_answer(w, IN, ice_request(w, OUT, STUN_F_CONTROLLING), 0);
		advance_time(w, SEC);
	}
	expect_verdict(w, VERDICT_BLOCKED, WHERE_UPSTREAM, CAUSE_DTLS_FILTERED, STAGE_CONNECTED);
}

static void a_conflict_that_is_settled_does_not_count(void **state)
{
	struct engine_fixture *w = *state;

	refuse_check(w, 487, 1);
	refuse_check(w, 487, 2);
	refuse_check(w, 487, 3);
	ice_answer(w, IN, ice_request(w, OUT, STUN_F_CONTROLLING), 0);
	keep_consent(w, 20);
	expect_verdict(w, VERDICT_BLOCKED, WHERE_UPSTREAM, CAUSE_DTLS_FILTERED, STAGE_CONNECTED);
}

/* Each side switches once, and then nobody answers any more. */
static void two_refusals_are_no_conflict(void **state)
{
	struct engine_fixture *w = *state;

	refuse_check(w, 487, 1);
	refuse_check(w, 487, 2);
	unanswered_checks(w);
	expect_verdict(w, VERDICT_FAILED, WHERE_NONE, CAUSE_NO_ANSWER, STAGE_CHECKING);
}

/* A packet between two hosts inside: it comes out of the flow of one, and goes into the other's. */
static void send_inside(struct engine_fixture *w, const struct endpoint *from,
			const struct endpoint *to, struct stun_spec *of)
{
	struct event ev;

	w->host = *from;
	w->peer = *to;
	ev = make_stun_event(w, SIDE_LAN, OUT, of);
	engine_event(w->e, &ev);
	w->host = *to;
	w->peer = *from;
	ev = make_stun_event(w, SIDE_LAN, IN, of);
	engine_event(w->e, &ev);
}

static void check_inside(struct engine_fixture *w, const struct endpoint *from,
			 const struct endpoint *to, bool first)
{
	struct stun_spec of = {.method = STUN_BINDING,
			       .receiver = first ? w->other : w->own,
			       .sender = first ? w->own : w->other,
			       .flags = first ? STUN_F_CONTROLLING : STUN_F_CONTROLLED,
			       .id = ++w->ids};
	struct stun_spec answer_of = {
		.cls = STUN_SUCCESS, .method = STUN_BINDING, .flags = STUN_F_MATCHED, .id = of.id};

	send_inside(w, from, to, &of);
	send_inside(w, to, from, &answer_of);
}

static void two_hosts_inside_have_two_roles(void **state)
{
	const struct endpoint one = ep("192.168.0.2", 7000), other = ep("192.168.0.3", 7000);
	struct engine_fixture *w = *state;

	for (int i = 0; i < 20; i++) {
		check_inside(w, &one, &other, true);
		check_inside(w, &other, &one, false);
		advance_time(w, SEC);
	}
	expect_verdict(w, VERDICT_BLOCKED, WHERE_UPSTREAM, CAUSE_DTLS_FILTERED, STAGE_CONNECTED);
}

/* --- closed-early --- */

static void who_goes_on_is_not_closed(void **state)
{
	struct engine_fixture *w = *state;

	connect_peers(w);
	keep_consent(w, 20);
	expect_verdict(w, VERDICT_BLOCKED, WHERE_UPSTREAM, CAUSE_DTLS_FILTERED, STAGE_NOMINATED);
}

static void dtls_of_one_side_is_a_beginning(void **state)
{
	struct engine_fixture *w = *state;

	connect_peers(w);
	dtls_step(w, IN, DTLS_CLIENT_HELLO);
	advance_time(w, 20 * SEC);
	expect_verdict(w, VERDICT_FAILED, WHERE_NONE, CAUSE_DTLS_TIMEOUT, STAGE_NOMINATED);
}

static void closed_early_waits_for_silence(void **state)
{
	struct engine_fixture *w = *state;

	connect_peers(w);
	advance_time(w, 8 * SEC);
	expect_verdict(w, VERDICT_PENDING, WHERE_NONE, CAUSE_NONE, STAGE_NOMINATED);
	advance_time(w, 8 * SEC);
	expect_verdict(w, VERDICT_FAILED, WHERE_NONE, CAUSE_CLOSED_EARLY, STAGE_NOMINATED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(both_sides_stay_controlled),
		TEST(one_side_switches),
		TEST(a_conflict_that_is_settled_does_not_count),
		TEST(two_refusals_are_no_conflict),
		TEST(two_hosts_inside_have_two_roles),
		TEST(who_goes_on_is_not_closed),
		TEST(dtls_of_one_side_is_a_beginning),
		TEST(closed_early_waits_for_silence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
