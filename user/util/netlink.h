/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Requests to the kernel over netlink, one at a time, each with its answer, and the attributes of
 * such messages.
 */
#ifndef P2PSCOPE_UTIL_NETLINK_H
#define P2PSCOPE_UTIL_NETLINK_H

#include <libmnl/libmnl.h>

#include "p2pscope/types.h"

#define NETLINK_BYTES 32768 /* enough for each part of an answer */

/*
 * Opens a socket of a netlink family (NETLINK_ROUTE, NETLINK_NETFILTER) in the caller's network
 * namespace. Receiving times out after some seconds. Returns 0 or -errno.
 */
int netlink_open(struct mnl_socket **out, int family);
void netlink_close(struct mnl_socket *socket);

/*
 * Sends a request, which has NLM_F_ACK or NLM_F_DUMP set, and calls `fn`, which may be NULL, with
 * each message of the answer. Returns 0, the kernel's -errno, or -errno of the socket.
 */
int netlink_ask(struct mnl_socket *socket, struct nlmsghdr *request, mnl_cb_t fn, void *arg);

/* Requests a whole table of rtnetlink, such as RTM_GETLINK; otherwise as netlink_ask(). */
int netlink_dump(struct mnl_socket *socket, u16 type, u8 family, mnl_cb_t fn, void *arg);

/*
 * Begins a request to a subsystem of nfnetlink (NFNL_SUBSYS_…) in `buffer`, with NLM_F_ACK and
 * `flags`. Returns its header.
 */
struct nlmsghdr *netlink_filter_request(char *buffer, u8 subsystem, u8 message, u8 family,
					u16 flags);

/*
 * Store each attribute of a message after its `head` bytes, or of a nested attribute, in `found`
 * at the index of its type; the others of the `count` entries become NULL.
 */
void netlink_attributes(const struct nlmsghdr *message, size_t head, const struct nlattr **found,
			size_t count);
void netlink_nested(const struct nlattr *nest, const struct nlattr **found, size_t count);

/*
 * Add an address of 4 or 16 bytes to a request, or read one; the latter returns false for an
 * attribute of another length.
 */
void netlink_put_addr(struct nlmsghdr *request, u16 type, const struct addr *ip);
bool netlink_addr(const struct nlattr *attr, struct addr *ip);

#endif
