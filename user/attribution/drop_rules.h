/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The rules of a gateway that can drop a packet, whether they ever did or not. */
#ifndef P2PSCOPE_ATTRIBUTION_DROP_RULES_H
#define P2PSCOPE_ATTRIBUTION_DROP_RULES_H
#include "attribution/protocol.h"
#include "shadow/ruleset.h"

/*
 * Sends those of the namespace that the caller is in, each in an answer of its own, RULES_MAX at
 * most, and the end; the end alone when the ruleset is still of the generation that the question
 * knows. `files` are those of struct legacy_tables.
 */
int drop_rules_send(int socket, const struct helper_question *question, const int *files);

#endif
