/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Untracked flows, on which no STUN was answered: counted by class, never known, never reported. */
#include "pipeline_fixture.h"

static u64 udp_counted(struct pipeline *p, enum host_dir way, enum msg_class cls)
{
	return packets_counted(p, way, CARRIER_UDP, cls);
}

static void expect_nobody(struct pipeline *p)
{
	expect_events(p, 0);
	assert_int_equal(flow_count(p), 0);
	assert_int_equal(all_skipped(p), 0);
}

static void three_in_a_row_are_plain_rtp(void **state)
{
	struct pipeline *p = *state;

	send_rtp(p, OUT, 0xcafe, 65534);
	send_rtp(p, OUT, 0xcafe, 65535);
	assert_int_equal(udp_counted(p, OUT, CLASS_RTP), 0);
	assert_int_equal(udp_counted(p, OUT, CLASS_OTHER), 2);
	send_rtp(p, OUT, 0xcafe, 0);
	assert_int_equal(udp_counted(p, OUT, CLASS_RTP), 3); /* those before were of it, too */
	assert_int_equal(udp_counted(p, OUT, CLASS_OTHER), 0);
	send_rtp(p, OUT, 0xcafe, 20); /* loss does not make it another */
	assert_int_equal(udp_counted(p, OUT, CLASS_RTP), 4);
	assert_int_equal(udp_counted(p, IN, CLASS_RTP), 0);
	expect_nobody(p);
}

static void fewer_are_no_rtp(void **state)
{
	struct pipeline *p = *state;

	for (u16 i = 0; i < 200; i++)
		send_rtp(p, OUT, 0xcafe, (u16)(i + i / 2)); /* two in a row, then one is left out */
	for (u16 i = 0; i < 200; i++)
		send_rtp(p, IN, 1000u + i, i); /* another source each time */
	assert_int_equal(udp_counted(p, OUT, CLASS_RTP), 0);
	assert_int_equal(udp_counted(p, OUT, CLASS_OTHER), 200);
	assert_int_equal(udp_counted(p, IN, CLASS_RTP), 0);
	assert_int_equal(udp_counted(p, IN, CLASS_OTHER), 200);
	expect_nobody(p);
}

static void each_direction_is_proven_by_itself(void **state)
{
	struct pipeline *p = *state;

	for (u16 i = 0; i < 6; i++)
		send_rtp(p, i & 1, 0xcafe,
			 i); /* in a row only when both directions are taken for one */
	assert_int_equal(udp_counted(p, OUT, CLASS_RTP) + udp_counted(p, IN, CLASS_RTP), 0);
}

static void rtcp_is_believed_beside_a_stream(void **state)
{
	struct pipeline *p = *state;
	struct buf m;

	msg_rtcp(&m, 0xcafe);
	send_udp(p, OUT, &m);
	send_udp(p, OUT, &m);
	assert_int_equal(udp_counted(p, OUT, CLASS_RTCP), 0);
	assert_int_equal(udp_counted(p, OUT, CLASS_OTHER), 2);
	for (u16 i = 0; i < 3; i++)
		send_rtp(p, OUT, 0xcafe, i);
	assert_int_equal(udp_counted(p, OUT, CLASS_RTP), 3);
	assert_int_equal(udp_counted(p, OUT, CLASS_RTCP), 2);
	assert_int_equal(udp_counted(p, OUT, CLASS_OTHER), 0);
	send_udp(p, OUT, &m);
	send_udp(p, IN, &m);
	assert_int_equal(udp_counted(p, OUT, CLASS_RTCP), 3);
	assert_int_equal(udp_counted(p, IN, CLASS_RTCP), 1);
	expect_nobody(p);
}

static void quic_goes_on_with_short_headers(void **state)
{
	struct buf initial = {.len = 0}, further = {.len = 0};
	struct pipeline *p = *state;

	put_hex(&initial, "c3 00000001 08 0102030405060708");
	put_many(&initial, 0x11, 1186);
	put_hex(&further, "41 0102030405060708 a1a2a3a4a5a6");
	send_udp(p, OUT, &further);
	assert_int_equal(udp_counted(p, OUT, CLASS_OTHER), 1);
	send_udp(p, OUT, &initial);
	send_udp(p, OUT, &further);
	send_udp(p, IN, &further);
	assert_int_equal(udp_counted(p, OUT, CLASS_QUIC), 2);
	assert_int_equal(udp_counted(p, IN, CLASS_QUIC), 1);
	p->peer.port++;
	send_udp(p, OUT, &further);
	assert_int_equal(udp_counted(p, OUT, CLASS_OTHER), 2);
	expect_nobody(p);
}

