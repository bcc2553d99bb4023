/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How long conntrack remembers a UDP flow on which nothing is sent. */
#ifndef P2PSCOPE_AUDIT_IDLE_H
#define P2PSCOPE_AUDIT_IDLE_H

#include "audit/conversation.h"
#include "audit/test_list.h"

/*
 * Measures the timeout of a flow on which both sides have just been heard: `conversation` has run
 * with `state`. Takes up to three seconds when a rule sets the timeout. Writes the seconds into
 * result->step, and makes the result blocked when they are fewer than 30. Returns 0 or -errno.
 */
int idle_measure(const struct shadow *shadow, const struct audit_path *path,
		 const struct audit_conversation *conversation, struct conversation_state *state,
		 struct test_result *result);

#endif
