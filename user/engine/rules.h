/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The rules that hurt sessions, as the shadow ruleset names them. */
#ifndef P2PSCOPE_ENGINE_RULES_H
#define P2PSCOPE_ENGINE_RULES_H

#include "p2pscope/types.h"

struct engine;
struct engine_view;
struct session_state;

/* Returns 0 or -ENOMEM. */
int rules_begin(struct engine *e);
void rules_free(struct engine *e);

/*
 * Names the rule behind the drops that the session's being blocked or degraded, or its outlook,
 * rests on.
 */
void rule_name(struct engine *e, struct session_state *s);
/* Copies the rules for outputs. Returns false when memory is out. */
bool rules_copy(const struct engine *e, struct engine_view *view);

#endif
