/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A process with a shadow of its own, built from a network and a ruleset as they were when it
 * began.
 */
#ifndef P2PSCOPE_ATTRIBUTION_WORKER_H
#define P2PSCOPE_ATTRIBUTION_WORKER_H
#include <sys/types.h>

#include "attribution/protocol.h"
#include "shadow/ct_entry.h"
#include "shadow/iptables_legacy.h"
#include "shadow/network.h"
#include "shadow/ruleset.h"

struct copy {
	const struct network *network;
	const struct ruleset *running;
	const struct netlink_batch *messages; /* that make it again */
	struct legacy_tables *legacy; /* what there is beside it */
	pid_t pid; /* 0: there is none */
	int socket;
};

/* Starts it and waits until the shadow is built. -errno of that. */
int copy_start(struct copy *copy);
void copy_end(struct copy *copy);

/* Asks it for the rule that drops a packet. -errno when it does not answer. */
int copy_ask(const struct copy *copy, const struct dropped_packet *dropped,
	     const struct ct_entry *entry, struct answer *answer);

#endif
