/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the data plane's cost is measured against.
 *
 *  - Empty: nothing.
 *  - Floor: the least that anything must do that watches flows: parse to the first payload byte,
 *    look one hash up by 5-tuple, write packets, bytes and a coarse time stamp.
 *
 * The map is of the same kind, with the same key, as the data plane's. Counters are added to
 * atomically, since two CPUs may carry one flow; `plain` shows what that costs. Of link headers it
 * knows Ethernet with at most one tag of 802.1Q.
 */
#include "kernel_types.h"

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "p2pscope/types.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct floor_record {
	u64 packets, bytes, last_ns;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 262144);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct flow_key);
	__type(value, struct floor_record);
} floor_flows SEC(".maps");

/* A packet as far as it has been read. */
struct floor_reader {
	const u8 *pos, *end;
	struct flow_key key;
	u32 payload;
};

static __always_inline bool read_ipv4(struct floor_reader *r)
{
	const u8 *p = r->pos;
	u32 header;

	if (p + 20 > r->end)
		return false;
	header = (p[0] & 15) * 4u;
	if (header < 20)
		return false;
	r->key.far.ip.b[10] = r->key.far.ip.b[11] = 0xff;
	r->key.near.ip.b[10] = r->key.near.ip.b[11] = 0xff;
	__builtin_memcpy(r->key.far.ip.b + 12, p + 12, 4);
	__builtin_memcpy(r->key.near.ip.b + 12, p + 16, 4);
	r->key.proto = p[9];
	r->payload = bpf_ntohs(*(const u16 *)(p + 2)) - header;
	r->pos += header;
	return true;
}

static __always_inline bool read_ipv6(struct floor_reader *r)
{
	const u8 *p = r->pos;

	if (p + 40 > r->end)
		return false;
	__builtin_memcpy(r->key.far.ip.b, p + 8, 16);
	__builtin_memcpy(r->key.near.ip.b, p + 24, 16);
	r->key.proto = p[6];
	r->payload = bpf_ntohs(*(const u16 *)(p + 4));
	r->pos += 40;
	return true;
}

static __always_inline bool read_transport(struct floor_reader *r)
{
	const u8 *p = r->pos;
	u32 header = 8;

	if (r->key.proto == PROTO_TCP) {
		if (p + 20 > r->end)
			return false;
		header = (p[12] >> 4) * 4u;
	} else if (r->key.proto != PROTO_UDP || p + 8 > r->end) {
		return false;
	}
	r->key.far.port = bpf_ntohs(*(const u16 *)p);
	r->key.near.port = bpf_ntohs(*(const u16 *)(p + 2));
	r->payload -= header;
	r->pos += header;
	return r->pos < r->end;
}

static __always_inline struct floor_record *floor_find(struct floor_reader *r, u32 ifindex)
{
	const u8 *p = r->pos;
	u16 type;

	if (p + 14 > r->end)
		return NULL;
	r->key.tag = ifindex;
	type = bpf_ntohs(*(const u16 *)(p + 12));
	r->pos += 14;
	if (type == 0x8100 && p + 18 <= r->end) {
		type = bpf_ntohs(*(const u16 *)(p + 16));
		r->pos += 4;
	}
	if (type != 0x0800 && type != 0x86dd)
		return NULL;
	if (!(type == 0x0800 ? read_ipv4(r) : read_ipv6(r)) || !read_transport(r))
		return NULL;
	return bpf_map_lookup_elem(&floor_flows, &r->key);
}

static __always_inline void floor_count(const void *begin, const void *end, u32 ifindex,
					bool atomic)
{
	struct floor_reader r = {.pos = begin, .end = end};
	struct floor_record *record = floor_find(&r, ifindex);

	if (!record)
		return;
	if (atomic) {
		__sync_fetch_and_add(&record->packets, 1);
		__sync_fetch_and_add(&record->bytes, r.payload);
	} else {
		record->packets++;
		record->bytes += r.payload;
	}
	record->last_ns = bpf_ktime_get_coarse_ns();
}

SEC("xdp")
int xdp_empty(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_PASS;
}

SEC("xdp")
int xdp_floor(struct xdp_md *ctx)
{
	floor_count((void *)(long)ctx->data, (void *)(long)ctx->data_end, ctx->ingress_ifindex,
		    true);
	return XDP_PASS;
}

SEC("xdp")
int xdp_plain(struct xdp_md *ctx)
{
	floor_count((void *)(long)ctx->data, (void *)(long)ctx->data_end, ctx->ingress_ifindex,
		    false);
	return XDP_PASS;
}

SEC("tc")
int tc_empty(struct __sk_buff *skb)
{
	(void)skb;
	return -1;
}

SEC("tc")
int tc_floor(struct __sk_buff *skb)
{
	floor_count((void *)(long)skb->data, (void *)(long)skb->data_end, skb->ifindex, true);
	return -1;
}

SEC("tc")
int tc_plain(struct __sk_buff *skb)
{
	floor_count((void *)(long)skb->data, (void *)(long)skb->data_end, skb->ifindex, false);
	return -1;
}
