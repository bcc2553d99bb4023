/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Parity of the two pipelines: each packet that goes through the natively compiled one goes through
 * the programs in the kernel as well, and both must leave the same events, records, flows on
 * probation, channels, fragments and counters. Times and round trips differ, as the kernel has its
 * own clock: they are only compared for whether they are set.
 */
#ifndef P2PSCOPE_TESTS_PARITY_H
#define P2PSCOPE_TESTS_PARITY_H

#include "prog_run.h"
#include "source/capture/map_ops_native.h"

enum parity_hook { PARITY_XDP, PARITY_TC, PARITY_TC_L3, PARITY_HOOKS };

static struct prog_run parity_run;
/* the program for incoming packets; outgoing ones go to tc's in any case */
static enum parity_hook parity_in;
static struct pipeline *parity_of; /* whose packets are in the maps */
/* packets that the test run refused, by the native reason */
static u64 parity_unsent[REASON_COUNT];

static const char *parity_name(void)
{
	static const char *const names[] = {", xdp", ", tc", ", tc without link header"};

	return names[parity_in];
}

static void parity_begin(struct pipeline *p)
{
	prog_run_reset(&parity_run);
	memset(parity_unsent, 0, sizeof(parity_unsent));
	parity_of = p;
}

/* --- what only says when --- */

static void hide_event_time(struct event *e)
{
	e->time_ns = 0;
	if (e->kind == EVENT_STUN)
		e->stun.rtt_us = 0;
}

static void hide_pending_time(struct pending *ring)
{
	for (int i = 0; i < FLOW_PENDING; i++)
		ring[i].sent_ns = !!ring[i].sent_ns;
}

/* What the times of a stream led to: whether its clock is known depends on them, too. */
static void hide_stream_time(struct stream *s, struct stream_rare *rare)
{
	s->last_ns = !!s->last_ns;
	s->longest_gap = s->window_arrival = rare->window_timestamp = 0;
	s->tick = s->jitter = s->jitter_known = rare->freezes = 0;
}

static void hide_record_time(void *value)
{
	struct flow_record *r = value;

	r->first_ns = !!r->first_ns;
	for (int d = 0; d < DIR_MAX; d++) {
		struct flow_dir *half = &r->dir[d];

		half->last_ns = !!half->last_ns;
		half->media_ns = !!half->media_ns;
		half->request_ns = !!half->request_ns;
		half->success_ns = !!half->success_ns;
		half->data_ns = !!half->data_ns;
		half->rtcp_ns = !!half->rtcp_ns;
		half->rtt_us = half->rtt_min_us = 0;
		hide_pending_time(half->pending);
		for (int i = 0; i < FLOW_STREAMS; i++)
			hide_stream_time(&half->stream[i], &half->rare[i]);
	}
}

static void hide_probe_time(void *value)
{
	struct probe_record *r = value;

	r->first_ns = !!r->first_ns;
	for (int d = 0; d < DIR_MAX; d++)
		hide_pending_time(r->dir[d].pending);
}

/* What is behind a message that is put together belongs to others. */
static void hide_part_rest(void *value)
{
	struct tcp_part *part = value;

	memset(part->b + part->have, 0, sizeof(part->b) - part->have);
	memset(part->b, 0, 5); /* in place of a record header */
}

static void hide_nothing(void *value)
{
	(void)value;
}

/* Fails with the first byte in which two values differ. */
static void assert_same(const char *what, const void *native, const void *kernel, u32 size)
{
	const u8 *a = native, *b = kernel;

	if (!memcmp(a, b, size))
		return;
	for (u32 i = 0; i < size; i++)
		if (a[i] != b[i])
			fail_msg("%s: byte %u of %u is %u natively, %u in the kernel", what, i,
				 size, a[i], b[i]);
}

static void compare_events(struct pipeline *p, u32 before)
{
	u32 n = p->nevents - before;

	if (n != parity_run.nevents)
		fail_msg("%u events natively, %u in the kernel", n, parity_run.nevents);
	for (u32 i = 0; i < n; i++) {
		struct event native = p->events[before + i], *kernel = &parity_run.events[i];

		assert_int_equal(p->sizes[before + i], parity_run.sizes[i]);
		hide_event_time(&native);
		hide_event_time(kernel);
		assert_same("event", &native, kernel, p->sizes[before + i]);
	}
}

static const struct bpf_program *parity_program(enum direction dir)
{
	const struct p2pscope_bpf *s = parity_run.skeleton;

	if (parity_in == PARITY_TC_L3)
		return dir == DIR_OUT ? s->progs.tc_out_l3 : s->progs.tc_in_l3;
	if (dir == DIR_OUT)
		return s->progs.tc_out;
	return parity_in == PARITY_XDP ? s->progs.xdp_in : s->progs.tc_in;
}

/*
 * Runs the packet through the program. Returns false when the kernel makes no packet of so few
 * bytes.
 */
