/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <stdlib.h>

#include "engine/drops.h"
#include "engine/flows.h"
#include "engine/mapping_change.h"
#include "engine/nat/nat.h"
#include "engine/nat/stitching.h"
#include "engine/session.h"
#include "engine/session_schedule.h"
#include "engine/state.h"
#include "util/time.h"

/* Returns whether the flow, or what carries it through TURN, goes to this remote endpoint. */
static bool flow_leads_to(const struct flow *f, u8 proto, const struct endpoint *remote)
{
	const struct endpoint *to = f->key.relayed ? &flow_more(f)->server : flow_remote(f);

	return f->key.proto == proto && endpoint_equal(to, remote);
}

static void flow_loses_mapping(struct engine *e, struct flow *f,
			       const struct mapping_change *change)
{
	struct flow_more *more = flow_more_get(f);

	if (more && !more->lost)
		more->lost = calloc(1, sizeof(*more->lost));
	if (!more || !more->lost)
		return;
	*more->lost = (struct mapping_loss){.inside = change->inside,
					    .remote = change->remote,
					    .outside = change->outside,
					    .by = change->by,
					    .at_ns = change->at_ns};
	if (f->session)
		session_review_soon(e, f->session);
}

static void flow_is_forwarded_by(struct engine *e, struct flow *f,
				 const struct mapping_change *change)
{
	if (flow_more(f)->offload == change->offload || !flow_more_get(f))
		return;
	f->more->offload = change->offload;
	f->more->offload_ns = change->at_ns;
	if (f->session)
		session_review_soon(e, f->session);
}

static void flow_mapping_changed(struct engine *e, struct flow *f,
				 const struct mapping_change *change)
{
	if (change->kind == MAPPING_OFFLOADED)
		flow_is_forwarded_by(e, f, change);
	else
		flow_loses_mapping(e, f, change);
}

/* The host is found by its own socket or, where the WAN alone is watched, by the outside one. */
void mapping_changed(void *engine, const struct mapping_change *change)
{
	struct engine *e = engine;
	struct flow *f = flow_find_asker(e, SIDE_LAN, &change->inside);

	if (!f)
		f = flow_find_asker(e, SIDE_WAN, &change->outside);
	for (; f; f = flow_next_asker(e, f))
		if (flow_leads_to(f, change->proto, &change->remote))
			flow_mapping_changed(e, f, change);
}

/* Packets that were on their way, and the time between a packet and when conntrack was asked. */
#define ON_THE_WAY_NS (1 * NS_PER_S)

/* Returns whether this kernel has dropped packets of the session since then. */
static bool dropped_since(const struct session_state *s, u64 since_ns)
{
	for (int kind = 0; kind < BLOCKED_KINDS; kind++)
		if (drops_of(s->drops, kind)->last_ns > since_ns)
			return true;
	return false;
}

/*
 * Packets that a flowtable forwards in software pass the hooks of interfaces, those that hardware
 * forwards do not, maybe of one direction only: what was seen since then tells.
 */
const struct flow *session_offloaded_flow(const struct session_state *s)
{
	u64 out = session_heading_ns(s, OUTBOUND), in = session_heading_ns(s, INBOUND),
	    last = out < in ? out : in;

	for (struct flow *f = s->flows; f; f = f->next) {
		u64 since = flow_more(f)->offload_ns + ON_THE_WAY_NS;

		if (flow_more(f)->offload && flow_inside(f) == f && last < since &&
		    !dropped_since(s, since))
			return f;
	}
	return NULL;
}

bool session_is_offloaded(const struct session_state *s)
{
	return session_offloaded_flow(s);
}

/* Returns the only answered path of the session that leads there, NULL when there are several. */
static struct flow *answered_path(const struct session_state *s, const struct flow *wan)
{
	struct flow *path = NULL;

	for (struct flow *f = s->flows; f; f = f->next) {
		if (f->side != SIDE_LAN || f->key.relayed || !f->leg[INBOUND].success_ns ||
		    !flow_leads_to(f, wan->key.proto, flow_remote(wan)))
			continue;
		if (path)
			return NULL;
		path = f;
	}
	return path;
}

/* Returns whether conntrack has told that this path leaves by that flow now. */
static bool has_moved_to(const struct engine *e, const struct flow *lan, const struct flow *wan)
{
	const struct mapping_loss *lost = flow_more(lan)->lost;
	const struct endpoint *outside =
		lost ? nat_outside_of(e->nat, lan->key.proto, &lost->inside, &lost->remote) : NULL;

	return outside && endpoint_equal(outside, flow_local(wan));
}

void mapping_moved_check(struct engine *e, const struct session_state *s, struct flow *wan,
			 const struct event *event)
{
	struct flow *lan;

	if (wan->side != SIDE_WAN || wan->twin || wan->key.relayed || wan->own)
		return;
	lan = answered_path(s, wan);
	/* the first check of another socket may show at the LAN a little later */
	if (lan && (event->count >= 2 || has_moved_to(e, lan, wan)))
		stitching_join(e, lan, wan, event);
}
