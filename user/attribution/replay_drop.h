/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Finding the rule that drops a packet in a shadow. */
#ifndef P2PSCOPE_ATTRIBUTION_REPLAY_DROP_H
#define P2PSCOPE_ATTRIBUTION_REPLAY_DROP_H
#include "attribution/protocol.h"
#include "shadow/ct_entry.h"
#include "shadow/shadow.h"

/*
 * Sends the packet in, in each of the ways it may have come, until a rule drops it. `entry` is what
 * conntrack of the gateway has for it. The rule's handle and text are those of `running`, of which
 * the shadow has a copy. Says into `answer` which rule it is or why there is none.
 */
void replay_drop(struct shadow *shadow, const struct ruleset *running,
		 const struct dropped_packet *dropped, const struct ct_entry *entry,
		 struct helper_answer *answer);

#endif
