/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* All kinds of packets, each proved to be what the table calls it. */
#ifndef P2PSCOPE_BENCH_PROVEN_H
#define P2PSCOPE_BENCH_PROVEN_H

#include "kinds.h"

#define FLOOD_BEFORE 100000 /* packets until maps and ring are as full as they get */

/* Opens the QUIC connection anew: what was remembered of it may have made room for a flood. */
static inline void open_quic_again(struct subjects *s, const struct bench_kind *k)
{
	struct flow_key key = frame_key(&k->frame[DIR_IN][OURS], DIR_IN);
	struct traffic traffic;

	traffic_start(&traffic, false);
	traffic.host = key.near;
	traffic.peer = key.far;
	open_quic(&traffic);
	play_traffic(s, &traffic);
	traffic_free(&traffic);
}

/* What a kind needs each time before it is measured. */
static inline void kind_again(struct subjects *s, struct bench_kind *kinds, int i)
{
	struct bench_kind *k = &kinds[i];

	if (i == QUIC)
		open_quic_again(s, k);
	if (i != FLOOD)
		return;
	next_choose(s, XDP, OURS, k->fields);
	next_run(s, XDP, &k->frame[DIR_IN][OURS], FLOOD_BEFORE);
}

/*
 * Checks that a packet is what the table calls it, and that only unknown flows are reported. A
 * stream is validated by its first packets.
 */
static inline void expect_ours(struct subjects *s, struct bench_kind *k, enum bench_hook hook)
{
	struct buf *f = &k->frame[hook_dir(hook)][OURS];
	u64 counted, reported;

	next_choose(s, hook, OURS, k->fields);
	next_run(s, hook, f, 10);
	counted = ours_counted(s, hook_dir(hook), k->carrier, k->cls);
	reported = ours_reported(s);
	next_run(s, hook, f, 10);
	if (ours_counted(s, hook_dir(hook), k->carrier, k->cls) != counted + 10)
		bench_die(k->what, EPROTO);
	if ((ours_reported(s) != reported) != k->strangers)
		bench_die(k->what, EBADMSG);
}

/* Checks that the floor does all its work on this packet: else the ratio would be wrong. */
static inline void expect_floor(struct subjects *s, struct bench_kind *k, enum bench_hook hook)
{
	struct buf *f = &k->frame[hook_dir(hook)][FLOOR];
	u64 counted = floor_counted(s, f);

	next_choose(s, hook, FLOOR, k->fields);
	next_run(s, hook, f, 10);
	if (floor_counted(s, f) != counted + 10)
		bench_die(k->what, EINVAL);
}

/*
 * Makes all kinds, each with a host's port of its own; those of another `set` belong to other
 * flows.
 */
static inline void make_kinds(struct subjects *s, struct bench_kind *kinds, u16 set)
{
	memcpy(kinds, kind_list, sizeof(kind_list));
	for (int i = 0; i < KINDS; i++) {
		struct bench_kind *k = &kinds[i];
		struct traffic traffic;

		traffic_start(&traffic, i == MEDIA6);
		traffic.host.port += 100 * set + i;
		make_frames(kinds, i, &traffic);
		play_traffic(s, &traffic);
		traffic_free(&traffic);
		for (u8 dir = 0; dir < DIR_MAX; dir++)
			for (int subject = 0; subject < SUBJECTS; subject++)
				k->frame[dir][subject] = k->frame[dir][OURS];
		for (int hook = 0; hook < HOOKS; hook++) {
			expect_ours(s, k, hook);
			if (k->strangers)
				continue;
			floor_admit(s, &k->frame[hook_dir(hook)][FLOOR]);
			expect_floor(s, k, hook);
		}
	}
}

#endif
