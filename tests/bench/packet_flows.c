/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a media packet costs where 1,000, 100,000 or 1,000,000 flows are tracked, whose packets come
 * in random order; ours and the floor's. All maps have room for the same number of flows. "Growth"
 * is how many times as much a packet costs as with 1,000 flows, ours over the floor's.
 */
#include "proven.h"

#define TABLE                                                                                  \
	"ns a media packet, flows in random order; growth from 1,000 flows on, ours over the " \
	"floor's"
#define TURNS 7
#define REPEAT 50000 /* packets a turn */
#define WARM 100000 /* packets before it, at most */
/* what all maps have room for: a million, and those that show what the packets are */
#define FLOWS_MAX 1001000
#define BATCH 1000 /* records that are written at once */
#define FIRST_PEER 0x0b000000u /* 11.0.0.0 */

enum { SIZES = 3 };

static const u32 sizes[SIZES] = {1000, 100000, 1000000};
static const char *const size_names[SIZES] = {"1k", "100k", "1m"};

/* Programs whose maps hold one number of flows, and the packets that go from flow to flow. */
struct flows_bench {
	struct subjects subjects;
	struct bench_kind media;
	struct next_field fields[DIR_MAX][NEXT_FIELDS];
	u64 packets[DIR_MAX]; /* of media, as they should be counted in all */
	u64 before[DIR_MAX]; /* of each flow, when it was written */
	u64 reported;
};

/* Of one hook. */
struct flows_cost {
	double ns[SIZES][SUBJECTS][ROUNDS], floors[SIZES][ROUNDS];
};

static struct flows_bench worlds[SIZES];
static struct flows_cost costs[HOOKS];

/* --- flows --- */

static void put_address(u8 *at, u32 address)
{
	for (int i = 0; i < 4; i++)
		at[i] = (u8)(address >> (24 - 8 * i));
}

/*
 * Writes the same record under the keys of `count` peers, a multiple of BATCH. `key` is one of
 * them, and `peer` the part of it that differs.
 */
static void copy_record(const struct bpf_map *map, struct flow_key *key, struct endpoint *peer,
			const void *record, u32 count)
{
	LIBBPF_OPTS(bpf_map_batch_opts, opts);
	u32 size = bpf_map__value_size(map), done;
	struct flow_key *keys = calloc(BATCH, sizeof(*keys));
	u8 *values = malloc((size_t)BATCH * size);

	if (!keys || !values)
		bench_die("memory", ENOMEM);
	for (u32 i = 0; i < BATCH; i++)
		memcpy(values + (size_t)i * size, record, size);
	for (u32 i = 0; i < count; i += BATCH) {
		for (u32 n = 0; n < BATCH; n++) {
			put_address(peer->ip.b + 12, FIRST_PEER + i + n);
			keys[n] = *key;
		}
		done = BATCH;
		if (bpf_map_update_batch(bpf_map__fd(map), keys, values, &done, &opts))
			bench_die("records of a million flows (3 GiB)", errno);
	}
	free(keys);
	free(values);
}

/* Copies what we and the floor know of the session to `count` other flows. */
static void flows_copy_session(struct flows_bench *w, u32 count)
{
	const struct bpf_map *flows = w->subjects.prog_run.skeleton->maps.flows;
	struct flow_key key = frame_key(&w->media.frame[DIR_IN][OURS], DIR_IN);
	struct flow_record record;
	u64 zeros[3] = {0};

	if (bpf_map_lookup_elem(bpf_map__fd(flows), &key, &record))
		bench_die("the session's record", errno);
	copy_record(flows, &key, &key.far, &record, count);
	copy_record(w->subjects.floor->maps.floor_flows, &key, &key.far, zeros, count);
}

/* The packet goes to all flows, then the next one of each stream does. */
static void flows_spread(struct flows_bench *w, u8 dir, u32 count)
{
	u32 address = dir == DIR_OUT ? 14 + 16 : 14 + 12;

	w->fields[dir][0] = (struct next_field){.at = address, .change = NEXT_FLOW, .by = count};
	memcpy(&w->fields[dir][1], w->media.fields, 2 * sizeof(struct next_field));
	for (int subject = 0; subject < SUBJECTS; subject++) {
		struct buf *f = &w->media.frame[dir][subject];

		put_address(f->b + address, FIRST_PEER);
		/* the number after the last that the record has seen */
		f->b[w->media.fields[0].at + 1]++;
	}
}

static void make_world(struct flows_bench *w, u32 count)
{
	static struct bench_kind kinds[KINDS];

	subjects_load(&w->subjects, FLOWS_MAX);
	make_kinds(&w->subjects, kinds, 0);
	w->media = kinds[MEDIA4];
	flows_copy_session(w, count);
	flows_spread(w, DIR_IN, count);
	flows_spread(w, DIR_OUT, count);
	for (u8 dir = 0; dir < DIR_MAX; dir++) {
		w->packets[dir] = ours_counted(&w->subjects, dir, CARRIER_UDP, CLASS_RTP);
		w->before[dir] = flow_counted(&w->subjects, &w->media.frame[dir][OURS], dir);
	}
	w->reported = ours_reported(&w->subjects);
}

