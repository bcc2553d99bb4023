/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Firewall rules as jansson values. */
#ifndef P2PSCOPE_JSON_RULE_H
#define P2PSCOPE_JSON_RULE_H

#include <jansson.h>

#include "engine/view.h"

/* {"family", "table", "chain", "handle", "text"}; the handle of a chain's policy is 0. */
json_t *json_rule(const struct rule *rule);

/* The same, and what it did: "sessions_blocked", "sessions_degraded", "hosts", "first", "last". */
json_t *json_rule_view(const struct rule_view *view);

#endif
