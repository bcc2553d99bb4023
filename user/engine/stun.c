/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "engine/flows.h"
#include "engine/gateway_info.h"
#include "engine/hosts.h"
#include "engine/ice.h"
#include "engine/nat/stitching.h"
#include "engine/nat/upstream.h"
#include "engine/session.h"
#include "engine/state.h"
#include "engine/stun.h"
#include "engine/turn.h"

/*
 * A request that leaves the WAN from the gateway's own address without having come in anywhere is
 * the gateway's own: one that was forwarded has just been stitched to its other side.
 */
static bool is_gateways_own(const struct engine *e, const struct flow *f, const struct event *event)
{
	return f->side == SIDE_WAN && !f->twin && event->dir == DIR_OUT &&
	       event->stun.cls == STUN_REQUEST && event->count == 1 &&
	       addr_is_outside(e, &flow_local(f)->ip);
}

/*
 * Takes in what an answer shows besides its matter: that there is such a host, and what the other
 * end sees of its address.
 */
static void stun_answered(struct engine *e, struct flow *f, const struct event *event)
{
	struct host *h = flow_host(e, f);

	f->answered = 1;
	if (engine_heading(f->side, event->dir) == INBOUND)
		flow_asked(e, f);
	if (h)
		host_hold(e, h);
	if (h && f->key.proto == PROTO_TCP)
		h->tcp_ns = event->time_ns;
	if (event->stun.cls == STUN_SUCCESS && engine_heading(f->side, event->dir) == INBOUND)
		upstream_report(e->nat, f, &event->stun.mapped, e->now);
}

/* Takes in what else of the host was answered while its request was not. */
static void stun_others_answered(struct engine *e, struct flow *f, const struct event *event)
{
	struct host *h = flow_host(e, f);

	if (engine_heading(f->side, event->dir) != OUTBOUND || flow_inside(f) != f)
		return;
	if (h && event->stun.flags & STUN_F_TCP_ANSWERED)
		h->tcp_ns = event->time_ns;
	if (event->stun.flags & STUN_F_PORT_ANSWERED)
		f->port_answered = 1;
}

/*
 * Returns whether it is a peer's answer whose request was never seen. Those of a STUN server have
 * no credentials (RFC 8489 section 9); those of a peer do, and so do a TURN server's about a peer.
 */
static bool is_unasked(const struct stun_info *stun)
{
	return stun->cls == STUN_SUCCESS && !(stun->flags & STUN_F_MATCHED) &&
	       stun->flags & STUN_F_INTEGRITY &&
	       (stun->method == STUN_BINDING || stun->method == STUN_CHANNEL_BIND ||
		stun->method == STUN_CREATE_PERMISSION);
}

static void stun_unasked(struct engine *e, struct flow *f, enum heading heading)
{
	f->leg[heading].unasked = 1;
	if (heading == INBOUND)
		flow_asked(e, f);
}

void stun_event(struct engine *e, struct flow *f, const struct event *event)
{
	struct flow *first = stitching_event(e, f, event);
	u8 method = event->stun.method & 0xff;

	if (first)
		session_stitch(e, first, f);
	f->own |= is_gateways_own(e, f, event);
	if (is_unasked(&event->stun))
		stun_unasked(e, f, engine_heading(f->side, event->dir));
	if (event->stun.flags & STUN_F_MATCHED)
		stun_answered(e, f, event);
	if (event->stun.flags & (STUN_F_TCP_ANSWERED | STUN_F_PORT_ANSWERED))
		stun_others_answered(e, f, event);
	if (event->stun.method == STUN_BINDING || event->stun.method == STUN_GOOG_PING)
		ice_event(e, f, event);
	else if (method >= STUN_ALLOCATE && method <= STUN_CONNECTION_ATTEMPT)
		turn_event(e, f, event);
}