static bool parity_test_run(struct pipeline *p, enum direction dir, const u8 *data, u32 len)
{
	u32 pass = dir == DIR_IN && parity_in == PARITY_XDP ? PASS_XDP : (u32)PASS_TC;
	u8 out[PROG_RUN_FRAME_MAX + 64];
	u32 retval = 0, out_len = sizeof(out);
	int err = prog_run_packet(&parity_run, parity_program(dir), data, len, &retval, out,
				  &out_len);

	/* shorter than its link header, or than its ethertype needs */
	if (err == -EINVAL && len < 54 && p->reason) {
		parity_unsent[p->reason]++;
		return false;
	}
	if (err)
		fail_msg("test run of %u bytes: %s", len, strerror(-err));
	assert_int_equal(retval, pass);
	assert_int_equal(out_len, len);
	assert_memory_equal(out, data, len);
	return true;
}

static void parity_packet(struct pipeline *p, enum direction dir, const u8 *data, u32 len,
			  u32 events_before)
{
	if (p->native_only || parity_of != p)
		return;
	if (parity_test_run(p, dir, data, len))
		compare_events(p, events_before);
}

/* A native table and its counterpart in the kernel. */
struct like {
	const char *what;
	struct table *table;
	const struct bpf_map *map;
	void (*hide_time)(void *value);
	u32 at; /* where in the native value the map's begins */
	u32 count;
};

static bool compare_entry(void *arg, const void *key, void *value)
{
	struct like *like = arg;
	u32 size = (u32)bpf_map__value_size(like->map);
	u8 native[8192], kernel[8192];

	assert_true(size <= sizeof(native));
	like->count++;
	if (bpf_map_lookup_elem(bpf_map__fd(like->map), key, kernel))
		fail_msg("%s: an entry is not in the kernel", like->what);
	memcpy(native, (const u8 *)value + like->at, size);
	like->hide_time(native);
	like->hide_time(kernel);
	assert_same(like->what, native, kernel, size);
	return false;
}

static u32 map_count(const struct bpf_map *map)
{
	u8 key[256], next[256];
	void *from = NULL;
	u32 count = 0;

	while (!bpf_map_get_next_key(bpf_map__fd(map), from, next)) {
		memcpy(key, next, sizeof(key));
		from = key;
		count++;
	}
	return count;
}

static void compare_table(struct like like)
{
	u32 kernel = map_count(like.map);

	/* the kernel's LRU is not exact: what it has evicted may differ */
	if (kernel > 5000)
		return;
	table_each(like.table, compare_entry, &like);
	if (like.count != kernel)
		fail_msg("%s: %u natively, %u in the kernel", like.what, like.count, kernel);
}

static void compare_counters(struct pipeline *p)
{
	struct point_counters point;
	struct self_counters self, native = *native_self(p->n);

	prog_run_sum(&parity_run, parity_run.skeleton->maps.points, IFINDEX, (u64 *)&point,
		     sizeof(point));
	assert_same("point", native_point(p->n, IFINDEX), &point, sizeof(point));
	prog_run_sum(&parity_run, parity_run.skeleton->maps.self, 0, (u64 *)&self, sizeof(self));
	for (int i = 0; i < REASON_COUNT; i++)
		native.skipped[i] -= i > REASON_NOT_TRANSPORT ? parity_unsent[i] : 0;
	assert_same("self", &native, &self, sizeof(self));
}

/*
 * Compares the hints of unknown flows, which hosts were answered, and which TCP slots are in use.
 */
static void compare_arrays(struct pipeline *p)
{
	const struct tcp_filter *filter = parity_run.tcp_filter.values;
	const struct liveness *liveness = parity_run.liveness.values;

	assert_int_equal(parity_run.hints.size, sizeof(p->n->hints));
	assert_same("hint", p->n->hints, parity_run.hints.values, sizeof(p->n->hints));
	for (int i = 0; i < TCP_FILTER_SLOTS; i++)
		if (!p->n->tcp_filter[i] != !filter->slot[i])
			fail_msg("tcp_filter: slot %d is in use on one side only", i);
	for (int i = 0; i < LIVENESS_SLOTS; i++)
		assert_int_equal(p->n->liveness[i].check, liveness[i].check);
}

static void parity_end(struct pipeline *p)
{
	const struct p2pscope_bpf *s = parity_run.skeleton;

	if (p->native_only || parity_of != p)
		return;
	compare_table((struct like){"flow", p->n->flows, s->maps.flows, hide_record_time,
				    offsetof(struct native_flow, record), 0});
	compare_table((struct like){"probation", p->n->probation, s->maps.probation,
				    hide_probe_time, 0, 0});
	compare_table(
		(struct like){"channel", p->n->channels, s->maps.channels, hide_nothing, 0, 0});
	compare_table(
		(struct like){"fragment", p->n->fragments, s->maps.fragments, hide_nothing, 0, 0});
	compare_table(
		(struct like){"TCP hole", p->n->tcp_holes, s->maps.tcp_holes, hide_nothing, 0, 0});
	compare_table((struct like){"TCP part", p->n->tcp_parts, s->maps.tcp_parts, hide_part_rest,
				    0, 0});
	compare_arrays(p);
	compare_counters(p);
}

/*
 * Loads the object for the tests that follow. Returns false, and says so, when the kernel does not
 * accept it.
 */
static bool parity_open(void)
{
	int err = prog_run_open(&parity_run);

	if (!err)
		return true;
	printf("not ok 1 - the kernel takes the programs: %s\n", strerror(-err));
	return false;
}

#endif
