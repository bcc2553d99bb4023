/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the end of a conversation says about its test. */
#ifndef P2PSCOPE_AUDIT_RESULT_H
#define P2PSCOPE_AUDIT_RESULT_H

#include "audit/conversation.h"
#include "audit/test_list.h"

/* Fills the result. Rules get the handle and text that they have in `listed`, not the shadow's. */
void result_make(const struct shadow *shadow, const struct ruleset *listed,
		 const struct conversation_end *end, struct test_result *result);

/* Fills the results of all TEST_COUNT tests of a path alike. */
void results_fill(struct test_result *results, u8 kind, const char *why);

#endif
