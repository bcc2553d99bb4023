/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Media on a known flow: streams, their numbers, and the silence of a session that stays up. */
#include <math.h>

#include "pipeline_fixture.h"

static const struct stream *stream_with_ssrc(struct pipeline *p, enum host_dir way, u32 ssrc)
{
	const struct flow_dir *half = half_of(p, way);

	for (int i = 0; i < FLOW_STREAMS; i++)
		if (half->stream[i].ssrc == ssrc && half->stream[i].packets)
			return &half->stream[i];
	return NULL;
}

static struct stream_rare rare_of(struct pipeline *p, enum host_dir way, u32 ssrc)
{
	const struct flow_dir *half = half_of(p, way);

	return half->rare[stream_with_ssrc(p, way, ssrc) - half->stream];
}

/* Numbers that a stream should have had. */
static u32 expected_of(struct pipeline *p, enum host_dir way, u32 ssrc)
{
	return stream_with_ssrc(p, way, ssrc)->max_seq - rare_of(p, way, ssrc).first_seq + 1;
}

static void a_stream_begins_with_its_second_packet(void **state)
{
	struct pipeline *p = *state;
	struct event e;

	establish_ice(p);
	send_rtp(p, OUT, 0xcafe, 10);
	expect_events(p, 0);
	assert_int_equal(packets_counted(p, OUT, CARRIER_UDP, CLASS_RTP), 0);
	assert_int_equal(packets_counted(p, OUT, CARRIER_UDP, CLASS_OTHER), 1);
	send_rtp(p, OUT, 0xcafe, 11);
	e = take_only_event(p, EVENT_STREAM, OUT, CLASS_RTP);
	assert_int_equal(e.stream.ssrc, 0xcafe);
	assert_int_equal(e.stream.payload_type, 111);
	assert_int_equal(e.known, 1);
	assert_int_equal(e.count, 1);
	assert_int_equal(e.wire_len, 112);
	/* the first one was of it, too */
	assert_int_equal(packets_counted(p, OUT, CARRIER_UDP, CLASS_RTP), 2);
	assert_int_equal(packets_counted(p, OUT, CARRIER_UDP, CLASS_OTHER), 0);
	send_rtp(p, IN, 0xcafe, 10);
	send_rtp(p, IN, 0xcafe, 11); /* the other direction is another stream */
	take_only_event(p, EVENT_STREAM, IN, CLASS_RTP);
}

static void a_stream_counts(void **state)
{
	struct pipeline *p = *state;
	const struct stream *s;

	establish_ice(p);
	for (u32 i = 0; i < 1000; i++) {
		if (i % 100 == 50)
			continue; /* lost */
		send_rtp(p, OUT, 0xcafe, (u16)(65000 + i));
	}
	s = stream_with_ssrc(p, OUT, 0xcafe);
	assert_non_null(s);
	assert_int_equal(s->valid, 1);
	assert_int_equal(s->packets, 990);
	assert_true(s->bytes == 990 * 112);
	assert_int_equal(expected_of(p, OUT, 0xcafe) - s->packets, 10);
	assert_true(stream_all_packets(half_of(p, OUT)) == 990);
	assert_true(flow_media_ns(half_of(p, OUT)) == p->now);
	assert_true(flow_packets(half_of(p, OUT)) == 992); /* and a request and an answer */
	assert_int_equal(stream_all_packets(half_of(p, IN)), 0);
	assert_int_equal(packets_counted(p, OUT, CARRIER_UDP, CLASS_RTP), 990);
}

static void noise_is_no_stream(void **state)
{
	struct pipeline *p = *state;

	establish_ice(p);
	for (u32 i = 0; i < 200; i++)
		send_rtp(p, OUT, 7 * i, (u16)(31 * i));
	expect_events(p, 0);
	assert_int_equal(packets_counted(p, OUT, CARRIER_UDP, CLASS_RTP), 0);
	assert_int_equal(packets_counted(p, OUT, CARRIER_UDP, CLASS_OTHER), 200);
	assert_true(flow_media_ns(half_of(p, OUT)) == 0);
	send_rtp(p, OUT, 1, 1); /* and leaves room for one */
	send_rtp(p, OUT, 1, 2);
	expect_events(p, 1);
}

static void several_streams_at_once(void **state)
{
	struct pipeline *p = *state;

	establish_ice(p);
	for (u16 i = 0; i < 100; i++)
		for (u32 ssrc = 1; ssrc <= FLOW_STREAMS; ssrc++)
			send_rtp(p, OUT, ssrc, (u16)(1000 * ssrc + i));
	expect_events(p, FLOW_STREAMS);
	for (u32 ssrc = 1; ssrc <= FLOW_STREAMS; ssrc++)
		assert_int_equal(stream_with_ssrc(p, OUT, ssrc)->packets, 100);
	assert_int_equal(packets_counted(p, OUT, CARRIER_UDP, CLASS_RTP), 400);
	assert_int_equal(packets_counted(p, OUT, CARRIER_UDP, CLASS_OTHER), 0);
	assert_true(packets_skipped(p, REASON_STREAMS_FULL) == 0);
}

