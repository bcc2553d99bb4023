/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The shadow: a network namespace without a name, with the interfaces, addresses, routes and
 * sysctls of a gateway and its ruleset, into which a packet is sent for the kernel to say which
 * rule judges it. The other ends of its interfaces lie in a second such namespace, the outside,
 * which has no rules. Both end with the process that built them.
 */
#ifndef P2PSCOPE_SHADOW_SHADOW_H
#define P2PSCOPE_SHADOW_SHADOW_H
#include "shadow/network.h"
#include "shadow/ruleset.h"

struct shadow {
	const struct network *network;
	/* as the shadow has it: with handles of its own, and with what traces */
	struct ruleset ruleset;
	struct mnl_socket *trace, *conntrack;
	int frames; /* sends and receives outside, on any interface */
	int own[2]; /* sends packets of the machine itself: IPv4, IPv6; -1: it has none */
	u32 mark; /* that packets get when they come in */
};

/*
 * Goes into a new network namespace, for good; into a user namespace as well where the process has
 * no CAP_SYS_ADMIN. -EPERM when neither is allowed.
 */
int shadow_enter(void);

/*
 * Builds the shadow, which the process then is in, as yet without a ruleset: that is for the caller
 * to load. `network` must stay.
 */
int shadow_build(struct shadow *shadow, const struct network *network);

/* Makes it ready for packets, behind the ruleset. -errno. */
int shadow_watch(struct shadow *shadow);
void shadow_free(struct shadow *shadow);

/* Lets packets that come in have this mark from the beginning. -errno. */
int shadow_set_mark(struct shadow *shadow, u32 mark);

#endif
