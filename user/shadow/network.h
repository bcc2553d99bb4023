/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What surrounds a ruleset on a gateway: its interfaces, addresses, routes and policy rules, and
 * the sysctls that decide on a packet's way. Read in one namespace, made again in another with the
 * same names and interface numbers.
 */
#ifndef P2PSCOPE_SHADOW_NETWORK_H
#define P2PSCOPE_SHADOW_NETWORK_H
#include <net/if.h>

#include "shadow/netlink_batch.h"

struct net_link {
	int index;
	char name[IF_NAMESIZE];
	u8 mac[6]; /* of a tunnel, which has none, one that is made up */
	u8 loopback, up;
	u32 group;
	u32 mtu;
};

struct sysctl_value {
	char path[96];
	char value[16];
};

struct network {
	struct net_link *links;
	size_t nlinks;
	struct netlink_batch addresses, routes, rules;
	struct sysctl_value *sysctls;
	size_t nsysctls;
	bool own_mtu; /* else packets of any size pass, as those that were put together do */
};

/* Reads those of the namespace that the caller is in. -E2BIG: more than a shadow is made for. */
int network_read(struct network *network);
void network_free(struct network *network);

const struct net_link *network_link(const struct network *network, u32 index);

/*
 * Makes them in the namespace that the caller is in. Each interface becomes a veth whose other end
 * lies in the namespace `outside`, under the same name and number; `there` is a socket to rtnetlink
 * in that one. Nobody has to answer for packets to be forwarded: addresses of the link layer are
 * not asked for.
 */
int network_make(const struct network *network, int outside, struct mnl_socket *there);

/* Reads or writes the sysctls; those that a kernel has not are left out. */
int sysctls_read(struct network *network);
int sysctls_write(const struct network *network);

/* Reads a sysctl, by its whole path, of the namespace that the caller is in, as a line. -errno. */
int sysctl_read(const char *path, char *value, size_t size);

#endif
