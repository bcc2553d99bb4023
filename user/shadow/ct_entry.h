/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The conntrack entry of a dropped packet, read in the gateway's namespace and written into the
 * shadow: rules may match its state and mark, and the packet must be translated as it was.
 *
 * A packet is described by orig_src, orig_dst and proto of a struct conntrack. `socket` is one to
 * NETLINK_NETFILTER, in whose namespace a function works (ctnetlink, nf_conntrack_netlink.c).
 */
#ifndef P2PSCOPE_SHADOW_CT_ENTRY_H
#define P2PSCOPE_SHADOW_CT_ENTRY_H

#include <libmnl/libmnl.h>

#include "p2pscope/conntrack.h"

struct ct_entry {
	struct conntrack conntrack; /* without state CONNTRACK_FOUND there is none; `left` in s */
	u32 mark;
	u8 tcp_state; /* enum tcp_conntrack */
	u8 zero[3];
};

/* Reads the entry with that packet's tuple. Returns 0, also when there is none, or -errno. */
int ct_entry_read(struct mnl_socket *socket, const struct conntrack *packet,
		  struct ct_entry *entry);

/*
 * The same for a packet that may have been translated already: it then has no tuple of its entry,
 * but mirrors one.
 */
int ct_entry_find(struct mnl_socket *socket, const struct conntrack *packet,
		  struct ct_entry *entry);

/* Writes into `as` how a packet of the entry looked when it reached the gateway. */
void ct_entry_arrival(const struct ct_entry *entry, const struct conntrack *packet,
		      struct conntrack *as);

/* Creates the entry. Returns 0 or -errno. */
int ct_entry_write(struct mnl_socket *socket, const struct ct_entry *entry);

/* Deletes all entries. Returns 0 or -errno. */
int ct_entries_flush(struct mnl_socket *socket);

#endif
