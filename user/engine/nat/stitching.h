/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Stitching: a STUN transaction id is unique (RFC 8489 section 5), so the same one at a second
 * point is the same packet, and its two 5-tuples are the two sides of one mapping. A packet that
 * came in from outside and shows at no second point was kept out.
 */
#ifndef P2PSCOPE_ENGINE_NAT_STITCHING_H
#define P2PSCOPE_ENGINE_NAT_STITCHING_H

struct engine;
struct event;
struct flow;
struct nat;

/*
 * Takes in a STUN message on the flow `f`. If it was seen at another point before, the two flows
 * become twins, and the mapping between them is learned. Returns the flow of the first point then,
 * else NULL.
 */
struct flow *stitching_event(struct engine *e, struct flow *f, const struct event *event);
/*
 * Makes twins of two flows that are known to be the two sides of a mapping, and learns it: `event`
 * is a packet that came in on `seen` and left on `f`.
 */
void stitching_join(struct engine *e, struct flow *seen, struct flow *f, const struct event *event);
/* Forgets messages that have not shown at a second point: they were kept out. */
void stitchings_expire(struct engine *e);
void stitchings_free(struct nat *nat);

#endif
