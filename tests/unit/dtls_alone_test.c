/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * DTLS on a flow of which no STUN is in the capture: a hello opens it, if that is wanted, and
 * nothing else does.
 *
 * Native only: in the kernel DTLS opens no flow (dtls_opens()).
 */
#include "pipe.h"

static void send_hello(struct pipe *p, enum way way, u8 type, u16 version)
{
	struct buf m = {.len = 0};

	msg_handshake(&m, type, 100);
	set16(&m, 1, version);
	send_udp(p, way, &m);
}

static void send_data(struct pipe *p, enum way way)
{
	struct record_of of = {.type = 23, .epoch = 1};
	struct buf m = {.len = 0};

	msg_record(&m, &of, "0123456789abcdef", 16);
	send_udp(p, way, &m);
}

static void a_hello_opens_a_flow(void **state)
{
	struct pipe *p = *state;
	struct event e;

	native_admit_dtls(p->n, IFINDEX);
	send_hello(p, OUT, 1, 0xfeff);
	e = take_told(p, EVENT_DTLS, OUT, CLASS_DTLS);
	assert_int_equal(e.dtls.step, DTLS_CLIENT_HELLO);
	send_hello(p, IN, 2, 0xfefd);
	e = take_told(p, EVENT_DTLS, IN, CLASS_DTLS);
	assert_int_equal(e.dtls.step, DTLS_SERVER_HELLO);
	assert_int_equal(flow_count(p), 1);
	assert_int_equal(counted(p, OUT, CARRIER_UDP, CLASS_DTLS), 1);
}

static void nothing_else_does(void **state)
{
	struct pipe *p = *state;

	native_admit_dtls(p->n, IFINDEX);
	send_data(p, OUT); /* joined late: whose it is cannot be told */
	send_hello(p, OUT, 11, 0xfefd); /* a certificate */
	send_hello(p, OUT, 1, 0x0100); /* older than the RFC */
	expect_told(p, 0);
	assert_int_equal(flow_count(p), 0);
	assert_int_equal(counted(p, OUT, CARRIER_UDP, CLASS_DTLS), 3);
}

static void expect_not_wanted(struct pipe *p)
{
	send_hello(p, OUT, 1, 0xfefd);
	send_hello(p, IN, 2, 0xfefd);
	expect_told(p, 0);
	assert_int_equal(flow_count(p), 0);
}

static void live_it_is_not_wanted(void **state)
{
	expect_not_wanted(*state);
}

static void nor_at_another_point(void **state)
{
	struct pipe *p = *state;

	native_admit_dtls(p->n, IFINDEX + 1);
	expect_not_wanted(p);
}

int main(void)
{
	static const struct pipe_case cases[] = {
		PIPE_CASE(a_hello_opens_a_flow),
		PIPE_CASE(nothing_else_does),
		PIPE_CASE(live_it_is_not_wanted),
		PIPE_CASE(nor_at_another_point),
	};

	return pipe_run("dtls_alone", cases, COUNT(cases));
}
