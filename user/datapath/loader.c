/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "datapath/loader.h"
#include "util/log.h"
#include "p2pscope/config.h"
#include "p2pscope.skel.h"
#include "p2pscope_plain.skel.h"

#define KERNEL_BTF "/sys/kernel/btf/vmlinux"

/* Optional features of the kernel. */
struct abilities {
	enum loader_drops drops; /* the tracepoint of dropped packets */
	bool conntrack; /* kfuncs that look up a conntrack entry */
};

struct loader {
	struct p2pscope_bpf *full; /* exactly one of `full` and `plain` is open */
	struct p2pscope_plain_bpf *plain; /* without conntrack's kfuncs */
	struct bpf_object *object; /* of the one that is open */
	struct bpf_link *drops;
	struct abilities can;
	u64 evicted[MAP_COUNT]; /* the highest counts so far */
	u32 observed[OBSERVED_MAX]; /* a copy of the map */
	int cpus;
};

static struct bpf_map *map_of(const struct loader *loader, const char *name)
{
	return bpf_object__find_map_by_name(loader->object, name);
}

static int map_fd(const struct loader *loader, const char *name)
{
	return bpf_map__fd(map_of(loader, name));
}

static struct bpf_program *program_of(const struct loader *loader, const char *name)
{
	return bpf_object__find_program_by_name(loader->object, name);
}

/* The tracepoint sees drops of the whole machine; those of other network namespaces are ignored. */
static u32 own_netns(void)
{
	struct stat info;

	return stat("/proc/self/ns/net", &info) ? 0 : (u32)info.st_ino;
}

static void close_object(struct loader *loader)
{
	p2pscope_bpf__destroy(loader->full);
	p2pscope_plain_bpf__destroy(loader->plain);
	loader->full = NULL;
	loader->plain = NULL;
}

/* Opens the object with or without conntrack's kfuncs. Returns 0 or -errno. */
static int open_object(struct loader *loader, bool conntrack)
{
	if (conntrack)
		loader->full = p2pscope_bpf__open();
	else
		loader->plain = p2pscope_plain_bpf__open();
	if (!loader->full && !loader->plain)
		return -errno;
	loader->object = conntrack ? loader->full->obj : loader->plain->obj;
	if (conntrack)
		loader->full->rodata->config.netns = own_netns();
	else
		loader->plain->rodata->config.netns = own_netns();
	return 0;
}

/* Returns 0, or the kernel's -errno. */
static int open_and_load(struct loader *loader, const struct loader_options *options,
			 struct abilities with)
{
	int err = open_object(loader, with.conntrack);

	if (err)
		return err;
	if (options->flows)
		bpf_map__set_max_entries(map_of(loader, "flows"), (u32)options->flows);
	bpf_program__set_autoload(program_of(loader, "drop"), with.drops == DROPS_TYPED);
	bpf_program__set_autoload(program_of(loader, "drop_raw"), with.drops == DROPS_RAW);
	err = bpf_object__load(loader->object);
	if (err)
		close_object(loader);
	else
		loader->can = with;
	return err;
}

/*
 * A missing feature of the kernel must not prevent the rest from loading: it may have no BTF
 * types for its tracepoints, and no conntrack while that module is not loaded. Tries all
 * combinations, the most complete first.
 */
static int load_what_loads(struct loader *loader, const struct loader_options *options)
{
	static const struct abilities tries[] = {
		{.drops = DROPS_TYPED, .conntrack = true},
		{.drops = DROPS_RAW, .conntrack = true},
		{.drops = DROPS_TYPED},
		{.drops = DROPS_RAW},
		{.conntrack = true},
		{0},
	};
	int err = 0;

	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		err = open_and_load(loader, options, tries[i]);
		if (!err || err == -ENOMEM)
			break;
	}
	return err;
}

int loader_load(struct loader **out, const struct loader_options *options)
{
	struct loader *loader;
	int err;

	if (access(KERNEL_BTF, R_OK))
		return -ENOENT;
	loader = calloc(1, sizeof(*loader));
	if (!loader)
		return -ENOMEM;
	loader->cpus = libbpf_num_possible_cpus();
	log_libbpf(LEVEL_DEBUG);
	err = load_what_loads(loader, options);
	if (err) {
		loader_free(loader);
		/* Without root EACCES comes from missing privileges, not from the verifier. */
		return err == -EACCES && geteuid() ? -EPERM : err;
	}
	*out = loader;
	return 0;
}

