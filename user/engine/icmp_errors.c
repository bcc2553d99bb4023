/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/flow.h"
#include "engine/hosts.h"
#include "engine/icmp_errors.h"
#include "engine/metrics.h"
#include "engine/session.h"
#include "engine/session_evidence.h"
#include "engine/state.h"
#include "util/address.h"
#include "util/time.h"

#define CLOSED_KEPT 16

struct closed_peers {
	struct closed_peer of[CLOSED_KEPT]; /* the newest */
};

int icmp_errors_begin(struct engine *e)
{
	e->closed_peers = calloc(1, sizeof(*e->closed_peers));
	return e->closed_peers ? 0 : -ENOMEM;
}

void icmp_errors_free(struct engine *e)
{
	free(e->closed_peers);
}

static void icmp_sum_add(struct icmp_sum *sum, const struct flow *f, const struct event *event)
{
	const struct icmp_info *i = &event->icmp;

	if (!sum->count) {
		sum->type = i->type;
		sum->code = i->code;
		sum->v6 = i->v6;
		sum->sender = i->sender.ip;
		sum->mtu = i->mtu;
		sum->to = *flow_remote(f);
		sum->first_ns = event->time_ns;
	}
	sum->count++;
	sum->last_ns = event->time_ns;
}

enum icmp_meaning {
	ICMP_NOTHING,
	ICMP_PROHIBITED,
	ICMP_UNREACHABLE,
	ICMP_AWAY,
	ICMP_PORT,
	ICMP_TOO_BIG
};

/* RFC 792, RFC 1812 section 5.2.7.1, RFC 4443 section 3.1. */
static enum icmp_meaning icmp_meaning_of(const struct icmp_info *i)
{
	if (i->v6) {
		if (i->type == 2)
			return ICMP_TOO_BIG;
		if (i->type != 1)
			return ICMP_NOTHING;
		return i->code == 0   ? ICMP_UNREACHABLE
		       : i->code == 3 ? ICMP_AWAY
		       : i->code == 4 ? ICMP_PORT
				      : ICMP_PROHIBITED;
	}
	if (i->type != 3)
		return ICMP_NOTHING;
	switch (i->code) {
	case 1:
		return ICMP_AWAY;
	case 3:
		return ICMP_PORT;
	case 4:
		return ICMP_TOO_BIG;
	case 9:
	case 10:
	case 13:
		return ICMP_PROHIBITED;
	default:
		return ICMP_UNREACHABLE;
	}
}

/* Errors that belong together are no farther apart: a consent check is answered so, too. */
#define PORT_RUN_NS (10 * NS_PER_S)

struct closed_peer peer_closed(const struct engine *e, const struct addr *peer)
{
	for (u32 i = 0; i < CLOSED_KEPT; i++)
		if (!memcmp(&e->closed_peers->of[i].ip, peer, sizeof(*peer)))
			return e->closed_peers->of[i];
	return (struct closed_peer){.count = 0};
}

/* Returns the place of a peer, in place of the one heard of longest ago if it is new. */
static struct closed_peer *closed_peer_of(struct engine *e, const struct addr *peer)
{
	struct closed_peer *oldest = e->closed_peers->of;

	for (u32 i = 0; i < CLOSED_KEPT; i++) {
		struct closed_peer *c = &e->closed_peers->of[i];

		if (!memcmp(&c->ip, peer, sizeof(*peer)))
			return c;
		if (c->last_ns < oldest->last_ns)
			oldest = c;
	}
	e->metrics->bounds_reached[BOUND_CLOSED_PEERS] += oldest->count > 0;
	*oldest = (struct closed_peer){.ip = *peer};
	return oldest;
}

static void peer_add_error(struct engine *e, const struct addr *peer, u64 time_ns)
{
	struct closed_peer *c = closed_peer_of(e, peer);

	if (c->last_ns + PORT_RUN_NS < time_ns)
		c->count = 0;
	c->count++;
	c->last_ns = time_ns;
}

static struct icmp_sums *icmp_sums_get(struct session_state *s)
{
	if (!s->icmp)
		s->icmp = calloc(1, sizeof(*s->icmp));
	return s->icmp;
}

/* The peer's socket is closed: whether the host minds is yet to be seen. */
static void peer_left(struct engine *e, struct flow *f, const struct event *event)
{
	struct session_state *s = f->session;

	/* each error is seen at both sides of the gateway, and counts at the first one */
	if (s->s.stage < STAGE_CONNECTED || !flow_meets_first(f, event->dir) || !icmp_sums_get(s))
		return;
	if (s->icmp->port.last_ns + PORT_RUN_NS < event->time_ns)
		s->icmp->port.count = 0; /* those before are of another time */
	icmp_sum_add(&s->icmp->port, f, event);
	peer_add_error(e, &flow_remote(f)->ip, event->time_ns);
}

/* The host asks a STUN or TURN server, and somebody further out forbids it. */
static void server_prohibited(struct engine *e, struct flow *f, const struct event *event)
{
	struct gather_trouble *t;
	struct host *h;

	if (f->side != SIDE_WAN || engine_heading(f->side, event->dir) != INBOUND ||
	    icmp_meaning_of(&event->icmp) != ICMP_PROHIBITED ||
	    addr_is_private(&flow_remote(f)->ip))
		return;
	h = flow_host(e, f);
	t = h ? gather_trouble_get(h) : NULL;
	if (!t)
		return;
	icmp_sum_add(&t->prohibited, f, event);
	host_trouble(e, h);
}

void icmp_event(struct engine *e, struct flow *f, const struct event *event)
{
	bool from_peer = memcmp(&event->icmp.sender.ip, &flow_remote(f)->ip,
				sizeof(flow_remote(f)->ip)) == 0;
	enum icmp_meaning meaning = icmp_meaning_of(&event->icmp);
	struct session_state *s = f->session;
	char sender[ENDPOINT_TEXT], to[ENDPOINT_TEXT];

	if (!s && f->gathers)
		server_prohibited(e, f, event);
	/* Only errors that come back to the host count. */
	if (!s || engine_heading(f->side, event->dir) != INBOUND || meaning == ICMP_NOTHING)
		return;
	if (meaning == ICMP_PORT && from_peer)
		peer_left(e, f, event);
	if (meaning == ICMP_PORT)
		meaning = from_peer ? ICMP_AWAY : ICMP_UNREACHABLE;
	if (event->count <= 1)
		session_say(s, event->time_ns, engine_at(f->side, event->dir), EVIDENCE_ICMP,
			    event->icmp.type, event->icmp.code,
			    addr_text(&event->icmp.sender.ip, sender),
			    endpoint_text(flow_remote(f), to));
	/*
	 * The gateway's own errors are seen at the LAN alone; its drops stand for them. A private
	 * address outside leads nowhere.
	 */
	if (f->side != SIDE_WAN || addr_is_private(&flow_remote(f)->ip))
		return;
	if (!s->icmp)
		s->icmp = calloc(1, sizeof(*s->icmp));
	if (!s->icmp)
		return;
	f->prohibited |= meaning == ICMP_PROHIBITED;
	if (meaning == ICMP_PROHIBITED)
		icmp_sum_add(&s->icmp->prohibited, f, event);
	else if (meaning == ICMP_UNREACHABLE && !from_peer)
		icmp_sum_add(&s->icmp->unreachable, f, event);
	else if (meaning == ICMP_TOO_BIG)
		icmp_sum_add(&s->icmp->too_big, f, event);
}
