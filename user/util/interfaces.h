/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The network interfaces of this namespace, read and watched through rtnetlink. */
#ifndef P2PSCOPE_UTIL_INTERFACES_H
#define P2PSCOPE_UTIL_INTERFACES_H

#include <net/if.h>
#include <stddef.h>

#include "p2pscope/types.h"

#define INTERFACE_ADDRESSES 8

struct interface {
	int index;
	char name[IF_NAMESIZE];
	bool loopback;
	bool l3; /* no link header: tun, ppp, wireguard */
	/*
	 * a physical card, neither a software device such as veth nor one of a hypervisor such as
	 * virtio
	 */
	bool pci;
	bool default_route; /* of IPv4 or IPv6, in any routing table */
	int vlan_of; /* of a VLAN, the index of the interface below it, else 0 */
	size_t naddresses; /* global addresses; those that do not fit into the array are left out */
	struct addr addresses[INTERFACE_ADDRESSES];
};

/* Reads all interfaces into an array, to be freed with free(). Returns 0 or -errno. */
int interfaces_read(struct interface **out, size_t *count);

/*
 * Returns a descriptor that becomes readable when a link, an address or a route changes, to be
 * closed with close(); or -errno.
 */
int interfaces_watch(void);

/*
 * Reads and discards the messages of that descriptor. Returns whether one of them matters to
 * interfaces_read(); most changes of routes do not.
 */
bool interfaces_drain(int fd);

#endif
