/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The few stream slots of a direction over time.
 *
 * Native only: silence of ten seconds, and the kernel's clock cannot be set.
 */
#include "pipeline_fixture.h"

/* Returns the packets of the stream with this SSRC; 0 if it has no slot. */
static u64 packets_of(struct pipeline *p, u32 ssrc)
{
	const struct flow_dir *half = half_of(p, OUT);

	for (int i = 0; i < FLOW_STREAMS; i++)
		if (half->stream[i].ssrc == ssrc)
			return half->stream[i].packets;
	return 0;
}

/* Five packets of each of the first SSRCs, as many as there are places. */
static void take_all_places(struct pipeline *p)
{
	establish_ice(p);
	for (u16 i = 0; i < 5; i++)
		for (u32 ssrc = 1; ssrc <= FLOW_STREAMS; ssrc++)
			send_rtp(p, OUT, ssrc, i);
}

/* The next speaker, or a renegotiation: what counted as a stream's is its flow's then. */
static void a_silent_stream_gives_up_its_slot(void **state)
{
	const u32 rtp_packets = 5 * FLOW_STREAMS + 3;
	struct pipeline *p = *state;

	take_all_places(p);
	p->now += 11000 * MS;
	send_rtp(p, OUT, 1, 5);
	send_rtp(p, OUT, 50, 1);
	send_rtp(p, OUT, 50, 2);
	assert_true(packets_skipped(p, REASON_STREAMS_FULL) == 0);
	assert_int_equal(packets_of(p, 50), 2);
	assert_int_equal(packets_of(p, 1), 6); /* it was heard */
	assert_int_equal(packets_of(p, 2), 0);
	assert_true(stream_all_packets(half_of(p, OUT)) == rtp_packets);
	/* and a request and an answer */
	assert_true(flow_packets(half_of(p, OUT)) == rtp_packets + 2);
	assert_true(flow_bytes(half_of(p, OUT)) > rtp_packets * 112);
	assert_int_equal(packets_counted(p, OUT, CARRIER_UDP, CLASS_RTP), rtp_packets);
}

static void a_short_pause_keeps_the_slot(void **state)
{
	struct pipeline *p = *state;

	take_all_places(p);
	p->now += 9000 * MS;
	send_rtp(p, OUT, 50, 1);
	send_rtp(p, OUT, 50, 2);
	assert_true(packets_skipped(p, REASON_STREAMS_FULL) == 2);
	assert_int_equal(packets_of(p, 50), 0);
	for (u32 ssrc = 1; ssrc <= FLOW_STREAMS; ssrc++)
		assert_int_equal(packets_of(p, ssrc), 5);
	assert_true(flow_packets(half_of(p, OUT)) == 5 * FLOW_STREAMS + 2 + 2);
	assert_int_equal(packets_counted(p, OUT, CARRIER_UDP, CLASS_RTP), 5 * FLOW_STREAMS + 2);
}

int main(void)
{
	static const struct pipeline_case cases[] = {
		PIPELINE_CASE(a_silent_stream_gives_up_its_slot),
		PIPELINE_CASE(a_short_pause_keeps_the_slot),
	};

	return pipeline_run("stream_place", cases, COUNT(cases));
}
