/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A whole conversation through a shadow. */
#ifndef P2PSCOPE_AUDIT_CONVERSATION_H
#define P2PSCOPE_AUDIT_CONVERSATION_H
#include "audit/audit.h"
#include "audit/conversations.h"
#include "audit/exchange.h"

/* What was said last, and what became of it: PACKET_PASSED when all has been said. */
struct conversation_end {
	const struct conversation_step *step;
	struct hop hop;
	struct passage passage;
};

/*
 * Holds it until a packet does not come out where it should. `talk`, of zeros, is begun with the
 * first call; the same conversation can go on with another. -errno when the shadow fails.
 */
int conversation_run(const struct shadow *shadow, const struct audit_path *path,
		     const struct audit_conversation *conversation,
		     struct conversation_state *state, struct conversation_end *end);

#endif
