/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Messages in a TCP stream between ICE peers, in RFC 4571 framing: several a segment, split over
 * segments, sent again, and what becomes of a boundary that is lost.
 */
#include "tcp_stream_fixture.h"

static u64 put_check(struct pipeline *p, struct buf *s)
{
	struct check_of of = {.id = ++p->ids, .username = "bobb:alic"};
	struct buf m;

	msg_check(&m, &of);
	put_rfc4571(s, &m);
	return of.id;
}

static void put_answer(struct pipeline *p, struct buf *s, u64 id)
{
	struct buf m;

	msg_answer(&m, id, p->host);
	put_rfc4571(s, &m);
}

static void put_rtp_message(struct buf *s, u32 ssrc, u16 seq, u32 len)
{
	struct rtp_of of = {.ssrc = ssrc, .seq = seq, .len = len};
	struct buf m;

	msg_rtp(&m, &of);
	put_rfc4571(s, &m);
}

/* Opens a connection and gets a check answered each way. */
static void establish_tcp(struct pipeline *p)
{
	struct buf s = {.len = 0};
	u64 id;

	send_tcp(p, OUT, SYN, NULL, 0);
	send_tcp(p, IN, SYN | ACK, NULL, 0);
	send_tcp(p, OUT, ACK, NULL, 0);
	id = put_check(p, &s);
	send_stream(p, OUT, &s);
	put_answer(p, &s, id);
	id = put_check(p, &s); /* two messages in this segment */
	send_stream(p, IN, &s);
	put_answer(p, &s, id);
	send_stream(p, OUT, &s);
	clear_events(p);
}

static void checks_in_rfc4571_framing(void **state)
{
	struct pipeline *p = *state;
	struct flow_key key = key_between(p, PROTO_TCP);
	struct buf s = {.len = 0};
	struct event e;
	u64 id;

	send_tcp(p, OUT, SYN, NULL, 0);
	send_tcp(p, IN, SYN | ACK, NULL, 0);
	id = put_check(p, &s);
	send_stream(p, OUT, &s);
	e = take_only_event(p, EVENT_STUN, OUT, CLASS_STUN);
	assert_memory_equal(&e.key, &key, sizeof(key));
	assert_memory_equal(e.stun.username, "bobb:alic", 9);
	assert_null(tcp_record(p));
	put_answer(p, &s, id);
	send_stream(p, IN, &s);
	take_only_event(p, EVENT_STUN, IN, CLASS_STUN);
	assert_non_null(tcp_record(p));
	assert_int_equal(tcp_record(p)->tcp.framing, FRAMING_RFC4571);
	assert_int_equal(tcp_half(p, OUT)->requests, 1);
	assert_int_equal(tcp_half(p, IN)->successes, 1);
	assert_int_equal(packets_counted(p, OUT, CARRIER_TCP, CLASS_STUN), 1);
	assert_int_equal(packets_counted(p, IN, CARRIER_TCP, CLASS_STUN), 1);
	assert_int_equal(messages_counted(p, OUT, CARRIER_UDP), 0);
	assert_int_equal(all_skipped(p), 0);
}

static void many_messages_in_a_segment(void **state)
{
	struct buf s = {.len = 0}, handshake = {.len = 0};
	struct pipeline *p = *state;

	establish_tcp(p);
	for (u16 i = 0; i < 10; i++) {
		put_rtp_message(&s, 7, i, 20u + i);
		put_check(p, &s);
	}
	msg_handshake(&handshake, 1, 100);
	put_rfc4571(&s, &handshake);
	send_stream(p, OUT, &s);
	assert_int_equal(tcp_half(p, OUT)->requests, 11);
	assert_true(stream_all_packets(tcp_half(p, OUT)) == 10);
	assert_int_equal(tcp_half(p, OUT)->hellos, 1);
	assert_int_equal(packets_counted(p, OUT, CARRIER_TCP, CLASS_RTP), 10);
	assert_int_equal(packets_counted(p, OUT, CARRIER_TCP, CLASS_STUN), 12);
	assert_int_equal(packets_counted(p, OUT, CARRIER_TCP, CLASS_DTLS), 1);
	assert_int_equal(all_skipped(p), 0);
}

