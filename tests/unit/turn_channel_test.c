/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The channels of TURN: which number leads where, and what is none. */
#include "turn_fixture.h"

static void a_channel_without_its_binding_is_counted(void **state)
{
	struct check_of of = {.id = 900};
	struct pipe *p = *state;
	struct buf m;

	relay_allocate(p);
	bind_channel(p, CHANNEL, p->other);
	msg_check(&m, &of);
	through_channel(p, OUT, CHANNEL + 1, &m, true);
	assert_true(skipped(p, REASON_CHANNEL_UNKNOWN) == 1);
	assert_int_equal(counted(p, OUT, CARRIER_UDP, CLASS_CHANNEL_DATA), 1);
	expect_told(p, 0);
}

/* A first byte of 64..79 proves nothing where no TURN server was seen. */
static void channel_numbers_mean_nothing_elsewhere(void **state)
{
	struct check_of of = {.id = 900};
	struct pipe *p = *state;
	struct buf m;

	establish(p);
	msg_check(&m, &of);
	through_channel(p, OUT, CHANNEL, &m, true);
	assert_int_equal(counted(p, OUT, CARRIER_UDP, CLASS_CHANNEL_DATA), 0);
	assert_int_equal(counted(p, OUT, CARRIER_UDP, CLASS_OTHER), 1);
	assert_int_equal(skipped_in_all(p), 0);
	expect_told(p, 0);
}

static void channels_of_two_flows_are_two(void **state)
{
	struct check_of of = {.id = 900};
	struct endpoint third;
	struct pipe *p = *state;
	struct buf m;

	third = p->other;
	third.port = 1;
	relay_allocate(p);
	bind_channel(p, CHANNEL, p->other);
	p->host.port++;
	relay_allocate(p);
	bind_channel(p, CHANNEL, third);
	p->host.port--;
	msg_check(&m, &of);
	through_channel(p, OUT, CHANNEL, &m, true);
	expect_told(p, 1);
	assert_endpoint(p->variant->wan ? &p->told[0].key.far : &p->told[0].key.near, p->other);
	p->host.port++;
	forget(p);
	through_channel(p, OUT, CHANNEL, &m, true);
	expect_told(p, 1);
	assert_endpoint(p->variant->wan ? &p->told[0].key.far : &p->told[0].key.near, third);
}

static void a_channel_bound_anew_leads_elsewhere(void **state)
{
	struct check_of of = {.id = 900};
	struct endpoint third;
	struct pipe *p = *state;
	struct event e;
	struct buf m;

	third = p->other;
	third.port = 1;
	relay_allocate(p);
	bind_channel(p, CHANNEL, p->other);
	bind_request(p, CHANNEL, third);
	take_told(p, EVENT_STUN, OUT, CLASS_STUN);
	relay_answer(p, 0x0109);
	e = take_told(p, EVENT_STUN, IN, CLASS_STUN);
	assert_true(e.stun.flags & STUN_F_NEW_CHANNEL);
	assert_endpoint(&e.stun.peer, third);
	msg_check(&m, &of);
	through_channel(p, OUT, CHANNEL, &m, true);
	expect_told(p, 1);
	assert_endpoint(p->variant->wan ? &p->told[0].key.far : &p->told[0].key.near, third);
}

static void short_and_lying_channel_data(void **state)
{
	struct pipe *p = *state;
	struct buf m;

	relay_allocate(p);
	bind_channel(p, CHANNEL, p->other);
	msg_channel(&m, CHANNEL, "0123456789", 10, true);
	set16(&m, 2, 200);
	send_udp(p, OUT, &m);
	assert_int_equal(counted(p, OUT, CARRIER_UDP, CLASS_OTHER), 1);
	for (u32 len = 8; len < 12; len++) { /* inside: shorter than anything that is one of ours */
		msg_channel(&m, CHANNEL, "\x80\x60\x00\x01\x00\x00\x00\x02\x00\x00\x00", len,
			    false);
		send_udp(p, OUT, &m);
	}
	assert_int_equal(counted(p, OUT, CARRIER_UDP_RELAYED, CLASS_OTHER), 4);
	assert_int_equal(skipped_in_all(p), 0);
	expect_told(p, 0);
}

int main(void)
{
	static const struct pipe_case cases[] = {
		PIPE_CASE(a_channel_without_its_binding_is_counted),
		PIPE_CASE(channel_numbers_mean_nothing_elsewhere),
		PIPE_CASE(channels_of_two_flows_are_two),
		PIPE_CASE(a_channel_bound_anew_leads_elsewhere),
		PIPE_CASE(short_and_lying_channel_data),
	};

	return pipe_run("channel", cases, COUNT(cases));
}
