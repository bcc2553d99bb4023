/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A test run repeats one packet. These programs make the next one of it (a sequence number, a
 * transaction id, an address) and hand it on by a tail call to the program that is measured. What
 * they cost themselves is seen where that one is empty.
 */
#include "kernel_types.h"

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "next.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

enum { BPF_MAP_TYPE_PROG_ARRAY = 3, XDP_ABORTED = 0 };

struct next_field fields[NEXT_FIELDS];
u32 chosen; /* of the programs */

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, NEXT_PROGRAMS);
	__type(key, u32);
	__type(value, u32);
} xdp_programs SEC(".maps"), tc_programs SEC(".maps");

/*
 * A linear congruential generator; of full period where its modulus is a power of ten (Hull and
 * Dobell).
 */
static __always_inline u32 next_flow(u32 address, u32 flows)
{
	return (address & 0xff000000) | (u32)(((address & 0xffffff) * 48721ull + 32749) % flows);
}

/*
 * Returns whether the fields behind this one change, too: where there are many flows, only after
 * each had its turn.
 */
static __always_inline bool next_field(u8 *at, const struct next_field *f)
{
	u32 *word = (u32 *)at;

	switch (f->change) {
	case NEXT_ADD16:
		*(u16 *)at = bpf_htons(bpf_ntohs(*(u16 *)at) + f->by);
		return true;
	case NEXT_ADD32:
		*word = bpf_htonl(bpf_ntohl(*word) + f->by);
		return true;
	case NEXT_RANDOM:
		*word = bpf_get_prandom_u32();
		return true;
	case NEXT_FLOW:
		*word = bpf_htonl(next_flow(bpf_ntohl(*word), f->by));
		return !(*word & bpf_htonl(0xffffff));
	}
	return false;
}

static __always_inline void next_packet(u8 *data, u8 *end)
{
	for (int i = 0; i < NEXT_FIELDS; i++) {
		u8 *at = data + (fields[i].at & 127);

		if (at + 4 > end || !next_field(at, &fields[i]))
			break;
	}
}

/* The programs return this when nobody got the packet; no other program does. */
SEC("xdp")
int next_xdp(struct xdp_md *ctx)
{
	next_packet((void *)(long)ctx->data, (void *)(long)ctx->data_end);
	bpf_tail_call(ctx, &xdp_programs, chosen);
	return XDP_ABORTED;
}

SEC("tc")
int next_tc(struct __sk_buff *skb)
{
	next_packet((void *)(long)skb->data, (void *)(long)skb->data_end);
	bpf_tail_call(skb, &tc_programs, chosen);
	return 0;
}
