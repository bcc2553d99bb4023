/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The operations of map_ops.h in the kernel: BPF maps and helpers. */
#ifndef P2PSCOPE_BPF_MAP_OPS_BPF_H
#define P2PSCOPE_BPF_MAP_OPS_BPF_H

#include "maps.h"
#include "verifier.h"

#define TC_HEADERS 256 /* bytes that are made linear when the headers are not */

static __always_inline struct flow_record *flow_lookup(const struct flow_key *key)
{
	return bpf_map_lookup_elem(&flows, key);
}

static __always_inline long flow_insert(const struct flow_key *key,
					const struct flow_record *record)
{
	return bpf_map_update_elem(&flows, key, record, BPF_ANY);
}

static __always_inline struct probe_record *probe_lookup(const struct flow_key *key)
{
	return bpf_map_lookup_elem(&probation, key);
}

static __always_inline long probe_insert(const struct flow_key *key,
					 const struct probe_record *record)
{
	return bpf_map_update_elem(&probation, key, record, BPF_ANY);
}

static __always_inline void probe_delete(const struct flow_key *key)
{
	bpf_map_delete_elem(&probation, key);
}

static __always_inline struct channel *channel_lookup(const struct channel_key *key)
{
	return bpf_map_lookup_elem(&channels, key);
}

static __always_inline long channel_insert(const struct channel_key *key,
					   const struct channel *channel)
{
	return bpf_map_update_elem(&channels, key, channel, BPF_ANY);
}

static __always_inline struct flow_key *fragment_lookup(const struct fragment_key *key)
{
	return bpf_map_lookup_elem(&fragments, key);
}

static __always_inline long fragment_insert(const struct fragment_key *key,
					    const struct flow_key *flow)
{
	return bpf_map_update_elem(&fragments, key, flow, BPF_ANY);
}

static __always_inline struct tcp_hole *tcp_hole_lookup(const struct flow_key *key)
{
	return bpf_map_lookup_elem(&tcp_holes, key);
}

static __always_inline long tcp_hole_insert(const struct flow_key *key, const struct tcp_hole *hole)
{
	return bpf_map_update_elem(&tcp_holes, key, hole, BPF_ANY);
}

static __always_inline void tcp_hole_delete(const struct flow_key *key)
{
	bpf_map_delete_elem(&tcp_holes, key);
}

static __always_inline struct tcp_part *tcp_part_lookup(const struct flow_key *key)
{
	return bpf_map_lookup_elem(&tcp_parts, key);
}

static __always_inline long tcp_part_insert(const struct flow_key *key, const struct tcp_part *part)
{
	return bpf_map_update_elem(&tcp_parts, key, part, BPF_ANY);
}

static __always_inline void tcp_part_delete(const struct flow_key *key)
{
	bpf_map_delete_elem(&tcp_parts, key);
}

static __always_inline u8 *tcp_filter_slot(u32 hash)
{
	u32 zero = 0;
	struct tcp_filter *filter = bpf_map_lookup_elem(&tcp_filter, &zero);
	u32 slot = hash >> 16;

	hide_value(slot);
	return filter ? &filter->slot[slot & (TCP_FILTER_SLOTS - 1)] : NULL;
}

static __always_inline struct hint *hint_lookup(u32 hash)
{
	u32 slot = hash >> 16;

	return bpf_map_lookup_elem(&hints, &slot);
}

static __always_inline struct liveness *liveness_lookup(u32 hash)
{
	u32 slot = hash % LIVENESS_SLOTS;

	return bpf_map_lookup_elem(&liveness, &slot);
}

static __always_inline u32 observed_lookup(u32 slot)
{
	u32 *ifindex = bpf_map_lookup_elem(&observed, &slot);

	return ifindex ? *ifindex : 0;
}

static __always_inline bool dtls_opens(void)
{
	return false;
}

static __always_inline struct point_counters *point_lookup(u32 ifindex)
{
	u32 slot = ifindex % POINT_SLOTS;

	return bpf_map_lookup_elem(&points, &slot);
}

static __always_inline struct self_counters *self_lookup(void)
{
	u32 zero = 0;

	return bpf_map_lookup_elem(&self, &zero);
}

static __always_inline struct msg_context *context_lookup(void)
{
	u32 zero = 0;

	return bpf_map_lookup_elem(&scratch, &zero);
}

static __always_inline bool ring_half_full(void)
{
	return bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA) * 2 >
	       bpf_ringbuf_query(&events, BPF_RB_RING_SIZE);
}

static __always_inline void event_write(const struct event *event, u32 size, bool known)
{
	struct self_counters *counters = self_lookup();

	if (!counters)
		return;
	if (!known && ring_half_full()) {
		counters->events_withheld++;
		return;
	}
	hide_value(size);
	if (size > sizeof(*event))
		return;
	if (bpf_ringbuf_output(&events, (void *)event, size, 0))
		counters->events_lost++;
	else
		counters->events++;
}

static __always_inline u64 clock_ns(void)
{
	return bpf_ktime_get_ns();
}

static __always_inline u64 clock_coarse_ns(void)
{
	return bpf_ktime_get_coarse_ns();
}

static __always_inline long source_load(const struct source *src, u32 at, u8 *to, u32 len)
{
	if (!__builtin_constant_p(len)) {
		hide_value(len);
		len = ((len - 1) & (MESSAGE_KEPT - 1)) + 1;
	}
	if (src->kind == SOURCE_XDP)
		return bpf_xdp_load_bytes(src->ctx, at, to, len);
	return bpf_skb_load_bytes(src->ctx, at, to, len);
}

static __always_inline bool tc_can_read(const struct __sk_buff *skb, u32 bytes)
{
	const u8 *begin = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;

	return end - begin >= bytes;
}

static __always_inline void source_pull(const struct source *src, u32 bytes)
{
	struct __sk_buff *skb = src->ctx;

	if (src->kind == SOURCE_TC && !tc_can_read(skb, bytes))
		bpf_skb_pull_data(skb, bytes);
}

static __always_inline void shared_add(u64 *counter, u64 n)
{
	__sync_fetch_and_add(counter, n);
}

static __always_inline u32 shared_next(u32 *counter)
{
	return __sync_fetch_and_add(counter, 1) + 1;
}

#endif
