/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is observed of the NATs on a host's way, and what the observations amount to (RFC 4787). */
#ifndef P2PSCOPE_ENGINE_NAT_PROFILE_H
#define P2PSCOPE_ENGINE_NAT_PROFILE_H

#include "engine/nat/nat_view.h"

/* How many observations speak for something, and how many against it. */
enum { FOR, AGAINST, VOTES };

/*
 * Observations of one NAT; they add up. A pair is two remotes of one inside endpoint, at the same
 * time.
 */
struct nat_observations {
	u32 translated[VOTES];
	/* pairs with two addresses: do they see one outside endpoint? */
	u32 same_by_address[VOTES];
	u32 same_by_port[VOTES]; /* pairs with one address and two ports */
	u32 open_to_address[VOTES]; /* packets from an address that was never sent to: let in? */
	u32 open_to_port[VOTES]; /* from a port that was never sent to, of an address that was */
	u32 port_kept[VOTES], parity_kept[VOTES];
	u32 pool_paired[VOTES]; /* mappings of one host: one outside address? */
	u32 hairpinned[VOTES]; /* packets to an outside endpoint of this very NAT */
	u32 lifetimes, at_least_s, at_most_s;
};

/* The two NATs that can be told apart from here. */
enum nat_place { NAT_GATEWAY, NAT_UPSTREAM, NAT_PLACES };

struct nat_profile {
	struct nat_observations observations[NAT_PLACES];
	/* of a host's newest mapping, for pooling; all zero when there is none */
	struct addr last_outside[NAT_PLACES];
	/* our own outside address is of RFC 1918 or RFC 4193, of RFC 6598 */
	u8 outside_private, outside_shared;
};

/* Works out what the observations amount to. */
void behaviour_view(const struct nat_profile *profile, struct nat_view *view);
/* Returns whether nothing was observed at all. */
bool nat_profile_is_empty(const struct nat_profile *profile);

#endif
