/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The times of a stream as the programs in the kernel take them, by its own clock. A test cannot
 * set that clock, but time stamps can be far apart: then each packet comes a second too early, but
 * for the little that the test itself takes.
 */
#define PIPELINE_PARITY
#include "../unit/pipeline_fixture.h"

#include <math.h>
#include <time.h>
#include <unistd.h>

#include "parity.h"
#include "p2pscope/stream_time.h"

#define SSRC 0xcafe

static double seconds_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* G.711, whose clock is known at once. */
static void send_numbers(struct pipeline *p, u16 from, u16 to)
{
	struct rtp_of of = {.ssrc = SSRC, .len = 160, .step = 8000}; /* a second */
	struct buf m;

	for (of.seq = from; of.seq < to; of.seq++) {
		msg_rtp(&m, &of);
		send_udp(p, OUT, &m);
	}
}

static struct stream in_kernel(struct pipeline *p, struct stream_rare *rare)
{
	struct flow_key key = key_between(p, PROTO_UDP);
	struct flow_record record;

	assert_int_equal(
		bpf_map_lookup_elem(bpf_map__fd(parity_run.skeleton->maps.flows), &key, &record),
		0);
	assert_int_equal(record.dir[dir_of(p, OUT)].stream[0].ssrc, SSRC);
	*rare = record.dir[dir_of(p, OUT)].rare[0];
	return record.dir[dir_of(p, OUT)].stream[0];
}

/* The jitter after so many differences, each a second less at most `took`. */
static void expect_kernel_jitter(const struct stream *s, u32 differences, double took)
{
	double jitter = (double)s->jitter / 16 * 1024e-9, most = 1 - pow(15 / 16.0, differences),
	       least;

	least = most * (took < 1 ? 1 - took : 0);
	if (jitter < least - 1e-5 || jitter > fmax(most, took) + 1e-5)
		fail_msg("jitter is %f s, not between %f and %f", jitter, least, most);
}

/* Of the first 128 packets the first nine are measured: eight differences. */
static void jitter_is_taken_of_the_first_packets(void **state)
{
	struct pipeline *p = *state;
	double begin = seconds_now();
	struct stream first, later;
	struct stream_rare rare;

	establish_ice(p);
	send_numbers(p, 100, 109);
	first = in_kernel(p, &rare);
	expect_kernel_jitter(&first, STREAM_MEASURED, seconds_now() - begin);
	assert_int_equal(first.jitter_known, 1);
	assert_int_equal(stream_clock_rate(first.tick), 8000);
	send_numbers(p, 109, 229);
	later = in_kernel(p, &rare);
	assert_int_equal(later.packets, 129);
	assert_int_equal(later.jitter, first.jitter);
	send_numbers(p, 229, 237);
	later = in_kernel(p, &rare);
	expect_kernel_jitter(&later, 2 * STREAM_MEASURED, seconds_now() - begin);
}

static void a_gap_is_seen(void **state)
{
	struct pipeline *p = *state;
	double begin = seconds_now();
	struct stream_rare rare;
	struct stream s;

	establish_ice(p);
	send_numbers(p, 100, 105);
	in_kernel(p, &rare);
	assert_int_equal(rare.freezes, 0);
	usleep(600000);
	send_numbers(p, 1000, 1001);
	s = in_kernel(p, &rare);
	assert_int_equal(rare.freezes, 1);
	/* one of the two times may be of the coarse clock */
	assert_true(s.longest_gap >= STREAM_MS(590));
	assert_true(s.longest_gap * 1024e-9 <= seconds_now() - begin + 0.02);
}

int main(void)
{
	static const struct pipeline_case cases[] = {
		PIPELINE_CASE(jitter_is_taken_of_the_first_packets),
		PIPELINE_CASE(a_gap_is_seen),
	};
	int failed = 0;

	if (!parity_open())
		return 1;
	for (parity_in = 0; parity_in < PARITY_TC_L3; parity_in++)
		failed += pipeline_run("stream", cases, COUNT(cases));
	prog_run_close(&parity_run);
	return failed != 0;
}
