/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The few places that a direction has for streams, as time goes by.
 *
 * Native only: silence of ten seconds, and the kernel's clock cannot be set.
 */
#include "pipe.h"

/* Packets of the stream with this SSRC; 0 when it has no place. */
static u64 packets_of(struct pipe *p, u32 ssrc)
{
	const struct flow_dir *half = half_of(p, OUT);

	for (int i = 0; i < FLOW_STREAMS; i++)
		if (half->stream[i].ssrc == ssrc)
			return half->stream[i].packets;
	return 0;
}

/* Five packets of each of the first SSRCs, as many as there are places. */
static void take_all_places(struct pipe *p)
{
	establish(p);
	for (u16 i = 0; i < 5; i++)
		for (u32 ssrc = 1; ssrc <= FLOW_STREAMS; ssrc++)
			rtp(p, OUT, ssrc, i);
}

/* The next speaker, or a renegotiation: what counted as a stream's is its flow's then. */
static void a_silent_stream_gives_its_place(void **state)
{
	const u32 rtp_packets = 5 * FLOW_STREAMS + 3;
	struct pipe *p = *state;

	take_all_places(p);
	p->now += 11000 * MS;
	rtp(p, OUT, 1, 5);
	rtp(p, OUT, 50, 1);
	rtp(p, OUT, 50, 2);
	assert_true(skipped(p, REASON_STREAMS_FULL) == 0);
	assert_int_equal(packets_of(p, 50), 2);
	assert_int_equal(packets_of(p, 1), 6); /* it was heard */
	assert_int_equal(packets_of(p, 2), 0);
	assert_true(stream_all_packets(half_of(p, OUT)) == rtp_packets);
	/* and a request and an answer */
	assert_true(flow_packets(half_of(p, OUT)) == rtp_packets + 2);
	assert_true(flow_bytes(half_of(p, OUT)) > rtp_packets * 112);
	assert_int_equal(counted(p, OUT, CARRIER_UDP, CLASS_RTP), rtp_packets);
}

static void a_pause_keeps_the_place(void **state)
{
	struct pipe *p = *state;

	take_all_places(p);
	p->now += 9000 * MS;
	rtp(p, OUT, 50, 1);
	rtp(p, OUT, 50, 2);
	assert_true(skipped(p, REASON_STREAMS_FULL) == 2);
	assert_int_equal(packets_of(p, 50), 0);
	for (u32 ssrc = 1; ssrc <= FLOW_STREAMS; ssrc++)
		assert_int_equal(packets_of(p, ssrc), 5);
	assert_true(flow_packets(half_of(p, OUT)) == 5 * FLOW_STREAMS + 2 + 2);
	assert_int_equal(counted(p, OUT, CARRIER_UDP, CLASS_RTP), 5 * FLOW_STREAMS + 2);
}

int main(void)
{
	static const struct pipe_case cases[] = {
		PIPE_CASE(a_silent_stream_gives_its_place),
		PIPE_CASE(a_pause_keeps_the_place),
	};

	return pipe_run("stream_place", cases, COUNT(cases));
}
