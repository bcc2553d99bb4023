/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * TCP connections to a port of STUN or TURN: on probation from the SYN on, and how their reset is
 * reported.
 */
#include "tcp_stream_fixture.h"

static void send_hops(struct pipeline *p, enum host_dir way, u8 flags, u8 ttl, const void *data,
		      u32 len)
{
	struct tcp_of of = {.seq = p->seq[way], .flags = flags};
	struct buf f;

	frame_tcp(&f, way == OUT ? p->host : p->peer, way == OUT ? p->peer : p->host, &of, data,
		  len);
	f.b[is_v4(&p->host) ? 14 + 8 : 14 + 7] = ttl;
	send_frame(p, way, &f);
	assert_int_equal(p->reason, REASON_PASS);
	p->seq[way] += len + !!(flags & (SYN | FIN));
}

static void expect_reset(struct pipeline *p, enum host_dir way, u8 ttl, u8 ttl_before, bool early)
{
	struct flow_key key = key_between(p, PROTO_TCP);
	struct event e = take_only_event(p, EVENT_TCP_CLOSE, way, CLASS_OTHER);

	assert_memory_equal(&e.key, &key, sizeof(key));
	assert_int_equal(e.known, 0);
	assert_int_equal(e.count, 1);
	assert_int_equal(e.tcp_close.reset, 1);
	assert_int_equal(e.tcp_close.ttl, ttl);
	assert_int_equal(e.tcp_close.ttl_before, ttl_before);
	assert_int_equal(e.tcp_close.early, early);
}

static const u16 turn_ports[] = {3478, 5349};

/* Refused, by whoever it was. */
static void a_reset_answers_the_syn(void **state)
{
	struct pipeline *p = *state;

	for (size_t i = 0; i < COUNT(turn_ports); i++) {
		p->peer.port = turn_ports[i];
		send_tcp(p, OUT, SYN, NULL, 0);
		expect_events(p, 0);
		send_hops(p, IN, RST | ACK, 51, NULL, 0);
		expect_reset(p, IN, 51, 0, true);
		send_hops(p, IN, RST | ACK, 51, NULL, 0);
		expect_events(p, 0);
	}
	assert_int_equal(flow_count(p), 0);
	assert_int_equal(all_skipped(p), 0);
}

/* A middlebox lets the handshake pass and resets what follows. */
static void a_reset_answers_the_first_bytes(void **state)
{
	struct pipeline *p = *state;
	struct buf hello = {.len = 0};

	p->peer.port = 5349;
	put_hex(&hello, "16 0301 0200 01 0001fc 0303");
	put_many(&hello, 0x5a, 400);
	send_tcp(p, OUT, SYN, NULL, 0);
	send_hops(p, IN, SYN | ACK, 49, NULL, 0);
	send_tcp(p, OUT, ACK, NULL, 0);
	send_tcp(p, OUT, PSH | ACK, hello.b, hello.len);
	take_only_event(p, EVENT_TLS, OUT, CLASS_OTHER);
	assert_int_equal(packets_counted(p, OUT, CARRIER_TCP, CLASS_OTHER), 1);
	send_hops(p, IN, RST, 62, NULL, 0);
	expect_reset(p, IN, 62, 49, true);
}

static void a_reset_behind_an_answer_is_late(void **state)
{
	struct pipeline *p = *state;

	p->peer.port = 5349;
	send_tcp(p, OUT, SYN, NULL, 0);
	send_hops(p, IN, SYN | ACK, 49, NULL, 0);
	send_tcp(p, OUT, PSH | ACK, "hello", 5);
	send_hops(p, IN, PSH | ACK, 49, "hello", 5);
	send_tcp(p, OUT, FIN | ACK, NULL, 0);
	send_hops(p, IN, FIN | ACK, 49, NULL, 0);
	expect_events(p, 0); /* nothing of STUN or TURN was on it */
	send_hops(p, IN, RST, 49, NULL, 0);
	expect_reset(p, IN, 49, 49, false);
	send_hops(p, OUT, RST, 64, NULL, 0);
	expect_reset(p, OUT, 64, 64, false);
}

