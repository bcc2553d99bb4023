/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ICMP errors name a flow in the header they quote; here a router tells the host that what it sent
 * did not arrive.
 */
#include "pipeline_fixture.h"

struct error_of {
	u8 type, code;
	u32 rest; /* what follows the checksum: an MTU */
	u32 quoted; /* bytes of the packet that are quoted */
	bool echo;
};

static struct endpoint router_of(const struct pipeline *p)
{
	return is_v4(&p->host) ? ep("203.0.113.254", 0) : ep("2001:db8:fe::fe", 0);
}

static void put_error(struct pipeline *p, struct buf *f, const struct error_of *of,
		      const struct buf *packet)
{
	u32 quoted = of->quoted && of->quoted < packet->len - 14 ? of->quoted : packet->len - 14;
	bool four = is_v4(&p->host);

	f->len = 0;
	put_ip(f, router_of(p), p->host, four ? 1 : 58, 8 + quoted);
	put8(f, of->type);
	put8(f, of->code);
	put16(f, 0);
	put32(f, of->rest);
	put(f, packet->b + 14, quoted);
}

static void send_error(struct pipeline *p, const struct error_of *of)
{
	struct buf m, packet, f;
	struct check_of check = {.id = 4242};

	msg_check(&m, &check);
	frame_udp(&packet, p->host, p->peer, m.b, m.len);
	put_error(p, &f, of, &packet);
	send_frame(p, IN, &f);
	assert_int_equal(p->reason, REASON_PASS);
}

static void errors_name_a_known_flow(void **state)
{
	static const struct error_of four[] = {
		{.type = 3, .code = 3},  {.type = 3, .code = 4, .rest = 1400},
		{.type = 3, .code = 9},  {.type = 3, .code = 10},
		{.type = 3, .code = 13}, {.type = 3, .code = 1, .quoted = 28},
	};
	static const struct error_of six[] = {
		{.type = 1, .code = 4}, {.type = 2, .code = 0, .rest = 1400},
		{.type = 1, .code = 1}, {.type = 1, .code = 0},
		{.type = 1, .code = 5}, {.type = 1, .code = 3, .quoted = 48},
	};
	struct pipeline *p = *state;
	struct flow_key key = key_between(p, PROTO_UDP);
	const struct error_of *of = is_v4(&p->host) ? four : six;
	struct event e;

	establish_ice(p);
	for (u32 i = 0; i < COUNT(four); i++) {
		send_error(p, &of[i]);
		e = take_only_event(p, EVENT_ICMP, IN, CLASS_OTHER);
		assert_memory_equal(&e.key, &key, sizeof(key));
		assert_int_equal(e.known, 1);
		assert_int_equal(e.count, i + 1);
		assert_int_equal(e.icmp.type, of[i].type);
		assert_int_equal(e.icmp.code, of[i].code);
		assert_int_equal(e.icmp.v6, !is_v4(&p->host));
		assert_int_equal(e.icmp.mtu, of[i].rest);
		assert_endpoint(&e.icmp.sender, router_of(p));
	}
	assert_int_equal(half_of(p, IN)->icmp, COUNT(four));
	assert_int_equal(half_of(p, OUT)->icmp, 0);
	assert_int_equal(flow_count(p), 1);
}

static void errors_name_a_flow_on_probation(void **state)
{
	struct error_of of = {.type = is_v4(&((struct pipeline *)*state)->host) ? 3 : 1, .code = 3};
	struct pipeline *p = *state;
	struct event e;

	send_check(p, OUT, "bobb:alic");
	clear_events(p);
	send_error(p, &of);
	e = take_only_event(p, EVENT_ICMP, IN, CLASS_OTHER);
	assert_int_equal(e.known, 0);
	assert_int_equal(e.count, 1);
	assert_int_equal(flow_count(p), 0);
	send_stun_answer(p, IN, p->ids); /* and it is not forgotten when the flow becomes known */
	assert_int_equal(half_of(p, IN)->icmp, 1);
}

