/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is read of a socket buffer that the kernel drops. A typed tracepoint lets its program follow
 * the kernel's pointers; in a raw one each step is a bpf_probe_read_kernel(), which costs more.
 * `typed` is a constant in each program, so only one of the two remains.
 */
#ifndef P2PSCOPE_BPF_SKB_H
#define P2PSCOPE_BPF_SKB_H

#include "kernel_types.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "context.h"
#include "p2pscope/link.h"
#include "p2pscope/loop.h"
#include "verifier.h"

#define skb_read(typed, from, field) ((typed) ? (from)->field : BPF_CORE_READ(from, field))

#define MAC_HEADER_UNSET 0xffff /* skb_mac_header_was_set() of linux/skbuff.h */

/*
 * Returns the inode number of the network namespace that an skb is in, 0 when it has neither device
 * nor socket.
 */
static __always_inline u32 skb_netns(struct sk_buff *skb, bool typed)
{
	struct net_device *dev = skb_read(typed, skb, dev);
	struct net *net;
	struct sock *sk;

	if (dev) {
		net = skb_read(typed, dev, nd_net.net);
	} else {
		sk = skb_read(typed, skb, sk);
		if (!sk)
			return 0;
		net = skb_read(typed, sk, __sk_common.skc_net.net);
	}
	return skb_read(typed, net, ns.inum);
}

/*
 * Returns the offset of the network header from skb->head. On a packet that has just come in it is
 * not set yet, or is left over from another namespace's way out; both lie before the link header,
 * and `data` is then after that (eth_type_trans()). Later it is set, and `data` may be before or
 * after it.
 */
static __always_inline u32 skb_network_at(struct sk_buff *skb, const u8 *head, bool typed)
{
	u32 network = skb_read(typed, skb, network_header), mac = skb_read(typed, skb, mac_header);

	if (!network || (mac != MAC_HEADER_UNSET && network < mac))
		return skb_read(typed, skb, data) - head;
	return network;
}

/*
 * Returns the offset of the IP header from skb->head. A VLAN tag that the device has not taken off,
 * and the inner one of two, stand before it until __netif_receive_skb_core() or a VLAN device has
 * taken them off: then the type before the network header is a tag's. On the way out `protocol` may
 * say so too, when the tag is before it already (__vlan_insert_tag()).
 */
static __always_inline u32 skb_ip_at(struct sk_buff *skb, const u8 *head, bool typed)
{
	u32 at = skb_network_at(skb, head, typed);
	u16 type;

	if (!link_is_tag(__builtin_bswap16(skb_read(typed, skb, protocol))))
		return at;
	loop_unrolled for (u32 i = 0; i < LINK_TAGS; i++)
	{
		if (bpf_probe_read_kernel(&type, sizeof(type), head + at - 2) ||
		    !link_is_tag(__builtin_bswap16(type)))
			break;
		at += 4;
	}
	return at;
}

/*
 * Copies a packet from its IP header on, as far as it is linear, at most DROP_KEPT bytes. Returns
 * false when there is nothing.
 */
static __always_inline bool skb_copy(struct msg_context *m, struct sk_buff *skb, bool typed)
{
	const u8 *head = skb_read(typed, skb, head);
	u32 from = skb_ip_at(skb, head, typed), end = skb_read(typed, skb, tail), have = end - from;

	if (end <= from)
		return false;
	if (have > DROP_KEPT)
		have = DROP_KEPT;
	hide_value(have);
	m->have = have & (MESSAGE_KEPT - 1);
	return !bpf_probe_read_kernel(m->data.b, have & (MESSAGE_KEPT - 1), head + from);
}

/* Fills what the event says of the packet besides its bytes. */
static __always_inline void skb_describe(struct drop_info *info, struct sk_buff *skb, bool typed)
{
	struct net_device *dev = skb_read(typed, skb, dev);

	info->came_in = skb_read(typed, skb, skb_iif);
	info->device = dev ? skb_read(typed, dev, ifindex) : 0;
	info->mark = skb_read(typed, skb, mark);
}

#endif
