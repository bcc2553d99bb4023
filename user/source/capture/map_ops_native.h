/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The operations of bpf/map_ops.h natively: hash tables, and the time of the packet at hand. */
#ifndef P2PSCOPE_SOURCE_CAPTURE_MAP_OPS_NATIVE_H
#define P2PSCOPE_SOURCE_CAPTURE_MAP_OPS_NATIVE_H

#include <string.h>

#include "../../../bpf/map_ops.h"
#include "source/capture/native.h"
#include "source/capture/table.h"

struct native {
	struct table *flows, *probation, *fragments, *channels, *tcp_holes, *tcp_parts;
	struct point_counters *points; /* POINT_SLOTS */
	native_emit_fn emit;
	void *arg;
	u64 now_ns;
	u32 dtls_point; /* the interface where DTLS opens a flow; 0: none */
	bool dtls_opens; /* the packet at hand is one of it */
	struct self_counters self;
	bool classed; /* the packet at hand stands in a class */
	bool touched; /* it has changed the pipeline's own counters */
	u64 skipped; /* sum of the reasons, when last counted */
	u64 unclassed[UNCLASSED_COUNT];
	struct msg_context context;
	u8 tcp_filter[TCP_FILTER_SLOTS];
	struct hint hints[HINT_SLOTS];
	struct liveness liveness[LIVENESS_SLOTS];
};

/* A known flow. */
struct native_flow {
	u64 touched; /* not 0: since the last call of native_each_touched() */
	struct flow_record record;
};

/* A packet's bytes. */
struct memory {
	const u8 *data;
	u32 len;
};

/* The instance whose packet is at hand: the operations have no argument for it. */
static __thread struct native *current;

static __always_inline struct flow_record *flow_lookup(const struct flow_key *key)
{
	struct native_flow *flow = table_lookup(current->flows, key);

	if (!flow)
		return NULL;
	flow->touched = 1;
	return &flow->record;
}

static __always_inline long flow_insert(const struct flow_key *key,
					const struct flow_record *record)
{
	struct native_flow flow = {.touched = 1, .record = *record};

	return table_insert(current->flows, key, &flow);
}

static __always_inline struct probe_record *probe_lookup(const struct flow_key *key)
{
	return table_lookup(current->probation, key);
}

static __always_inline long probe_insert(const struct flow_key *key,
					 const struct probe_record *record)
{
	return table_insert(current->probation, key, record);
}

static __always_inline void probe_delete(const struct flow_key *key)
{
	table_delete(current->probation, key);
}

static __always_inline struct channel *channel_lookup(const struct channel_key *key)
{
	return table_lookup(current->channels, key);
}

static __always_inline long channel_insert(const struct channel_key *key,
					   const struct channel *channel)
{
	return table_insert(current->channels, key, channel);
}

static __always_inline struct flow_key *fragment_lookup(const struct fragment_key *key)
{
	return table_lookup(current->fragments, key);
}

static __always_inline long fragment_insert(const struct fragment_key *key,
					    const struct flow_key *flow)
{
	return table_insert(current->fragments, key, flow);
}

static __always_inline struct tcp_hole *tcp_hole_lookup(const struct flow_key *key)
{
	return table_lookup(current->tcp_holes, key);
}

static __always_inline long tcp_hole_insert(const struct flow_key *key, const struct tcp_hole *hole)
{
	return table_insert(current->tcp_holes, key, hole);
}

static __always_inline void tcp_hole_delete(const struct flow_key *key)
{
	table_delete(current->tcp_holes, key);
}

static __always_inline struct tcp_part *tcp_part_lookup(const struct flow_key *key)
{
	return table_lookup(current->tcp_parts, key);
}

static __always_inline long tcp_part_insert(const struct flow_key *key, const struct tcp_part *part)
{
	return table_insert(current->tcp_parts, key, part);
}

static __always_inline void tcp_part_delete(const struct flow_key *key)
{
	table_delete(current->tcp_parts, key);
}

static __always_inline u8 *tcp_filter_slot(u32 hash)
{
	return &current->tcp_filter[hash >> 16];
}

static __always_inline struct hint *hint_lookup(u32 hash)
{
	return &current->hints[hash >> 16];
}

static __always_inline struct liveness *liveness_lookup(u32 hash)
{
	return &current->liveness[hash % LIVENESS_SLOTS];
}

static __always_inline bool dtls_opens(void)
{
	return current->dtls_opens;
}

static __always_inline struct point_counters *point_lookup(u32 ifindex)
{
	current->classed = true; /* it is looked up to count a message */
	return &current->points[ifindex % POINT_SLOTS];
}

static __always_inline struct self_counters *self_lookup(void)
{
	current->touched = true;
	return &current->self;
}

static __always_inline struct msg_context *context_lookup(void)
{
	return &current->context;
}

static __always_inline void event_write(const struct event *event, u32 size, bool known)
{
	(void)known;
	current->self.events++;
	if (current->emit)
		current->emit(current->arg, event, size);
}

static __always_inline u64 clock_ns(void)
{
	return current->now_ns;
}

static __always_inline u64 clock_coarse_ns(void)
{
	return current->now_ns;
}

static __always_inline long source_load(const struct source *src, u32 at, u8 *to, u32 len)
{
	const struct memory *m = src->ctx;

	if (len > m->len || at > m->len - len)
		return -1;
	memcpy(to, m->data + at, len);
	return 0;
}

static __always_inline void source_pull(const struct source *src, u32 bytes)
{
	(void)src;
	(void)bytes;
}

/* A capture comes without its kernel. */
static __always_inline bool conntrack_lookup(const struct source *src, struct conntrack *ct)
{
	(void)src;
	(void)ct;
	return false;
}

static __always_inline void shared_add(u64 *counter, u64 n)
{
	*counter += n;
}

static __always_inline u32 shared_next(u32 *counter)
{
	return ++*counter;
}

#endif
