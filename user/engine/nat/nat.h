/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * All that the engine keeps of NATs: the mappings, what they show of the NATs' behaviour (RFC 4787)
 * and the kernel's table of connections. What is in struct nat is nat_state.h's.
 */
#ifndef P2PSCOPE_ENGINE_NAT_NAT_H
#define P2PSCOPE_ENGINE_NAT_NAT_H

#include "engine/nat/profile.h"

struct nat;

/* What forwards the packets of a 5-tuple in place of the kernel's usual path. */
enum offload { OFFLOAD_NONE, OFFLOAD_FLOWTABLE, OFFLOAD_HARDWARE };

enum mapping_change_kind {
	/*
	 * The translation is another one from now on, or was removed before its time. Timeouts of
	 * what is no longer used are not reported.
	 */
	MAPPING_WENT,
	/* Something else forwards its packets. Reported again and again while it does. */
	MAPPING_OFFLOADED,
};

/* What becomes of a 5-tuple of the inside. */
struct mapping_change {
	u8 kind; /* enum mapping_change_kind */
	u8 proto;
	u8 by; /* enum mapping_end: how it went */
	u8 offload; /* enum offload */
	struct endpoint inside, remote; /* as the inside addresses them */
	struct endpoint outside; /* of one that went: what the inside was until then */
	u64 at_ns; /* when that was found out */
};

typedef void (*mapping_change_fn)(void *arg, const struct mapping_change *change);

/*
 * `of_host` finds the profile of a host, for an inside address; `changed` is told what becomes of
 * mappings. `arg` is passed to both. Returns NULL when memory is out.
 */
struct nat *nat_new(host_profile_fn of_host, mapping_change_fn changed, void *arg);
/* Frees `nat`, which may be NULL. */
void nat_free(struct nat *nat);

/* Notes that this machine has packets of other hosts to send on. */
void nat_has_lan(struct nat *nat);
/* Ends mappings that have been silent for too long, and forgets what ended long ago. */
void nat_expire(struct nat *nat, u64 now_ns);

/*
 * Returns the outside endpoint that an inside endpoint has toward a remote (as the inside addresses
 * it), NULL when no mapping of it is known.
 */
const struct endpoint *nat_outside_of(const struct nat *nat, u8 proto,
				      const struct endpoint *inside, const struct endpoint *remote);
/* A host that scans has a mapping for each of its packets: no more of them are looked at. */
#define NAT_OUTSIDES_MAX 256

/*
 * Returns how many outside endpoints an inside endpoint has, for different remotes;
 * NAT_OUTSIDES_MAX at most.
 */
u32 nat_outside_count(const struct nat *nat, u8 proto, const struct endpoint *inside);
/* Returns the profile of all hosts of the family of this address. */
const struct nat_profile *nat_profile_of_all(const struct nat *nat, const struct addr *ip);

#endif
