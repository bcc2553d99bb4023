/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What mappings and packets show of the gateway's own NAT, without a packet of ours: RFC 4787
 * sections 4 to 6.
 */
#ifndef P2PSCOPE_ENGINE_NAT_BEHAVIOUR_H
#define P2PSCOPE_ENGINE_NAT_BEHAVIOUR_H

#include "engine/nat/profile.h"
#include "engine/nat/table.h"

struct flow;

/* What a packet from outside says of filtering (section 5), whether it is let in or not. */
enum filter_test {
	FILTER_NONE, /* nothing: the mapping has sent to where it comes from */
	FILTER_ADDRESS, /* the mapping has never sent to its address */
	FILTER_PORT, /* the mapping has sent to its address, but to other ports */
};

/*
 * Takes in a new remote: how its mapping compares with the others of the same inside endpoint and
 * host (sections 4.1, 4.2). `first`: its mapping is new, too.
 */
void behaviour_remote(struct nat_profiles *profiles, const struct nat_table *table,
		      const struct nat_remote *r, bool first);

/* Returns what a packet that comes in on this WAN flow would say. */
enum filter_test behaviour_filter_test(const struct nat_table *table, const struct flow *wan);
/* Such a packet was let in (`open`), or kept out. */
void behaviour_filtering(struct nat_profiles *profiles, const struct nat_table *table,
			 struct flow *wan, enum filter_test test, bool open);

/*
 * A packet from this inside address to an outside endpoint of the same NAT was hairpinned (section
 * 6), or was not.
 */
void behaviour_hairpinning(struct nat_profiles *profiles, const struct addr *inside,
			   bool hairpinned);

/* The inside address kept a mapping, or lost it, over so much silence (section 4.3). */
void behaviour_lifetime(struct nat_profiles *profiles, const struct addr *inside,
			enum nat_place place, u64 silence_ns, bool kept);

#endif
