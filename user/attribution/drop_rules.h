/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The rules of a gateway that can drop packets, whether they ever did or not. */
#ifndef P2PSCOPE_ATTRIBUTION_DROP_RULES_H
#define P2PSCOPE_ATTRIBUTION_DROP_RULES_H

#include "attribution/protocol.h"
#include "shadow/ruleset.h"

/*
 * Answers QUESTION_RULES: sends the rules of the caller's network namespace that can drop, each in
 * an answer of its own, RULES_MAX at most, and then the end; only the end when the ruleset is still
 * of the generation in the question. `files` are those of struct legacy_tables. Returns 0, or
 * -EPIPE when the daemon is gone.
 */
int drop_rules_send(int socket, const struct helper_question *question, const int *files);

#endif
