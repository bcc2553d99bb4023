/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What surrounds a ruleset on a gateway: interfaces, addresses, routes, policy rules, and the
 * sysctls that decide where packets go. It is read in one namespace and made again in another, with
 * the same names and interface numbers. All functions work in the caller's network namespace.
 */
#ifndef P2PSCOPE_SHADOW_NETWORK_H
#define P2PSCOPE_SHADOW_NETWORK_H

#include <net/if.h>

#include "shadow/netlink_batch.h"

struct net_link {
	int index;
	char name[IF_NAMESIZE];
	u8 mac[6]; /* made up for a tunnel, which has none */
	u8 loopback, up;
	u32 group;
	u32 mtu;
};

struct sysctl_value {
	char path[96]; /* whole, from /proc on */
	char value[16];
};

struct network {
	struct net_link *links;
	size_t nlinks;
	struct netlink_batch addresses, routes, rules;
	struct sysctl_value *sysctls;
	size_t nsysctls;
	/* interfaces keep their MTU; else packets of any size pass, such as reassembled ones */
	bool own_mtu;
};

/* Reads the network. Returns 0, -E2BIG when it is larger than a shadow's may be, or -errno. */
int network_read(struct network *network);
void network_free(struct network *network);

/* Returns the interface of that number, or NULL. */
const struct net_link *network_link(const struct network *network, u32 index);

/*
 * Makes the network. Each interface becomes a veth whose other end, with the same name and number,
 * lies in the namespace `outside` (a descriptor); `there` is a socket to rtnetlink in that
 * namespace. Interfaces do no ARP or neighbour discovery, so packets are forwarded although nobody
 * answers. Waits until packets pass, some seconds at most. Returns 0 or -errno.
 */
int network_make(const struct network *network, int outside, struct mnl_socket *there);

/*
 * Read the sysctls of network->links, or write those that differ. Sysctls that a kernel lacks are
 * left out. Return 0 or -errno.
 */
int sysctls_read(struct network *network);
int sysctls_write(const struct network *network);

/* Reads the first line of a sysctl, named by its whole path. Returns 0 or -errno. */
int sysctl_read(const char *path, char *value, size_t size);

#endif
