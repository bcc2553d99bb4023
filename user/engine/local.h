/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Local addresses: how many flows each has, and what became of the STUN that it sent outside. */
#ifndef P2PSCOPE_ENGINE_LOCAL_H
#define P2PSCOPE_ENGINE_LOCAL_H

#include "engine/flow.h"
#include "util/time.h"

struct engine;

/* A gathering belongs to the sessions of the same host that begin within this time of it. */
#define VERDICT_WINDOW_NS (60 * NS_PER_S)

/*
 * An address outside to which a host has sent STUN. Each time is that of the last packet of such
 * flows, 0: there is none.
 */
struct asked_remote {
	struct addr ip;
	u64 asked_ns; /* over UDP, in vain */
	u64 server_ns; /* the same, without an ICE user name */
	u64 tcp_ns; /* over TCP, and it has answered */
};

#define REMOTES_ASKED 16

/*
 * Those of one local address. They are allocated for one that waits for an answer over UDP, and
 * freed when it comes.
 */
struct asked_remotes {
	u64 newest_ns; /* of all times in here */
	u64 port_ns; /* of flows during which other UDP from their port was answered */
	u16 port; /* the remote port of the last of those flows */
	u16 count;
	u32 zero;
	struct asked_remote remote[]; /* in the order in which they came; a new one replaces one */
};

/* A local address that has flows. */
struct local_addr {
	struct hash_link link;
	struct addr ip;
	/* the last packet of UDP flows on which STUN was asked outside, and answered */
	u64 answered_ns;
	struct asked_remotes *asked; /* NULL: none that is newer than that answer */
	u32 nflows;
};

/* Returns 0 or -ENOMEM. */
int locals_begin(struct engine *e);
/* Frees the table; no flow may be in it any more. */
void locals_free(struct engine *e);

/* Counts a new flow at its local address. Returns false when memory is out. */
bool local_join(struct engine *e, const struct flow *f);
/* Removes a flow that is about to be deleted. */
void local_leave(struct engine *e, const struct flow *f);

/* Returns what is known of a local address, NULL when it has no flow. */
const struct local_addr *local_find(const struct engine *e, const struct addr *ip);
/* Sums up what a flow shows; to be called after each event and sample of it. */
void local_heard(struct engine *e, struct flow *f);

#endif
