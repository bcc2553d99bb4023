/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What changes of NAT mappings mean for the flows that they translate. */
#ifndef P2PSCOPE_ENGINE_MAPPING_CHANGE_H
#define P2PSCOPE_ENGINE_MAPPING_CHANGE_H

#include "engine/nat/nat.h"

struct engine;
struct event;
struct flow;
struct session_state;

/*
 * Takes in a change for `engine`, a struct engine: the flows of the mapping keep what they have
 * lost, and their sessions are reviewed soon.
 */
void mapping_changed(void *engine, const struct mapping_change *change);

/*
 * Returns a path of the session whose packets a flowtable or hardware forwards, when of one
 * direction at least none has passed here since; NULL when there is none.
 */
const struct flow *session_offloaded_flow(const struct session_state *s);
/* Returns whether there is one: then it proves nothing that packets are not seen. */
bool session_is_offloaded(const struct session_state *s);

/*
 * Takes in that a check of the session's host, `event`, left the WAN on the flow `wan`. Once a
 * session works, its checks are not reported one by one at the LAN, so stitching misses those that
 * leave through another mapping: the ufrags and the remote endpoint tell which path they are of.
 */
void mapping_moved_check(struct engine *e, const struct session_state *s, struct flow *wan,
			 const struct event *event);

#endif
