/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which STUN messages become events: the rules on top of event.h. */
#include "pipeline_fixture.h"

/* The first 8, then each power of two. */
static u32 worth(u32 n)
{
	u32 told = n < 8 ? n : 8;

	for (u32 power = 16; power <= n; power *= 2)
		told++;
	return told;
}

static void an_event_says_what_was_seen(void **state)
{
	struct pipe *p = *state;
	struct check_of of = {
		.id = 0x0102030405060708, .username = "bobb:alic", .role = ROLE_CONTROLLING};
	struct flow_key key = key_between(p, PROTO_UDP);
	struct endpoint none = {.port = 0};
	struct event e;
	struct buf m;

	msg_check(&m, &of);
	send_udp(p, OUT, &m);
	e = take_told(p, EVENT_STUN, OUT, CLASS_STUN);
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
	e = take_told(p, EVENT_STUN, IN, CLASS_STUN);
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

static void unanswered_requests_are_told_ever_more_rarely(void **state)
{
	struct pipe *p = *state;

	for (u32 i = 1; i <= 300; i++) {
		check(p, OUT, "bobb:alic");
		assert_int_equal(p->ntold, worth(i));
		assert_int_equal(p->told[p->ntold - 1].count, i <= 8 ? i : 8u << (p->ntold - 8));
	}
	forget(p);
	check(p, IN, "alic:bobb"); /* the other direction counts for itself */
	expect_told(p, 1);
}

static void the_same_on_a_known_flow(void **state)
{
	struct pipe *p = *state;

	answer(p, IN, check(p, OUT, "bobb:alic"));
	forget(p);
	/* none of the requests from the peer is answered */
	for (u32 i = 1; i <= 100; i++) {
		check(p, IN, "alic:bobb");
		assert_int_equal(p->ntold, worth(i));
		assert_int_equal(p->told[p->ntold - 1].known, 1);
	}
}

static void after_an_answer_requests_are_silent(void **state)
{
	struct pipe *p = *state;

	establish(p);
	for (int i = 0; i < 100; i++) {
		check(p, OUT, "bobb:alic");
		check(p, IN, "alic:bobb");
	}
	expect_told(p, 0);
	assert_int_equal(half_of(p, OUT)->requests, 101);
}

static void another_username_is_told(void **state)
{
	struct pipe *p = *state;
	struct event e;

	establish(p);
	check(p, OUT, "bob2:ali2");
	e = take_told(p, EVENT_STUN, OUT, CLASS_STUN);
	assert_memory_equal(e.stun.username, "bob2:ali2", 9);
	check(p, OUT, "bob2:ali2");
	expect_told(p, 0);
	check(p, IN, "ali2:bob2");
	take_told(p, EVENT_STUN, IN, CLASS_STUN);
}

/* After an ICE restart its first answer is news again. */
static void a_restarts_answer_is_told(void **state)
{
	struct pipe *p = *state;
	u64 id;

	establish(p);
	answer(p, IN, check(p, OUT, "bobb:alic"));
	expect_told(p, 0);
	id = check(p, OUT, "bob2:ali2");
	forget(p);
	answer(p, IN, id);
	take_told(p, EVENT_STUN, IN, CLASS_STUN);
	answer(p, IN, check(p, OUT, "bob2:ali2"));
	expect_told(p, 0);
}

static u64 check_with(struct pipe *p, enum way way, int role, bool use_candidate)
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

static void a_role_or_nomination_is_told_once(void **state)
{
	struct pipe *p = *state;
	struct event e;

	answer(p, IN, check_with(p, OUT, ROLE_CONTROLLED, false));
	forget(p);
	check_with(p, OUT, ROLE_CONTROLLED, false);
	expect_told(p, 0);
	check_with(p, OUT, ROLE_CONTROLLING, false); /* the role changed: a conflict was solved */
	e = take_told(p, EVENT_STUN, OUT, CLASS_STUN);
	assert_true(e.stun.flags & STUN_F_CONTROLLING);
	check_with(p, OUT, ROLE_CONTROLLING, true);
	e = take_told(p, EVENT_STUN, OUT, CLASS_STUN);
	assert_true(e.stun.flags & STUN_F_USE_CANDIDATE);
	check_with(p, OUT, ROLE_CONTROLLING, true);
	expect_told(p, 0);
}

static void the_answer_to_a_nomination_is_told_once(void **state)
{
	struct pipe *p = *state;
	struct event e;
	u64 id;

	answer(p, IN, check_with(p, OUT, ROLE_CONTROLLING, false));
	forget(p);
	answer(p, IN, check_with(p, OUT, ROLE_CONTROLLING, false));
	expect_told(p, 0);
	id = check_with(p, OUT, ROLE_CONTROLLING, true);
	forget(p);
	answer(p, IN, id);
	e = take_told(p, EVENT_STUN, IN, CLASS_STUN);
	assert_true(e.stun.flags & STUN_F_MATCHED_NOMINATION);
	answer(p, IN, check_with(p, OUT, ROLE_CONTROLLING, true));
	expect_told(p, 0);
}

/* Under another USERNAME a role and a nomination are news again. */
static void a_restarts_nomination_is_told(void **state)
{
	struct check_of of = {.username = "bob2:ali2", .role = ROLE_CONTROLLING};
	struct pipe *p = *state;
	struct buf m;

	answer(p, IN, check_with(p, OUT, ROLE_CONTROLLING, true));
	forget(p);
	of.id = ++p->ids;
	msg_check(&m, &of);
	send_udp(p, OUT, &m);
	take_told(p, EVENT_STUN, OUT, CLASS_STUN);
	of.id = ++p->ids;
	of.use_candidate = true;
	msg_check(&m, &of);
	send_udp(p, OUT, &m);
	assert_true(take_told(p, EVENT_STUN, OUT, CLASS_STUN).stun.flags & STUN_F_USE_CANDIDATE);
}

static void answers_that_match_nothing(void **state)
{
	struct pipe *p = *state;

	establish(p);
	for (u64 i = 0; i < 100; i++)
		answer(p, IN, 1000000 + i);
	expect_told(p, 0);
	assert_int_equal(half_of(p, IN)->successes, 1);
}

static void an_answer_counts_once(void **state)
{
	struct pipe *p = *state;
	u64 id;

	establish(p);
	id = check(p, OUT, "bobb:alic");
	answer(p, IN, id);
	answer(p, IN, id);
	assert_int_equal(half_of(p, IN)->successes, 2);
}

static void errors_are_told(void **state)
{
	struct pipe *p = *state;
	struct buf m;

	establish(p);
	for (u32 i = 1; i <= 40; i++) {
		u64 id = check(p, OUT, "bobb:alic");

		msg_stun(&m, 0x0111, id);
		msg_error(&m, 487);
		send_udp(p, IN, &m);
		assert_int_equal(p->ntold, worth(i));
		assert_int_equal(p->told[p->ntold - 1].stun.error, 487);
		assert_true(p->told[p->ntold - 1].stun.flags & STUN_F_MATCHED);
	}
	assert_int_equal(half_of(p, IN)->errors, 40);
}

static void a_round_trip_of_a_repeated_request_is_not_told(void **state)
{
	struct pipe *p = *state;
	struct check_of of = {.id = 5, .username = "bobb:alic"};
	struct buf m;

	msg_check(&m, &of);
	send_udp(p, OUT, &m);
	send_udp(p, OUT, &m);
	forget(p);
	answer(p, IN, 5);
	assert_int_equal(take_told(p, EVENT_STUN, IN, CLASS_STUN).stun.rtt_us, 0);
	assert_int_equal(half_of(p, IN)->rtt_us, 0);
	assert_int_equal(half_of(p, OUT)->requests, 2);
}

static void round_trips_last_and_least(void **state)
{
	struct pipe *p = *state;
	u64 id = check(p, OUT, "bobb:alic");

	p->now += 29 * MS;
	answer(p, IN, id);
	id = check(p, OUT, "bobb:alic");
	p->now += 9 * MS;
	answer(p, IN, id);
	id = check(p, OUT, "bobb:alic");
	p->now += 49 * MS;
	answer(p, IN, id);
	assert_int_equal(half_of(p, IN)->rtt_us, 50000);
	assert_int_equal(half_of(p, IN)->rtt_min_us, 10000);
	assert_int_equal(half_of(p, OUT)->rtt_us, 0);
}

static void goog_ping_is_a_consent_check(void **state)
{
	struct pipe *p = *state;
	struct check_of of = {.type = 0x0200};
	struct buf m;

	establish(p);
	for (int i = 0; i < 10; i++) {
		of.id = ++p->ids;
		msg_check(&m, &of);
		send_udp(p, OUT, &m);
		assert_true(half_of(p, OUT)->request_ns == p->now);
		msg_stun(&m, 0x0300, of.id);
		send_udp(p, IN, &m);
		assert_true(half_of(p, IN)->success_ns == p->now);
	}
	expect_told(p, 0);
	assert_int_equal(half_of(p, OUT)->requests, 11);
	assert_int_equal(half_of(p, IN)->successes, 11);
}

static void a_classic_exchange(void **state)
{
	struct pipe *p = *state;
	struct buf m = {.len = 0};
	struct event e;

	put_hex(&m, "0001 0000 01020304 05060708 090a0b0c 0d0e0f10");
	send_udp(p, OUT, &m);
	e = take_told(p, EVENT_STUN, OUT, CLASS_CLASSIC_STUN);
	assert_true(e.stun.flags & STUN_F_CLASSIC);
	m.len = 0;
	put_hex(&m, "0101 000c 01020304 05060708 090a0b0c 0d0e0f10 0001 0008 0001 c351 cb007109");
	send_udp(p, IN, &m);
	e = take_told(p, EVENT_STUN, IN, CLASS_CLASSIC_STUN);
	assert_endpoint(&e.stun.mapped, ep("203.0.113.9", 50001));
	assert_int_equal(flow_count(p), 1);
	assert_int_equal(counted(p, OUT, CARRIER_UDP, CLASS_CLASSIC_STUN), 1);
	assert_int_equal(counted(p, IN, CARRIER_UDP, CLASS_CLASSIC_STUN), 1);
}

static void a_long_username_is_kept_in_part(void **state)
{
	struct pipe *p = *state;
	char name[400];
	struct event e;

	memset(name, 'u', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	check(p, OUT, name);
	e = take_told(p, EVENT_STUN, OUT, CLASS_STUN);
	assert_int_equal(e.stun.username_len, STUN_USERNAME_KEPT);
	assert_true(e.stun.flags & STUN_F_USERNAME_CUT);
	assert_memory_equal(e.stun.username, name, STUN_USERNAME_KEPT);
	check(p, OUT, "a");
	e = take_told(p, EVENT_STUN, OUT, CLASS_STUN);
	assert_int_equal(e.stun.username_len, 1);
	for (u32 i = 1; i < STUN_USERNAME_KEPT; i++)
		assert_int_equal(e.stun.username[i], 0); /* nothing of the message before */
}

static void a_stun_message_that_lies_is_counted(void **state)
{
	struct pipe *p = *state;
	struct buf m;

	msg_stun(&m, 0x0001, 1);
	msg_attr32(&m, 0x0006, 0x41424344);
	set16(&m, 22, 200);
	send_udp(p, OUT, &m);
	expect_told(p, 0);
	assert_true(skipped(p, REASON_BAD_STUN) == 1);
	assert_int_equal(counted(p, OUT, CARRIER_UDP, CLASS_STUN), 1);
}

int main(void)
{
	static const struct pipe_case cases[] = {
		PIPE_CASE(an_event_says_what_was_seen),
		PIPE_CASE(unanswered_requests_are_told_ever_more_rarely),
		PIPE_CASE(the_same_on_a_known_flow),
		PIPE_CASE(after_an_answer_requests_are_silent),
		PIPE_CASE(another_username_is_told),
		PIPE_CASE(a_restarts_answer_is_told),
		PIPE_CASE(a_role_or_nomination_is_told_once),
		PIPE_CASE(the_answer_to_a_nomination_is_told_once),
		PIPE_CASE(a_restarts_nomination_is_told),
		PIPE_CASE(answers_that_match_nothing),
		PIPE_CASE(an_answer_counts_once),
		PIPE_CASE(errors_are_told),
		PIPE_CASE(a_round_trip_of_a_repeated_request_is_not_told),
		PIPE_CASE(round_trips_last_and_least),
		PIPE_CASE(goog_ping_is_a_consent_check),
		PIPE_CASE(a_classic_exchange),
		PIPE_CASE(a_long_username_is_kept_in_part),
		PIPE_CASE(a_stun_message_that_lies_is_counted),
	};

	return pipe_run("told", cases, COUNT(cases));
}
