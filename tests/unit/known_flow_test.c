/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * On a known flow: QUIC beside media (RFC 9443), encrypted header extensions (RFC 9335), every
 * packet twice.
 */
#include "pipeline_fixture.h"

static void send_quic(struct pipeline *p, enum host_dir way, const char *head)
{
	struct buf m = {.len = 0};

	put_hex(&m, head);
	put_many(&m, 0xc3, 60);
	send_udp(p, way, &m);
}

static void quic_and_media_on_one_flow(void **state)
{
	struct pipeline *p = *state;

	establish_ice(p);
	send_quic(p, OUT, "5a 01020304"); /* a short header proves nothing by itself */
	assert_int_equal(packets_counted(p, OUT, CARRIER_UDP, CLASS_OTHER), 1);
	send_quic(p, OUT, "c3 00000001 08 0102030405060708");
	for (u16 i = 0; i < 10; i++) {
		send_rtp(p, OUT, 5, i);
		/* in the range of channel numbers, too: there is no TURN here */
		send_quic(p, OUT, "41 01020304");
		send_quic(p, OUT, "7a 01020304");
	}
	assert_int_equal(packets_counted(p, OUT, CARRIER_UDP, CLASS_QUIC), 1 + 20);
	assert_int_equal(packets_counted(p, OUT, CARRIER_UDP, CLASS_RTP), 10);
	assert_int_equal(packets_counted(p, OUT, CARRIER_UDP, CLASS_CHANNEL_DATA), 0);
	assert_true(stream_all_packets(half_of(p, OUT)) == 10);
	assert_int_equal(all_skipped(p), 0);
}

/*
 * Cryptex leaves the fixed header in clear, and says by the extension's profile that the rest is
 * not.
 */
static void encrypted_extensions_hide_no_stream(void **state)
{
	static const char *const profiles[] = {"c0de", "c2de"};
	struct pipeline *p = *state;
	struct buf m;

	establish_ice(p);
	for (u16 i = 0; i < 20; i++) {
		m.len = 0;
		put_hex(&m, "92 60"); /* an extension and two CSRCs, encrypted as well */
		put16(&m, i);
		put_hex(&m, "00001000 00000077 5e5e5e5e 6f6f6f6f");
		put_hex(&m, profiles[i & 1]);
		put_hex(&m, "0001 a1b2c3d4");
		put_many(&m, 0x5a, 80);
		send_udp(p, IN, &m);
	}
	assert_true(stream_all_packets(half_of(p, IN)) == 20);
	assert_int_equal(half_of(p, IN)->stream[0].ssrc, 0x77);
	assert_int_equal(half_of(p, IN)->stream[0].packets, 20);
	assert_int_equal(packets_counted(p, IN, CARRIER_UDP, CLASS_RTP), 20);
}

/* As a bridge that loops, or a mirror port, shows them. */
static void every_packet_captured_twice(void **state)
{
	struct check_of of = {.id = 900, .username = "bobb:alic"};
	struct pipeline *p = *state;
	struct buf m;

	for (int i = 0; i < 2; i++) {
		msg_check(&m, &of);
		send_udp(p, OUT, &m);
	}
	for (int i = 0; i < 2; i++)
		send_stun_answer(p, IN, 900);
	assert_int_equal(half_of(p, IN)->successes, 1);
	/* which of the two it answers cannot be told */
	assert_int_equal(half_of(p, IN)->rtt_us, 0);
	for (u16 i = 0; i < 200; i++)
		send_rtp(p, OUT, 5, i / 2);
	assert_int_equal(half_of(p, OUT)->rare[0].first_seq, 0);
	assert_int_equal(half_of(p, OUT)->stream[0].max_seq, 99);
	assert_true(half_of(p, OUT)->stream[0].packets >= 100); /* nothing is lost */
}

int main(void)
{
	static const struct pipeline_case cases[] = {
		PIPELINE_CASE(quic_and_media_on_one_flow),
		PIPELINE_CASE(encrypted_extensions_hide_no_stream),
		PIPELINE_CASE(every_packet_captured_twice),
	};

	return pipeline_run("beside", cases, COUNT(cases));
}
