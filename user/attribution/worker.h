/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The shadow worker: a process that is in a shadow, built of a network and a ruleset as they were
 * when it started.
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
	const struct netlink_batch *messages; /* the running ruleset, to be sent to the shadow */
	struct legacy_tables *legacy; /* beside the running ruleset */
	pid_t pid; /* 0: there is none */
	int socket;
};

/* Starts the worker and waits until its shadow is built. Returns 0 or -errno. */
int worker_start(struct shadow_worker *worker);
void worker_stop(struct shadow_worker *worker);

/*
 * Asks for the rule that dropped a packet, as replay_drop(). Returns 0, or -errno when the worker
 * does not answer.
 */
int worker_ask(const struct shadow_worker *worker, const struct dropped_packet *dropped,
	       const struct ct_entry *entry, bool burst, struct helper_answer *answer);

#endif
