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

#define STEPS_MOST 3 /* a step that comes so often in a row leads nowhere */

/*
 * 401 in answer to a request without credentials and 438 are steps of every allocation (RFC 8489
 * sections 9.2.4 and 9.2.5), and 300 names another server (section 10), but not for ever; any other
 * error is a refusal.
 */
static bool error_is_final(const struct flow *f, const struct event *event)
{
	u16 code = event->stun.error;

	if (code == 401)
		return flow_more(flow_inside((struct flow *)f))->alloc.with_credentials ||
		       f->more->alloc.with_credentials;
	if (code == 438 || code == 300)
		return f->more->alloc.steps >= STEPS_MOST;
	return code != 0;
}

static bool is_about_a_peer(u16 method)
{
	return method == STUN_CREATE_PERMISSION || method == STUN_CHANNEL_BIND;
}

/* What does not answer a request may be anybody's. */
static bool is_answer(const struct event *event)
{
	return event->stun.flags & STUN_F_MATCHED;
}

/*
 * The server lets no peer in. That counts where none was let in: a host asks for all its peers, and
 * servers refuse private ones (RFC 8656 section 21.4).
 */
static void peer_refused(struct engine *e, struct flow *f, const struct event *event)
{
	struct host *h = flow_host(e, f);
	struct gather_trouble *t = h && is_answer(event) ? gather_trouble_get(h) : NULL;

	if (!t)
		return;
	t->peer_error = event->stun.error;
	t->peer_error_ns = event->time_ns;
	t->peer_server = *flow_remote(f);
	host_trouble(e, h);
}

static void peer_granted(struct engine *e, struct flow *f, const struct event *event)
{
	struct host *h = flow_host(e, f);
	struct gather_trouble *t = h && is_answer(event) ? gather_trouble_get(h) : NULL;

	if (t)
		t->peer_granted_ns = event->time_ns;
}

static void turn_refused(struct engine *e, struct flow *f, const struct event *event)
{
	struct host *h = flow_host(e, f);

	if (f->more->alloc.steps < 255)
		f->more->alloc.steps++;
	if (h && is_answer(event))
		server_heard(&h->tries, flow_remote(f), f->key.proto);
	if (!error_is_final(f, event))
		return;
	f->more->alloc.error = event->stun.error;
	f->more->alloc.error_ns = event->time_ns;
	if (is_about_a_peer(event->stun.method))
		peer_refused(e, f, event);
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

static void allocation_asked(struct engine *e, struct flow *f, struct host *h,
			     const struct event *event)
{
	f->more->alloc.requests++;
	f->more->alloc.with_credentials = !!(event->stun.flags & STUN_F_INTEGRITY);
	if (!f->more->alloc.first_ns)
		f->more->alloc.first_ns = event->time_ns;
	if (h)
		server_asked(&h->tries, flow_remote(f), f->key.proto, TRY_RELAY,
			     flow_asks_again(f, event), event->time_ns);
	if (h && flow_asks_again(f, event))
		host_trouble(e, h);
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
			allocation_asked(e, f, h, event);
		break;
	case STUN_SUCCESS:
		turn_server_add(e, &flow_remote(f)->ip);
		f->more->alloc.steps = 0;
		if (is_about_a_peer(event->stun.method))
			peer_granted(e, f, event);
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
