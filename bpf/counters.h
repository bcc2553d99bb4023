/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The counters: packets by interface, direction, carrier and class; what was not understood;
 * entries of maps; and packets and bytes of each flow.
 */
#ifndef P2PSCOPE_BPF_COUNTERS_H
#define P2PSCOPE_BPF_COUNTERS_H

#include "map_ops.h"
#include "verifier.h"

/*
 * Adds `n` messages of a class to an interface's counters. -1 takes one back that turned out to be
 * of another class.
 */
static __always_inline void count_class(u32 ifindex, u8 dir, u8 carrier, u8 cls, s64 n)
{
	struct point_counters *point = point_lookup(ifindex);
	u32 index = (dir * CARRIER_MAX + carrier) * CLASS_MAX + cls;
	u64 *counter = (u64 *)point;

	hide_value(index);
	if (point && index < sizeof(*point) / sizeof(*counter))
		counter[index] += n;
}

/* Moves `n` messages that were counted as `other` to the class that they turned out to be. */
static __always_inline void count_moved(u32 ifindex, u8 dir, u8 carrier, u8 cls, u32 n)
{
	if (!n)
		return;
	count_class(ifindex, dir, carrier, cls, n);
	count_class(ifindex, dir, carrier, CLASS_OTHER, -(s64)n);
}

/* Counts a packet, or a part of one, that was not understood. */
static __always_inline void count_skipped(enum reason reason)
{
	struct self_counters *self = self_lookup();

	if (self && reason < REASON_COUNT)
		self->skipped[reason]++;
}

/* Counts an entry for which there was no room. */
static __always_inline void count_full(enum map_id map)
{
	struct self_counters *self = self_lookup();

	if (self)
		self->map_full[map]++;
}

/*
 * Counts a new entry, not one that takes the place of another with its key. How many entries an LRU
 * map evicted follows from what was inserted and deleted.
 */
static __always_inline void count_inserted(enum map_id map)
{
	struct self_counters *self = self_lookup();

	if (self)
		self->map_inserted[map]++;
}

/* Counts an entry that was removed, as count_inserted(). */
static __always_inline void count_deleted(enum map_id map)
{
	struct self_counters *self = self_lookup();

	if (self)
		self->map_deleted[map]++;
}

/*
 * Returns the half of a record that belongs to a direction. The verifier sees that `dir` is in
 * range.
 */
static __always_inline struct flow_dir *flow_dir_of(struct flow_record *flow, u8 dir)
{
	return &flow->dir[dir == DIR_OUT ? DIR_OUT : DIR_IN];
}

/*
 * Counts a message of `len` payload bytes for its direction of a known flow, unless its RTP stream
 * counts it.
 */
static __always_inline void count_flow(struct flow_dir *half, u32 len, u64 coarse_ns)
{
	shared_add(&half->packets, 1);
	shared_add(&half->bytes, len);
	half->last_ns = coarse_ns;
}

#endif
