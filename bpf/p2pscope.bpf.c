/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The programs that hook the pipeline into the kernel. Each of them lets every packet pass:
 * XDP_PASS, and TC_ACT_UNSPEC, which leaves the decision to whoever else is there.
 */
#include "kernel_types.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "maps.h"

#include "map_ops_bpf.h"

#ifdef WITHOUT_CONNTRACK
static __always_inline bool conntrack_lookup(const struct source *src, struct conntrack *ct)
{
	return false;
}
#else
#include "ct_kfuncs.h"
#endif

#include "drop.h"
#include "pipeline.h"
#include "skb.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

const volatile struct config config;

static __always_inline int headers_xdp(struct xdp_md *ctx, struct packet *pkt)
{
	const struct raw_packet raw = {.begin = (void *)(long)ctx->data,
				       .end = (void *)(long)ctx->data_end,
				       .wire = ctx->data_end - ctx->data,
				       .have = ctx->data_end - ctx->data,
				       .ifindex = ctx->ingress_ifindex,
				       .dir = DIR_IN,
				       .ethernet = 1};

	return headers_parse(&raw, pkt);
}

static __always_inline int headers_tc(struct __sk_buff *skb, struct packet *pkt, u32 dir,
				      u32 ethernet)
{
	const struct raw_packet raw = {.begin = (void *)(long)skb->data,
				       .end = (void *)(long)skb->data_end,
				       .wire = skb->len,
				       .have = skb->len,
				       .ifindex = skb->ifindex,
				       .dir = dir,
				       .ethernet = ethernet};

	return headers_parse(&raw, pkt);
}

SEC("xdp")
int xdp_in(struct xdp_md *ctx)
{
	const struct source src = {.ctx = ctx, .kind = SOURCE_XDP};
	struct msg_context *m = context_lookup();
	int reason;

	if (!m)
		return XDP_PASS;
	reason = headers_xdp(ctx, &m->pkt);
	if (!reason)
		reason = packet_dispatch(&src, &m->pkt, (void *)(long)ctx->data,
					 (void *)(long)ctx->data_end);
	packet_count_skipped(reason);
	return XDP_PASS;
}

/*
 * Headers may lie in the skb's fragments: then as many bytes as headers need are made linear, once.
 * A loop, as a second copy of the code would double what the verifier has to check.
 */
static __always_inline int tc_headers(struct __sk_buff *skb, struct packet *pkt, u32 dir,
				      u32 ethernet)
{
	int reason = REASON_PASS;

	for (u32 i = 0; i < 2; i++) {
		reason = headers_tc(skb, pkt, dir, ethernet);
		if (!reason_is_short(reason) || tc_can_read(skb, skb->len) ||
		    bpf_skb_pull_data(skb, skb->len < TC_HEADERS ? skb->len : TC_HEADERS))
			break;
	}
	return reason;
}

static __always_inline void tc_packet(struct __sk_buff *skb, u32 dir, u32 ethernet)
{
	const struct source src = {.ctx = skb, .kind = SOURCE_TC};
	struct msg_context *m = context_lookup();
	int reason;
	u32 need;

	if (!m)
		return;
	reason = tc_headers(skb, &m->pkt, dir, ethernet);
	need = m->pkt.at + HEAD_BYTES;
	if (!reason && m->pkt.key.proto == PROTO_UDP) {
		m->pkt.segment = skb->gso_size;
		/*
		 * a datagram's first bytes are read directly, too; those of a TCP segment seldom
		 * are, and then by a helper
		 */
		if (need <= skb->len)
			source_pull(&src, need);
	}
	if (!reason)
		reason = packet_dispatch(&src, &m->pkt, (void *)(long)skb->data,
					 (void *)(long)skb->data_end);
	packet_count_skipped(reason);
}

SEC("tc")
int tc_in(struct __sk_buff *skb)
{
	tc_packet(skb, DIR_IN, 1);
	return TC_ACT_UNSPEC;
}

SEC("tc")
int tc_out(struct __sk_buff *skb)
{
	tc_packet(skb, DIR_OUT, 1);
	return TC_ACT_UNSPEC;
}

SEC("tc")
int tc_in_l3(struct __sk_buff *skb)
{
	tc_packet(skb, DIR_IN, 0);
	return TC_ACT_UNSPEC;
}

SEC("tc")
int tc_out_l3(struct __sk_buff *skb)
{
	tc_packet(skb, DIR_OUT, 0);
	return TC_ACT_UNSPEC;
}

#ifndef WITHOUT_CONNTRACK
/*
 * Asks conntrack again for known entries: the packet is a batch of questions (struct
 * conntrack_batch) and not a packet. The daemon runs it by BPF_PROG_TEST_RUN; it is attached
 * nowhere.
 */
SEC("xdp")
int conntrack_look(struct xdp_md *ctx)
{
	struct conntrack_batch *batch = (void *)(long)ctx->data;
	u32 count;

	if ((void *)(batch + 1) > (void *)(long)ctx->data_end)
		return XDP_PASS;
	batch->ticks = bpf_jiffies64();
	count = batch->count;
	for (u32 i = 0; i < CONNTRACK_BATCH; i++) {
		if (i >= count)
			break;
		conntrack_look_at(ctx, i);
	}
	return XDP_PASS;
}
#endif

/*
 * Returns whether a packet is freed because it was dropped, and why. Kernels before 5.17 give no
 * reason and have no third argument. As they have no such type either, the verifier never sees it
 * read.
 */
static __always_inline bool is_drop(const u64 *args, u32 *reason)
{
	*reason = 0;
	if (!bpf_core_type_exists(enum skb_drop_reason))
		return true;
	*reason = args[2];
	if (*reason == SKB_NOT_DROPPED_YET)
		return false;
	return !bpf_core_enum_value_exists(enum skb_drop_reason, SKB_CONSUMED) ||
	       *reason != bpf_core_enum_value(enum skb_drop_reason, SKB_CONSUMED);
}

/* The arguments are skb, location and reason; later kernels have more. */
static __always_inline int drop_seen(const u64 *args, bool typed)
{
	struct sk_buff *skb = (void *)args[0];
	u32 zero = 0, reason;
	struct msg_context *m;

	if (!is_drop(args, &reason) || skb_netns(skb, typed) != config.netns)
		return 0;
	m = bpf_map_lookup_elem(&drop_scratch, &zero);
	if (!m || !skb_copy(m, skb, typed))
		return 0;
	m->now_ns = clock_ns();
	__builtin_memset(&m->server, 0, sizeof(m->server));
	m->event.drop.reason = reason;
	m->event.drop.location = args[1];
	skb_describe(&m->event.drop, skb, typed);
	drop_packet(m);
	return 0;
}

SEC("tp_btf/kfree_skb")
int drop(u64 *args)
{
	return drop_seen(args, true);
}

/* The same where the kernel has no types for the tracepoint. */
SEC("raw_tp/kfree_skb")
int drop_raw(u64 *args)
{
	return drop_seen(args, false);
}
