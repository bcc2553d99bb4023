/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The hosts that flows belong to: what is known of a machine besides its sessions. */
#ifndef P2PSCOPE_ENGINE_HOSTS_H
#define P2PSCOPE_ENGINE_HOSTS_H

#include <uthash.h>

#include "engine/drops.h"
#include "engine/icmp_errors.h"
#include "engine/nat/profile.h"
#include "engine/server_tries.h"
#include "p2pscope/event.h"

struct engine;
struct flow;
struct session_state;

/* A reflexive address that a STUN server reported for one of a host's sockets. */
struct reflexive {
	struct endpoint local, mapped;
};

#define HOST_REFLEXIVES 32

/* TCP to STUN and TURN servers that was reset before the server had said anything. */
struct reset_sum {
	u32 count;
	u8 ttl, ttl_before; /* of the reset; of what came from there before it, 0: nothing */
	struct endpoint from;
	u64 last_ns;
};

/* What few hosts meet while they gather. */
struct gather_trouble {
	struct icmp_sum prohibited; /* about STUN and TURN servers */
	/* the last refusal and grant of a permission or channel (RFC 8656 sections 9 and 12) */
	struct endpoint peer_server;
	u16 peer_error;
	u64 peer_error_ns, peer_granted_ns;
};

/* A machine on the LAN, or the observed host itself. */
struct host {
	struct addr ip;
	UT_hash_handle hh;
	struct reflexive *reflexive; /* HOST_REFLEXIVES at most: the newest overwrite the oldest */
	u32 nreflexive; /* ever */
	struct server_tries tries;
	u16 turn_error; /* the last final error of an allocation */
	u64 turn_error_ns, turn_granted_ns;
	struct gather_trouble *trouble; /* NULL: all of it is zero */
	struct endpoint turn_server; /* of the error */
	struct endpoint tls_server; /* of TURN over TLS, and the name that its client called it */
	char tls_name[TLS_NAME_KEPT + 1];
	u64 tls_media_ns; /* when packets last went through it as media does */
	struct reset_sum reset;
	/* packets to STUN and TURN servers that this gateway dropped */
	struct drop_sum gather_drop;
	struct session_state *gathering; /* the session that stands for a gathering that failed */
	u64 gathering_verdict_ns; /* when the last verdict on that was given */
	u64 tcp_ns; /* when its TCP was last known to be answered */
	u64 session_ns; /* when its newest session began */
	u64 last_ns;
	struct nat_profile profile;
	u8 known; /* somebody has answered it */
	u8 observed; /* its profile has changed since it was counted in the metrics */
	u8 counted, counted_mapping, counted_filtering; /* is it, and as what: enum behaviour */
	u8 troubled; /* its way to STUN and TURN servers was refused, dropped or reset */
	struct host *next_observed, *prev_observed;
	struct host *older, *newer; /* among those not known, the longest unheard of first */
	struct host *trouble_before, *trouble_after; /* among the troubled, the first one first */
};

/* Returns 0 or -ENOMEM. */
int hosts_begin(struct engine *e);
void hosts_free(struct engine *e);
/* Forgets hosts that have been silent for an hour. */
void hosts_expire(struct engine *e);

/* Returns the host of an address, made when it is new; NULL when memory is out. */
struct host *host_get(struct engine *e, const struct addr *ip);
/* Returns the host of an address, NULL when it is not known. */
struct host *host_find(const struct engine *e, const struct addr *ip);
/* Returns the host of a flow, made when it is new; NULL for a stray flow, or when memory is out. */
struct host *flow_host(struct engine *e, struct flow *f);
/* Returns how many hosts there are, and the one after `h`, the first for NULL. */
u32 hosts_count(const struct engine *e);
struct host *hosts_next(const struct engine *e, const struct host *h);

/* Notes what a server or a peer saw a socket of the host as. */
void host_reflexive(struct host *h, const struct endpoint *local, const struct endpoint *mapped);
/* Returns whether somebody saw that socket as that. */
bool host_is_reflexive(const struct host *h, const struct endpoint *local,
		       const struct endpoint *mapped);
/* Notes that somebody has answered it, so that no flood of made-up hosts pushes it out. */
void host_hold(struct engine *e, struct host *h);

/* Notes that its way to STUN and TURN servers is in trouble: its gathering may fail. */
void host_trouble(struct engine *e, struct host *h);
/* Returns what it met, all zero if nothing; the second makes it, or returns NULL without memory. */
const struct gather_trouble *gather_trouble(const struct host *h);
struct gather_trouble *gather_trouble_get(struct host *h);
/* Returns when a TURN server last let no peer of the host in; 0: never, or it let one in lately. */
u64 host_peers_refused_ns(const struct host *h);
/* Returns the host that was in trouble first, NULL when none is; `trouble_after` leads on. */
struct host *hosts_troubled(const struct engine *e);
/* Notes that its failed gathering, for which the host was kept, was forgotten. */
void host_gathering_over(struct engine *e, struct host *h);

/*
 * Returns the NAT profile, which is about to change, of the host with this address, which is made
 * when it is new; NULL when memory is out. This is the host_profile_fn of the engine.
 */
struct nat_profile *host_profile(void *engine, const struct addr *ip);
/* Counts in the metrics those hosts anew whose NAT profile has changed. */
void hosts_recount(struct engine *e);

#endif
