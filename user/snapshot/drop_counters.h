/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How many packets of known flows the kernel dropped, by drop reason. */
#ifndef P2PSCOPE_SNAPSHOT_DROP_COUNTERS_H
#define P2PSCOPE_SNAPSHOT_DROP_COUNTERS_H

#include "snapshot/snapshot.h"
#include "source/live/drop_reasons.h"

/* Distinct names; drops of further ones are counted in the first row, "other". */
#define DROP_REASONS_MAX 128

struct drop_counters;

/*
 * Makes counters that have the usual reasons from the start, at zero. `reasons` may be NULL; it
 * stays the caller's and must outlive them. Returns 0 or -errno.
 */
int drop_counters_new(struct drop_counters **out, const struct drop_reasons *reasons);
void drop_counters_free(struct drop_counters *counters);

/* Counts the packet of a drop event, and those before it for which there was no event. */
void drop_counters_count(struct drop_counters *counters, const struct drop_info *drop);

/*
 * Copies the usual reasons and those seen so far into a list to be freed with free(); the names
 * stay those of `reasons`. Returns 0 or -errno.
 */
int drop_counters_snapshot(const struct drop_counters *counters, struct drop_snapshot **out,
			   size_t *count);

#endif
