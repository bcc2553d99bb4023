/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Unanswered STUN of a host is reported with flags for what else of that host is answered: TCP to
 * anybody, QUIC from the same port.
 */
#include "pipeline_fixture.h"

enum { ELSE = STUN_F_TCP_ANSWERED | STUN_F_PORT_ANSWERED };

/* The flags of a request that goes to the peer, or comes from it. */
static u32 request_flags(struct pipeline *p, enum host_dir way)
{
	clear_events(p);
	send_check(p, way, "bobb:alic");
	return take_only_event(p, EVENT_STUN, way, CLASS_STUN).stun.flags & ELSE;
}

/* TCP to port 443 of a host that is not the peer. */
static void tcp_elsewhere(struct pipeline *p, u8 answer)
{
	struct endpoint peer = p->peer;

	p->peer = p->other;
	p->peer.port = 443;
	send_tcp(p, OUT, SYN, NULL, 0);
	send_tcp(p, IN, answer, NULL, 0);
	p->peer = peer;
	expect_events(p, 0);
}

/* QUIC with a host that is not the peer: packets with long headers, each the way it is told. */
static void quic_elsewhere(struct pipeline *p, u16 port, enum host_dir first, enum host_dir second)
{
	struct buf initial = {.len = 0};
	struct endpoint peer = p->peer;

	put_hex(&initial, "c3 00000001 08 0102030405060708");
	put_many(&initial, 0x11, 1186);
	p->peer = p->other;
	p->peer.port = port;
	send_udp(p, first, &initial);
	send_udp(p, second, &initial);
	p->peer = peer;
	expect_events(p, 0);
}

static void no_answer_sets_no_flag(void **state)
{
	struct pipeline *p = *state;

	assert_int_equal(request_flags(p, OUT), 0);
	tcp_elsewhere(p, RST | ACK);
	assert_int_equal(request_flags(p, OUT), 0);
	quic_elsewhere(p, p->peer.port, OUT, OUT);
	assert_int_equal(request_flags(p, OUT), 0);
	p->other.port = p->peer.port;
	p->peer = p->other; /* to whom it was sent twice */
	assert_int_equal(request_flags(p, IN), 0);
}

static void an_answered_syn_sets_the_tcp_flag(void **state)
{
	struct pipeline *p = *state;

	tcp_elsewhere(p, SYN | ACK);
	assert_int_equal(request_flags(p, OUT), STUN_F_TCP_ANSWERED);
	assert_int_equal(request_flags(p, IN), 0); /* the peer's own is another matter */
	p->host = ep(is_v4(&p->host) ? "192.168.0.3" : "2001:db8::3", 7000);
	assert_int_equal(request_flags(p, OUT), 0);
}

static void answered_quic_sets_the_port_flag(void **state)
{
	struct pipeline *p = *state;

	quic_elsewhere(p, p->peer.port, OUT, IN);
	assert_int_equal(request_flags(p, OUT), STUN_F_PORT_ANSWERED);
	assert_int_equal(request_flags(p, IN), 0);
	p->peer.port++;
	assert_int_equal(request_flags(p, OUT), 0);
}

static void a_first_packet_from_outside_is_no_answer(void **state)
{
	struct pipeline *p = *state;

	quic_elsewhere(p, p->peer.port, IN, OUT);
	assert_int_equal(request_flags(p, OUT), 0);
}

static void old_answers_are_forgotten(void **state)
{
	struct pipeline *p = *state;

	p->native_only = true; /* the kernel's clock does not wait */
	tcp_elsewhere(p, SYN | ACK);
	quic_elsewhere(p, p->peer.port, OUT, IN);
	p->now += 50 * SEC;
	assert_int_equal(request_flags(p, OUT), ELSE);
	p->now += 20 * SEC;
	assert_int_equal(request_flags(p, OUT), 0);
}

static void tcp_checks_and_known_flows_carry_no_flags(void **state)
{
	struct check_of of = {.id = 7, .username = "bobb:alic"};
	struct pipeline *p = *state;
	struct buf m;

	tcp_elsewhere(p, SYN | ACK);
	msg_check(&m, &of);
	send_tcp(p, OUT, PSH | ACK, m.b, m.len);
	assert_int_equal(take_only_event(p, EVENT_STUN, OUT, CLASS_STUN).stun.flags & ELSE, 0);
	establish_ice(p);
	send_check(p, OUT, "bobc:alic");
	assert_int_equal(take_only_event(p, EVENT_STUN, OUT, CLASS_STUN).stun.flags & ELSE, 0);
}

int main(void)
{
	static const struct pipeline_case cases[] = {
		PIPELINE_CASE(no_answer_sets_no_flag),
		PIPELINE_CASE(an_answered_syn_sets_the_tcp_flag),
		PIPELINE_CASE(answered_quic_sets_the_port_flag),
		PIPELINE_CASE(a_first_packet_from_outside_is_no_answer),
		PIPELINE_CASE(old_answers_are_forgotten),
		PIPELINE_CASE(tcp_checks_and_known_flows_carry_no_flags),
	};

	return pipeline_run("answered", cases, COUNT(cases));
}
