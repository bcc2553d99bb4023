/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which STUN messages become events: the rules at the top of event.h. */
#include "pipeline_fixture.h"

/* The first 8, then each power of two. */
static u32 reported_of(u32 n)
{
	u32 told = n < 8 ? n : 8;

	for (u32 power = 16; power <= n; power *= 2)
		told++;
	return told;
}

static void an_event_holds_what_was_seen(void **state)
{
	struct pipeline *p = *state;
	struct check_of of = {
		.id = 0x0102030405060708, .username = "bobb:alic", .role = ROLE_CONTROLLING};
	struct flow_key key = key_between(p, PROTO_UDP);
	struct endpoint none = {.port = 0};
	struct event e;
	struct buf m;

	msg_check(&m, &of);
	send_udp(p, OUT, &m);
	e = take_only_event(p, EVENT_STUN, OUT, CLASS_STUN);
	assert_memory_equal(&e.key, &key, sizeof(key));
	assert_int_equal(e.known, 0);
	assert_int_equal(e.count, 1);
	assert_int_equal(e.wire_len, m.len);
	assert_endpoint(&e.server, none);
	assert_memory_equal(e.stun.id, m.b + 8, 12);
	assert_int_equal(e.stun.method, STUN_BINDING);
	assert_int_equal(e.stun.cls, STUN_REQUEST);
	assert_int_equal(e.stun.priority, 0x6e7f00ff);
	assert_int_equal(e.stun.username_len, 9);
	assert_memory_equal(e.stun.username, "bobb:alic", 9);
	assert_int_equal(e.stun.flags, STUN_F_USERNAME | STUN_F_PRIORITY | STUN_F_CONTROLLING |
					       STUN_F_INTEGRITY | STUN_F_FINGERPRINT);
	msg_answer(&m, of.id, p->host);
	send_udp(p, IN, &m);
	e = take_only_event(p, EVENT_STUN, IN, CLASS_STUN);
	assert_memory_equal(&e.key, &key, sizeof(key));
	assert_int_equal(e.known, 1);
	assert_int_equal(e.count, 1);
	assert_int_equal(e.stun.cls, STUN_SUCCESS);
	assert_int_equal(e.stun.rtt_us, 1000);
	assert_endpoint(&e.stun.mapped, p->host);
	assert_int_equal(e.stun.flags, STUN_F_MATCHED | STUN_F_INTEGRITY | STUN_F_FINGERPRINT);
	assert_int_equal(e.stun.username_len, 0);
	assert_int_equal(e.stun.priority, 0);
}

static void unanswered_requests_are_reported_with_backoff(void **state)
{
	struct pipeline *p = *state;

	for (u32 i = 1; i <= 300; i++) {
		send_check(p, OUT, "bobb:alic");
		assert_int_equal(p->nevents, reported_of(i));
		assert_int_equal(p->events[p->nevents - 1].count,
				 i <= 8 ? i : 8u << (p->nevents - 8));
	}
	clear_events(p);
	send_check(p, IN, "alic:bobb"); /* the other direction counts for itself */
	expect_events(p, 1);
}

static void requests_on_a_known_flow_are_reported_with_backoff(void **state)
{
	struct pipeline *p = *state;

	send_stun_answer(p, IN, send_check(p, OUT, "bobb:alic"));
	clear_events(p);
	/* none of the requests from the peer is answered */
	for (u32 i = 1; i <= 100; i++) {
		send_check(p, IN, "alic:bobb");
		assert_int_equal(p->nevents, reported_of(i));
		assert_int_equal(p->events[p->nevents - 1].known, 1);
	}
}

static void after_an_answer_requests_are_silent(void **state)
{
	struct pipeline *p = *state;

	establish_ice(p);
	for (int i = 0; i < 100; i++) {
		send_check(p, OUT, "bobb:alic");
		send_check(p, IN, "alic:bobb");
	}
	expect_events(p, 0);
	assert_int_equal(half_of(p, OUT)->requests, 101);
}