/*
 * Three messages, cut into two segments at each place there is: no boundary is lost, nor what a
 * message is.
 */
static void split_anywhere(void **state)
{
	struct pipeline *p = *state;
	u32 requests, all, cut;
	struct buf s = {.len = 0};
	u64 last;

	establish_tcp(p);
	for (cut = 1;; cut++) {
		s.len = 0;
		put_check(p, &s);
		put_rtp_message(&s, 7, (u16)cut, 10);
		last = put_check(p, &s);
		if (cut >= s.len)
			break;
		requests = tcp_half(p, OUT)->requests;
		all = (u32)messages_counted(p, OUT, CARRIER_TCP);
		send_tcp(p, OUT, ACK, s.b, cut);
		send_tcp(p, OUT, PSH | ACK, s.b + cut, s.len - cut);
		assert_int_equal(messages_counted(p, OUT, CARRIER_TCP), all + 3);
		assert_int_equal(tcp_half(p, OUT)->requests, requests + 2);
	}
	assert_true(stream_all_packets(tcp_half(p, OUT)) == cut - 1);
	assert_true(cut > 150);
	assert_int_equal(packets_skipped(p, REASON_TCP_LOST_SYNC), 0);
	assert_int_equal(packets_skipped(p, REASON_TCP_TOO_MANY), 0);
	put_answer(p, &s, last); /* and it still is understood */
	s.len = 0;
	last = put_check(p, &s);
	send_stream(p, OUT, &s);
	requests = tcp_half(p, IN)->successes;
	put_answer(p, &s, last);
	send_stream(p, IN, &s);
	assert_int_equal(tcp_half(p, IN)->successes, requests + 1);
}

/* Some stacks write the length and the message one after the other. */
static void a_length_in_a_segment_of_its_own(void **state)
{
	struct pipeline *p = *state;
	struct buf s = {.len = 0};
	u32 requests;

	establish_tcp(p);
	requests = tcp_half(p, OUT)->requests;
	for (int i = 0; i < 3; i++) {
		s.len = 0;
		put_check(p, &s);
		send_tcp(p, OUT, PSH | ACK, s.b, 2);
		send_tcp(p, OUT, PSH | ACK, s.b + 2, s.len - 2);
	}
	assert_int_equal(tcp_half(p, OUT)->requests, requests + 3);
	assert_int_equal(packets_counted(p, OUT, CARRIER_TCP, CLASS_STUN), 2 + 3);
}

static void byte_by_byte(void **state)
{
	struct pipeline *p = *state;
	struct buf s = {.len = 0};
	u32 requests;

	establish_tcp(p);
	for (int i = 0; i < 5; i++) {
		s.len = 0;
		put_check(p, &s);
		for (u32 at = 0; at < s.len; at++)
			send_tcp(p, OUT, ACK, s.b + at, 1);
	}
	assert_int_equal(messages_counted(p, OUT, CARRIER_TCP), 2 + 5);
	requests = tcp_half(p, OUT)->requests;
	assert_int_equal(requests, 1 + 5);
	s.len = 0;
	put_check(p, &s);
	send_stream(p, OUT, &s);
	assert_int_equal(tcp_half(p, OUT)->requests, requests + 1);
	assert_int_equal(packets_skipped(p, REASON_TCP_LOST_SYNC), 0);
}

static void a_message_over_many_segments(void **state)
{
	struct pipeline *p = *state;
	struct buf s = {.len = 0};

	establish_tcp(p);
	put_rtp_message(&s, 7, 1, 3000);
	put_rtp_message(&s, 7, 2, 100);
	for (u32 at = 0; at < s.len; at += 500)
		send_tcp(p, OUT, ACK, s.b + at, s.len - at < 500 ? s.len - at : 500);
	assert_int_equal(packets_counted(p, OUT, CARRIER_TCP, CLASS_RTP), 2);
	assert_true(tcp_half(p, OUT)->stream[0].bytes == 3012 + 112);
	assert_int_equal(all_skipped(p), 0);
}

