/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Loads the data plane into the kernel and reads its counters. hooks.h attaches it. */
#ifndef P2PSCOPE_DATAPATH_LOADER_H
#define P2PSCOPE_DATAPATH_LOADER_H

#include "p2pscope/flow.h"

struct loader;

enum loader_program {
	PROGRAM_XDP_IN,
	PROGRAM_TC_IN,
	PROGRAM_TC_OUT,
	PROGRAM_TC_IN_L3,
	PROGRAM_TC_OUT_L3,
	PROGRAM_CONNTRACK_LOOK, /* its descriptor is negative where conntrack is not available */
};
enum loader_map { LOADER_FLOWS, LOADER_EVENTS };

/* How drops are observed: by a raw tracepoint where the kernel has no BTF types for it. */
enum loader_drops { DROPS_UNSEEN, DROPS_RAW, DROPS_TYPED };

struct loader_options {
	unsigned long flows; /* the most flows to track; 0: the default */
};

/*
 * Loads the programs and maps; nothing is attached yet. Returns 0, -EPERM without the privileges,
 * -ENOENT when the kernel has no BTF, or the kernel's -errno. Messages of libbpf go to the log.
 */
int loader_load(struct loader **out, const struct loader_options *options);

/* Detaches the drop program and unloads all; takes NULL too. Hooks must be detached before. */
void loader_free(struct loader *loader);

/* Return descriptors, which belong to the loader. */
int loader_program_fd(const struct loader *loader, enum loader_program program);
int loader_map_fd(const struct loader *loader, enum loader_map map);

/* Returns which program for dropped packets could be loaded. */
enum loader_drops loader_drops(const struct loader *loader);

/* Returns whether the programs can look up conntrack entries. */
bool loader_has_conntrack(const struct loader *loader);

/* Attaches the program for dropped packets. Returns 0 or -errno; the rest works without. */
int loader_watch_drops(struct loader *loader);

/*
 * Sets whether drops on an interface are observed. Returns 0 or -errno, -ENOSPC when too many
 * interfaces are.
 */
int loader_observe(struct loader *loader, u32 ifindex, bool yes);

/* Add up the counters of all CPUs into `sum`. Return 0 or -errno. */
int loader_point(const struct loader *loader, u32 ifindex, struct point_counters *sum);
int loader_self(const struct loader *loader, struct self_counters *sum);

/*
 * Computes for each map how many entries were evicted so far, at least, which the kernel does not
 * count: the entries inserted, minus those deleted and those that fit. 0 for maps other than LRU.
 */
void loader_evicted(struct loader *loader, const struct self_counters *self,
		    u64 evicted[MAP_COUNT]);

#endif
