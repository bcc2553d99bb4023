/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The candidate pairs of a session, and what their addresses are: RFC 8445 section 5.1.1. */
#ifndef P2PSCOPE_ENGINE_PAIR_H
#define P2PSCOPE_ENGINE_PAIR_H

#include "engine/session.h"

/* Returns the pair of a flow, NULL when it has none. */
struct pair *session_pair(struct session_state *s, struct flow *f);
/*
 * Works out whether the pair works for the host: its own check was answered or, where it makes none
 * (ICE-lite, RFC 8445 section 2.5), the peer's.
 */
void pair_settle(struct pair *p);
/* Adds the flow's pair to the session, unless the flow is a stray or has a pair. */
void session_add_pair(struct session_state *s, struct flow *f);
/* Works out the addresses of a flow's pair anew: mapped address, relay, candidate types. */
void session_name_pair(struct engine *e, struct session_state *s, struct flow *f);

#endif