/*
 * --- rounds ---
 */

/*
 * The floor has a record for each direction of a flow. To have as many as we do, it gets the
 * packets of one direction only.
 */
static double run_packets(struct flows_bench *w, enum bench_hook hook, enum bench_subject subject,
			  u32 repeat)
{
	u8 dir = subject == OURS ? hook_dir(hook) : DIR_IN;

	next_choose(&w->subjects, hook, subject, w->fields[dir]);
	if (subject == OURS)
		w->packets[dir] += repeat;
	return next_run(&w->subjects, hook, &w->media.frame[dir][subject], repeat);
}

/* Fills the caches first, with as much of the maps as they would hold in this traffic. */
static double flows_run_turn(int size, enum bench_hook hook, enum bench_subject subject)
{
	if (subject != EMPTY)
		run_packets(&worlds[size], hook, subject,
			    sizes[size] < WARM ? 2 * sizes[size] : WARM);
	return run_packets(&worlds[size], hook, subject, REPEAT);
}

static void flows_run_round(enum bench_hook hook, int round)
{
	double ns[SIZES][SUBJECTS][TURNS] = {0}, floors[SIZES][TURNS];
	struct flows_cost *cost = &costs[hook];

	for (int i = 0; i < TURNS; i++)
		for (int size = 0; size < SIZES; size++) {
			double *empty = &ns[size][EMPTY][i], *floor = &ns[size][FLOOR][i],
			       *ours = &ns[size][OURS][i];

			*empty = flows_run_turn(size, hook, EMPTY);
			*floor = flows_run_turn(size, hook, FLOOR) - *empty;
			*ours = flows_run_turn(size, hook, OURS) - *empty;
			floors[size][i] = *ours / *floor;
		}
	for (int size = 0; size < SIZES; size++) {
		for (int subject = 0; subject < SUBJECTS; subject++)
			cost->ns[size][subject][round] = median_of(ns[size][subject], TURNS);
		cost->floors[size][round] = median_of(floors[size], TURNS);
	}
}

/*
 * Checks that each packet was media of a known flow, the last one's too, and that none was
 * reported.
 */
static void expect_all_counted(struct flows_bench *w)
{
	for (u8 dir = 0; dir < DIR_MAX; dir++) {
		if (ours_counted(&w->subjects, dir, CARRIER_UDP, CLASS_RTP) != w->packets[dir])
			bench_die("media of many flows", EPROTO);
		if (flow_counted(&w->subjects, &w->media.frame[dir][OURS], dir) <= w->before[dir])
			bench_die("media of many flows", EINVAL);
	}
	if (ours_reported(&w->subjects) != w->reported)
		bench_die("media of many flows", EBADMSG);
	if (!floor_counted(&w->subjects, &w->media.frame[DIR_IN][FLOOR]))
		bench_die("the floor of many flows", EINVAL);
}

static void flows_report_costs(enum bench_hook hook)
{
	struct flows_cost *cost = &costs[hook];
	char row[80], name[120];
	double growth[ROUNDS];

	for (int size = 0; size < SIZES; size++) {
		snprintf(row, sizeof(row), "%-10s  %7u flows", hook_words[hook], sizes[size]);
		snprintf(name, sizeof(name), "%s_flows_%s_floor_ns", hook_names[hook],
			 size_names[size]);
		report_cell(TABLE, row, "floor", name, "ns", cost->ns[size][FLOOR], ROUNDS);
		snprintf(name, sizeof(name), "%s_flows_%s_p2pscope_ns", hook_names[hook],
			 size_names[size]);
		report_cell(TABLE, row, "p2pscope", name, "ns", cost->ns[size][OURS], ROUNDS);
		snprintf(name, sizeof(name), "%s_flows_%s_over_floor", hook_names[hook],
			 size_names[size]);
		report_cell(TABLE, row, "floors", name, "ratio", cost->floors[size], ROUNDS);
		for (int round = 0; round < ROUNDS; round++)
			growth[round] = cost->floors[size][round] / cost->floors[0][round];
		snprintf(name, sizeof(name), "%s_flows_%s_growth_over_floor", hook_names[hook],
			 size_names[size]);
		if (size)
			report_cell(TABLE, row, "growth", name, "ratio", growth, ROUNDS);
	}
}

int main(void)
{
	stay_on(sched_getcpu());
	for (int size = 0; size < SIZES; size++)
		make_world(&worlds[size], sizes[size]);
	for (int round = 0; round < ROUNDS; round++)
		for (int hook = 0; hook < HOOKS; hook++)
			flows_run_round(hook, round);
	for (int size = 0; size < SIZES; size++)
		expect_all_counted(&worlds[size]);
	for (int hook = 0; hook < HOOKS; hook++)
		flows_report_costs(hook);
	return 0;
}
