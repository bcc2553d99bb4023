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

struct shadow_worker {
	const struct network *network;
	const struct ruleset *running;
	const struct netlink_batch *messages; /* that make it again */
	struct legacy_tables *legacy; /* what there is beside it */
	pid_t pid; /* 0: there is none */
	int socket;
};

/* Starts it and waits until the shadow is built. -errno of that. */
int worker_start(struct shadow_worker *worker);
void worker_stop(struct shadow_worker *worker);

/* Asks it for the rule that drops a packet. -errno when it does not answer. */
int worker_ask(const struct shadow_worker *worker, const struct dropped_packet *dropped,
	       const struct ct_entry *entry, struct helper_answer *answer);

#endif
