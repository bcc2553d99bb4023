/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The shadow: an unnamed network namespace with a gateway's interfaces, addresses, routes, sysctls
 * and ruleset, into which packets are sent so that the kernel's trace says which rule decides on
 * them. The other ends of its interfaces lie in a second namespace, the outside, which has no
 * rules. Both namespaces end with the process that built them.
 *
 * shadow/ is a library for two programs' processes: the attribution helper and its worker
 * (attribution/), and the process of `p2pscope audit` (audit/). The daemon itself runs none of it
 * but process.h, which starts the helper.
 */
#ifndef P2PSCOPE_SHADOW_SHADOW_H
#define P2PSCOPE_SHADOW_SHADOW_H

#include "shadow/network.h"
#include "shadow/ruleset.h"

struct shadow {
	const struct network *network;
	struct ruleset ruleset; /* of the shadow: with its own handles and the chains that trace */
	struct mnl_socket *trace, *conntrack;
	int frames; /* packet socket outside: sends and receives on any interface */
	int own[2]; /* raw sockets for the gateway's own packets, IPv4 and IPv6; -1: none */
	u32 mark; /* that incoming packets get */
};

/*
 * Moves the process into a new network namespace for good, and without CAP_SYS_ADMIN into a new
 * user namespace too. Returns 0, -EPERM when neither is allowed, or another -errno.
 */
int shadow_enter(void);

/*
 * Builds the shadow of `network`, which must outlive it, and moves the process into it. Its ruleset
 * is empty: the caller loads one. Returns 0 or -errno; shadow_free() is due in either case.
 */
int shadow_build(struct shadow *shadow, const struct network *network);

/*
 * Makes the shadow ready for packets once its ruleset is loaded: adds the chains that switch the
 * trace on, reads the ruleset back and opens the sockets. Returns 0 or -errno.
 */
int shadow_watch(struct shadow *shadow);
void shadow_free(struct shadow *shadow);

/* Sets the mark that incoming packets have before any rule sees them. Returns 0 or -errno. */
int shadow_set_mark(struct shadow *shadow, u32 mark);

#endif
