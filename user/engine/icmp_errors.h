/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* ICMP errors about packets of sessions: RFC 792, RFC 4443. */
#ifndef P2PSCOPE_ENGINE_ICMP_ERRORS_H
#define P2PSCOPE_ENGINE_ICMP_ERRORS_H

#include "p2pscope/types.h"

struct engine;
struct event;
struct flow;

/* ICMP errors of one kind. */
struct icmp_sum {
	u32 count;
	u8 type, code, v6;
	struct addr sender;
	struct endpoint to; /* the destination that was refused */
	u32 mtu; /* of "too big" */
	u64 first_ns, last_ns;
};

/* Those that came back for a session. */
struct icmp_sums {
	struct icmp_sum prohibited, unreachable, too_big;
	struct icmp_sum port; /* port unreachable, by the peer itself */
};

/* A machine that has answered "port unreachable" to sessions that worked. */
struct closed_peer {
	struct addr ip;
	u32 count; /* errors, none of which came long after the one before; 0: none */
	u64 last_ns;
};

/* Returns 0 or -ENOMEM. */
int icmp_errors_begin(struct engine *e);
void icmp_errors_free(struct engine *e);

void icmp_event(struct engine *e, struct flow *f, const struct event *event);

/*
 * Returns what a peer's machine has answered to anybody here lately: a kernel sends fewer errors
 * than it has reason to (net.ipv4.icmp_ratelimit). `count` is 0 when it has not.
 */
struct closed_peer peer_closed(const struct engine *e, const struct addr *peer);

#endif
