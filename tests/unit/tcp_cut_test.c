/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * TCP may cut a stream at any byte, also its first message, and its segments may come late, twice
 * or never.
 */
#include "tcp_stream_fixture.h"

/* Another connection between the same hosts. */
static void cut_open(struct pipeline *p, u16 port)
{
	p->host.port = port;
	send_tcp(p, OUT, SYN, NULL, 0);
	send_tcp(p, IN, SYN | ACK, NULL, 0);
	send_tcp(p, OUT, ACK, NULL, 0);
}

static void cut_put_check(struct pipeline *p, struct buf *s)
{
	struct check_of of = {.id = ++p->ids, .username = "bobb:alic"};
	struct buf m;

	msg_check(&m, &of);
	s->len = 0;
	put_rfc4571(s, &m);
}

static void cut_put_answer(struct pipeline *p, struct buf *s)
{
	struct buf m;

	msg_answer(&m, p->ids, p->host);
	s->len = 0;
	put_rfc4571(s, &m);
}

static void cut_send(struct pipeline *p, enum host_dir way, const struct buf *s, u32 cut)
{
	send_tcp(p, way, ACK, s->b, cut);
	send_tcp(p, way, PSH | ACK, s->b + cut, s->len - cut);
}

static const struct flow_dir *cut_half(struct pipeline *p, enum host_dir way)
{
	const struct flow_record *r = record_of(p, PROTO_TCP);

	assert_non_null(r);
	return &r->dir[dir_of(p, way)];
}

/* The first message of each direction, cut at each place there is. */
static void first_messages_cut_anywhere(void **state)
{
	struct pipeline *p = *state;
	struct buf s = {.len = 0};
	u32 cut = 0;

	do {
		cut++;
		cut_open(p, (u16)(10000 + cut));
		cut_put_check(p, &s);
		cut_send(p, OUT, &s, cut);
		cut_put_answer(p, &s);
		cut_send(p, IN, &s, cut < s.len ? cut : 1);
		assert_int_equal(cut_half(p, OUT)->requests, 1);
		assert_int_equal(cut_half(p, IN)->successes, 1);
		assert_int_equal(record_of(p, PROTO_TCP)->tcp.framing, FRAMING_RFC4571);
		clear_events(p);
		cut_put_check(p, &s);
	} while (cut + 1 < s.len);
	assert_int_equal(packets_counted(p, OUT, CARRIER_TCP, CLASS_STUN), cut);
	assert_int_equal(packets_counted(p, IN, CARRIER_TCP, CLASS_STUN), cut);
	assert_int_equal(packets_skipped(p, REASON_TCP_LOST_SYNC), 0);
}

/* The same of TURN, whose messages have no length before them. */
static void first_turn_messages_cut_anywhere(void **state)
{
	struct pipeline *p = *state;
	struct buf request, answer;
	u32 cut;

	for (cut = 1; cut < 20; cut++) {
		cut_open(p, (u16)(10000 + cut));
		msg_stun(&request, 0x0003, ++p->ids);
		msg_stun(&answer, 0x0103, p->ids);
		cut_send(p, OUT, &request, cut);
		cut_send(p, IN, &answer, 20 - cut);
		assert_int_equal(cut_half(p, OUT)->requests, 1);
		assert_int_equal(cut_half(p, IN)->successes, 1);
		assert_int_equal(record_of(p, PROTO_TCP)->turn, 1);
		clear_events(p);
	}
	assert_int_equal(all_skipped(p), 0);
}

static void first_messages_byte_by_byte(void **state)
{
	struct pipeline *p = *state;
	struct buf s = {.len = 0};

	cut_open(p, 10000);
	cut_put_check(p, &s);
	for (u32 i = 0; i < s.len; i++)
		send_tcp(p, OUT, ACK, s.b + i, 1);
	cut_put_answer(p, &s);
	for (u32 i = 0; i < s.len; i++)
		send_tcp(p, IN, ACK, s.b + i, 1);
	assert_int_equal(cut_half(p, OUT)->requests, 1);
	assert_int_equal(cut_half(p, IN)->successes, 1);
}

/* Bytes that might have begun a message, and go on as none does. */
static void what_only_begins_so_leaves_no_trace(void **state)
{
	struct pipeline *p = *state;
	struct buf s = {.len = 0};

	cut_open(p, 10000);
	send_tcp(p, OUT, PSH | ACK, "\0", 1);
	put_many(&s, 0x41, 100);
	send_stream(p, OUT, &s);
	send_tcp(p, IN, PSH | ACK, "\x16", 1);
	put_many(&s, 0x41, 100);
	send_stream(p, IN, &s);
	expect_events(p, 0);
	assert_int_equal(flow_count(p), 0);
	assert_int_equal(packets_counted(p, OUT, CARRIER_TCP, CLASS_OTHER), 1);
	assert_int_equal(native_self(p->n)->map_inserted[MAP_TCP_HOLES], 1);
	assert_int_equal(native_self(p->n)->map_deleted[MAP_TCP_HOLES], 1);
}

