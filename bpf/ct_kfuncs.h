/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel's connection tracking, by the kfuncs it offers to BPF
 * (net/netfilter/nf_conntrack_bpf.c, Linux 6.1). An object that names them does not load where they
 * are missing; p2pscope_plain.bpf.c is for those kernels.
 */
#ifndef P2PSCOPE_BPF_CT_KFUNCS_H
#define P2PSCOPE_BPF_CT_KFUNCS_H

#include "kernel_types.h"

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "map_ops.h"
#include "p2pscope/conntrack.h"
#include "verifier.h"

extern struct nf_conn *bpf_skb_ct_lookup(struct __sk_buff *skb, struct bpf_sock_tuple *tuple,
					 u32 tuple__sz, struct bpf_ct_opts *opts,
					 u32 opts__sz) __ksym;
extern struct nf_conn *bpf_xdp_ct_lookup(struct xdp_md *ctx, struct bpf_sock_tuple *tuple,
					 u32 tuple__sz, struct bpf_ct_opts *opts,
					 u32 opts__sz) __ksym;
extern void bpf_ct_release(struct nf_conn *ct) __ksym;

/*
 * Writes a question in the kernel's form. Returns its size, by which the kernel tells the family.
 */
static __always_inline u32 conntrack_tuple(struct bpf_sock_tuple *tuple, const struct conntrack *ct)
{
	const word32 *src = (const word32 *)ct->orig_src.ip.b,
		     *dst = (const word32 *)ct->orig_dst.ip.b;

	__builtin_memset(tuple, 0, sizeof(*tuple));
	if (addr_is_v4(&ct->orig_src.ip)) {
		tuple->ipv4.saddr = src[3];
		tuple->ipv4.daddr = dst[3];
		tuple->ipv4.sport = bpf_htons(ct->orig_src.port);
		tuple->ipv4.dport = bpf_htons(ct->orig_dst.port);
		return sizeof(tuple->ipv4);
	}
	for (u32 i = 0; i < 4; i++) {
		tuple->ipv6.saddr[i] = src[i];
		tuple->ipv6.daddr[i] = dst[i];
	}
	tuple->ipv6.sport = bpf_htons(ct->orig_src.port);
	tuple->ipv6.dport = bpf_htons(ct->orig_dst.port);
	return sizeof(tuple->ipv6);
}

/* Reads an endpoint in the kernel's form, all of it in network byte order. */
static __always_inline void conntrack_endpoint(struct endpoint *to, const union nf_inet_addr *ip,
					       __be16 port, bool v4)
{
	word32 *word = (word32 *)to->ip.b;

	word[0] = v4 ? 0 : ip->all[0];
	word[1] = v4 ? 0 : ip->all[1];
	word[2] = v4 ? bpf_htonl(0xffff) : ip->all[2];
	word[3] = v4 ? ip->all[0] : ip->all[3];
	to->port = bpf_ntohs(port);
}

/* Fills the answer in, if there is one, and releases the entry. Returns whether there is one. */
static __always_inline bool conntrack_take(struct conntrack *ct, struct nf_conn *entry)
{
	const struct nf_conntrack_tuple *orig, *reply;
	bool v4 = addr_is_v4(&ct->orig_src.ip);

	if (!entry)
		return false;
	orig = &entry->tuplehash[0].tuple;
	reply = &entry->tuplehash[1].tuple;
	conntrack_endpoint(&ct->orig_src, &orig->src.u3, orig->src.u.all, v4);
	conntrack_endpoint(&ct->orig_dst, &orig->dst.u3, orig->dst.u.all, v4);
	conntrack_endpoint(&ct->reply_src, &reply->src.u3, reply->src.u.all, v4);
	conntrack_endpoint(&ct->reply_dst, &reply->dst.u3, reply->dst.u.all, v4);
	ct->status = entry->status;
	ct->left = entry->timeout - (u32)bpf_jiffies64();
	bpf_ct_release(entry);
	return true;
}

/* A function of its own, so that the verifier checks it once. Returns whether there is an entry. */
__noinline int conntrack_lookup_tc(struct __sk_buff *skb, struct conntrack *ct)
{
	struct bpf_ct_opts opts = {.netns_id = BPF_F_CURRENT_NETNS};
	struct bpf_sock_tuple tuple;
	u32 size;

	if (!ct)
		return 0;
	opts.l4proto = ct->proto;
	size = conntrack_tuple(&tuple, ct);
	return conntrack_take(ct, bpf_skb_ct_lookup(skb, &tuple, size, &opts, sizeof(opts)));
}

/* See map_ops.h. */
static __always_inline bool conntrack_lookup(const struct source *src, struct conntrack *ct)
{
	return src->kind == SOURCE_TC && conntrack_lookup_tc(src->ctx, ct);
}

/* Answers one question of a batch, in its place. Returns 0. */
__noinline int conntrack_look_at(struct xdp_md *ctx, u32 index)
{
	struct conntrack_batch *batch = (void *)(long)ctx->data;
	struct bpf_ct_opts opts = {.netns_id = BPF_F_CURRENT_NETNS};
	struct bpf_sock_tuple tuple;
	struct conntrack *ct;
	u32 size;

	if (index >= CONNTRACK_BATCH)
		return 0;
	ct = &batch->entry[index];
	hide_value(ct); /* all that follows must use the pointer that is compared with the end */
	if ((void *)(ct + 1) > (void *)(long)ctx->data_end)
		return 0;
	opts.l4proto = ct->proto;
	size = conntrack_tuple(&tuple, ct);
	if (conntrack_take(ct, bpf_xdp_ct_lookup(ctx, &tuple, size, &opts, sizeof(opts))))
		ct->state = CONNTRACK_FOUND;
	else
		ct->state = CONNTRACK_NONE;
	return 0;
}

#endif
