/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * RTP's header and the arithmetic of sequence numbers: wrap, loss, reorder, what came twice, jumps.
 */
#include "suite.h"

#include "p2pscope/stream.h"

static void reads_the_header(void **state)
{
	struct buf m = {.len = 0};
	struct rtp r;

	(void)state;
	put_hex(&m, "90 e0 fffe 00000960 89abcdef bede0001");
	r = rtp_parse(m.b);
	assert_int_equal(r.ssrc, 0x89abcdef);
	assert_int_equal(r.seq, 0xfffe);
	assert_int_equal(r.timestamp, 0x960);
	assert_int_equal(r.payload_type, 0x60);
}

static struct rtp rtp_packet(u16 seq)
{
	struct rtp r = {.ssrc = 7, .seq = seq, .payload_type = 111};

	return r;
}

static struct stream_rare rare; /* of the stream at hand */

/* A stream made valid by `seq` and the number behind it. */
static struct stream valid_at(u16 seq)
{
	struct rtp one = rtp_packet(seq), two = rtp_packet((u16)(seq + 1));
	struct stream s = {.ssrc = 0};

	stream_begin(&s, &rare, &one, 100, 1, 0);
	assert_int_equal(s.valid, 0);
	assert_int_equal(stream_prove(&s, &rare, &two, 50, 0), STREAM_NEW);
	assert_int_equal(s.valid, 1);
	return s;
}

/* As the pipeline does with a packet of a valid stream. */
static void advance_stream(struct stream *s, u16 seq)
{
	struct rtp r = rtp_packet(seq);

	stream_advance(s, &rare, &r, 0, false);
	s->packets++;
}

static u32 expected_packets(const struct stream *s)
{
	return s->max_seq - rare.first_seq + 1;
}

static void two_in_a_row_make_a_stream(void **state)
{
	struct stream s = valid_at(1000);

	(void)state;
	assert_int_equal(s.ssrc, 7);
	assert_int_equal(s.payload_type, 111);
	assert_int_equal(s.packets, 2);
	assert_int_equal(s.bytes, 150);
	assert_int_equal(rare.first_seq, 1000);
	assert_int_equal(expected_packets(&s), 2);
	assert_int_equal(rare.unsure, 1);
}

static void other_sequences_make_no_stream(void **state)
{
	struct rtp one = rtp_packet(1000), same = rtp_packet(1000), gap = rtp_packet(1002),
		   before = rtp_packet(1001), after = rtp_packet(1002);
	struct stream s = {.ssrc = 0};

	(void)state;
	stream_begin(&s, &rare, &one, 100, 1, 0);
	assert_int_equal(stream_prove(&s, &rare, &same, 100, 0), STREAM_UNSURE);
	assert_int_equal(stream_prove(&s, &rare, &gap, 100, 0), STREAM_UNSURE);
	assert_int_equal(stream_prove(&s, &rare, &before, 100, 0), STREAM_UNSURE);
	assert_int_equal(rare.unsure, 4);
	assert_int_equal(s.valid, 0);
	assert_int_equal(stream_prove(&s, &rare, &after, 100, 0), STREAM_NEW);
	assert_int_equal(s.packets, 2);
	assert_int_equal(rare.first_seq, 1001);
	assert_int_equal(rare.unsure, 4);
}

static void the_count_of_unproven_packets_saturates(void **state)
{
	struct rtp one = rtp_packet(0);
	struct stream s = {.ssrc = 0};

	(void)state;
	stream_begin(&s, &rare, &one, 1, 1, 0);
	for (u32 i = 0; i < 70000; i++)
		assert_int_equal(stream_prove(&s, &rare, &one, 1, 0), STREAM_UNSURE);
	assert_int_equal(rare.unsure, 0xffff);
}

static void proof_across_the_wrap(void **state)
{
	struct stream s = valid_at(65535);

	(void)state;
	assert_int_equal(rare.first_seq, 65535);
	assert_int_equal(s.max_seq, 65536);
	assert_int_equal(expected_packets(&s), 2);
}

static void many_wraps(void **state)
{
	struct stream s = valid_at(65000);

	(void)state;
	for (u32 i = 2; i < 300000; i++)
		advance_stream(&s, (u16)(65000 + i));
	assert_int_equal(expected_packets(&s), 300000);
	assert_int_equal(rare.first_seq, 65000);
}

