/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Netlink messages that ask for what was told by others: what a kernel has, to be made again in
 * another namespace.
 */
#ifndef P2PSCOPE_SHADOW_NETLINK_BATCH_H
#define P2PSCOPE_SHADOW_NETLINK_BATCH_H
#include <libmnl/libmnl.h>
#include <stddef.h>

#include "p2pscope/types.h"

#define ATTR_BIT(type) (1ull << (type))

/* One behind the other. */
struct netlink_batch {
	char *bytes;
	size_t length, room;
};

/*
 * Begins a request for what `told` says: its type, the `head` bytes behind the netlink header, and
 * the attributes whose KEPT() bit is set. Some more can be put; netlink_batch_end() adds it to the
 * list. NULL with errno when there is no room.
 */
struct nlmsghdr *netlink_batch_begin(struct netlink_batch *batch, const struct nlmsghdr *told,
				     size_t head, u64 kept);
void netlink_batch_end(struct netlink_batch *batch, const struct nlmsghdr *request);

/* Clears bits of an attribute that is a number in network order. */
void netlink_batch_clear_bits(struct nlmsghdr *request, size_t head, u16 type, u32 bits);

/* Gives the first request, or the one behind another; NULL at the end. */
struct nlmsghdr *netlink_batch_next(const struct netlink_batch *batch,
				    const struct nlmsghdr *request);

void netlink_batch_free(struct netlink_batch *batch);

#endif