static void another_username_is_reported(void **state)
{
	struct pipeline *p = *state;
	struct event e;

	establish_ice(p);
	send_check(p, OUT, "bob2:ali2");
	e = take_only_event(p, EVENT_STUN, OUT, CLASS_STUN);
	assert_memory_equal(e.stun.username, "bob2:ali2", 9);
	send_check(p, OUT, "bob2:ali2");
	expect_events(p, 0);
	send_check(p, IN, "ali2:bob2");
	take_only_event(p, EVENT_STUN, IN, CLASS_STUN);
}

/* After an ICE restart its first answer is news again. */
static void the_answer_to_a_restart_is_reported(void **state)
{
	struct pipeline *p = *state;
	u64 id;

	establish_ice(p);
	send_stun_answer(p, IN, send_check(p, OUT, "bobb:alic"));
	expect_events(p, 0);
	id = send_check(p, OUT, "bob2:ali2");
	clear_events(p);
	send_stun_answer(p, IN, id);
	take_only_event(p, EVENT_STUN, IN, CLASS_STUN);
	send_stun_answer(p, IN, send_check(p, OUT, "bob2:ali2"));
	expect_events(p, 0);
}

static u64 check_with(struct pipeline *p, enum host_dir way, int role, bool use_candidate)
{
	struct check_of of = {.id = ++p->ids,
			      .username = "bobb:alic",
			      .role = role,
			      .use_candidate = use_candidate};
	struct buf m;

	msg_check(&m, &of);
	send_udp(p, way, &m);
	return of.id;
}

static void a_role_or_nomination_is_reported_once(void **state)
{
	struct pipeline *p = *state;
	struct event e;

	send_stun_answer(p, IN, check_with(p, OUT, ROLE_CONTROLLED, false));
	clear_events(p);
	check_with(p, OUT, ROLE_CONTROLLED, false);
	expect_events(p, 0);
	check_with(p, OUT, ROLE_CONTROLLING, false); /* the role changed: a conflict was solved */
	e = take_only_event(p, EVENT_STUN, OUT, CLASS_STUN);
	assert_true(e.stun.flags & STUN_F_CONTROLLING);
	check_with(p, OUT, ROLE_CONTROLLING, true);
	e = take_only_event(p, EVENT_STUN, OUT, CLASS_STUN);
	assert_true(e.stun.flags & STUN_F_USE_CANDIDATE);
	check_with(p, OUT, ROLE_CONTROLLING, true);
	expect_events(p, 0);
}

static void the_answer_to_a_nomination_is_reported_once(void **state)
{
	struct pipeline *p = *state;
	struct event e;
	u64 id;

	send_stun_answer(p, IN, check_with(p, OUT, ROLE_CONTROLLING, false));
	clear_events(p);
	send_stun_answer(p, IN, check_with(p, OUT, ROLE_CONTROLLING, false));
	expect_events(p, 0);
	id = check_with(p, OUT, ROLE_CONTROLLING, true);
	clear_events(p);
	send_stun_answer(p, IN, id);
	e = take_only_event(p, EVENT_STUN, IN, CLASS_STUN);
	assert_true(e.stun.flags & STUN_F_MATCHED_NOMINATION);
	send_stun_answer(p, IN, check_with(p, OUT, ROLE_CONTROLLING, true));
	expect_events(p, 0);
}

/* Under another USERNAME a role and a nomination are news again. */
static void the_nomination_of_a_restart_is_reported(void **state)
{
	struct check_of of = {.username = "bob2:ali2", .role = ROLE_CONTROLLING};
	struct pipeline *p = *state;
	struct buf m;

	send_stun_answer(p, IN, check_with(p, OUT, ROLE_CONTROLLING, true));
	clear_events(p);
	of.id = ++p->ids;
	msg_check(&m, &of);
	send_udp(p, OUT, &m);
	take_only_event(p, EVENT_STUN, OUT, CLASS_STUN);
	of.id = ++p->ids;
	of.use_candidate = true;
	msg_check(&m, &of);
	send_udp(p, OUT, &m);
	assert_true(take_only_event(p, EVENT_STUN, OUT, CLASS_STUN).stun.flags &
		    STUN_F_USE_CANDIDATE);
}

