/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the engine derives from the streams in samples: each packet counts once, on the host's side,
 * and no more is claimed than is known.
 */
#include "engine_fixture.h"

#include "engine/flow.h"
#include "p2pscope/stream_time.h"

#define SSRC 0xcafe

static void in_session(struct engine_fixture *w)
{
	connect_peers(w);
	complete_dtls(w);
	rtp_stream(w, OUT, SSRC);
	rtp_stream(w, IN, SSRC + 1);
}

static struct flow_dir *stream_half(struct flow_record *record, enum side side, enum host_dir way)
{
	return &record->dir[(side == SIDE_LAN) == (way == OUT) ? DIR_IN : DIR_OUT];
}

static struct stream_rare rare; /* of the stream at hand */

/* The flow's record at both points is this stream, one way. */
static void sample_stream(struct engine_fixture *w, enum host_dir way, const struct stream *st)
{
	struct flow_record record;

	for (int side = SIDE_LAN; side <= SIDE_WAN; side++) {
		struct event ev = event_at_point(w, side, OUT, EVENT_STREAM, CLASS_RTP);
		struct flow_dir *d;

		memset(&record, 0, sizeof(record));
		d = stream_half(&record, side, way);
		d->stream[2] = *st;
		d->stream[2].last_ns = w->now;
		d->rare[2] = rare;
		d->media_ns = d->last_ns = w->now;
		engine_sample(w->e, &ev.key, &record);
	}
}

/* After so many packets with numbers from 1000 on and 160 bytes of payload each, 20 ms of G.711. */
static struct stream sample_g711(u32 packets, u32 tag)
{
	rare = (struct stream_rare){.first_seq = 1000};
	return (struct stream){.ssrc = SSRC,
			       .valid = 1,
			       .packets = packets,
			       .bytes = (u64)packets * (12 + 160 + tag),
			       .max_seq = 1000 + packets - 1,
			       .timestamp = 0xfffff000 + 160 * packets,
			       .tick = STREAM_TICK(8000)};
}

static void expect_stream(const struct media_view *m, u32 packets, u32 lost)
{
	assert_int_equal(m->ssrc, SSRC);
	assert_int_equal(m->packets, packets);
	assert_int_equal(m->lost, lost);
}

static void a_stream_counts_once(void **state)
{
	struct engine_fixture *w = *state;
	struct stream st = sample_g711(50, 10);
	const struct media_view *m;
	struct engine_view *view;

	in_session(w);
	sample_stream(w, OUT, &st);
	advance_time(w, SEC);
	st = sample_g711(100, 10);
	st.max_seq += 7;
	rare.duplicates = 2; /* so nine are lost */
	rare.reordered = 3;
	rare.freezes = 1;
	st.longest_gap = STREAM_MS(640);
	st.jitter_known = 1;
	st.jitter = 16 * STREAM_MS(10);
	sample_stream(w, OUT, &st);
	view = only_session(w);
	assert_int_equal(view->sessions[0].nmedia, 1);
	m = view->sessions[0].media;
	expect_stream(m, 100, 9);
	assert_int_equal(m->dir, MEDIA_OUT);
	assert_int_equal(m->encryption, ENCRYPTION_SEEN);
	assert_int_equal(m->duplicates, 2);
	assert_int_equal(m->reordered, 3);
	assert_int_equal(m->freezes, 1);
	assert_int_equal(m->clock_rate, 8000);
	assert_true(m->longest_gap_ns / MS == 639 || m->longest_gap_ns / MS == 640);
	assert_true(m->jitter_known && m->jitter_ns / 10000 == 999);
	/* since it was first sampled */
	assert_true(m->rate_bytes == 50 * 182 && m->rate_ns == SEC);
	assert_true(view->metrics.rtp[SIDE_LAN].packets == 100 &&
		    view->metrics.rtp[SIDE_WAN].packets == 0);
	assert_true(view->metrics.rtp[SIDE_LAN].lost == 9 &&
		    view->metrics.rtp[SIDE_LAN].duplicates == 2);
	assert_true(view->metrics.rtp[SIDE_LAN].reordered == 3 &&
		    view->metrics.rtp[SIDE_LAN].freezes == 1);
	assert_true(view->metrics.rtp[SIDE_LAN].jitter.count == 1 &&
		    view->metrics.rtp[SIDE_LAN].jitter.bucket[4] == 1);
	assert_true(view->metrics.media_bytes[0][0] == 100 * 182);
	engine_view_free(view);
}