static void retransmissions_count_once(void **state)
{
	struct flow_record before;
	struct pipeline *p = *state;
	struct buf s = {.len = 0};
	u32 begin, requests;

	establish_tcp(p);
	begin = p->seq[OUT];
	put_check(p, &s);
	put_check(p, &s);
	send_tcp(p, OUT, PSH | ACK, s.b, s.len);
	before = *tcp_record(p);
	send_segment(p, OUT, begin, PSH | ACK, s.b, s.len);
	send_segment(p, OUT, begin, PSH | ACK, s.b, 10);
	send_segment(p, OUT, begin + 7, PSH | ACK, s.b + 7, s.len - 7);
	send_segment(p, OUT, p->seq[OUT] - 1, ACK, "\0", 1); /* a keep-alive */
	assert_memory_equal(tcp_record(p), &before, sizeof(before));
	/* sent again together with what is new */
	requests = tcp_half(p, OUT)->requests;
	put_check(p, &s);
	send_segment(p, OUT, begin, PSH | ACK, s.b, s.len);
	assert_int_equal(tcp_half(p, OUT)->requests, requests + 1);
	assert_int_equal(all_skipped(p), 0);
}

static void a_lost_boundary_is_found_again(void **state)
{
	struct pipeline *p = *state;
	struct buf s = {.len = 0};
	u32 requests;

	establish_tcp(p);
	requests = tcp_half(p, OUT)->requests;
	put_rtp_message(&s, 7, 1, 2000);
	send_tcp(p, OUT, ACK, s.b, 1000);
	p->seq[OUT] += s.len - 1000 + 300; /* 300 bytes of an unknown kind are missing */
	s.len = 0;
	put_many(&s, 0xee, 200);
	send_stream(p, OUT, &s);
	assert_true(packets_skipped(p, REASON_TCP_LOST_SYNC) == 1);
	put_many(&s, 0xee, 200);
	send_stream(p, OUT, &s);
	assert_true(packets_skipped(p, REASON_TCP_LOST_SYNC) == 1);
	assert_int_equal(tcp_half(p, OUT)->requests, requests);
	put_check(p, &s);
	put_check(p, &s);
	send_stream(p, OUT, &s);
	assert_int_equal(tcp_half(p, OUT)->requests, requests + 2);
	assert_true(packets_skipped(p, REASON_TCP_LOST_SYNC) == 1);
}

static void the_other_direction_keeps_its_boundary(void **state)
{
	struct pipeline *p = *state;
	struct buf s = {.len = 0};
	u32 requests;

	establish_tcp(p);
	p->seq[OUT] += 777;
	put_many(&s, 0xee, 100);
	send_stream(p, OUT, &s);
	assert_true(packets_skipped(p, REASON_TCP_LOST_SYNC) == 1);
	requests = tcp_half(p, IN)->requests;
	put_rtp_message(&s, 9, 1, 50);
	put_check(p, &s);
	send_stream(p, IN, &s);
	assert_int_equal(tcp_half(p, IN)->requests, requests + 1);
}

static void more_messages_than_are_followed(void **state)
{
	struct pipeline *p = *state;
	struct buf s = {.len = 0};
	u32 requests;

	establish_tcp(p);
	put_rtp_message(&s, 7, 1, 8);
	put_many(&s, 0, 2 * 511); /* empty ones */
	put_rtp_message(&s, 7, 2, 8);
	send_stream(p, OUT, &s);
	assert_true(packets_skipped(p, REASON_TCP_TOO_MANY) == 1);
	assert_int_equal(tcp_half(p, OUT)->stream[0].packets, 1);
	requests = tcp_half(p, OUT)->requests;
	put_check(p, &s);
	send_stream(p, OUT, &s);
	assert_int_equal(tcp_half(p, OUT)->requests, requests + 1);
}

static void the_end_of_a_connection_is_reported_once(void **state)
{
	struct pipeline *p = *state;
	struct event e;

	establish_tcp(p);
	send_tcp(p, OUT, FIN | ACK, NULL, 0);
	e = take_only_event(p, EVENT_TCP_CLOSE, OUT, CLASS_OTHER);
	assert_int_equal(e.tcp_close.reset, 0);
	assert_int_equal(e.tcp_close.ttl, 64);
	assert_int_equal(e.known, 1);
	send_tcp(p, OUT, FIN | ACK, NULL, 0);
	expect_events(p, 0);
	send_tcp(p, IN, RST, NULL, 0);
	e = take_only_event(p, EVENT_TCP_CLOSE, IN, CLASS_OTHER);
	assert_int_equal(e.tcp_close.reset, 1);
	send_tcp(p, IN, RST, NULL, 0);
	expect_events(p, 0);
}

