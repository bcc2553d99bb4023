/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Lower layers: link layers, options, padding, truncated captures, and random bytes. */
#include "pipeline_fixture.h"

static void put_bare_check(struct pipeline *p, struct buf *m)
{
	struct check_of of = {.id = ++p->ids, .username = "bobb:alic"};

	msg_check(m, &of);
}

/*
 * Sends a frame whose link header is another one: `type` and what is before it stand in place of
 * the ethertype.
 */
static void send_under(struct pipeline *p, const char *link_hex, const struct buf *m)
{
	struct buf plain, f = {.len = 0};

	frame_udp(&plain, p->host, p->peer, m->b, m->len);
	put(&f, plain.b, 12);
	put_hex(&f, link_hex);
	put(&f, plain.b + 14, plain.len - 14);
	send_frame(p, OUT, &f);
}

static void all_link_layers_lead_to_the_same_flow(void **state)
{
	static const char *const four[] = {"0800", "8100 0064 0800", "88a8 0064 8100 0065 0800",
					   "8864 1100 0001 0000 0021"};
	static const char *const six[] = {"86dd", "8100 0064 86dd", "88a8 0064 8100 0065 86dd",
					  "8864 1100 0001 0000 0057"};
	struct pipeline *p = *state;
	struct buf m;

	establish_ice(p);
	for (size_t i = 0; i < COUNT(four); i++) {
		put_bare_check(p, &m);
		send_under(p, is_v4(&p->host) ? four[i] : six[i], &m);
		assert_int_equal(p->reason, REASON_PASS);
		assert_int_equal(half_of(p, OUT)->requests, i + 2);
	}
	assert_int_equal(flow_count(p), 1);
}

static void options_and_extensions_are_stepped_over(void **state)
{
	struct pipeline *p = *state;
	struct buf m, plain, f = {.len = 0};
	u32 ip = is_v4(&p->host) ? 20 : 40;

	establish_ice(p);
	put_bare_check(p, &m);
	frame_udp(&plain, p->host, p->peer, m.b, m.len);
	put(&f, plain.b, 14 + ip);
	put_hex(&f, ip == 20 ? "01010101 01010101" : "1100 010400000000");
	put(&f, plain.b + 14 + ip, plain.len - 14 - ip);
	if (ip == 20) {
		f.b[14] = 0x47;
		set16(&f, 16, (u16)(f.len - 14));
	} else {
		f.b[14 + 6] = 0;
		set16(&f, 18, (u16)(f.len - 54));
	}
	send_frame(p, OUT, &f);
	assert_int_equal(p->reason, REASON_PASS);
	assert_int_equal(half_of(p, OUT)->requests, 2);
}

static void padding_is_no_payload(void **state)
{
	struct pipeline *p = *state;
	struct buf f;
	u64 bytes;

	establish_ice(p);
	bytes = half_of(p, OUT)->bytes;
	frame_udp(&f, p->host, p->peer, "abcd", 4);
	put_many(&f, 0, 30);
	send_frame(p, OUT, &f);
	assert_true(half_of(p, OUT)->bytes == bytes + 4);
}

static enum reason pass_raw(struct pipeline *p, const char *hex)
{
	struct buf f = {.len = 0};

	put_hex(&f, hex);
	return pass_frame(p, DIR_IN, &f);
}

#define MACS "020000000001 020000000002 "

static void unparsed_packets_are_counted_by_reason(void **state)
{
	struct pipeline *p = *state;

	assert_int_equal(pass_raw(p, MACS "08"), REASON_SHORT_LINK);
	assert_int_equal(pass_raw(p, MACS "0800 45000014"), REASON_SHORT_IP);
	assert_int_equal(pass_raw(p, MACS "0800 45000013 00010000 40110000 c0a80002 05000002"),
			 REASON_BAD_IP);
	assert_int_equal(pass_raw(p, MACS "0800 45000016 00010000 40110000 c0a80002 05000002 1b58"),
			 REASON_SHORT_TRANSPORT);
	assert_int_equal(
		pass_raw(p, MACS
			 "0800 4500001c 00010001 40110000 c0a80002 05000002 1b580d96 00080000"),
		REASON_FRAGMENT_ORPHAN);
	for (int i = REASON_SHORT_LINK; i <= REASON_FRAGMENT_ORPHAN; i++)
		assert_true(packets_skipped(p, i) == (i != REASON_IP_EXTENSIONS));
	assert_int_equal(all_skipped(p), 5);
}

