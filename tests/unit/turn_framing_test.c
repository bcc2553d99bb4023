/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* TURN over TCP: STUN is not framed, ChannelData is padded to four (RFC 8656 section 12.5). */
#include "tcp_stream_fixture.h"

static void put_padded(struct buf *s, const struct buf *m)
{
	put(s, m->b, m->len);
	put_many(s, 0, -m->len & 3);
}

static void allocate_tcp(struct pipeline *p)
{
	struct buf m;

	send_tcp(p, OUT, SYN, NULL, 0);
	send_tcp(p, IN, SYN | ACK, NULL, 0);
	msg_stun(&m, 0x0003, ++p->ids);
	send_tcp(p, OUT, PSH | ACK, m.b, m.len);
	msg_stun(&m, 0x0103, p->ids);
	send_tcp(p, IN, PSH | ACK, m.b, m.len);
	msg_stun(&m, 0x0009, ++p->ids);
	msg_attr32(&m, 0x000c, 0x40010000);
	msg_address(&m, 0x0012, p->other, true);
	send_tcp(p, OUT, PSH | ACK, m.b, m.len);
	msg_stun(&m, 0x0109, p->ids);
	send_tcp(p, IN, PSH | ACK, m.b, m.len);
	clear_events(p);
}

static const struct flow_dir *tcp_inner_half(struct pipeline *p, enum host_dir way)
{
	struct flow_key carrying = key_between(p, PROTO_TCP), key = carrying;
	const struct flow_record *r;

	if (p->variant->wan)
		key.far = p->other;
	else
		key.near = p->other;
	key.tag = flow_tag(&carrying);
	key.relayed = 1;
	r = flow_of(p, &key);
	assert_non_null(r);
	assert_endpoint(&r->server, p->peer);
	return &r->dir[dir_of(p, way)];
}

static void put_channel(struct buf *s, const struct buf *inner)
{
	struct buf m;

	msg_channel(&m, 0x4001, inner->b, inner->len, true);
	put(s, m.b, m.len);
}

static void establish_inside_tcp(struct pipeline *p)
{
	struct check_of of = {.id = ++p->ids, .username = "bobb:alic"};
	struct buf s = {.len = 0}, m;

	msg_check(&m, &of);
	put_channel(&s, &m);
	send_stream(p, OUT, &s);
	msg_answer(&m, of.id, p->other);
	put_channel(&s, &m);
	send_stream(p, IN, &s);
	clear_events(p);
}

static void stun_needs_no_framing(void **state)
{
	struct pipeline *p = *state;

	allocate_tcp(p);
	assert_int_equal(tcp_record(p)->tcp.framing, FRAMING_TURN);
	assert_int_equal(tcp_record(p)->turn, 1);
	establish_inside_tcp(p);
	assert_int_equal(tcp_inner_half(p, OUT)->requests, 1);
	assert_int_equal(tcp_inner_half(p, IN)->successes, 1);
	assert_int_equal(packets_counted(p, OUT, CARRIER_TCP, CLASS_STUN), 2);
	assert_int_equal(packets_counted(p, OUT, CARRIER_TCP, CLASS_CHANNEL_DATA), 1);
	assert_int_equal(packets_counted(p, OUT, CARRIER_TCP_RELAYED, CLASS_STUN), 1);
	assert_int_equal(all_skipped(p), 0);
}

static void padded_media_inside_turn_over_tcp(void **state)
{
	struct rtp_of of = {.ssrc = 5, .payload_type = 96};
	struct buf s = {.len = 0}, m;
	struct pipeline *p = *state;

	allocate_tcp(p);
	establish_inside_tcp(p);
	for (; of.seq < 200; of.seq++) {
		of.len = 30u + of.seq % 7; /* each padding there is */
		msg_rtp(&m, &of);
		put_channel(&s, &m);
		if (of.seq % 3 == 2)
			send_stream(p, IN, &s);
	}
	send_stream(p, IN, &s);
	assert_true(stream_all_packets(tcp_inner_half(p, IN)) == 200);
	assert_int_equal(packets_counted(p, IN, CARRIER_TCP_RELAYED, CLASS_RTP), 200);
	assert_int_equal(packets_counted(p, IN, CARRIER_TCP, CLASS_CHANNEL_DATA), 201);
	assert_int_equal(all_skipped(p), 0);
	expect_events(p, 1);
}