static void a_reset_on_probation_is_reported(void **state)
{
	struct pipeline *p = *state;
	struct buf s = {.len = 0};
	struct event e;

	send_tcp(p, OUT, SYN, NULL, 0);
	put_check(p, &s);
	send_stream(p, OUT, &s);
	clear_events(p);
	send_tcp(p, IN, RST, NULL, 0);
	e = take_only_event(p, EVENT_TCP_CLOSE, IN, CLASS_OTHER);
	assert_int_equal(e.tcp_close.reset, 1);
	assert_int_equal(e.known, 0);
}

static void reused_ports_start_a_new_flow(void **state)
{
	struct pipeline *p = *state;
	struct buf s = {.len = 0};
	u32 requests;

	establish_tcp(p);
	requests = tcp_half(p, OUT)->requests;
	p->seq[OUT] = 0x12345678;
	p->seq[IN] = 0x87654321;
	send_tcp(p, OUT, SYN, NULL, 0);
	send_tcp(p, IN, SYN | ACK, NULL, 0);
	put_check(p, &s);
	send_stream(p, OUT, &s);
	assert_int_equal(tcp_half(p, OUT)->requests, requests + 1);
	assert_int_equal(all_skipped(p), 0);
	send_tcp(p, OUT, FIN | ACK, NULL, 0); /* the end of this one is news */
	assert_int_equal(p->events[p->nevents - 1].kind, EVENT_TCP_CLOSE);
}

static void other_tcp_leaves_no_trace(void **state)
{
	static const char get[] = "GET / HTTP/1.1\r\nHost: example.org\r\n\r\n";
	struct pipeline *p = *state;
	struct buf tls = {.len = 0};

	send_tcp(p, OUT, SYN, NULL, 0);
	send_tcp(p, IN, SYN | ACK, NULL, 0);
	for (int i = 0; i < 100; i++)
		send_tcp(p, OUT, PSH | ACK, get, sizeof(get) - 1);
	put_hex(&tls, "16 0301 0200 01 0001fc 0303");
	put_many(&tls, 0x5a, 400);
	send_tcp(p, IN, PSH | ACK, tls.b, tls.len);
	send_tcp(p, IN, FIN | ACK, NULL, 0);
	send_tcp(p, OUT, RST, NULL, 0);
	expect_events(p, 0);
	assert_int_equal(flow_count(p), 0);
	assert_int_equal(packets_counted(p, OUT, CARRIER_TCP, CLASS_OTHER), 100);
	assert_int_equal(packets_counted(p, IN, CARRIER_TCP, CLASS_OTHER), 1);
	assert_int_equal(all_skipped(p), 0);
}

int main(void)
{
	static const struct pipeline_case cases[] = {
		PIPELINE_CASE(checks_in_rfc4571_framing),
		PIPELINE_CASE(many_messages_in_a_segment),
		PIPELINE_CASE(split_anywhere),
		PIPELINE_CASE(a_length_in_a_segment_of_its_own),
		PIPELINE_CASE(byte_by_byte),
		PIPELINE_CASE(a_message_over_many_segments),
		PIPELINE_CASE(retransmissions_count_once),
		PIPELINE_CASE(a_lost_boundary_is_found_again),
		PIPELINE_CASE(the_other_direction_keeps_its_boundary),
		PIPELINE_CASE(more_messages_than_are_followed),
		PIPELINE_CASE(the_end_of_a_connection_is_reported_once),
		PIPELINE_CASE(a_reset_on_probation_is_reported),
		PIPELINE_CASE(reused_ports_start_a_new_flow),
		PIPELINE_CASE(other_tcp_leaves_no_trace),
	};

	return pipeline_run("framing", cases, COUNT(cases));
}