/* RFC 9443: one pair of ports for both. */
static void quic_and_media_share_a_flow(void **state)
{
	struct buf initial = {.len = 0}, further = {.len = 0}, report;
	struct pipeline *p = *state;

	put_hex(&initial, "c3 00000001 08 0102030405060708");
	put_many(&initial, 0x11, 1186);
	put_hex(&further, "41 0102030405060708 a1a2a3a4a5a6");
	msg_rtcp(&report, 0xcafe);
	send_udp(p, OUT, &initial);
	send_udp(p, OUT, &report);
	send_udp(p, OUT, &further);
	assert_int_equal(udp_counted(p, OUT, CLASS_QUIC), 2);
	for (u16 i = 0; i < 3; i++)
		send_rtp(p, OUT, 0xcafe, i);
	send_udp(p, IN, &report);
	send_udp(p, IN, &further);
	assert_int_equal(udp_counted(p, OUT, CLASS_RTP), 3);
	assert_int_equal(udp_counted(p, OUT, CLASS_RTCP), 1);
	assert_int_equal(udp_counted(p, IN, CLASS_RTCP), 1);
	assert_int_equal(udp_counted(p, IN, CLASS_QUIC), 1);
	expect_nobody(p);
}

static void dtls_and_zrtp_are_counted(void **state)
{
	struct pipeline *p = *state;
	struct buf m = {.len = 0};

	msg_handshake(&m, 1, 100);
	send_udp(p, OUT, &m);
	m.len = 0;
	put_hex(&m, "1000 0001 5a525450 01020304 00000000");
	send_udp(p, OUT, &m);
	assert_int_equal(udp_counted(p, OUT, CLASS_DTLS), 1);
	assert_int_equal(udp_counted(p, OUT, CLASS_ZRTP), 1);
	expect_nobody(p);
}

/* GTP and others begin like ChannelData. */
static void channels_need_a_server(void **state)
{
	struct rtp_of of = {.ssrc = 5, .len = 100};
	struct buf inner, m;
	struct pipeline *p = *state;

	msg_rtp(&inner, &of);
	msg_channel(&m, 0x4001, inner.b, inner.len, false);
	send_udp(p, OUT, &m);
	assert_int_equal(udp_counted(p, OUT, CLASS_OTHER), 1);
	assert_int_equal(udp_counted(p, OUT, CLASS_CHANNEL_DATA), 0);
}

/*
 * An allocation from before the observation: its ChannelData is counted, inside and outside, and
 * leads to no flow.
 */
static void channel_data_of_an_unknown_server(void **state)
{
	struct rtp_of of = {.ssrc = 5, .len = 100};
	struct buf check, inner, m;
	struct pipeline *p = *state;

	msg_stun(&check, 0x0001, 7);
	msg_channel(&m, 0x4000, check.b, check.len, false);
	send_udp(p, OUT, &m);
	assert_int_equal(udp_counted(p, OUT, CLASS_CHANNEL_DATA), 1);
	assert_true(packets_skipped(p, REASON_CHANNEL_UNKNOWN) == 1);
	msg_rtp(&inner, &of);
	msg_channel(&m, 0x4001, inner.b, inner.len, false);
	send_udp(p, OUT, &m);
	assert_int_equal(udp_counted(p, OUT, CLASS_CHANNEL_DATA), 2);
	assert_int_equal(flow_count(p), 0);
	assert_true(packets_skipped(p, REASON_CHANNEL_UNKNOWN) == 2);
	expect_events(p, 0);
}

/* RFC 3550 appendix A.1: a duplicate neither proves nor disproves. */
static void rtp_sent_twice(void **state)
{
	struct rtp_of of = {.ssrc = 5, .len = 100};
	struct pipeline *p = *state;
	struct buf m;

	for (of.seq = 1; of.seq < 9; of.seq++)
		for (int twice = 0; twice < 2; twice++) {
			msg_rtp(&m, &of);
			send_udp(p, OUT, &m);
		}
	assert_int_equal(udp_counted(p, OUT, CLASS_RTP), 16);
	expect_nobody(p);
}

