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
	 * a card of this machine: neither made of software, as veth, nor by a hypervisor, as virtio
	 */
	bool pci;
	bool default_route; /* IPv4 or IPv6, in any routing table */
	int vlan_of; /* index of the interface below a VLAN, else 0 */
	size_t naddresses; /* global ones; what is beyond the array is left out */
	struct addr addresses[INTERFACE_ADDRESSES];
};

/* Reads all interfaces into a list to be freed with free(). -errno. */
int interfaces_read(struct interface **out, size_t *count);

/*
 * Opens a descriptor that becomes readable when a link, an address or a default route changes.
 * -errno.
 */
int interfaces_watch(void);

/*
 * Reads away what the descriptor has to say. Gives whether it mattered: most route changes do not.
 */
bool interfaces_drain(int fd);

#endif
