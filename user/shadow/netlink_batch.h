/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Netlink requests that create what a kernel has reported: read in one namespace, sent in another.
 */
#ifndef P2PSCOPE_SHADOW_NETLINK_BATCH_H
#define P2PSCOPE_SHADOW_NETLINK_BATCH_H

#include <libmnl/libmnl.h>
#include <stddef.h>

#include "p2pscope/types.h"

#define ATTR_BIT(type) (1ull << (type))

/* Messages, one after the other. */
struct netlink_batch {
	char *bytes;
	size_t length, room;
};

/*
 * Begins a request that repeats `message`: its type, the `head` bytes after the netlink
 * header, and the attributes whose ATTR_BIT() is set in `kept`. The caller may append some 200
 * bytes of attributes; netlink_batch_end() adds the request to the batch. Returns NULL with errno
 * ENOMEM or E2BIG when there is no room. The pointer is valid until the next call.
 */
struct nlmsghdr *netlink_batch_begin(struct netlink_batch *batch, const struct nlmsghdr *message,
				     size_t head, u64 kept);
void netlink_batch_end(struct netlink_batch *batch, const struct nlmsghdr *request);

/* Clears bits of an attribute that is a 32-bit number in network byte order. */
void netlink_batch_clear_bits(struct nlmsghdr *request, size_t head, u16 type, u32 bits);

/* Returns the request after another, with NULL the first one; NULL at the end. */
struct nlmsghdr *netlink_batch_next(const struct netlink_batch *batch,
				    const struct nlmsghdr *request);

void netlink_batch_free(struct netlink_batch *batch);

#endif