static void other_packets_are_not_counted_as_skipped(void **state)
{
	struct pipeline *p = *state;

	assert_int_equal(pass_raw(p, MACS "0806 0001 0800 0604 0001"), REASON_NOT_IP);
	assert_int_equal(
		pass_raw(p,
			 MACS "0800 4500001c 00010000 40320000 c0a80002 05000002 0102030405060708"),
		REASON_NOT_TRANSPORT);
	assert_int_equal(all_skipped(p), 0);
	assert_true(packets_skipped(p, REASON_NOT_IP) == 0);
}

/* A capture that kept the beginning of each packet only. */
static void truncated_packets_count_their_original_length(void **state)
{
	struct rtp_of of = {.ssrc = 5, .len = 1000};
	struct pipeline *p = *state;
	struct buf m, f;
	u32 kept = 14 + (is_v4(&p->host) ? 20 : 40) + 8 + 12;

	establish_ice(p);
	for (; of.seq < 10; of.seq++) {
		msg_rtp(&m, &of);
		frame_udp(&f, p->host, p->peer, m.b, m.len);
		assert_int_equal(
			pass_native_only(p, IFINDEX, dir_of(p, OUT), NATIVE_ETHERNET, &f, kept),
			REASON_PASS);
	}
	assert_true(stream_all_packets(half_of(p, OUT)) == 10);
	assert_true(half_of(p, OUT)->stream[0].bytes == 10 * 1012);
}

/*
 * Noise: whole packets of it, and behind each header; 100,000 in the four variants. Nothing may
 * become of it but counters.
 */

static u64 random_state = 88172645463325252ull;

static u32 random_less_than(u32 n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (u32)((random_state >> 20) % n);
}

static void put_random_frame(struct buf *f, u32 len)
{
	while (len--)
		put8(f, (u8)random_less_than(256));
}

static void put_noisy_frame(struct pipeline *p, struct buf *f)
{
	struct buf m = {.len = 0};
	struct tcp_of tcp = {.seq = random_less_than(1000000), .flags = (u8)random_less_than(256)};

	f->len = 0;
	put_random_frame(&m, random_less_than(600));
	if (m.len && random_less_than(2))
		m.b[0] = (u8)random_less_than(80);
	switch (random_less_than(6)) {
	case 0:
		put_random_frame(f, random_less_than(200));
		return;
	case 1:
		put_ethernet(f, random_less_than(2) ? 0x0800 : 0x86dd);
		put(f, m.b, m.len);
		return;
	case 2:
		put_ip(f, p->host, p->peer, (u8)random_less_than(256), m.len);
		put(f, m.b, m.len);
		return;
	case 3:
		frame_tcp(f, p->host, p->peer, &tcp, m.b, m.len);
		return;
	default:
		frame_udp(f, p->host, p->peer, m.b, m.len);
	}
}

static void random_bytes_make_no_flow(void **state)
{
	struct pipeline *p = *state;
	struct buf f;

	for (u32 i = 0; i < 25000; i++) {
		put_noisy_frame(p, &f);
		if (!random_less_than(4))
			f.len = random_less_than(f.len + 1); /* cut */
		pass_frame(p, i & 1, &f);
		clear_events(p);
	}
	assert_int_equal(flow_count(p), 0);
	assert_true(packets_skipped(p, REASON_SHORT_IP) + packets_skipped(p, REASON_BAD_IP) > 250);
	assert_true(packets_skipped(p, REASON_SHORT_LINK) > 25);
}

int main(void)
{
	static const struct pipeline_case cases[] = {
		PIPELINE_CASE(all_link_layers_lead_to_the_same_flow),
		PIPELINE_CASE(options_and_extensions_are_stepped_over),
		PIPELINE_CASE(padding_is_no_payload),
		PIPELINE_CASE(unparsed_packets_are_counted_by_reason),
		PIPELINE_CASE(other_packets_are_not_counted_as_skipped),
		PIPELINE_CASE(truncated_packets_count_their_original_length),
		PIPELINE_CASE(random_bytes_make_no_flow),
	};

	return pipeline_run("below", cases, COUNT(cases));
}
