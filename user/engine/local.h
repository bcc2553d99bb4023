/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Local addresses and the flows of each. */
#ifndef P2PSCOPE_ENGINE_LOCAL_H
#define P2PSCOPE_ENGINE_LOCAL_H

#include "engine/flow.h"

struct engine;

/* Returns 0 or -ENOMEM. */
int locals_begin(struct engine *e);
/* Frees the table; no flow may be in it any more. */
void locals_free(struct engine *e);

/* Adds a new flow to its local address. Returns false when memory is out. */
bool local_join(struct engine *e, struct flow *f);
/* Removes a flow that is about to be deleted. */
void local_leave(struct engine *e, struct flow *f);

/* Returns the oldest flow of a local address, NULL when it has none; `after` leads to the others. */
struct flow *local_flows(const struct engine *e, const struct addr *local);

#endif
