/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Profiles: what is observed of the NATs on a host's path (RFC 4787), as counts. Nothing here knows
 * where an observation comes from (behaviour.c, upstream.c), or what the counts amount to
 * (behaviour_summary.c).
 */
#ifndef P2PSCOPE_ENGINE_NAT_PROFILE_H
#define P2PSCOPE_ENGINE_NAT_PROFILE_H

#include "p2pscope/types.h"

/* How many observations answer a question with yes, and how many with no. */
struct observed {
	u32 yes, no;
};

/*
 * Observations of one NAT. Sections are those of RFC 4787. A pair is two remotes that one inside
 * endpoint uses at the same time.
 */
struct nat_observations {
	struct observed translated;
	/* mapping, section 4.1: does a pair see one outside endpoint? */
	struct observed same_by_address; /* pairs of two addresses */
	struct observed same_by_port; /* pairs of one address and two ports */
	/* filtering, section 5: is such a packet let in? */
	struct observed open_to_address; /* from an address that the mapping never sent to */
	struct observed open_to_port; /* from another port of an address that it did send to */
	struct observed port_kept; /* section 4.2.1 */
	struct observed parity_kept; /* section 4.2.2 */
	struct observed pool_paired; /* section 4.1: have a host's mappings one outside address? */
	struct observed hairpinned; /* section 6 */
	/* mapping refresh, section 4.3: silence that mappings outlived, and that ended them */
	u32 lifetimes;
	u32 at_least_s, at_most_s; /* seconds, 0: not observed */
};

/* The two NATs that can be told apart from here. */
enum nat_place { NAT_GATEWAY, NAT_UPSTREAM, NAT_PLACES };

/* What is observed of the NATs on the path of one host, or of all hosts of an address family. */
struct nat_profile {
	struct nat_observations observations[NAT_PLACES];
	/* outside address of a host's newest mapping, for pooling; all zero: there is none */
	struct addr last_outside[NAT_PLACES];
	u8 outside_private; /* the gateway's own outside address is of RFC 1918 or RFC 4193 */
	u8 outside_shared; /* it is of RFC 6598 */
};

/*
 * Returns the profile of the host with this inside address, which is made when it is new, and notes
 * that the profile is about to change; NULL when memory is out.
 */
typedef struct nat_profile *(*host_profile_fn)(void *arg, const struct addr *inside);

struct nat_profiles {
	struct nat_profile all[2]; /* of all hosts together: [0] IPv4, [1] IPv6 */
	host_profile_fn of_host;
	void *arg; /* of of_host() */
	bool has_lan; /* this machine has packets of other hosts to send on */
};

/* The profiles that an observation counts for: the host's first, then that of all hosts. */
struct profile_set {
	struct nat_profile *of[2];
	u32 count;
};

/*
 * Returns the profiles that an observation at this inside address counts for. `own`: it was made at
 * packets of this machine itself; where there is a LAN, too, that says nothing of what the machine
 * does to the packets of others.
 */
struct profile_set nat_profiles_of(struct nat_profiles *profiles, const struct addr *inside,
				   bool own);

/* Counts one more observation. Of many the newest weigh most, as a NAT's rules may change. */
void nat_observe(struct observed *observed, bool yes);

/* Counts that the remotes `a` and `b` saw one outside endpoint (`same`), or two: section 4.1. */
void nat_observe_pair(struct nat_observations *o, const struct endpoint *a,
		      const struct endpoint *b, bool same);

/* Counts that a mapping outlived (`kept`), or did not outlive, a silence: section 4.3. */
void nat_observe_lifetime(struct nat_observations *o, u64 silence_ns, bool kept);

/* Counts port, parity and pooling of a new mapping: sections 4.2.1, 4.2.2 and 4.1. */
void nat_observe_ports(const struct profile_set *profiles, enum nat_place place,
		       const struct endpoint *inside, const struct endpoint *outside);

/* Returns whether nothing has been observed. */
bool nat_profile_is_empty(const struct nat_profile *profile);

#endif