/* The peer's relayed address is on a server that a host here has asked before. */
static void media_of_the_peers_relay_is_relayed(void **state)
{
	struct engine_fixture *w = *state;
	struct stream st = sample_g711(50, 10);
	struct engine_view *view;

	refused_allocate(w, false, 401);
	w->peer = ep("5.0.0.10", 49160);
	in_session(w);
	sample_stream(w, OUT, &st);
	view = only_session(w);
	assert_true(view->sessions[0].path_relayed);
	assert_int_equal(view->metrics.media_bytes[1][0], 50 * 182);
	assert_int_equal(view->metrics.media_bytes[0][0], 0);
	assert_int_equal(view->metrics.relay_bytes_saved, 0);
	assert_int_equal(view->metrics.time_to_connect[1].count, 1);
	assert_true(view->metrics.path_rtt[1].count > 0);
	engine_view_free(view);
}

/* Its host had a relay, and did not need it. */
static void media_of_a_direct_path_saves_the_relay(void **state)
{
	struct engine_fixture *w = *state;
	struct stream st = sample_g711(50, 10);
	struct engine_view *view;

	granted_allocate(w);
	in_session(w);
	sample_stream(w, OUT, &st);
	view = only_session(w);
	assert_int_equal(view->metrics.relay_bytes_saved, 50 * 182);
	assert_int_equal(view->metrics.media_bytes[0][0], 50 * 182);
	assert_int_equal(view->metrics.rtp_bytes[KEYING_DTLS], 50 * 182);
	assert_int_equal(view->metrics.rtp_bytes[KEYING_UNKNOWN], 0);
	assert_int_equal(view->metrics.time_to_connect[0].count, 1);
	assert_int_equal(view->metrics.time_to_connect[1].count, 0);
	assert_true(view->metrics.path_rtt[0].count > 0);
	assert_int_equal(view->metrics.path_rtt[1].count, 0);
	engine_view_free(view);
}

static void inbound_streams_count_at_the_wan(void **state)
{
	struct engine_fixture *w = *state;
	struct stream st = sample_g711(50, 10);
	struct engine_view *view;

	in_session(w);
	st.max_seq += 4;
	sample_stream(w, IN, &st);
	view = only_session(w);
	expect_stream(view->sessions[0].media, 50, 4);
	assert_int_equal(view->sessions[0].media->dir, MEDIA_IN);
	assert_true(view->metrics.rtp[SIDE_WAN].packets == 50 &&
		    view->metrics.rtp[SIDE_WAN].lost == 4);
	assert_true(view->metrics.rtp[SIDE_LAN].packets == 0);
	engine_view_free(view);
}

/* A counter only grows: what comes late after all, and is lost again, was told. */
static void reported_loss_is_not_counted_again(void **state)
{
	static const u32 lost[] = {5, 2, 5, 6};
	struct engine_fixture *w = *state;
	struct engine_view *view;

	in_session(w);
	for (u32 i = 0; i < 4; i++) {
		struct stream st = sample_g711(50 * (i + 1), 10);

		st.max_seq += lost[i];
		sample_stream(w, OUT, &st);
	}
	view = only_session(w);
	expect_stream(view->sessions[0].media, 200, 6);
	assert_true(view->metrics.rtp[SIDE_LAN].lost == 6);
	engine_view_free(view);
}

/* Its record was made anew, or its place went to another one. */
static void a_restarted_stream_counts_again(void **state)
{
	struct engine_fixture *w = *state;
	struct stream st = sample_g711(50, 10);
	struct engine_view *view;

	in_session(w);
	sample_stream(w, OUT, &st);
	st = sample_g711(10, 10);
	sample_stream(w, OUT, &st);
	st.ssrc++;
	sample_stream(w, OUT, &st);
	view = only_session(w);
	assert_int_equal(view->sessions[0].nmedia, 2);
	expect_stream(&view->sessions[0].media[0], 10, 0); /* over, but not forgotten */
	assert_int_equal(view->sessions[0].media[1].ssrc, SSRC + 1);
	assert_int_equal(view->sessions[0].media[1].packets, 10);
	assert_true(view->metrics.rtp[SIDE_LAN].packets == 70);
	engine_view_free(view);
}