static void loss_shows_as_what_was_expected(void **state)
{
	struct stream s = valid_at(65530);

	(void)state;
	advance_stream(&s, 65535); /* 65532..65534 are missing */
	assert_int_equal(expected_packets(&s), 6);
	advance_stream(&s, 3); /* 0..2 too, across the wrap */
	assert_int_equal(expected_packets(&s), 10);
	assert_int_equal(s.max_seq, 65539);
}

static void late_and_repeated_numbers_are_no_loss(void **state)
{
	struct stream s = valid_at(65530);

	(void)state;
	advance_stream(&s, 4); /* 65532..3 are missing */
	advance_stream(&s, 4);
	assert_int_equal(rare.duplicates, 1);
	advance_stream(&s, 3);
	advance_stream(&s, 65535);
	assert_int_equal(rare.reordered, 2);
	advance_stream(&s, 3);
	advance_stream(&s, 65531);
	assert_int_equal(rare.duplicates, 3);
	assert_int_equal(rare.reordered, 2);
	assert_int_equal(s.max_seq, 65540);
	assert_int_equal(rare.first_seq, 65530);
	assert_int_equal(expected_packets(&s) - (s.packets - rare.duplicates),
			 6); /* 65532..65534, 0..2 */
}

/* 64 numbers are remembered; one further back cannot be known to have come. */
static void the_reorder_window_is_bounded(void **state)
{
	struct stream s = valid_at(1000);

	(void)state;
	for (u16 seq = 1002; seq <= 1100; seq++)
		advance_stream(&s, seq);
	advance_stream(&s, 1100 - 63);
	assert_int_equal(rare.duplicates, 1);
	assert_int_equal(rare.reordered, 0);
	advance_stream(&s, 1100 - 64);
	advance_stream(&s, 1100 - 99);
	assert_int_equal(rare.duplicates, 1);
	assert_int_equal(rare.reordered, 2);
	assert_int_equal(expected_packets(&s), 101);
}

static void duplicates_hide_no_loss(void **state)
{
	struct stream s = valid_at(10);

	(void)state;
	for (u16 seq = 12; seq < 1010; seq++) {
		if (seq % 10 == 5)
			continue; /* lost */
		advance_stream(&s, seq);
		if (seq % 10 == 4 || seq % 10 == 7)
			advance_stream(&s, seq);
	}
	assert_int_equal(expected_packets(&s), 1000);
	assert_int_equal(rare.duplicates, 200);
	assert_int_equal(rare.reordered, 0);
	assert_int_equal(expected_packets(&s) - (s.packets - rare.duplicates), 100);
}

static void a_gap_below_the_dropout_is_loss(void **state)
{
	struct stream s = valid_at(100);

	(void)state;
	advance_stream(&s, (u16)(101 + RTP_DROPOUT - 1));
	assert_int_equal(expected_packets(&s), RTP_DROPOUT + 1);
}

static void a_jump_invents_no_loss(void **state)
{
	struct stream s = valid_at(100);

	(void)state;
	advance_stream(&s, 40000);
	assert_int_equal(expected_packets(&s), 3);
	assert_int_equal((u16)s.max_seq, 40000);
	advance_stream(&s, 40001);
	assert_int_equal(expected_packets(&s), 4);
	advance_stream(&s, 20); /* a restart further back than reordering explains */
	assert_int_equal(expected_packets(&s), 5);
	assert_int_equal((u16)s.max_seq, 20);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_header),
		cmocka_unit_test(two_in_a_row_make_a_stream),
		cmocka_unit_test(other_sequences_make_no_stream),
		cmocka_unit_test(the_count_of_unproven_packets_saturates),
		cmocka_unit_test(proof_across_the_wrap),
		cmocka_unit_test(many_wraps),
		cmocka_unit_test(loss_shows_as_what_was_expected),
		cmocka_unit_test(late_and_repeated_numbers_are_no_loss),
		cmocka_unit_test(the_reorder_window_is_bounded),
		cmocka_unit_test(duplicates_hide_no_loss),
		cmocka_unit_test(a_gap_below_the_dropout_is_loss),
		cmocka_unit_test(a_jump_invents_no_loss),
	};

	return cmocka_run_group_tests_name("rtp", tests, NULL, NULL);
}
