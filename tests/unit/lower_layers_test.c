/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What lies below and beside: link layers, options, padding, cut captures, and noise. */
#include "pipeline_fixture.h"

static void put_bare_check(struct pipe *p, struct buf *m)
{
	struct check_of of = {.id = ++p->ids, .username = "bobb:alic"};

	msg_check(m, &of);
}

/*
 * Sends a frame whose link header is another one: `type` and what is before it stand in place of
 * the ethertype.
 */
static void send_under(struct pipe *p, const char *link_hex, const struct buf *m)
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
	struct pipe *p = *state;
	struct buf m;

	establish(p);
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
	struct pipe *p = *state;
	struct buf m, plain, f = {.len = 0};
	u32 ip = is_v4(&p->host) ? 20 : 40;

	establish(p);
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
	struct pipe *p = *state;
	struct buf f;
	u64 bytes;

	establish(p);
	bytes = half_of(p, OUT)->bytes;
	frame_udp(&f, p->host, p->peer, "abcd", 4);
	put_many(&f, 0, 30);
	send_frame(p, OUT, &f);
	assert_true(half_of(p, OUT)->bytes == bytes + 4);
}

static enum reason pass_raw(struct pipe *p, const char *hex)
{
	struct buf f = {.len = 0};

	put_hex(&f, hex);
	return pass_frame(p, DIR_IN, &f);
}

#define MACS "020000000001 020000000002 "

static void what_is_not_understood_is_counted(void **state)
{
	struct pipe *p = *state;

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
		assert_true(skipped(p, i) == (i != REASON_IP_EXTENSIONS));
	assert_int_equal(skipped_in_all(p), 5);
}

static void what_is_none_of_ours_is_not(void **state)
{
	struct pipe *p = *state;

	assert_int_equal(pass_raw(p, MACS "0806 0001 0800 0604 0001"), REASON_NOT_IP);
	assert_int_equal(
		pass_raw(p,
			 MACS "0800 4500001c 00010000 40320000 c0a80002 05000002 0102030405060708"),
		REASON_NOT_TRANSPORT);
	assert_int_equal(skipped_in_all(p), 0);
	assert_true(skipped(p, REASON_NOT_IP) == 0);
}

/* A capture that kept the beginning of each packet only. */
static void cut_packets_count_as_long_as_they_were(void **state)
{
	struct rtp_of of = {.ssrc = 5, .len = 1000};
	struct pipe *p = *state;
	struct buf m, f;
	u32 kept = 14 + (is_v4(&p->host) ? 20 : 40) + 8 + 12;

	establish(p);
	for (; of.seq < 10; of.seq++) {
		msg_rtp(&m, &of);
		frame_udp(&f, p->host, p->peer, m.b, m.len);
		assert_int_equal(pass_alone(p, IFINDEX, dir_of(p, OUT), NATIVE_ETHERNET, &f, kept),
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

static u32 random_below(u32 n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (u32)((random_state >> 20) % n);
}

static void put_noise(struct buf *f, u32 len)
{
	while (len--)
		put8(f, (u8)random_below(256));
}

static void put_noisy_frame(struct pipe *p, struct buf *f)
{
	struct buf m = {.len = 0};
	struct tcp_of tcp = {.seq = random_below(1000000), .flags = (u8)random_below(256)};

	f->len = 0;
	put_noise(&m, random_below(600));
	if (m.len && random_below(2))
		m.b[0] = (u8)random_below(80);
	switch (random_below(6)) {
	case 0:
		put_noise(f, random_below(200));
		return;
	case 1:
		put_ethernet(f, random_below(2) ? 0x0800 : 0x86dd);
		put(f, m.b, m.len);
		return;
	case 2:
		put_ip(f, p->host, p->peer, (u8)random_below(256), m.len);
		put(f, m.b, m.len);
		return;
	case 3:
		frame_tcp(f, p->host, p->peer, &tcp, m.b, m.len);
		return;
	default:
		frame_udp(f, p->host, p->peer, m.b, m.len);
	}
}

static void noise_becomes_nothing(void **state)
{
	struct pipe *p = *state;
	struct buf f;

	for (u32 i = 0; i < 25000; i++) {
		put_noisy_frame(p, &f);
		if (!random_below(4))
			f.len = random_below(f.len + 1); /* cut */
		pass_frame(p, i & 1, &f);
		forget(p);
	}
	assert_int_equal(flow_count(p), 0);
	assert_true(skipped(p, REASON_SHORT_IP) + skipped(p, REASON_BAD_IP) > 250);
	assert_true(skipped(p, REASON_SHORT_LINK) > 25);
}

int main(void)
{
	static const struct pipe_case cases[] = {
		PIPE_CASE(all_link_layers_lead_to_the_same_flow),
		PIPE_CASE(options_and_extensions_are_stepped_over),
		PIPE_CASE(padding_is_no_payload),
		PIPE_CASE(what_is_not_understood_is_counted),
		PIPE_CASE(what_is_none_of_ours_is_not),
		PIPE_CASE(cut_packets_count_as_long_as_they_were),
		PIPE_CASE(noise_becomes_nothing),
	};

	return pipe_run("below", cases, COUNT(cases));
}