/* Who talks for hours uses many; the newest are told. */
static void of_many_streams_the_oldest_are_forgotten(void **state)
{
	struct engine_fixture *w = *state;
	struct stream st = sample_g711(50, 10);
	struct engine_view *view;

	in_session(w);
	for (u32 i = 0; i < LEG_STREAMS + 2; i++) {
		st.ssrc = SSRC + i;
		w->now += 1000 * MS;
		sample_stream(w, OUT, &st);
	}
	view = only_session(w);
	assert_int_equal(view->sessions[0].nmedia, LEG_STREAMS);
	for (u32 i = 0; i < LEG_STREAMS; i++)
		assert_true(view->sessions[0].media[i].ssrc >= SSRC + 2);
	engine_view_free(view);
}

/*
 * Two samples of G.711 with `tag` bytes more in each packet, of which `lost` were lost: what is
 * said of its encryption.
 */
static u8 stream_encryption(struct engine_fixture *w, u32 tag, u32 lost, u8 type)
{
	struct stream st = sample_g711(50, tag);
	struct engine_view *view;
	u8 encryption;

	st.payload_type = type;
	sample_stream(w, OUT, &st);
	st = sample_g711(100, tag);
	st.payload_type = type;
	st.max_seq += lost;
	sample_stream(w, OUT, &st);
	view = only_session(w);
	encryption = view->sessions[0].media->encryption;
	assert_int_equal(view->metrics.rtp_unencrypted, encryption == ENCRYPTION_NONE);
	engine_view_free(view);
	return encryption;
}

static void plain_codec_frames_are_not_encrypted(void **state)
{
	struct engine_fixture *w = *state;
	struct stream st = sample_g711(150, 0);
	struct engine_view *view;

	connect_peers(w);
	rtp_stream(w, OUT, SSRC);
	assert_int_equal(stream_encryption(w, 0, 0, 8), ENCRYPTION_NONE);
	st.payload_type = 8;
	sample_stream(w, OUT, &st);
	view = only_session(w);
	assert_int_equal(view->metrics.rtp_unencrypted, 1); /* once a stream */
	engine_view_free(view);
}

static void ambiguous_payloads_are_not_classified(void **state)
{
	struct engine_fixture *w = *state;

	connect_peers(w);
	rtp_stream(w, OUT, SSRC);
	assert_int_equal(stream_encryption(w, 4, 0, 0),
			 ENCRYPTION_EXPECTED); /* SRTP's shortest tag */
	/* the sum holds by chance only */
	assert_int_equal(stream_encryption(w, 0, 1, 0), ENCRYPTION_EXPECTED);
	assert_int_equal(stream_encryption(w, 0, 0, 111), ENCRYPTION_EXPECTED); /* another codec */
	complete_dtls(w);
	assert_int_equal(stream_encryption(w, 10, 0, 0), ENCRYPTION_SEEN);
}

/* A ServerHello that chooses this profile (RFC 5764 section 4.1.1). */
static struct event make_client_hello(struct engine_fixture *w, enum side side, enum host_dir way,
				      void *arg)
{
	struct event ev = event_at_point(w, side, way, EVENT_DTLS, CLASS_DTLS);
	/* behind version, random, session id, cipher, compression, their length */
	u8 *extension = ev.dtls.hello + 40;

	ev.dtls.step = DTLS_SERVER_HELLO;
	ev.dtls.hello[0] = 0xfe;
	ev.dtls.hello[1] = 0xfd;
	ev.dtls.hello[39] = 9;
	memcpy(extension, "\0\x0e\0\x05\0\x02\0", 7);
	extension[7] = *(u8 *)arg;
	ev.dtls.hello_len = 49;
	return ev;
}

