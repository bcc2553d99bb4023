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

#define KEPT(type) (1ull << (type))

/* One behind the other. */
struct requests {
	char *bytes;
	size_t length, room;
};

/*
 * Begins a request for what `told` says: its type, the `head` bytes behind the netlink header, and
 * the attributes whose KEPT() bit is set. Some more can be put; requests_finish() adds it to the
 * list. NULL with errno when there is no room.
 */
struct nlmsghdr *requests_repeat(struct requests *requests, const struct nlmsghdr *told,
				 size_t head, u64 kept);
void requests_finish(struct requests *requests, const struct nlmsghdr *request);

/* Clears bits of an attribute that is a number in network order. */
void requests_clear(struct nlmsghdr *request, size_t head, u16 type, u32 bits);

/* Gives the first request, or the one behind another; NULL at the end. */
struct nlmsghdr *requests_next(const struct requests *requests, const struct nlmsghdr *request);

void requests_free(struct requests *requests);

#endif