static void answers_that_match_nothing(void **state)
{
	struct pipeline *p = *state;

	establish_ice(p);
	for (u64 i = 0; i < 100; i++)
		send_stun_answer(p, IN, 1000000 + i);
	expect_events(p, 0);
	assert_int_equal(half_of(p, IN)->successes, 1);
}

static void an_answer_counts_once(void **state)
{
	struct pipeline *p = *state;
	u64 id;

	establish_ice(p);
	id = send_check(p, OUT, "bobb:alic");
	send_stun_answer(p, IN, id);
	send_stun_answer(p, IN, id);
	assert_int_equal(half_of(p, IN)->successes, 2);
}

static void errors_are_reported(void **state)
{
	struct pipeline *p = *state;
	struct buf m;

	establish_ice(p);
	for (u32 i = 1; i <= 40; i++) {
		u64 id = send_check(p, OUT, "bobb:alic");

		msg_stun(&m, 0x0111, id);
		msg_error(&m, 487);
		send_udp(p, IN, &m);
		assert_int_equal(p->nevents, reported_of(i));
		assert_int_equal(p->events[p->nevents - 1].stun.error, 487);
		assert_true(p->events[p->nevents - 1].stun.flags & STUN_F_MATCHED);
	}
	assert_int_equal(half_of(p, IN)->errors, 40);
}

static void the_round_trip_of_a_repeated_request_is_unknown(void **state)
{
	struct pipeline *p = *state;
	struct check_of of = {.id = 5, .username = "bobb:alic"};
	struct buf m;

	msg_check(&m, &of);
	send_udp(p, OUT, &m);
	send_udp(p, OUT, &m);
	clear_events(p);
	send_stun_answer(p, IN, 5);
	assert_int_equal(take_only_event(p, EVENT_STUN, IN, CLASS_STUN).stun.rtt_us, 0);
	assert_int_equal(half_of(p, IN)->rtt_us, 0);
	assert_int_equal(half_of(p, OUT)->requests, 2);
}

static void round_trips_last_and_least(void **state)
{
	struct pipeline *p = *state;
	u64 id = send_check(p, OUT, "bobb:alic");

	p->now += 29 * MS;
	send_stun_answer(p, IN, id);
	id = send_check(p, OUT, "bobb:alic");
	p->now += 9 * MS;
	send_stun_answer(p, IN, id);
	id = send_check(p, OUT, "bobb:alic");
	p->now += 49 * MS;
	send_stun_answer(p, IN, id);
	assert_int_equal(half_of(p, IN)->rtt_us, 50000);
	assert_int_equal(half_of(p, IN)->rtt_min_us, 10000);
	assert_int_equal(half_of(p, OUT)->rtt_us, 0);
}

static void goog_ping_is_a_consent_check(void **state)
{
	struct pipeline *p = *state;
	struct check_of of = {.type = 0x0200};
	struct buf m;

	establish_ice(p);
	for (int i = 0; i < 10; i++) {
		of.id = ++p->ids;
		msg_check(&m, &of);
		send_udp(p, OUT, &m);
		assert_true(half_of(p, OUT)->request_ns == p->now);
		msg_stun(&m, 0x0300, of.id);
		send_udp(p, IN, &m);
		assert_true(half_of(p, IN)->success_ns == p->now);
	}
	expect_events(p, 0);
	assert_int_equal(half_of(p, OUT)->requests, 11);
	assert_int_equal(half_of(p, IN)->successes, 11);
}