static void more_streams_than_are_held_are_counted(void **state)
{
	struct pipeline *p = *state;

	establish_ice(p);
	for (u16 i = 0; i < 10; i++)
		for (u32 ssrc = 1; ssrc <= FLOW_STREAMS; ssrc++)
			send_rtp(p, OUT, ssrc, i);
	assert_true(packets_skipped(p, REASON_STREAMS_FULL) == 0);
	send_rtp(p, OUT, FLOW_STREAMS + 1, 0);
	send_rtp(p, OUT, FLOW_STREAMS + 2, 0);
	assert_true(packets_skipped(p, REASON_STREAMS_FULL) == 2);
	for (u32 ssrc = 1; ssrc <= FLOW_STREAMS; ssrc++)
		assert_int_equal(stream_with_ssrc(p, OUT, ssrc)->packets, 10);
	assert_null(stream_with_ssrc(p, OUT, FLOW_STREAMS + 1));
	assert_true(stream_all_packets(half_of(p, OUT)) == 10 * FLOW_STREAMS + 2);
	assert_int_equal(packets_counted(p, OUT, CARRIER_UDP, CLASS_RTP), 10 * FLOW_STREAMS + 2);
}

/*
 * As from a conference bridge: one packet of each speaker in turn. What is not followed is media
 * all the same.
 */
static void speakers_in_turn_are_media(void **state)
{
	struct pipeline *p = *state;

	establish_ice(p);
	for (u16 i = 0; i < 50; i++)
		for (u32 ssrc = 1; ssrc <= FLOW_STREAMS + 2; ssrc++)
			send_rtp(p, OUT, ssrc, i);
	assert_true(packets_counted(p, OUT, CARRIER_UDP, CLASS_RTP) >= 49 * (FLOW_STREAMS + 2));
	assert_true(packets_skipped(p, REASON_STREAMS_FULL) > 0);
}

static void stream_zero_is_a_stream(void **state)
{
	struct pipeline *p = *state;

	establish_ice(p);
	send_rtp(p, OUT, 0, 0);
	send_rtp(p, OUT, 0, 1);
	assert_int_equal(take_only_event(p, EVENT_STREAM, OUT, CLASS_RTP).stream.ssrc, 0);
	for (u16 i = 2; i < 5; i++)
		send_rtp(p, OUT, 0, i);
	expect_events(p, 0);
	assert_int_equal(packets_counted(p, OUT, CARRIER_UDP, CLASS_RTP), 5);
}

static void reordered_packets_are_no_loss(void **state)
{
	struct pipeline *p = *state;
	const struct stream *s;

	establish_ice(p);
	send_rtp(p, OUT, 5, 65533);
	send_rtp(p, OUT, 5, 65534);
	for (u32 i = 0; i < 100; i += 2) {
		send_rtp(p, OUT, 5, (u16)(65536 + i));
		send_rtp(p, OUT, 5, (u16)(65535 + i));
	}
	s = stream_with_ssrc(p, OUT, 5);
	assert_int_equal(s->packets, 102);
	assert_int_equal(expected_of(p, OUT, 5), 102);
	assert_int_equal(s->max_seq, 65536 + 98);
}

static void duplicates_are_counted(void **state)
{
	struct pipeline *p = *state;
	const struct stream *s;

	establish_ice(p);
	for (u16 i = 0; i < 200; i++) {
		if (i % 20 != 10) /* lost at first */
			send_rtp(p, OUT, 5, (u16)(65500 + i));
		if (i % 20 == 15)
			send_rtp(p, OUT, 5, (u16)(65500 + i - 5)); /* and sent again: late */
		if (i % 40 == 19)
			send_rtp(p, OUT, 5, (u16)(65500 + i - 9)); /* and once more */
	}
	s = stream_with_ssrc(p, OUT, 5);
	assert_int_equal(s->packets, 205);
	assert_int_equal(rare_of(p, OUT, 5).reordered, 10);
	assert_int_equal(rare_of(p, OUT, 5).duplicates, 5);
	assert_int_equal(expected_of(p, OUT, 5), 200);
}

/*
 * As RFC 3550 appendix A.8 has it, in ms, over the differences that are measured: the first eight
 * of 128 packets.
 */
static double jitter_after(const double *late, u32 packets)
{
	double jitter = 0;

	for (u32 i = 1; i < packets; i++)
		if (i % 128 >= 1 && i % 128 <= 8)
			jitter += (fabs(late[i] - late[i - 1]) - jitter) / 16;
	return jitter;
}

static void jitter_is_measured(void **state)
{
	struct rtp_of of = {.ssrc = 9, .len = 160, .step = 160}; /* 20 ms of G.711 */
	struct pipeline *p = *state;
	u64 begin = p->now + SEC;
	double late[1000];
	struct buf m;

	establish_ice(p);
	for (u32 i = 0; i < COUNT(late); i++) {
		late[i] = (i * 7919 % 31) / 2.0; /* 0..15 ms */
		of.seq = (u16)i;
		msg_rtp(&m, &of);
		/* which send_udp() adds */
		p->now = begin + i * 20 * MS + (u64)(late[i] * 1e6) - MS;
		send_udp(p, OUT, &m);
		if (i > 1)
			assert_true(fabs(stream_with_ssrc(p, OUT, 9)->jitter / 16.0 * 1024e-6 -
					 jitter_after(late, i + 1)) < 0.002);
	}
	assert_int_equal(stream_with_ssrc(p, OUT, 9)->jitter_known, 1);
}

