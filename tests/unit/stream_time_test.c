/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The timing of a stream: jitter compared with RFC 3550's formula, static and inferred clock rates,
 * freezes and silence.
 */
#include <math.h>

#include "suite.h"

#include "p2pscope/stream.h"

#define DYNAMIC 111
#define EPOCH (1700000000ull * SEC)

/*
 * A sender, and what it has sent as RFC 3550 appendix A.8 has it, in floating point and ticks of
 * its clock.
 */
struct rtp_sender {
	struct stream s;
	struct stream_rare rare;
	u32 rate, timestamp;
	u16 seq;
	u8 type;
	u64 now; /* of the packet that was sent last */
	double transit, jitter;
	u64 random;
};

static double random_ms(struct rtp_sender *from, double below)
{
	from->random = from->random * 6364136223846793005ull + 1442695040888963407ull;
	return (double)(from->random >> 40) / (1 << 24) * below;
}

static void rfc_jitter(struct rtp_sender *from, u64 arrival, u32 timestamp, bool first)
{
	double transit = (double)(s64)(arrival - from->now) / 1e9 * from->rate -
			 (s32)(timestamp - from->timestamp);
	double change = fabs(transit - from->transit);

	from->transit = transit;
	if (!first)
		from->jitter += (change - from->jitter) / 16;
}

/* The receiver gets this sequence number and time stamp, at this time. */
static void receive_frame(struct rtp_sender *from, u16 seq, u32 timestamp, u64 at)
{
	struct rtp r = {.ssrc = 7, .seq = seq, .timestamp = timestamp, .payload_type = from->type};
	bool first = !from->s.packets;

	rfc_jitter(from, at, timestamp, first);
	if (first) {
		stream_begin(&from->s, &from->rare, &r, 100, 1, at);
	} else if (!from->s.valid) {
		assert_int_equal(stream_prove(&from->s, &from->rare, &r, 100, at), STREAM_NEW);
	} else {
		stream_advance(&from->s, &from->rare, &r, at, true);
		from->s.packets++;
	}
}

/* The sender lets time pass, by its clock. */
static void wait_ms(struct rtp_sender *from, u32 ms)
{
	from->now += ms * MS;
	from->timestamp += ms * (from->rate / 100) / 10;
}

/* It sends a packet, which comes `late_ms` later. */
static void send_one(struct rtp_sender *from, double late_ms)
{
	receive_frame(from, from->seq++, from->timestamp, from->now + (u64)(late_ms * 1e6));
}

/* So many packets, `every` ms, each late by a random time below `late_ms`. */
static void send_many(struct rtp_sender *from, u32 packets, u32 every, double late_ms)
{
	for (; packets; packets--) {
		send_one(from, random_ms(from, late_ms));
		wait_ms(from, every);
	}
}

static struct rtp_sender sender_of(u8 type, u32 rate)
{
	return (struct rtp_sender){.rate = rate,
				   .type = type,
				   .timestamp = 0xffff0000,
				   .seq = 65500,
				   .now = EPOCH + SEC,
				   .random = 42};
}

static u32 rate_of(const struct rtp_sender *from)
{
	return stream_clock_rate(from->s.tick);
}

/* In ms. */
static double jitter_by_rfc(const struct rtp_sender *from)
{
	return from->s.jitter / 16.0 * 1024 / 1e6;
}

static void expect_jitter_by_rfc(const struct rtp_sender *from)
{
	double rfc = from->jitter / from->rate * 1e3;

	assert_int_equal(from->s.jitter_known, 1);
	if (fabs(jitter_by_rfc(from) - rfc) > 0.003)
		fail_msg("jitter is %f ms, by the RFC %f", jitter_by_rfc(from), rfc);
}

static void jitter_is_that_of_the_rfc(void **state)
{
	static const struct {
		u8 type;
		u32 rate;
	} kinds[] = {{0, 8000}, {6, 16000}, {11, 44100}, {26, 90000}};

	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct rtp_sender from = sender_of(kinds[i].type, kinds[i].rate);

		send_one(&from, 3);
		assert_int_equal(from.s.jitter_known, 0);
		wait_ms(&from, 20);
		for (u32 packets = 1; packets < 500; packets++) {
			send_many(&from, 1, 20, 30);
			expect_jitter_by_rfc(&from);
		}
		/* two of 0..30 differ by 10, on average */
		assert_true(jitter_by_rfc(&from) > 6 && jitter_by_rfc(&from) < 14);
	}
}

