/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What conntrack reports: the entry of a flow that just left, and entries that were asked for again
 * (engine_conntrack_questions()).
 */
#ifndef P2PSCOPE_ENGINE_NAT_CONNTRACK_H
#define P2PSCOPE_ENGINE_NAT_CONNTRACK_H

#include <stdbool.h>

struct conntrack;
struct engine;
struct flow;

/*
 * Takes in the entry of a flow; `known` when the flow is in the main map, so that somebody has
 * answered. Returns whether it shows a mapping, so that the flow's mapped address may be another
 * one now.
 */
bool conntrack_learn(struct engine *e, struct flow *f, const struct conntrack *ct, bool known);

#endif