static void rtcp_is_counted_apart(void **state)
{
	struct pipeline *p = *state;
	struct buf m;

	establish_ice(p);
	for (int i = 0; i < 10; i++) {
		msg_rtcp(&m, 1);
		send_udp(p, IN, &m);
	}
	assert_int_equal(half_of(p, IN)->rtcp_packets, 10);
	assert_true(stream_all_packets(half_of(p, IN)) == 0);
	assert_true(flow_media_ns(half_of(p, IN)) == 0);
	assert_int_equal(packets_counted(p, IN, CARRIER_UDP, CLASS_RTCP), 10);
	expect_events(p, 0);
}

static void send_data(struct pipeline *p, enum host_dir way)
{
	static const u8 sealed[60];
	struct record_of of = {.type = 23, .epoch = 1, .seq = 5};
	struct buf m = {.len = 0};

	msg_record(&m, &of, sealed, sizeof(sealed));
	send_udp(p, way, &m);
}

static void send_goog_ping(struct pipeline *p)
{
	struct buf m;

	msg_stun(&m, 0x0200, ++p->ids);
	send_udp(p, OUT, &m);
	msg_stun(&m, 0x0300, p->ids);
	send_udp(p, IN, &m);
}

/*
 * A session that stays up: ten thousand checks, media, reports and data both ways, and nothing is
 * told.
 */
static void a_stable_session_makes_no_events(void **state)
{
	struct pipeline *p = *state;
	struct buf m;

	establish_ice(p);
	for (int way = OUT; way <= IN; way++) {
		send_rtp(p, way, 1, 0);
		send_rtp(p, way, 1, 1);
		send_data(p, way);
	}
	expect_events(p, 4); /* two streams, the first data of each way */
	clear_events(p);
	for (u32 i = 0; i < 10000; i++) {
		send_stun_answer(p, IN, send_check(p, OUT, "bobb:alic"));
		send_stun_answer(p, OUT, send_check(p, IN, "alic:bobb"));
		send_rtp(p, OUT, 1, (u16)(2 + i));
		send_rtp(p, IN, 1, (u16)(2 + i));
		send_data(p, OUT);
		send_data(p, IN);
		msg_rtcp(&m, 1);
		send_udp(p, OUT, &m);
		send_goog_ping(p);
	}
	expect_events(p, 0);
	assert_int_equal(half_of(p, OUT)->requests, 20001);
	assert_int_equal(half_of(p, IN)->successes, 20001);
	assert_int_equal(half_of(p, OUT)->successes, 10001);
	assert_true(stream_all_packets(half_of(p, OUT)) == 10002);
	assert_int_equal(half_of(p, OUT)->data_packets, 10001);
	assert_int_equal(expected_of(p, IN, 1), 10002);
	assert_int_equal(all_skipped(p), 0);
	assert_true(native_self(p->n)->events_lost == 0);
}

static void short_and_strange_packets_are_counted(void **state)
{
	static const u8 ones[40] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
				    0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	struct pipeline *p = *state;
	u64 packets;

	establish_ice(p);
	packets = flow_packets(half_of(p, OUT));
	for (u32 len = 0; len < 12; len++)
		send_bytes(p, OUT, "\x80\x60\x00\x01\x00\x00\x00\x02\x00\x00\x00", len);
	send_bytes(p, OUT, ones, sizeof(ones));
	assert_true(flow_packets(half_of(p, OUT)) == packets + 13);
	assert_int_equal(packets_counted(p, OUT, CARRIER_UDP, CLASS_OTHER), 13);
	expect_events(p, 0);
	assert_int_equal(all_skipped(p), 0);
}

int main(void)
{
	static const struct pipeline_case cases[] = {
		PIPELINE_CASE(a_stream_begins_with_its_second_packet),
		PIPELINE_CASE(a_stream_counts),
		PIPELINE_CASE(noise_is_no_stream),
		PIPELINE_CASE(several_streams_at_once),
		PIPELINE_CASE(more_streams_than_are_held_are_counted),
		PIPELINE_CASE(speakers_in_turn_are_media),
		PIPELINE_CASE(stream_zero_is_a_stream),
		PIPELINE_CASE(reordered_packets_are_no_loss),
		PIPELINE_CASE(duplicates_are_counted),
		PIPELINE_CASE(jitter_is_measured),
		PIPELINE_CASE(rtcp_is_counted_apart),
		PIPELINE_CASE(a_stable_session_makes_no_events),
		PIPELINE_CASE(short_and_strange_packets_are_counted),
	};

	return pipeline_run("media", cases, COUNT(cases));
}