/*
 * Packets of one frame have one time stamp, and packets overtake each other: the RFC takes them as
 * they come.
 */
static void jitter_of_frames_and_reordered_packets(void **state)
{
	struct rtp_sender from = sender_of(34, 90000);

	(void)state;
	send_many(&from, 2, 33, 0);
	for (u32 frame = 0; frame < 200; frame++) {
		for (u32 i = 0; i < 4; i++)
			send_one(&from, 2.5 * i);
		wait_ms(&from, 33);
		receive_frame(&from, from.seq - 2, from.timestamp - 2970, from.now);
	}
	expect_jitter_by_rfc(&from);
	assert_int_equal(from.rare.duplicates, 200);
}

static void no_jitter_is_none(void **state)
{
	struct rtp_sender from = sender_of(0, 8000);

	(void)state;
	send_many(&from, 200, 20, 0);
	assert_int_equal(from.s.jitter_known, 1);
	assert_true(jitter_by_rfc(&from) < 0.001);
}

static void static_types_have_their_clock(void **state)
{
	static const u32 rates[128] = {
		[0] = 8000,   [3] = 8000,   [4] = 8000,   [5] = 8000,   [6] = 16000,  [7] = 8000,
		[8] = 8000,   [9] = 8000,   [10] = 44100, [11] = 44100, [12] = 8000,  [13] = 8000,
		[14] = 90000, [15] = 8000,  [16] = 11025, [17] = 22050, [18] = 8000,  [25] = 90000,
		[26] = 90000, [28] = 90000, [31] = 90000, [32] = 90000, [33] = 90000, [34] = 90000,
	};

	(void)state;
	for (u8 type = 0; type < 128; type++)
		assert_int_equal(stream_clock_rate(stream_static_tick(type)), rates[type]);
}

static void a_clock_is_found(void **state)
{
	static const u32 rates[] = {8000, 16000, 48000, 90000};

	(void)state;
	for (size_t i = 0; i < COUNT(rates); i++) {
		struct rtp_sender from = sender_of(DYNAMIC, rates[i]);

		send_many(&from, 95, 20, 20); /* 1.9 s */
		assert_int_equal(rate_of(&from), 0);
		assert_int_equal(from.s.jitter_known, 0);
		send_many(&from, 10, 20, 20);
		assert_int_equal(rate_of(&from), rates[i]);
		send_many(&from, 10, 20, 20);
		assert_int_equal(from.s.jitter_known, 1);
		/* it began when the clock was known */
		from.jitter = from.s.jitter / 16.0 * 1024e-9 * from.rate;
		send_many(&from, 300, 20, 20);
		expect_jitter_by_rfc(&from);
	}
}

static void another_clock_is_not_taken_for_one_of_them(void **state)
{
	static const u32 rates[] = {1000, 11000, 12000, 24000, 32000, 44100, 96000};

	(void)state;
	for (size_t i = 0; i < COUNT(rates); i++) {
		struct rtp_sender from = sender_of(DYNAMIC, rates[i]);

		send_many(&from, 1000, 20, 20);
		assert_int_equal(rate_of(&from), 0);
		assert_int_equal(from.s.jitter_known, 0);
	}
}

/* Time stamps that are none: as some applications have them. */
static void random_time_stamps_have_no_clock(void **state)
{
	struct rtp_sender from = sender_of(DYNAMIC, 8000);

	(void)state;
	for (u32 i = 0; i < 5000; i++) {
		from.timestamp = (u32)random_ms(&from, 4294967295.0);
		send_one(&from, 0);
		from.now += 20 * MS;
	}
	assert_int_equal(rate_of(&from), 0);
}

/* A burst at the end of a window says nothing of the clock; another codec does. */
static void a_known_clock_stays_until_another_fits(void **state)
{
	struct rtp_sender from = sender_of(DYNAMIC, 48000);

	(void)state;
	send_many(&from, 150, 20, 0);
	assert_int_equal(rate_of(&from), 48000);
	for (u32 i = 0; i < 20; i++) {
		send_many(&from, 40, 20, 0);
		send_many(&from, 30, 20, 400);
		assert_int_equal(rate_of(&from), 48000);
	}
	from.rate = 8000;
	send_many(&from, 310, 20, 0); /* three windows: codecs changed amid the first */
	assert_int_equal(rate_of(&from), 8000);
	assert_true(jitter_by_rfc(&from) < 1);
}