/* The host gives up by itself: it answers nobody. */
static void the_hosts_own_reset(void **state)
{
	struct pipeline *p = *state;

	p->peer.port = 3478;
	send_tcp(p, OUT, SYN, NULL, 0);
	send_tcp(p, IN, SYN | ACK, NULL, 0);
	send_hops(p, OUT, RST, 64, NULL, 0);
	expect_reset(p, OUT, 64, 64, false);
}

static void a_refused_port_again(void **state)
{
	struct pipeline *p = *state;

	p->peer.port = 5349;
	send_tcp(p, OUT, SYN, NULL, 0);
	send_tcp(p, IN, SYN | ACK, NULL, 0);
	send_tcp(p, OUT, PSH | ACK, "hello", 5);
	send_tcp(p, IN, PSH | ACK, "hello", 5);
	send_tcp(p, IN, RST, NULL, 0);
	clear_events(p);
	send_tcp(p, OUT, SYN, NULL, 0);
	send_hops(p, IN, RST | ACK, 51, NULL, 0);
	expect_reset(p, IN, 51, 0, true);
}

/* What opens there goes on like any other TURN over TCP. */
static void messages_behind_the_syn_are_followed(void **state)
{
	struct pipeline *p = *state;
	struct buf m;

	p->peer.port = 3478;
	send_tcp(p, OUT, SYN, NULL, 0);
	send_tcp(p, IN, SYN | ACK, NULL, 0);
	send_tcp(p, OUT, ACK, NULL, 0);
	expect_events(p, 0);
	msg_stun(&m, 0x0001, 7);
	send_stream(p, OUT, &m);
	take_only_event(p, EVENT_STUN, OUT, CLASS_STUN);
	msg_answer(&m, 7, p->host);
	send_stream(p, IN, &m);
	take_only_event(p, EVENT_STUN, IN, CLASS_STUN);
	assert_non_null(tcp_record(p));
	assert_int_equal(tcp_record(p)->tcp.framing, FRAMING_TURN);
	send_tcp(p, IN, FIN | ACK, NULL, 0);
	assert_int_equal(take_only_event(p, EVENT_TCP_CLOSE, IN, CLASS_OTHER).tcp_close.reset, 0);
	assert_int_equal(packets_counted(p, OUT, CARRIER_TCP, CLASS_OTHER), 0);
	assert_int_equal(all_skipped(p), 0);
}

/*
 * Other ports, answers from these ports, and segments in the middle of a connection open nothing.
 */
static void other_segments_open_no_connection(void **state)
{
	static const u16 others[] = {80, 443, 3477, 3479, 5348, 5350};
	struct pipeline *p = *state;

	for (size_t i = 0; i < COUNT(others); i++) {
		p->peer.port = others[i];
		send_tcp(p, OUT, SYN, NULL, 0);
		send_tcp(p, IN, RST | ACK, NULL, 0);
	}
	p->peer.port = 3478;
	send_tcp(p, IN, SYN, NULL, 0);
	send_tcp(p, OUT, SYN | ACK, NULL, 0);
	send_tcp(p, OUT, PSH | ACK, "hello", 5);
	send_tcp(p, IN, RST, NULL, 0);
	expect_events(p, 0);
	assert_true(native_self(p->n)->map_inserted[MAP_PROBATION] == 0);
}

int main(void)
{
	static const struct pipeline_case cases[] = {
		PIPELINE_CASE(a_reset_answers_the_syn),
		PIPELINE_CASE(a_reset_answers_the_first_bytes),
		PIPELINE_CASE(a_reset_behind_an_answer_is_late),
		PIPELINE_CASE(the_hosts_own_reset),
		PIPELINE_CASE(a_refused_port_again),
		PIPELINE_CASE(messages_behind_the_syn_are_followed),
		PIPELINE_CASE(other_segments_open_no_connection),
	};

	return pipeline_run("reset", cases, COUNT(cases));
}
