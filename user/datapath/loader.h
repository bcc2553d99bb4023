/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The data plane in the kernel: loading it, and reading its counters. Hooks are
 * user/datapath/hooks.h's.
 */
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
	PROGRAM_CONNTRACK_LOOK, /* below 0 where conntrack cannot be asked */
};
enum loader_map { LOADER_FLOWS, LOADER_EVENTS };

/*
 * By which tracepoint dropped packets are seen: as a raw one where the kernel has no types for it.
 */
enum loader_drops { DROPS_UNSEEN, DROPS_RAW, DROPS_TYPED };

struct loader_options {
	unsigned long flows; /* the most to remember; 0: as compiled in */
};

/*
 * Opens and loads the programs and maps; nothing is attached yet. Gives -EPERM without the
 * privileges, -ENOENT when the kernel has no BTF, else -errno of the kernel. Messages of libbpf go
 * to the log.
 */
int loader_load(struct loader **out, const struct loader_options *options);

/* Detaches the drop program and unloads. What hooks.h attached must be gone before. */
void loader_free(struct loader *loader);

int loader_program_fd(const struct loader *loader, enum loader_program program);
int loader_map_fd(const struct loader *loader, enum loader_map map);

/* Which program that sees dropped packets could be loaded. */
enum loader_drops loader_drops(const struct loader *loader);

/* Whether the programs can ask the kernel's conntrack. */
bool loader_has_conntrack(const struct loader *loader);

/* Starts to watch the packets that the kernel drops. -errno; the rest works without. */
int loader_watch_drops(struct loader *loader);

/* Tells the drop program whether packets of this interface are of interest. -errno. */
int loader_observe(struct loader *loader, u32 ifindex, bool yes);

/* Adds up the counters of all CPUs. -errno. */
int loader_point(const struct loader *loader, u32 ifindex, struct point_counters *sum);
int loader_self(const struct loader *loader, struct self_counters *sum);

/*
 * How many entries the LRU maps have pushed out so far, at least: what was inserted, less what was
 * deleted and what has room. The kernel does not count them. 0 for maps of another type.
 */
void loader_evicted(struct loader *loader, const struct self_counters *self,
		    u64 evicted[MAP_COUNT]);

#endif