static void a_profile_without_cipher_encrypts_nothing(void **state)
{
	static const struct {
		u8 profile, encryption;
	} told[] = {{6, ENCRYPTION_NONE},
		    {5, ENCRYPTION_NONE},
		    {7, ENCRYPTION_SEEN},
		    {1, ENCRYPTION_SEEN}};
	struct engine_fixture *w = *state;
	struct stream st = sample_g711(50, 10);
	struct engine_view *view;

	in_session(w);
	sample_stream(w, OUT, &st);
	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
		u8 profile = told[i].profile;

		pass_points(w, OUT, make_client_hello, &profile);
		view = only_session(w);
		assert_int_equal(view->sessions[0].dtls.srtp_profile, profile);
		assert_int_equal(view->sessions[0].media[0].encryption, told[i].encryption);
		engine_view_free(view);
	}
}

static bool is_one_way(struct engine_fixture *w)
{
	struct engine_view *view = only_session(w);
	bool one_way = view->sessions[0].media[0].one_way;

	engine_view_free(view);
	return one_way;
}

static void one_way_media_is_reported_after_a_while(void **state)
{
	struct engine_fixture *w = *state;
	struct stream st;

	connect_peers(w);
	complete_dtls(w);
	rtp_stream(w, OUT, SSRC);
	for (u32 i = 1; i <= 9; i++) {
		st = sample_g711(50 * i, 10);
		sample_stream(w, OUT, &st);
		assert_int_equal(is_one_way(w), i > 8);
		advance_time(w, SEC);
	}
	rtp_stream(w, IN, SSRC + 1);
	assert_false(is_one_way(w));
}

static void sample_reports(struct engine_fixture *w, enum host_dir way)
{
	for (int side = SIDE_LAN; side <= SIDE_WAN; side++) {
		struct event ev = event_at_point(w, side, way, 0, 0);
		struct flow_record record = {.first_ns = w->now};
		struct flow_dir *d = stream_half(&record, side, way);

		d->packets = d->rtcp_packets = 5;
		d->rtcp_ns = d->last_ns = w->now;
		engine_sample(w->e, &ev.key, &record);
	}
}

/* A server that a host publishes to sends none itself, and reports. */
static void who_reports_hears(void **state)
{
	struct engine_fixture *w = *state;
	struct stream st;

	connect_peers(w);
	complete_dtls(w);
	rtp_stream(w, OUT, SSRC);
	sample_reports(w, IN);
	for (u32 i = 1; i <= 10; i++) {
		st = sample_g711(50 * i, 10);
		sample_stream(w, OUT, &st);
		advance_time(w, SEC);
	}
	assert_false(is_one_way(w));
}

static void round_trips_of_either_side(void **state)
{
	struct engine_fixture *w = *state;
	struct event ev;
	struct flow_record record = {.ifindex = LAN};
	struct engine_view *view;

	connect_peers(w);
	stream_half(&record, SIDE_LAN, IN)->rtt_us = 30000; /* the host's check, answered */
	stream_half(&record, SIDE_LAN, OUT)->rtt_us = 700;
	ev = event_at_point(w, SIDE_LAN, OUT, EVENT_STREAM, CLASS_RTP);
	engine_sample(w->e, &ev.key, &record);
	view = only_session(w);
	assert_int_equal(view->sessions[0].pairs[0].rtt_us, 30000);
	assert_int_equal(view->sessions[0].pairs[0].rtt_lan_us, 700);
	engine_view_free(view);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_stream_counts_once),
		TEST(media_of_the_peers_relay_is_relayed),
		TEST(media_of_a_direct_path_saves_the_relay),
		TEST(inbound_streams_count_at_the_wan),
		TEST(reported_loss_is_not_counted_again),
		TEST(a_restarted_stream_counts_again),
		TEST(of_many_streams_the_oldest_are_forgotten),
		TEST(plain_codec_frames_are_not_encrypted),
		TEST(ambiguous_payloads_are_not_classified),
		TEST(a_profile_without_cipher_encrypts_nothing),
		TEST(one_way_media_is_reported_after_a_while),
		TEST(who_reports_hears),
		TEST(round_trips_of_either_side),
	};

	return cmocka_run_group_tests_name("health", tests, NULL, NULL);
}
