/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "loader.h"
#include "log.h"
#include "p2pscope/config.h"
#include "p2pscope.skel.h"

#define KERNEL_BTF "/sys/kernel/btf/vmlinux"

struct loader {
	struct p2pscope_bpf *skeleton;
	struct bpf_link *drops;
	bool no_drops; /* the drop program did not load */
	u32 observed[OBSERVED_MAX]; /* as in the map */
	int cpus;
};

/* Drops are told machine-wide; those of other namespaces are none of ours. */
static u32 own_netns(void)
{
	struct stat info;

	return stat("/proc/self/ns/net", &info) ? 0 : (u32)info.st_ino;
}

/* Gives the errno of the kernel, negative. */
static int open_and_load(struct loader *loader, const struct loader_options *options, bool with_drops)
{
	struct p2pscope_bpf *skeleton = p2pscope_bpf__open();
	int err;

	if (!skeleton)
		return -errno;
	if (options->flows)
		bpf_map__set_max_entries(skeleton->maps.flows, (u32)options->flows);
	skeleton->rodata->config.netns = own_netns();
	bpf_program__set_autoload(skeleton->progs.drop, with_drops);
	err = p2pscope_bpf__load(skeleton);
	if (err) {
		p2pscope_bpf__destroy(skeleton);
		return err;
	}
	loader->skeleton = skeleton;
	loader->no_drops = !with_drops;
	return 0;
}

/* An older kernel's tracepoint may have other arguments: the drop program must not take the rest with it. */
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
	err = open_and_load(loader, options, true);
	if (err && err != -EPERM && err != -ENOMEM)
		err = open_and_load(loader, options, false);
	if (err) {
		loader_free(loader);
		/* The privileges decide first, then what the kernel can do. */
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
	p2pscope_bpf__destroy(loader->skeleton);
	free(loader);
}

int loader_program_fd(const struct loader *loader, enum loader_program program)
{
	const struct bpf_program *programs[] = {
		[PROGRAM_XDP_IN] = loader->skeleton->progs.xdp_in,
		[PROGRAM_TC_IN] = loader->skeleton->progs.tc_in,
		[PROGRAM_TC_OUT] = loader->skeleton->progs.tc_out,
		[PROGRAM_TC_IN_L3] = loader->skeleton->progs.tc_in_l3,
		[PROGRAM_TC_OUT_L3] = loader->skeleton->progs.tc_out_l3,
	};

	return bpf_program__fd(programs[program]);
}

int loader_map_fd(const struct loader *loader, enum loader_map map)
{
	return bpf_map__fd(map == LOADER_FLOWS ? loader->skeleton->maps.flows : loader->skeleton->maps.events);
}

bool loader_has_drops(const struct loader *loader)
{
	return !loader->no_drops;
}

int loader_watch_drops(struct loader *loader)
{
	if (loader->no_drops)
		return -EOPNOTSUPP;
	loader->drops = bpf_program__attach_trace(loader->skeleton->progs.drop);
	return loader->drops ? 0 : -errno;
}

int loader_observe(struct loader *loader, u32 ifindex, bool yes)
{
	u32 before = yes ? 0 : ifindex, after = yes ? ifindex : 0;

	for (u32 slot = 0; slot < OBSERVED_MAX; slot++) {
		if (loader->observed[slot] != before)
			continue;
		loader->observed[slot] = after;
		if (bpf_map_update_elem(bpf_map__fd(loader->skeleton->maps.observed), &slot, &after, BPF_ANY))
			return -errno;
		return 0;
	}
	return yes ? -ENOSPC : 0;
}

/* Adds up a per-CPU value that is made of 64-bit counters only. */
static int add_up(int fd, u32 key, int cpus, u64 *sum, size_t size)
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
	return add_up(bpf_map__fd(loader->skeleton->maps.points), ifindex % POINT_SLOTS, loader->cpus, (u64 *)sum,
		      sizeof(*sum));
}

int loader_self(const struct loader *loader, struct self_counters *sum)
{
	return add_up(bpf_map__fd(loader->skeleton->maps.self), 0, loader->cpus, (u64 *)sum, sizeof(*sum));
}
