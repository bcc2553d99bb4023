/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The conntrack entry of a dropped packet, read in the gateway's namespace and made again in the
 * shadow: rules may ask for its state and its mark, and the packet is to be translated as it was.
 */
#ifndef P2PSCOPE_SHADOW_CT_ENTRY_H
#define P2PSCOPE_SHADOW_CT_ENTRY_H
#include <libmnl/libmnl.h>

#include "p2pscope/conntrack.h"

struct ct_entry {
	struct conntrack conntrack; /* state CONNTRACK_FOUND, or there is none; `left` in seconds */
	u32 mark;
	u8 tcp_state; /* enum tcp_conntrack */
	u8 zero[3];
};

/*
 * Looks for the entry that a packet belongs to. `packet` has its source, destination and protocol
 * in orig_src, orig_dst and proto. 0 also when there is none.
 */
int ct_entry_read(struct mnl_socket *socket, const struct conntrack *packet,
		  struct ct_entry *entry);

/*
 * The same for a packet that may have been translated: it mirrors a tuple of its entry then instead
 * of being one.
 */
int ct_entry_find(struct mnl_socket *socket, const struct conntrack *packet,
		  struct ct_entry *entry);

/* Says how a packet that belongs to it, described as for ct_entry_read(), looked when it came in. */
void ct_entry_arrival(const struct ct_entry *entry, const struct conntrack *packet,
		      struct conntrack *as);

/* Makes it where `socket` lies. -errno. */
int ct_entry_write(struct mnl_socket *socket, const struct ct_entry *entry);

/* Forgets all entries where `socket` lies. -errno. */
int ct_entries_flush(struct mnl_socket *socket);

#endif