static void errors_about_untracked_flows_are_ignored(void **state)
{
	struct error_of of = {.type = is_v4(&((struct pipeline *)*state)->host) ? 3 : 1, .code = 3};
	struct pipeline *p = *state;

	send_error(p, &of);
	expect_events(p, 0);
	establish_ice(p);
	p->peer.port++; /* the quote names another flow */
	send_error(p, &of);
	expect_events(p, 0);
	assert_int_equal(flow_count(p), 1);
}

static void repeated_errors_are_reported_with_backoff(void **state)
{
	struct error_of of = {.type = is_v4(&((struct pipeline *)*state)->host) ? 3 : 1, .code = 3};
	struct pipeline *p = *state;

	establish_ice(p);
	for (int i = 0; i < 40; i++)
		send_error(p, &of);
	expect_events(p, 10); /* 1..8, 16, 32 */
	assert_int_equal(p->events[9].count, 32);
	assert_int_equal(half_of(p, IN)->icmp, 40);
}

/* Echoes, time exceeded, and quotes too short to name anything. */
static void other_icmp_is_not_reported(void **state)
{
	struct pipeline *p = *state;
	bool four = is_v4(&p->host);
	struct error_of echo = {.type = four ? 8 : 128}, exceeded = {.type = four ? 11 : 3};
	struct error_of cut = {.type = four ? 3 : 1, .code = 3};

	establish_ice(p);
	send_error(p, &echo);
	send_error(p, &exceeded);
	for (cut.quoted = 1; cut.quoted < (four ? 28u : 48u); cut.quoted++)
		send_error(p, &cut);
	expect_events(p, 0);
	assert_int_equal(half_of(p, IN)->icmp, 0);
}

/* Type 3 is "unreachable" in ICMP and "time exceeded" in ICMPv6; type 1 is nothing in ICMP. */
static void icmp_and_icmpv6_are_not_confused(void **state)
{
	struct error_of of = {.type = is_v4(&((struct pipeline *)*state)->host) ? 1 : 3, .code = 3};
	struct pipeline *p = *state;

	establish_ice(p);
	send_error(p, &of);
	expect_events(p, 0);
}

static void a_tcp_packet_is_quoted_by_eight_bytes(void **state)
{
	struct error_of of = {.type = is_v4(&((struct pipeline *)*state)->host) ? 3 : 1, .code = 3};
	struct tcp_of tcp = {.seq = 1, .flags = ACK};
	struct pipeline *p = *state;
	struct buf m, s = {.len = 0}, packet, f;
	struct event e;

	msg_check(&m, &(struct check_of){.id = 1});
	put16(&s, (u16)m.len);
	put(&s, m.b, m.len);
	send_tcp(p, OUT, PSH | ACK, s.b, s.len);
	clear_events(p);
	frame_tcp(&packet, p->host, p->peer, &tcp, NULL, 0);
	of.quoted = (is_v4(&p->host) ? 20 : 40) + 8;
	put_error(p, &f, &of, &packet);
	send_frame(p, IN, &f);
	e = take_only_event(p, EVENT_ICMP, IN, CLASS_OTHER);
	assert_int_equal(e.key.proto, PROTO_TCP);
}

int main(void)
{
	static const struct pipeline_case cases[] = {
		PIPELINE_CASE(errors_name_a_known_flow),
		PIPELINE_CASE(errors_name_a_flow_on_probation),
		PIPELINE_CASE(errors_about_untracked_flows_are_ignored),
		PIPELINE_CASE(repeated_errors_are_reported_with_backoff),
		PIPELINE_CASE(other_icmp_is_not_reported),
		PIPELINE_CASE(icmp_and_icmpv6_are_not_confused),
		PIPELINE_CASE(a_tcp_packet_is_quoted_by_eight_bytes),
	};

	return pipeline_run("icmp", cases, COUNT(cases));
}
