/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The addresses of which it is known that a TURN server lies there. */
#ifndef P2PSCOPE_ENGINE_TURN_SERVERS_H
#define P2PSCOPE_ENGINE_TURN_SERVERS_H

#include "p2pscope/types.h"

struct engine;

struct flow;

/* Returns whether a TURN server of either side carries a flow, as far as is known now. */
bool flow_is_relayed(const struct engine *e, const struct flow *f);
bool turn_is_server(const struct engine *e, const struct addr *ip);
void turn_server_add(struct engine *e, const struct addr *ip);
void turn_servers_free(struct engine *e);

#endif
