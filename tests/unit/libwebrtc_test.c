/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Attributes of libwebrtc's own in its checks: the last check that came (0xc058), nomination by
 * number (0xc001).
 */
#include "pipeline_fixture.h"

/* A check that names transaction `last`, in so many bytes. */
static void check_naming(struct pipeline *p, enum host_dir way, u64 last, u32 len)
{
	struct buf other, m;

	msg_stun(&other, 0x0001, last);
	msg_stun(&m, 0x0001, ++p->ids);
	msg_text(&m, 0x0006, way == OUT ? "bobb:alic" : "alic:bobb");
	msg_attr(&m, 0xc058, other.b + 8, len);
	send_udp(p, way, &m);
}

/* The answer to the host's check was not seen: the peer's next check says that it came. */
static void a_check_that_names_ours_answers_it(void **state)
{
	struct pipeline *p = *state;
	u64 id = send_check(p, OUT, "bobb:alic");
	struct event e;

	clear_events(p);
	check_naming(p, IN, id, 12);
	e = take_only_event(p, EVENT_STUN, IN, CLASS_STUN);
	assert_int_equal(e.stun.cls, STUN_REQUEST);
	assert_int_equal(e.known, 1);
	assert_true(e.stun.flags & STUN_F_MATCHED);
	assert_int_equal(e.stun.rtt_us, 0); /* it may have waited */
	assert_int_equal(half_of(p, IN)->successes, 1);
	assert_int_equal(half_of(p, IN)->requests, 1);
	assert_true(half_of(p, IN)->success_ns == p->now);
	assert_int_equal(half_of(p, OUT)->requests, 1);
}

static void an_answered_check_is_not_answered_again(void **state)
{
	struct pipeline *p = *state;
	u64 id = send_check(p, OUT, "bobb:alic");

	send_stun_answer(p, IN, id);
	check_naming(p, IN, id, 12);
	assert_false(p->events[p->nevents - 1].stun.flags & STUN_F_MATCHED);
	assert_int_equal(half_of(p, IN)->successes, 1);
}

static void only_a_transaction_id_answers(void **state)
{
	struct pipeline *p = *state;
	u64 id = send_check(p, OUT, "bobb:alic");

	check_naming(p, IN, id + 1, 12);
	check_naming(p, IN, id, 8);
	check_naming(p, IN, id, 16);
	check_naming(p, OUT, id, 12); /* the host's own */
	assert_null(record_of(p, PROTO_UDP));
}

static void a_check_naming_ours_keeps_consent(void **state)
{
	struct pipeline *p = *state;
	u64 id;

	establish_ice(p);
	for (int i = 0; i < 20; i++) {
		id = send_check(p, OUT, "bobb:alic");
		check_naming(p, IN, id, 12);
	}
	expect_events(p, 0);
	assert_int_equal(half_of(p, IN)->successes, 21);
	assert_true(half_of(p, IN)->success_ns == p->now);
}

static void the_nomination_attribute_nominates(void **state)
{
	struct pipeline *p = *state;
	struct event e;
	struct buf m;

	establish_ice(p);
	msg_stun(&m, 0x0001, ++p->ids);
	msg_text(&m, 0x0006, "bobb:alic");
	msg_attr32(&m, 0xc001, 1);
	send_udp(p, OUT, &m);
	e = take_only_event(p, EVENT_STUN, OUT, CLASS_STUN);
	assert_true(e.stun.flags & STUN_F_USE_CANDIDATE);
	send_stun_answer(p, IN, p->ids);
	e = take_only_event(p, EVENT_STUN, IN, CLASS_STUN);
	assert_true(e.stun.flags & STUN_F_MATCHED_NOMINATION);
}

int main(void)
{
	static const struct pipeline_case cases[] = {
		PIPELINE_CASE(a_check_that_names_ours_answers_it),
		PIPELINE_CASE(an_answered_check_is_not_answered_again),
		PIPELINE_CASE(only_a_transaction_id_answers),
		PIPELINE_CASE(a_check_naming_ours_keeps_consent),
		PIPELINE_CASE(the_nomination_attribute_nominates),
	};

	return pipeline_run("libwebrtc", cases, COUNT(cases));
}