static void a_classic_exchange(void **state)
{
	struct pipeline *p = *state;
	struct buf m = {.len = 0};
	struct event e;

	put_hex(&m, "0001 0000 01020304 05060708 090a0b0c 0d0e0f10");
	send_udp(p, OUT, &m);
	e = take_only_event(p, EVENT_STUN, OUT, CLASS_CLASSIC_STUN);
	assert_true(e.stun.flags & STUN_F_CLASSIC);
	m.len = 0;
	put_hex(&m, "0101 000c 01020304 05060708 090a0b0c 0d0e0f10 0001 0008 0001 c351 cb007109");
	send_udp(p, IN, &m);
	e = take_only_event(p, EVENT_STUN, IN, CLASS_CLASSIC_STUN);
	assert_endpoint(&e.stun.mapped, ep("203.0.113.9", 50001));
	assert_int_equal(flow_count(p), 1);
	assert_int_equal(packets_counted(p, OUT, CARRIER_UDP, CLASS_CLASSIC_STUN), 1);
	assert_int_equal(packets_counted(p, IN, CARRIER_UDP, CLASS_CLASSIC_STUN), 1);
}

static void a_long_username_is_truncated(void **state)
{
	struct pipeline *p = *state;
	char name[400];
	struct event e;

	memset(name, 'u', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	send_check(p, OUT, name);
	e = take_only_event(p, EVENT_STUN, OUT, CLASS_STUN);
	assert_int_equal(e.stun.username_len, STUN_USERNAME_KEPT);
	assert_true(e.stun.flags & STUN_F_USERNAME_CUT);
	assert_memory_equal(e.stun.username, name, STUN_USERNAME_KEPT);
	send_check(p, OUT, "a");
	e = take_only_event(p, EVENT_STUN, OUT, CLASS_STUN);
	assert_int_equal(e.stun.username_len, 1);
	for (u32 i = 1; i < STUN_USERNAME_KEPT; i++)
		assert_int_equal(e.stun.username[i], 0); /* nothing of the message before */
}

static void a_stun_message_with_a_bad_length_is_counted(void **state)
{
	struct pipeline *p = *state;
	struct buf m;

	msg_stun(&m, 0x0001, 1);
	msg_attr32(&m, 0x0006, 0x41424344);
	set16(&m, 22, 200);
	send_udp(p, OUT, &m);
	expect_events(p, 0);
	assert_true(packets_skipped(p, REASON_BAD_STUN) == 1);
	assert_int_equal(packets_counted(p, OUT, CARRIER_UDP, CLASS_STUN), 1);
}

int main(void)
{
	static const struct pipeline_case cases[] = {
		PIPELINE_CASE(an_event_holds_what_was_seen),
		PIPELINE_CASE(unanswered_requests_are_reported_with_backoff),
		PIPELINE_CASE(requests_on_a_known_flow_are_reported_with_backoff),
		PIPELINE_CASE(after_an_answer_requests_are_silent),
		PIPELINE_CASE(another_username_is_reported),
		PIPELINE_CASE(the_answer_to_a_restart_is_reported),
		PIPELINE_CASE(a_role_or_nomination_is_reported_once),
		PIPELINE_CASE(the_answer_to_a_nomination_is_reported_once),
		PIPELINE_CASE(the_nomination_of_a_restart_is_reported),
		PIPELINE_CASE(answers_that_match_nothing),
		PIPELINE_CASE(an_answer_counts_once),
		PIPELINE_CASE(errors_are_reported),
		PIPELINE_CASE(the_round_trip_of_a_repeated_request_is_unknown),
		PIPELINE_CASE(round_trips_last_and_least),
		PIPELINE_CASE(goog_ping_is_a_consent_check),
		PIPELINE_CASE(a_classic_exchange),
		PIPELINE_CASE(a_long_username_is_truncated),
		PIPELINE_CASE(a_stun_message_with_a_bad_length_is_counted),
	};

	return pipeline_run("told", cases, COUNT(cases));
}
