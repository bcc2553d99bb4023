/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the end of a conversation says about a need. */
#ifndef P2PSCOPE_AUDIT_RESULT_H
#define P2PSCOPE_AUDIT_RESULT_H
#include "audit/conversation.h"

/* Fills the finding; `listed` is the ruleset that the shadow has a copy of. */
void result_make(const struct shadow *shadow, const struct ruleset *listed,
		 const struct conversation_end *end, struct test_result *result);

/* The same result for all needs of a way. */
void results_fill(struct test_result *results, u8 result, const char *why);

#endif
