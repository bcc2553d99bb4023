/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "engine/flow.h"
#include "engine/hosts.h"
#include "engine/metrics.h"
#include "engine/nat/mapping.h"
#include "engine/state.h"
#include "engine/turn.h"
#include "engine/turn_servers.h"
#include "util/address.h"

static void turn_granted(struct engine *e, struct flow *f, const struct event *event)
{
	struct host *h = flow_host(e, f);

	f->more->alloc.relayed = event->stun.relayed;
	f->more->alloc.mapped = event->stun.mapped;
	f->more->alloc.granted_ns = event->time_ns;
	turn_server_add(e, &event->stun.relayed.ip);
	if (!h)
		return;
	h->turn_granted_ns = event->time_ns;
	server_replied(&h->tries, flow_remote(f), f->key.proto, TRY_RELAY, TRY_ANSWERED,
		       event->time_ns);
	if (endpoint_known(&event->stun.mapped))
		host_reflexive(h, flow_local(flow_inside(f)), &event->stun.mapped);
}

/*
 * 401 in answer to a request without credentials and 438 are steps of every allocation (RFC 8489
 * section 9.2.4), and 300 only names another server; any other error is a refusal.
 */
static bool error_is_final(const struct flow *f, const struct event *event)
{
	u16 code = event->stun.error;

	if (code == 401)
		return flow_more(flow_inside((struct flow *)f))->alloc.with_credentials ||
		       f->more->alloc.with_credentials;
	return code != 438 && code != 300 && code != 0;
}

static void turn_refused(struct engine *e, struct flow *f, const struct event *event)
{
	struct host *h = flow_host(e, f);

	if (!error_is_final(f, event))
		return;
	f->more->alloc.error = event->stun.error;
	f->more->alloc.error_ns = event->time_ns;
	if (!h || event->stun.method != STUN_ALLOCATE)
		return;
	h->turn_error = event->stun.error;
	h->turn_error_ns = event->time_ns;
	h->turn_server = *flow_remote(f);
	server_replied(&h->tries, flow_remote(f), f->key.proto, TRY_RELAY, TRY_LOST,
		       event->time_ns);
	host_trouble(e, h);
}

static void turn_closed(struct engine *e, struct flow *f)
{
	f->more->alloc.closed = 1;
	nat_mapping_closing(e->nat, f, MAPPING_TURN_CLOSE);
}

static void allocation_asked(struct flow *f, struct host *h, const struct event *event)
{
	f->more->alloc.requests++;
	f->more->alloc.with_credentials = !!(event->stun.flags & STUN_F_INTEGRITY);
	if (!f->more->alloc.first_ns)
		f->more->alloc.first_ns = event->time_ns;
	if (h)
		server_asked(&h->tries, flow_remote(f), f->key.proto, TRY_RELAY, event->time_ns);
}

void turn_event(struct engine *e, struct flow *f, const struct event *event)
{
	struct host *h = flow_host(e, f);

	f->gathers = 1;
	if (!flow_more_get(f))
		return;
	switch (event->stun.cls) {
	case STUN_REQUEST:
		f->more->alloc.peers |= event->stun.method == STUN_CREATE_PERMISSION ||
					event->stun.method == STUN_CHANNEL_BIND;
		if (event->stun.method == STUN_ALLOCATE)
			allocation_asked(f, h, event);
		break;
	case STUN_SUCCESS:
		turn_server_add(e, &flow_remote(f)->ip);
		if (event->stun.method == STUN_ALLOCATE)
			turn_granted(e, f, event);
		if (event->stun.method == STUN_REFRESH && (event->stun.flags & STUN_F_LIFETIME) &&
		    event->stun.lifetime == 0)
			turn_closed(e, f);
		break;
	case STUN_ERROR:
		turn_server_add(e, &flow_remote(f)->ip);
		turn_refused(e, f, event);
		break;
	}
	/* An answer seen at both sides of the gateway counts once: where it reached the host. */
	if (event->stun.cls >= STUN_SUCCESS && (f->side == SIDE_LAN || !e->has_lan))
		metrics_turn(e, event->stun.method,
			     event->stun.cls == STUN_ERROR ? event->stun.error : 0);
}