static void a_jump_of_time_stamps_is_no_jitter(void **state)
{
	struct rtp_sender from = sender_of(0, 8000);

	(void)state;
	send_many(&from, 100, 20, 0);
	from.timestamp += 8000 * 3600;
	send_many(&from, 100, 20, 0);
	from.timestamp -= 8000 * 7200;
	send_many(&from, 100, 20, 0);
	assert_true(jitter_by_rfc(&from) < 0.001);
	assert_int_equal(from.rare.freezes, 0);
}

/*
 * A gap of `ms`: `lost` packets are sent in it and lost, the next one comes `late` ms after it was
 * sent.
 */
static u32 freezes_of(u32 ms, u16 lost, u32 late, u8 type)
{
	struct rtp_sender from = sender_of(type, 8000);

	send_many(&from, 50, 20, 0);
	from.seq += lost;
	wait_ms(&from, ms - 20 - late);
	send_one(&from, late);
	assert_int_equal(from.s.longest_gap, (ms * MS + ((EPOCH + SEC + 980 * MS) & 1023)) >> 10);
	return from.rare.freezes;
}

static void media_missing_is_a_freeze(void **state)
{
	(void)state;
	assert_int_equal(freezes_of(600, 29, 0, 0), 1); /* all that was sent */
	assert_int_equal(freezes_of(600, 29, 0, DYNAMIC), 1);
	assert_int_equal(freezes_of(499, 24, 0, 0), 0);
	/* few frames a second are still video */
	assert_int_equal(freezes_of(2000, 8, 0, DYNAMIC), 1);
	assert_int_equal(freezes_of(600, 0, 580, 0), 1); /* held back on the way */
	assert_int_equal(freezes_of(600, 0, 400, 0), 1);
	/* so many that it looks like a new start */
	assert_int_equal(freezes_of(10000, 4000, 0, 0), 1);
}

static void silence_is_none(void **state)
{
	(void)state;
	assert_int_equal(freezes_of(600, 0, 0, 0), 0);
	assert_int_equal(freezes_of(30000, 0, 50, 0), 0);
	/* comfort noise each 400 ms, one of it lost */
	assert_int_equal(freezes_of(800, 1, 0, 0), 0);
	/* without a clock nobody knows when it was sent */
	assert_int_equal(freezes_of(600, 0, 580, DYNAMIC), 0);
}

/*
 * Discontinuous transmission: noise every 400 ms, and every other one is lost; then the line hangs.
 */
static void a_freeze_amid_silence(void **state)
{
	struct rtp_sender from = sender_of(0, 8000);

	(void)state;
	send_many(&from, 50, 20, 0);
	for (u32 i = 0; i < 20; i++) {
		send_many(&from, 1, 400, 15);
		from.seq++;
		wait_ms(&from, 400);
	}
	assert_int_equal(from.rare.freezes, 0);
	send_many(&from, 50, 20, 0);
	send_one(&from, 700);
	assert_int_equal(from.rare.freezes, 1);
}

/* Two processors may see two packets in the other order. */
static void time_that_runs_backwards_is_no_gap(void **state)
{
	struct rtp_sender from = sender_of(0, 8000);

	(void)state;
	send_many(&from, 50, 20, 0);
	from.now -= 21 * MS;
	send_one(&from, 0);
	assert_int_equal(from.rare.freezes, 0);
	assert_true(from.s.longest_gap <= STREAM_MS(20) + 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(jitter_is_that_of_the_rfc),
		cmocka_unit_test(jitter_of_frames_and_reordered_packets),
		cmocka_unit_test(no_jitter_is_none),
		cmocka_unit_test(static_types_have_their_clock),
		cmocka_unit_test(a_clock_is_found),
		cmocka_unit_test(another_clock_is_not_taken_for_one_of_them),
		cmocka_unit_test(random_time_stamps_have_no_clock),
		cmocka_unit_test(a_known_clock_stays_until_another_fits),
		cmocka_unit_test(a_jump_of_time_stamps_is_no_jitter),
		cmocka_unit_test(media_missing_is_a_freeze),
		cmocka_unit_test(silence_is_none),
		cmocka_unit_test(a_freeze_amid_silence),
		cmocka_unit_test(time_that_runs_backwards_is_no_gap),
	};

	return cmocka_run_group_tests_name("stream times", tests, NULL, NULL);
}
