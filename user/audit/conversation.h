/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Holding a whole conversation through a shadow. */
#ifndef P2PSCOPE_AUDIT_CONVERSATION_H
#define P2PSCOPE_AUDIT_CONVERSATION_H

#include "audit/conversations.h"
#include "audit/exchange.h"
#include "audit/path.h"

/* The last step sent and what became of it: PACKET_PASSED when every step has passed. */
struct conversation_end {
	const struct conversation_step *step;
	struct hop hop;
	struct passage passage;
};

/*
 * Sends the steps of a conversation on `path` until one does not arrive. `state` is all zero for
 * the first call; a further call with the same state continues the flow, with its mapping and its
 * sequence numbers. Fills `end`. Returns 0, or -errno when the shadow fails.
 */
int conversation_run(const struct shadow *shadow, const struct audit_path *path,
		     const struct audit_conversation *conversation,
		     struct conversation_state *state, struct conversation_end *end);

#endif
