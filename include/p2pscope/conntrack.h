/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the kernel's connection tracking knows of a flow: one entry, as `conntrack -L` shows it.
 * Both tuples show a packet as it comes in: `orig` as who began sends it, `reply` as its answer is
 * sent. Where no address is translated they mirror each other. Else reply_dst differs from orig_src
 * (the source is translated, as by masquerade), or reply_src from orig_dst (the destination is, as
 * by a port forward), or both (hairpin).
 */
#ifndef P2PSCOPE_CONNTRACK_H
#define P2PSCOPE_CONNTRACK_H

#include "types.h"

enum conntrack_state {
	CONNTRACK_NOT_ASKED,
	CONNTRACK_NONE, /* asked: there is no entry, or no conntrack */
	CONNTRACK_FOUND,
};

/*
 * The bits of `status` that are looked at: enum ip_conntrack_status of
 * include/uapi/linux/netfilter/nf_conntrack_common.h.
 */
enum conntrack_status {
	CONNTRACK_SEEN_REPLY = 1 << 1,
	CONNTRACK_ASSURED = 1 << 2, /* not evicted when the table is full */
	/* its packets are forwarded by a flowtable (nf_flow_table_core.c), by hardware */
	CONNTRACK_OFFLOAD = 1 << 14,
	CONNTRACK_HW_OFFLOAD = 1 << 15,
};

struct conntrack {
	struct endpoint orig_src, orig_dst;
	struct endpoint reply_src, reply_dst;
	u32 status; /* the kernel's bits */
	s32 left; /* kernel ticks (jiffies) until it expires if no packet comes */
	u8 proto; /* PROTO_UDP or PROTO_TCP */
	u8 state; /* enum conntrack_state */
	u16 zero;
};
P2PSCOPE_SIZE(struct conntrack, 92);

/*
 * Questions to the `conntrack_look` program, and its answers in their place. A question is an entry
 * whose orig_src, orig_dst and proto are filled in: a packet as it would come in, of either
 * direction. An answer has state CONNTRACK_FOUND and all fields as the kernel has them, or
 * CONNTRACK_NONE and the question unchanged.
 */
#define CONNTRACK_BATCH 32

struct conntrack_batch {
	u64 ticks; /* the kernel's clock (jiffies) when it was asked */
	u32 count; /* questions, at most CONNTRACK_BATCH */
	u32 zero;
	struct conntrack entry[CONNTRACK_BATCH];
};
P2PSCOPE_SIZE(struct conntrack_batch, 2960);

#endif
