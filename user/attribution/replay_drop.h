/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Finding the rule that dropped a packet by replaying it in a shadow. */
#ifndef P2PSCOPE_ATTRIBUTION_REPLAY_DROP_H
#define P2PSCOPE_ATTRIBUTION_REPLAY_DROP_H

#include "attribution/protocol.h"
#include "shadow/ct_entry.h"
#include "shadow/shadow.h"

/*
 * Sends the packet into the shadow, in each way in which it may have come, until a rule drops it.
 * `entry` is the gateway's conntrack entry of it. Writes into `answer` the rule, with the handle
 * and text that it has in `running`, the ruleset that the shadow is a copy of, or why there is
 * none. With `burst`, a packet that passes is sent again and again, until a rule that limits the
 * rate drops it.
 */
void replay_drop(struct shadow *shadow, const struct ruleset *running,
		 const struct dropped_packet *dropped, const struct ct_entry *entry, bool burst,
		 struct helper_answer *answer);

#endif
