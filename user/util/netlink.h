/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Requests to the kernel over netlink, one at a time, each with its answer; and what such messages
 * hold.
 */
#ifndef P2PSCOPE_UTIL_NETLINK_H
#define P2PSCOPE_UTIL_NETLINK_H

#include <libmnl/libmnl.h>

#include "p2pscope/types.h"

#define NETLINK_BYTES 32768 /* no part of an answer is longer */

/*
 * Opens a socket to a netlink family in the namespace that the caller is in; its waits end after
 * some seconds. -errno.
 */
int netlink_open(struct mnl_socket **out, int family);
void netlink_close(struct mnl_socket *socket);

/*
 * Sends a request, with NLM_F_ACK or NLM_F_DUMP, and hands each message of the answer to `fn`,
 * which may be NULL. The kernel's own -errno, else one of this side.
 */
int netlink_ask(struct mnl_socket *socket, struct nlmsghdr *request, mnl_cb_t fn, void *arg);

/* Asks for a whole list of rtnetlink's. */
int netlink_dump(struct mnl_socket *socket, u16 type, u8 family, mnl_cb_t fn, void *arg);

/* Begins a request to netfilter, with NLM_F_ACK and `flags`. */
struct nlmsghdr *netlink_filter_request(char *buffer, u8 subsystem, u8 message, u8 family,
					u16 flags);

/*
 * Puts each attribute of a message, or of a nest, at the place of its type; those of `count` that
 * are not there become NULL.
 */
void netlink_attributes(const struct nlmsghdr *message, size_t head, const struct nlattr **found,
			size_t count);
void netlink_nested(const struct nlattr *nest, const struct nlattr **found, size_t count);

/* Adds an address, of 4 or 16 bytes; reads one. Gives false for what is of another length. */
void netlink_put_addr(struct nlmsghdr *request, u16 type, const struct addr *ip);
bool netlink_addr(const struct nlattr *attr, struct addr *ip);

#endif