/* ChannelData, STUN, ChannelData: cut at each place there is. */
static void turn_split_anywhere(void **state)
{
	struct rtp_of of = {.ssrc = 5, .payload_type = 96, .len = 31};
	struct buf s = {.len = 0}, m;
	struct pipeline *p = *state;
	u64 all;
	u32 cut;

	allocate_tcp(p);
	establish_inside_tcp(p);
	for (cut = 1;; cut++) {
		s.len = 0;
		of.seq = (u16)(2 * cut);
		msg_rtp(&m, &of);
		put_channel(&s, &m);
		msg_stun(&m, 0x0004, ++p->ids);
		put_padded(&s, &m);
		of.seq++;
		msg_rtp(&m, &of);
		put_channel(&s, &m);
		if (cut >= s.len)
			break;
		all = messages_counted(p, OUT, CARRIER_TCP);
		send_tcp(p, OUT, ACK, s.b, cut);
		send_tcp(p, OUT, PSH | ACK, s.b + cut, s.len - cut);
		assert_int_equal(messages_counted(p, OUT, CARRIER_TCP), all + 3);
		assert_int_equal(packets_counted(p, OUT, CARRIER_TCP_RELAYED, CLASS_OTHER), 0);
	}
	assert_int_equal(packets_counted(p, OUT, CARRIER_TCP_RELAYED, CLASS_RTP), 2 * (cut - 1));
	assert_true(cut > 100);
	assert_int_equal(packets_skipped(p, REASON_TCP_LOST_SYNC), 0);
	assert_int_equal(packets_skipped(p, REASON_TCP_TOO_MANY), 0);
}

static void turn_byte_by_byte(void **state)
{
	struct rtp_of of = {.ssrc = 5, .payload_type = 96, .len = 31};
	struct buf s = {.len = 0}, m;
	struct pipeline *p = *state;
	u64 all;

	allocate_tcp(p);
	establish_inside_tcp(p);
	all = messages_counted(p, OUT, CARRIER_TCP);
	for (; of.seq < 5; of.seq++) {
		msg_rtp(&m, &of);
		put_channel(&s, &m);
	}
	for (u32 at = 0; at < s.len; at++)
		send_tcp(p, OUT, ACK, s.b + at, 1);
	assert_int_equal(messages_counted(p, OUT, CARRIER_TCP), all + 5);
	assert_int_equal(all_skipped(p), 0);
}

static void an_implausible_length_loses_the_boundary(void **state)
{
	struct buf s = {.len = 0}, m;
	struct pipeline *p = *state;
	u32 requests;

	allocate_tcp(p);
	put_many(&s, 0xee, 60); /* neither STUN nor a channel */
	send_stream(p, OUT, &s);
	assert_true(packets_skipped(p, REASON_TCP_LOST_SYNC) == 1);
	requests = tcp_half(p, OUT)->requests;
	msg_stun(&m, 0x0004, ++p->ids);
	msg_attr32(&m, 0x000d, 0);
	send_tcp(p, OUT, PSH | ACK, m.b, m.len);
	assert_int_equal(tcp_half(p, OUT)->requests, requests + 1);
}

static void an_indication_over_tcp(void **state)
{
	struct check_of of = {.id = 900, .username = "bobb:alic"};
	struct buf m, outer;
	struct pipeline *p = *state;

	allocate_tcp(p);
	msg_check(&m, &of);
	msg_stun(&outer, 0x0016, ++p->ids);
	msg_address(&outer, 0x0012, p->other, true);
	msg_attr(&outer, 0x0013, m.b, m.len);
	send_tcp(p, OUT, PSH | ACK, outer.b, outer.len);
	expect_events(p, 2);
	assert_int_equal(p->events[1].key.relayed, 1);
	assert_int_equal(p->events[1].key.proto, PROTO_TCP);
	assert_memory_equal(p->events[1].stun.username, "bobb:alic", 9);
}

int main(void)
{
	static const struct pipeline_case cases[] = {
		PIPELINE_CASE(stun_needs_no_framing),
		PIPELINE_CASE(padded_media_inside_turn_over_tcp),
		PIPELINE_CASE(turn_split_anywhere),
		PIPELINE_CASE(turn_byte_by_byte),
		PIPELINE_CASE(an_implausible_length_loses_the_boundary),
		PIPELINE_CASE(an_indication_over_tcp),
	};

	return pipeline_run("turn_stream", cases, COUNT(cases));
}