/* A SYN may carry the first bytes (RFC 7413): they have the number after it. */
static void a_message_in_the_syn(void **state)
{
	struct pipeline *p = *state;
	struct buf s = {.len = 0};

	p->host.port = 10000;
	cut_put_check(p, &s);
	send_tcp(p, OUT, SYN, s.b, s.len);
	send_tcp(p, IN, SYN | ACK, NULL, 0);
	cut_put_answer(p, &s);
	send_stream(p, IN, &s);
	cut_put_check(p, &s);
	send_stream(p, OUT, &s);
	assert_int_equal(cut_half(p, OUT)->requests, 2);
	assert_int_equal(cut_half(p, IN)->successes, 1);
	assert_int_equal(all_skipped(p), 0);
}

static void cut_establish(struct pipeline *p)
{
	struct buf s = {.len = 0};

	cut_open(p, 10000);
	cut_put_check(p, &s);
	send_stream(p, OUT, &s);
	cut_put_answer(p, &s);
	send_stream(p, IN, &s);
	clear_events(p);
}

/* Five checks in segments of their own, sent in the order of `order`, some of them twice. */
static void cut_send_in_order(struct pipeline *p, const char *order)
{
	struct buf s[5];
	u32 seq[5], at = p->seq[OUT];

	for (int i = 0; i < 5; i++) {
		cut_put_check(p, &s[i]);
		seq[i] = at;
		at += s[i].len;
	}
	for (; *order; order++) {
		int i = *order - '0';

		send_segment(p, OUT, seq[i], PSH | ACK, s[i].b, s[i].len);
	}
	p->seq[OUT] = at;
}

static void late_segments_are_read_at_their_place(void **state)
{
	static const char *const orders[] = {"01324",   "02134", "03214",
					     "0231234", "04321", "02413"};
	struct pipeline *p = *state;
	struct buf s = {.len = 0};
	u32 requests = 1;

	cut_establish(p);
	for (u32 i = 0; i < COUNT(orders); i++) {
		cut_send_in_order(p, orders[i]);
		/* of two holes the last one is remembered */
		requests += i == COUNT(orders) - 1 ? 4 : 5;
		assert_int_equal(cut_half(p, OUT)->requests, requests);
		cut_put_check(p, &s);
		send_stream(p, OUT, &s);
		assert_int_equal(cut_half(p, OUT)->requests, ++requests);
	}
}

/* Sent again from within a hole to behind it: each message counts once. */
static void a_retransmission_overlaps_hole_and_new(void **state)
{
	struct pipeline *p = *state;
	struct buf all = {.len = 0}, one;
	u32 len, seq;

	cut_establish(p);
	for (int i = 0; i < 4; i++) {
		cut_put_check(p, &one);
		put(&all, one.b, one.len);
	}
	len = one.len;
	seq = p->seq[OUT];
	send_segment(p, OUT, seq + 2 * len, PSH | ACK, all.b + 2 * len, len); /* the third */
	assert_int_equal(cut_half(p, OUT)->requests, 2);
	send_segment(p, OUT, seq + 1, PSH | ACK, all.b + 1, 3); /* amid the hole: no message */
	assert_int_equal(cut_half(p, OUT)->requests, 2);
	send_segment(p, OUT, seq, PSH | ACK, all.b, all.len);
	assert_int_equal(cut_half(p, OUT)->requests, 5);
	send_segment(p, OUT, seq, PSH | ACK, all.b, all.len);
	assert_int_equal(cut_half(p, OUT)->requests, 5);
	assert_int_equal(packets_skipped(p, REASON_TCP_LOST_SYNC), 1);
}

static void a_hole_that_never_fills_is_counted(void **state)
{
	struct pipeline *p = *state;
	struct buf s = {.len = 0};

	cut_establish(p);
	p->seq[OUT] += 500;
	for (int i = 0; i < 3; i++) {
		cut_put_check(p, &s);
		send_stream(p, OUT, &s);
	}
	assert_int_equal(cut_half(p, OUT)->requests, 4);
	assert_int_equal(packets_skipped(p, REASON_TCP_LOST_SYNC), 1);
}

int main(void)
{
	static const struct pipeline_case cases[] = {
		PIPELINE_CASE(first_messages_cut_anywhere),
		PIPELINE_CASE(first_turn_messages_cut_anywhere),
		PIPELINE_CASE(first_messages_byte_by_byte),
		PIPELINE_CASE(what_only_begins_so_leaves_no_trace),
		PIPELINE_CASE(a_message_in_the_syn),
		PIPELINE_CASE(late_segments_are_read_at_their_place),
		PIPELINE_CASE(a_retransmission_overlaps_hole_and_new),
		PIPELINE_CASE(a_hole_that_never_fills_is_counted),
	};

	return pipeline_run("tcp_cut", cases, COUNT(cases));
}
