/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The table of flows: found by key, by the socket that asked, and forgotten when silent. */
#ifndef P2PSCOPE_ENGINE_FLOWS_H
#define P2PSCOPE_ENGINE_FLOWS_H

#include "engine/flow.h"

struct engine;
struct event;

/* Returns 0 or -ENOMEM. */
int flows_begin(struct engine *e);
/* Frees all flows, none of which may belong to a session any more. */
void flows_free(struct engine *e);
/* Forgets flows without a session that have been silent for too long. */
void flows_expire(struct engine *e);

/*
 * Returns the flow of an event, made when it is new; NULL when the interface is not known or memory
 * is out.
 */
struct flow *flow_of_event(struct engine *e, const struct event *event);

/* Returns the flow with this key, NULL when there is none. */
struct flow *flow_find(const struct engine *e, const struct flow_key *key);

/*
 * Prefetch hints, which affect speed only. flows_fetch() is for a lookup of this key to come: its
 * bucket, and, once that is in the cache, the first flow in it.
 */
void flows_fetch(const struct engine *e, const struct flow_key *key, bool bucket_is_there);

/* Notes that an answer shows that the host has asked on this flow. */
void flow_asked(struct engine *e, struct flow *f);
/*
 * Returns the newest flow on that side, enum side, on which the host has asked from this local
 * endpoint; NULL when there is none.
 */
struct flow *flow_find_asker(const struct engine *e, u8 side, const struct endpoint *local);
/* Returns the next older one with the same local endpoint, NULL after the last. */
struct flow *flow_next_asker(const struct engine *e, const struct flow *f);

/* Notes that the flow was heard of again. */
void flow_touch(struct engine *e, struct flow *f);
/* Ties the flow to a session; it must have none. */
void flow_tie(struct engine *e, struct flow *f, struct session_state *s);
/* Unties the flow from its session. */
void flow_loosen(struct engine *e, struct flow *f);

/*
 * Returns the flow without a session that was heard of longest ago, NULL when there is none;
 * `newer` leads to the others.
 */
struct flow *flows_loose(const struct engine *e);

#endif
