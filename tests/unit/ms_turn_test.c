/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * [MS-TURN], with STUN's cookie at the head of the transaction id as newer clients send it, and
 * without: an allocation, a Send request and a Data indication with checks in them. `peer` is the
 * server, `other` the peer behind it.
 */
#include "pipeline_fixture.h"

/* A header, and MAGIC-COOKIE as the first attribute. */
static void ms_message(struct buf *m, u16 type, u64 id, bool cookie)
{
	msg_stun(m, type, id);
	if (!cookie)
		m->b[4] = 0x37;
	msg_attr32(m, 0x000f, 0x72c64bc6);
}

static void ms_allocate(struct pipeline *p, bool cookie)
{
	struct endpoint relayed = ep("198.51.100.7", 50000);
	struct event e;
	struct buf m;

	ms_message(&m, 0x0003, ++p->ids, cookie);
	msg_text(&m, 0x0006, "user");
	send_udp(p, OUT, &m);
	clear_events(p);
	ms_message(&m, 0x0103, p->ids, cookie);
	msg_address(&m, 0x0001, relayed, false);
	msg_address(&m, 0x8020, p->host, true);
	msg_attr32(&m, 0x000d, 600);
	send_udp(p, IN, &m);
	e = take_only_event(p, EVENT_STUN, IN, cookie ? CLASS_STUN : CLASS_CLASSIC_STUN);
	assert_int_equal(e.stun.method, STUN_ALLOCATE);
	assert_int_equal(e.stun.cls, STUN_SUCCESS);
	assert_true(e.stun.flags & STUN_F_MATCHED);
	assert_endpoint(&e.stun.relayed, relayed);
	assert_int_equal(e.stun.lifetime, 600);
	assert_endpoint(&e.stun.mapped, p->host);
	assert_int_equal(record_of(p, PROTO_UDP)->turn, 1);
}

static void ms_carry(struct pipeline *p, enum host_dir way, const struct buf *inner, bool cookie)
{
	struct buf m;

	ms_message(&m, way == OUT ? 0x0004 : 0x0115, ++p->ids, cookie);
	msg_address(&m, way == OUT ? 0x0011 : 0x0012, p->other, false);
	msg_attr(&m, 0x0013, inner->b, inner->len);
	send_udp(p, way, &m);
}

static const struct flow_record *ms_inner(struct pipeline *p)
{
	struct flow_key carrying = key_between(p, PROTO_UDP), key = carrying;

	if (p->variant->wan)
		key.far = p->other;
	else
		key.near = p->other;
	key.tag = flow_tag(&carrying);
	key.relayed = 1;
	return flow_of(p, &key);
}

static void a_call_through(struct pipeline *p, bool cookie)
{
	struct check_of of = {.id = 900, .username = "bobb:alic"};
	struct buf m;

	ms_allocate(p, cookie);
	msg_check(&m, &of);
	ms_carry(p, OUT, &m, cookie);
	expect_events(p, 2);
	assert_int_equal(p->events[0].stun.method, STUN_SEND);
	assert_int_equal(p->events[0].stun.cls, STUN_INDICATION);
	assert_endpoint(&p->events[0].stun.peer, p->other);
	assert_endpoint(&p->events[1].server, p->peer);
	clear_events(p);
	msg_answer(&m, 900, p->other);
	ms_carry(p, IN, &m, cookie);
	expect_events(p, 2);
	assert_int_equal(p->events[0].stun.method, STUN_DATA);
	assert_non_null(ms_inner(p));
	assert_int_equal(ms_inner(p)->dir[dir_of(p, IN)].successes, 1);
	assert_int_equal(
		packets_counted(p, OUT, CARRIER_UDP, cookie ? CLASS_STUN : CLASS_CLASSIC_STUN), 2);
	assert_int_equal(packets_counted(p, OUT, CARRIER_UDP_RELAYED, CLASS_STUN), 1);
	assert_int_equal(all_skipped(p), 0);
}

static void with_the_cookie(void **state)
{
	a_call_through(*state, true);
}

static void in_the_classic_header(void **state)
{
	a_call_through(*state, false);
}

/* A refusal is an error of the Allocate, as today. */
static void a_refusal(void **state)
{
	struct pipeline *p = *state;
	struct event e;
	struct buf m;

	ms_message(&m, 0x0003, ++p->ids, false);
	send_udp(p, OUT, &m);
	clear_events(p);
	ms_message(&m, 0x0113, p->ids, false);
	msg_error(&m, 401);
	send_udp(p, IN, &m);
	e = take_only_event(p, EVENT_STUN, IN, CLASS_CLASSIC_STUN);
	assert_int_equal(e.stun.error, 401);
	assert_true(e.stun.flags & STUN_F_MATCHED);
}

/* By type and length it might be; its first attribute says that it is not. */
static void a_wrong_first_attribute_is_no_ms_turn(void **state)
{
	struct pipeline *p = *state;
	struct buf m;

	for (u16 type = 0; type < 0x0120; type++) {
		if ((type & 0xfeef) != 3 && (type & 0xfeef) != 4 && (type & 0xfeef) != 6 &&
		    type != 0x0115)
			continue;
		ms_message(&m, type, 1, false);
		m.b[27]++;
		send_udp(p, OUT, &m);
	}
	expect_events(p, 0);
	assert_int_equal(packets_counted(p, OUT, CARRIER_UDP, CLASS_CLASSIC_STUN), 0);
	assert_int_equal(packets_counted(p, OUT, CARRIER_UDP, CLASS_OTHER), 13);
}

int main(void)
{
	static const struct pipeline_case cases[] = {
		PIPELINE_CASE(with_the_cookie),
		PIPELINE_CASE(in_the_classic_header),
		PIPELINE_CASE(a_refusal),
		PIPELINE_CASE(a_wrong_first_attribute_is_no_ms_turn),
	};

	return pipeline_run("ms_turn", cases, COUNT(cases));
}