void loader_free(struct loader *loader)
{
	if (!loader)
		return;
	bpf_link__destroy(loader->drops);
	close_object(loader);
	free(loader);
}

int loader_program_fd(const struct loader *loader, enum loader_program program)
{
	static const char *const names[] = {
		[PROGRAM_XDP_IN] = "xdp_in",       [PROGRAM_TC_IN] = "tc_in",
		[PROGRAM_TC_OUT] = "tc_out",       [PROGRAM_TC_IN_L3] = "tc_in_l3",
		[PROGRAM_TC_OUT_L3] = "tc_out_l3", [PROGRAM_CONNTRACK_LOOK] = "conntrack_look",
	};

	return bpf_program__fd(program_of(loader, names[program]));
}

int loader_map_fd(const struct loader *loader, enum loader_map map)
{
	return map_fd(loader, map == LOADER_FLOWS ? "flows" : "events");
}

enum loader_drops loader_drops(const struct loader *loader)
{
	return loader->can.drops;
}

bool loader_has_conntrack(const struct loader *loader)
{
	return loader->can.conntrack;
}

int loader_watch_drops(struct loader *loader)
{
	if (loader->can.drops == DROPS_UNSEEN)
		return -EOPNOTSUPP;
	loader->drops = bpf_program__attach(
		program_of(loader, loader->can.drops == DROPS_RAW ? "drop_raw" : "drop"));
	return loader->drops ? 0 : -errno;
}

int loader_observe(struct loader *loader, u32 ifindex, bool yes)
{
	u32 before = yes ? 0 : ifindex, after = yes ? ifindex : 0;

	for (u32 slot = 0; slot < OBSERVED_MAX; slot++) {
		if (loader->observed[slot] != before)
			continue;
		loader->observed[slot] = after;
		if (bpf_map_update_elem(map_fd(loader, "observed"), &slot, &after, BPF_ANY))
			return -errno;
		return 0;
	}
	return yes ? -ENOSPC : 0;
}

/* Adds up a per-CPU value that consists of 64-bit counters only. Returns 0 or -errno. */
static int percpu_sum(int fd, u32 key, int cpus, u64 *sum, size_t size)
{
	size_t words = size / sizeof(u64);
	u64 *values = calloc((size_t)cpus, size);
	int err = 0;

	if (!values)
		return -ENOMEM;
	memset(sum, 0, size);
	if (bpf_map_lookup_elem(fd, &key, values))
		err = -errno;
	for (size_t i = 0; !err && i < words * (size_t)cpus; i++)
		sum[i % words] += values[i];
	free(values);
	return err;
}

int loader_point(const struct loader *loader, u32 ifindex, struct point_counters *sum)
{
	return percpu_sum(map_fd(loader, "points"), ifindex % POINT_SLOTS, loader->cpus, (u64 *)sum,
			  sizeof(*sum));
}

int loader_self(const struct loader *loader, struct self_counters *sum)
{
	return percpu_sum(map_fd(loader, "self"), 0, loader->cpus, (u64 *)sum, sizeof(*sum));
}

#define MAP_NAME(id, word) [id] = word,

void loader_evicted(struct loader *loader, const struct self_counters *self, u64 evicted[MAP_COUNT])
{
	static const char *const names[] = {P2PSCOPE_MAPS(MAP_NAME)};

	for (int id = 0; id < MAP_COUNT; id++) {
		const struct bpf_map *map = map_of(loader, names[id]);
		u64 kept = self->map_deleted[id] + bpf_map__max_entries(map);

		if (bpf_map__type(map) == BPF_MAP_TYPE_LRU_HASH && self->map_inserted[id] > kept &&
		    self->map_inserted[id] - kept > loader->evicted[id])
			loader->evicted[id] = self->map_inserted[id] - kept;
	}
	memcpy(evicted, loader->evicted, sizeof(loader->evicted));
}