/* An encrypted report (RFC 3711 section 3.4); `index` goes up in front of a tag of ten bytes. */
static void msg_srtcp(struct buf *m, u8 type, u32 ssrc, u32 index)
{
	m->len = 0;
	put_hex(m, "80");
	put8(m, type);
	put16(m, 1);
	put32(m, ssrc);
	put_many(m, 0x5c, 16);
	put32(m, index);
	put_many(m, (u8)(0x11 * index), 10);
}

static void rtcp_alone_proves_itself(void **state)
{
	struct pipeline *p = *state;
	struct buf m, part;

	/* transport feedback: its index */
	for (u32 i = 1; i <= 4; i++) {
		msg_srtcp(&m, 205, 7, 0x80000000 | i);
		send_udp(p, OUT, &m);
		assert_int_equal(udp_counted(p, OUT, CLASS_RTCP), i < 3 ? 0 : i);
	}
	/* in clear: a report and what belongs behind it */
	msg_rtcp(&m, 9);
	msg_rtcp(&part, 9);
	put(&m, part.b, part.len);
	send_udp(p, IN, &m);
	assert_int_equal(udp_counted(p, IN, CLASS_RTCP), 1); /* the flow is proven */
}

static void what_only_begins_like_rtcp(void **state)
{
	struct pipeline *p = *state;
	struct buf m;

	for (u32 i = 1; i <= 9; i++) {
		msg_srtcp(&m, (u8)(199 + i), 7 * i, 0x80000000 | 3 * i); /* another sender each */
		send_udp(p, OUT, &m);
	}
	for (u32 i = 1; i <= 9; i++) {
		msg_srtcp(&m, 205, 7, 0x80000000 | 3 * i); /* no report, no index */
		send_udp(p, OUT, &m);
	}
	assert_int_equal(udp_counted(p, OUT, CLASS_RTCP), 0);
	expect_nobody(p);
}

static void other_protocols_are_other(void **state)
{
	static const char *const rows[] = {
		"1234 0100 0001 0000 0000 0000 07 6578616d706c65 03 6f7267 00 0001 0001", /* DNS */
		/* NTP */
		"23 02 0310 00000000 000000ec 00000000 c2a1c2a1 00000000 00000000 00000000 "
		"00000000 00000000",
		/* WireGuard, as long as it likes */
		"01000000 00112233 44556677 8899aabb ccddeeff 00112233 44556677",
		"41001234 00000000 00000000 00100000 0001 0000", /* uTP */
		"00000000000000000000000000000000",
	};
	struct pipeline *p = *state;
	struct buf m;

	for (size_t i = 0; i < COUNT(rows); i++) {
		m.len = 0;
		put_hex(&m, rows[i]);
		for (int times = 0; times < 5; times++)
			send_udp(p, times & 1, &m);
	}
	assert_int_equal(udp_counted(p, OUT, CLASS_OTHER), 3 * COUNT(rows));
	assert_int_equal(udp_counted(p, IN, CLASS_OTHER), 2 * COUNT(rows));
	expect_nobody(p);
}

int main(void)
{
	static const struct pipeline_case cases[] = {
		PIPELINE_CASE(three_in_a_row_are_plain_rtp),
		PIPELINE_CASE(fewer_are_no_rtp),
		PIPELINE_CASE(each_direction_is_proven_by_itself),
		PIPELINE_CASE(rtcp_is_believed_beside_a_stream),
		PIPELINE_CASE(quic_goes_on_with_short_headers),
		PIPELINE_CASE(quic_and_media_share_a_flow),
		PIPELINE_CASE(dtls_and_zrtp_are_counted),
		PIPELINE_CASE(channels_need_a_server),
		PIPELINE_CASE(channel_data_of_an_unknown_server),
		PIPELINE_CASE(rtp_sent_twice),
		PIPELINE_CASE(rtcp_alone_proves_itself),
		PIPELINE_CASE(what_only_begins_like_rtcp),
		PIPELINE_CASE(other_protocols_are_other),
	};

	return pipeline_run("stranger", cases, COUNT(cases));
}
