/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>

#include <bpf/bpf.h>

#include "util/log.h"
#include "p2pscope/stream.h"
#include "source/live/sweep.h"
#include "util/time.h"

#define BATCH_START 256 /* fits into a processor's cache */
#define BATCH_MAX (1u << 20)

/*
 * A record that is silent for longer is deleted. Records of TURN clients hold the channel
 * bindings and are refreshed less often, so they are kept for longer than the default lifetime of
 * an allocation, 10 minutes (RFC 8656 section 3.2).
 */
#define IDLE_NS (120 * NS_PER_S)
#define IDLE_TURN_NS (660 * NS_PER_S)

/* A sweep takes one second more for every so many flows, up to a maximum. */
#define FLOWS_A_SECOND 65536
#define SECONDS_MAX 3
#define REST_MS 200 /* that a sweep leaves free at its end */

struct sweep {
	int fd;
	struct engine *engine;
	const struct live_clock *clock;
	u32 batch; /* records that keys and records hold */
	struct flow_key *keys;
	struct flow_record *records;
	bool under_way;
	s64 begun_ms;
	u32 position; /* where the next slice goes on, the kernel's cookie */
	u64 found, last_found;
};

static int sweep_resize(struct sweep *sweep, u32 batch)
{
	struct flow_key *keys = calloc(batch, sizeof(*keys));
	struct flow_record *records = calloc(batch, sizeof(*records));

	if (!keys || !records) {
		free(keys);
		free(records);
		return -ENOMEM;
	}
	free(sweep->keys);
	free(sweep->records);
	sweep->keys = keys;
	sweep->records = records;
	sweep->batch = batch;
	return 0;
}

int sweep_open(struct sweep **out, int fd, struct engine *engine, const struct live_clock *clock)
{
	struct sweep *sweep = calloc(1, sizeof(*sweep));
	int err;

	if (!sweep)
		return -ENOMEM;
	sweep->fd = fd;
	sweep->engine = engine;
	sweep->clock = clock;
	err = sweep_resize(sweep, BATCH_START);
	if (err) {
		free(sweep);
		return err;
	}
	*out = sweep;
	return 0;
}

void sweep_close(struct sweep *sweep)
{
	if (!sweep)
		return;
	free(sweep->keys);
	free(sweep->records);
	free(sweep);
}

static void convert_dir(struct flow_dir *dir, const struct live_clock *clock)
{
	dir->last_ns = live_clock_unix(clock, dir->last_ns);
	dir->media_ns = live_clock_unix(clock, dir->media_ns);
	dir->request_ns = live_clock_unix(clock, dir->request_ns);
	dir->success_ns = live_clock_unix(clock, dir->success_ns);
	dir->data_ns = live_clock_unix(clock, dir->data_ns);
	dir->rtcp_ns = live_clock_unix(clock, dir->rtcp_ns);
	for (int i = 0; i < FLOW_STREAMS; i++)
		dir->stream[i].last_ns = live_clock_unix(clock, dir->stream[i].last_ns);
	for (int i = 0; i < FLOW_PENDING; i++)
		dir->pending[i].sent_ns = live_clock_unix(clock, dir->pending[i].sent_ns);
}

static u64 last_packet_ns(const struct flow_record *record)
{
	u64 last = record->first_ns;

	for (int dir = 0; dir < DIR_MAX; dir++)
		if (flow_last_ns(&record->dir[dir]) > last)
			last = flow_last_ns(&record->dir[dir]);
	return last;
}

static void sweep_take(struct sweep *sweep, u32 count)
{
	u64 now = live_clock_now(sweep->clock);

	for (u32 i = 0; i < count; i++) {
		struct flow_record *record = &sweep->records[i];

		record->first_ns = live_clock_unix(sweep->clock, record->first_ns);
		for (int dir = 0; dir < DIR_MAX; dir++)
			convert_dir(&record->dir[dir], sweep->clock);
		engine_expect(sweep->engine, &sweep->keys[i], count - i);
		engine_sample(sweep->engine, &sweep->keys[i], record);
		if (last_packet_ns(record) + (record->turn ? IDLE_TURN_NS : IDLE_NS) < now)
			bpf_map_delete_elem(sweep->fd, &sweep->keys[i]);
	}
	sweep->found += count;
}

static unsigned int sweep_end(struct sweep *sweep)
{
	sweep->under_way = false;
	sweep->last_found = sweep->found;
	sweep->found = 0;
	return 0;
}

static u64 sweep_seconds(const struct sweep *sweep)
{
	u64 seconds = 1 + sweep->last_found / FLOWS_A_SECOND;

	return seconds < SECONDS_MAX ? seconds : SECONDS_MAX;
}

bool sweep_due(const struct sweep *sweep)
{
	return !sweep->under_way &&
	       time_monotonic_ms() >= sweep->begun_ms + (s64)sweep_seconds(sweep) * 1000 - REST_MS;
}

/*
 * The flows of the last sweep are spread over the time of this one; additional ones are read
 * without a pause.
 */
static unsigned int sweep_pause_ms(const struct sweep *sweep)
{
	u64 ms = (sweep_seconds(sweep) * 1000 - REST_MS) * sweep->batch /
		 (sweep->last_found + sweep->batch);

	return ms && sweep->found < sweep->last_found ? (unsigned int)ms : 1;
}

/* ENOSPC: one bucket of the hash table holds more records than the batch. */
static unsigned int sweep_grow(struct sweep *sweep)
{
	if (sweep->batch < BATCH_MAX && !sweep_resize(sweep, sweep->batch * 2))
		return 1;
	return sweep_end(sweep);
}

unsigned int sweep_slice(struct sweep *sweep)
{
	u32 count = sweep->batch, next = 0;
	int err = 0;

	if (!sweep->under_way) {
		sweep->begun_ms = time_monotonic_ms();
		engine_sampled_each(sweep->engine, sweep_seconds(sweep) * NS_PER_S);
	}
	if (bpf_map_lookup_batch(sweep->fd, sweep->under_way ? &sweep->position : NULL, &next,
				 sweep->keys, sweep->records, &count, NULL))
		err = errno;
	if (err == ENOSPC)
		return sweep_grow(sweep);
	if (err && err != ENOENT) {
		log_debug("reading the flow table: error %d", err);
		return sweep_end(sweep);
	}
	sweep_take(sweep, count);
	if (err)
		return sweep_end(sweep);
	sweep->under_way = true;
	sweep->position = next;
	return sweep_pause_ms(sweep);
}

u64 sweep_flows(const struct sweep *sweep)
{
	return sweep->last_found;
}
