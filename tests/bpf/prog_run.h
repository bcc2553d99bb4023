/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The real object in the kernel, driven by BPF_PROG_TEST_RUN: one packet, then what it left in the
 * maps and in the ring.
 */
#ifndef P2PSCOPE_TESTS_PROG_RUN_H
#define P2PSCOPE_TESTS_PROG_RUN_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "p2pscope/config.h"
#include "p2pscope/event.h"
#include "p2pscope.skel.h"

#define PROG_RUN_FRAME_MAX 3500 /* what a test run takes: a page without headroom and tailroom */
#define PROG_RUN_EVENTS 128 /* of one packet */

/* A large array, which is mapped into memory, as each test clears and compares it. */
struct prog_run_array {
	void *values;
	size_t size;
};

struct prog_run {
	struct p2pscope_bpf *skeleton;
	struct ring_buffer *ring;
	struct prog_run_array hints, liveness, tcp_filter;
	int cpus;
	struct event events[PROG_RUN_EVENTS];
	u32 sizes[PROG_RUN_EVENTS];
	u32 nevents; /* of the last packet */
};

enum { PASS_XDP = 2, PASS_TC = (int)0xffffffff };

static inline int prog_run_take(void *arg, void *data, size_t size)
{
	struct prog_run *run = arg;

	if (size > sizeof(struct event) || run->nevents == PROG_RUN_EVENTS)
		return -E2BIG;
	memset(&run->events[run->nevents], 0, sizeof(struct event));
	memcpy(&run->events[run->nevents], data, size);
	run->sizes[run->nevents++] = (u32)size;
	return 0;
}

static inline void prog_run_map_array(struct bpf_map *map)
{
	bpf_map__set_map_flags(map, bpf_map__map_flags(map) | BPF_F_MMAPABLE);
}

static inline int prog_run_mapped(const struct bpf_map *map, struct prog_run_array *array)
{
	array->size = (size_t)bpf_map__max_entries(map) * bpf_map__value_size(map);
	array->values =
		mmap(NULL, array->size, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);
	return array->values == MAP_FAILED ? -errno : 0;
}

/* Loads the object. Returns 0, or -errno of the kernel. */
static inline int prog_run_open(struct prog_run *run)
{
	int err;

	memset(run, 0, sizeof(*run));
	run->cpus = libbpf_num_possible_cpus();
	run->skeleton = p2pscope_bpf__open();
	if (!run->skeleton)
		return -errno;
	prog_run_map_array(run->skeleton->maps.hints);
	prog_run_map_array(run->skeleton->maps.liveness);
	prog_run_map_array(run->skeleton->maps.tcp_filter);
	err = p2pscope_bpf__load(run->skeleton);
	if (!err)
		err = prog_run_mapped(run->skeleton->maps.hints, &run->hints);
	if (!err)
		err = prog_run_mapped(run->skeleton->maps.liveness, &run->liveness);
	if (!err)
		err = prog_run_mapped(run->skeleton->maps.tcp_filter, &run->tcp_filter);
	if (err)
		return err;
	run->ring =
		ring_buffer__new(bpf_map__fd(run->skeleton->maps.events), prog_run_take, run, NULL);
	return run->ring ? 0 : -errno;
}

static inline void prog_run_close(struct prog_run *run)
{
	ring_buffer__free(run->ring);
	p2pscope_bpf__destroy(run->skeleton);
}

static inline void prog_run_clear_hash(const struct bpf_map *map)
{
	int fd = bpf_map__fd(map), end;
	char key[256], next[256];

	/*
	 * the next key is looked up before its predecessor is deleted: a search from the beginning
	 * takes long in an empty map
	 */
	end = bpf_map_get_next_key(fd, NULL, key);
	while (!end) {
		end = bpf_map_get_next_key(fd, key, next);
		bpf_map_delete_elem(fd, key);
		memcpy(key, next, sizeof(key));
	}
}

static inline void prog_run_clear_array(const struct prog_run *run, const struct bpf_map *map)
{
	bool percpu = bpf_map__type(map) == BPF_MAP_TYPE_PERCPU_ARRAY;
	size_t size = (bpf_map__value_size(map) + 7) / 8 * 8;
	void *zeros = calloc(percpu ? (size_t)run->cpus : 1, size);

	for (u32 i = 0; zeros && i < bpf_map__max_entries(map); i++)
		bpf_map_update_elem(bpf_map__fd(map), &i, zeros, BPF_ANY);
	free(zeros);
}

/* Restores the state after loading: all maps but the programs' constants are empty. */
static inline void prog_run_reset(struct prog_run *run)
{
	const struct bpf_map *map;

	bpf_object__for_each_map(map, run->skeleton->obj)
	{
		switch (bpf_map__type(map)) {
		case BPF_MAP_TYPE_HASH:
		case BPF_MAP_TYPE_LRU_HASH:
			prog_run_clear_hash(map);
			break;
		case BPF_MAP_TYPE_ARRAY:
		case BPF_MAP_TYPE_PERCPU_ARRAY:
			if (!bpf_map__is_internal(map) &&
			    !(bpf_map__map_flags(map) & BPF_F_MMAPABLE))
				prog_run_clear_array(run, map);
			break;
		default:
			break;
		}
	}
	memset(run->hints.values, 0, run->hints.size);
	memset(run->liveness.values, 0, run->liveness.size);
	memset(run->tcp_filter.values, 0, run->tcp_filter.size);
	run->nevents = 0;
	ring_buffer__consume(run->ring);
	run->nevents = 0;
}

/* Takes what the last packet has left in the ring. Returns 0 or -errno. */
static inline int prog_run_collect(struct prog_run *run)
{
	int err;

	run->nevents = 0;
	err = ring_buffer__consume(run->ring);
	return err < 0 ? err : 0;
}

/*
 * Runs a program on a packet. Returns 0 or -errno; `retval` and `out`, of `out_len` bytes, are what
 * the program returned and left.
 */
static inline int prog_run_packet(struct prog_run *run, const struct bpf_program *program,
				  const void *data, u32 len, u32 *retval, void *out, u32 *out_len)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = data, .data_size_in = len, .data_out = out,
		    .data_size_out = *out_len);
	int err = bpf_prog_test_run_opts(bpf_program__fd(program), &opts);

	if (err)
		return err;
	*retval = opts.retval;
	*out_len = opts.data_size_out;
	return prog_run_collect(run);
}

/* Adds up a per-CPU value that is made of 64-bit counters only. */
static inline void prog_run_sum(const struct prog_run *run, const struct bpf_map *map, u32 key,
				u64 *sum, size_t size)
{
	u64 *values = calloc((size_t)run->cpus, size);
	size_t words = size / sizeof(u64);

	memset(sum, 0, size);
	if (values && !bpf_map_lookup_elem(bpf_map__fd(map), &key, values))
		for (size_t i = 0; i < words * (size_t)run->cpus; i++)
			sum[i % words] += values[i];
	free(values);
}

#endif
