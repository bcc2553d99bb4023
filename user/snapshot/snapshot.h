/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What outputs read: a copy of everything at one moment, made by the main loop. */
#ifndef P2PSCOPE_SNAPSHOT_SNAPSHOT_H
#define P2PSCOPE_SNAPSHOT_SNAPSHOT_H

#include "attribution/attribution.h"
#include "datapath/point_snapshot.h"
#include "engine/engine.h"
#include "source/live/ids_log.h"

struct drop_snapshot {
	const char *reason;
	u64 packets;
};

struct snapshot {
	struct engine_view *view;
	struct point_snapshot *points;
	size_t npoints;
	struct drop_snapshot *drops;
	size_t ndrops;
	struct self_counters self;
	u64 evicted[MAP_COUNT]; /* entries that LRU maps evicted, at least */
	struct ids_log_counts ids;
	struct attribution_counts attribution;
	u64 flows; /* known ones, at the last sweep */
	u64 changes, changes_lost; /* of sessions; filled in by the output that counts them */
};

/* Frees what a snapshot holds and itself; takes NULL too. */
void snapshot_free(struct snapshot *snapshot);

#endif
