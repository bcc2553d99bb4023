/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How long conntrack remembers a flow on which nothing is sent. */
#ifndef P2PSCOPE_AUDIT_IDLE_H
#define P2PSCOPE_AUDIT_IDLE_H
#include "audit/conversation.h"

/* For a conversation both of whose sides have just been heard: says it into `finding`. -errno. */
int idle_measure(const struct shadow *shadow, const struct audit_path *path,
		 const struct audit_conversation *conversation, struct conversation_state *state,
		 struct test_result *result);

#endif
