/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * DTLS on a flow without STUN in the capture: only a ClientHello opens a record, and only where
 * that is enabled.
 *
 * Native only: in the kernel DTLS opens no flow (dtls_opens()).
 */
#include "pipeline_fixture.h"

static void send_hello(struct pipeline *p, enum host_dir way, u8 type, u16 version)
{
	struct buf m = {.len = 0};

	msg_handshake(&m, type, 100);
	set16(&m, 1, version);
	send_udp(p, way, &m);
}

static void send_application_data(struct pipeline *p, enum host_dir way)
{
	struct record_of of = {.type = 23, .epoch = 1};
	struct buf m = {.len = 0};

	msg_record(&m, &of, "0123456789abcdef", 16);
	send_udp(p, way, &m);
}

static void a_hello_opens_a_flow(void **state)
{
	struct pipeline *p = *state;
	struct event e;

	native_admit_dtls(p->n, IFINDEX);
	send_hello(p, OUT, 1, 0xfeff);
	e = take_only_event(p, EVENT_DTLS, OUT, CLASS_DTLS);
	assert_int_equal(e.dtls.step, DTLS_CLIENT_HELLO);
	send_hello(p, IN, 2, 0xfefd);
	e = take_only_event(p, EVENT_DTLS, IN, CLASS_DTLS);
	assert_int_equal(e.dtls.step, DTLS_SERVER_HELLO);
	assert_int_equal(flow_count(p), 1);
	assert_int_equal(packets_counted(p, OUT, CARRIER_UDP, CLASS_DTLS), 1);
}

static void other_messages_open_no_flow(void **state)
{
	struct pipeline *p = *state;

	native_admit_dtls(p->n, IFINDEX);
	send_application_data(p, OUT); /* joined late: its endpoint roles are unknown */
	send_hello(p, OUT, 11, 0xfefd); /* a certificate */
	send_hello(p, OUT, 1, 0x0100); /* older than the RFC */
	expect_events(p, 0);
	assert_int_equal(flow_count(p), 0);
	assert_int_equal(packets_counted(p, OUT, CARRIER_UDP, CLASS_DTLS), 3);
}

static void expect_not_wanted(struct pipeline *p)
{
	send_hello(p, OUT, 1, 0xfefd);
	send_hello(p, IN, 2, 0xfefd);
	expect_events(p, 0);
	assert_int_equal(flow_count(p), 0);
}

static void a_live_point_opens_no_flow(void **state)
{
	expect_not_wanted(*state);
}

static void a_hello_seen_at_another_point_opens_no_flow(void **state)
{
	struct pipeline *p = *state;

	native_admit_dtls(p->n, IFINDEX + 1);
	expect_not_wanted(p);
}

int main(void)
{
	static const struct pipeline_case cases[] = {
		PIPELINE_CASE(a_hello_opens_a_flow),
		PIPELINE_CASE(other_messages_open_no_flow),
		PIPELINE_CASE(a_live_point_opens_no_flow),
		PIPELINE_CASE(a_hello_seen_at_another_point_opens_no_flow),
	};

	return pipeline_run("dtls_alone", cases, COUNT(cases));
}
