/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/flow.h"
#include "engine/flows.h"
#include "engine/gateway_info.h"
#include "engine/hosts.h"
#include "engine/nat/mapping.h"
#include "engine/passage.h"
#include "engine/refusals.h"
#include "engine/session.h"
#include "engine/session_evidence.h"
#include "engine/session_schedule.h"
#include "engine/state.h"
#include "util/address.h"
#include "util/time.h"

#define RESETS_KEPT 16

/* A peer of which a port is closed. */
struct closed_peer {
	struct addr ip;
	u64 last_ns;
};

#define CLOSED_KEPT 16

struct reset_log {
	struct reset_sum last[RESETS_KEPT]; /* the newest that came in at the WAN */
	u32 count; /* ever */
	struct closed_peer closed[CLOSED_KEPT]; /* the newest */
};

int refusals_begin(struct engine *e)
{
	e->resets = calloc(1, sizeof(*e->resets));
	return e->resets ? 0 : -ENOMEM;
}

void refusals_free(struct engine *e)
{
	free(e->resets);
}

enum blocked_kind drop_kind(const struct flow *f, u8 cls)
{
	switch (cls) {
	case CLASS_DTLS:
		return BLOCKED_DTLS;
	case CLASS_RTP:
	case CLASS_RTCP:
		return BLOCKED_MEDIA;
	default:
		/* TCP without a session leads to a TURN server, and its SYN carries no message */
		return !f->session && (f->gathers || f->key.proto == PROTO_TCP) ? BLOCKED_TURN
										: BLOCKED_CHECK;
	}
}

static const char *const kind_text[BLOCKED_KINDS] = {
	[BLOCKED_CHECK] = "check",
	[BLOCKED_DTLS] = "DTLS",
	[BLOCKED_MEDIA] = "media",
	[BLOCKED_TURN] = "STUN or TURN request",
};

/*
 * What comes in from the WAN without the host having sent there is refused by every NAT and every
 * stateful firewall: that is filtering (RFC 4787 section 5), not a block.
 */
static bool is_unsolicited(const struct flow *f, enum heading heading)
{
	const struct leg *out = &f->leg[OUTBOUND];

	return heading == INBOUND && !out->passed && !out->requests && !out->dtls_seen &&
	       (!f->twin || !f->twin->leg[OUTBOUND].requests);
}

/* Where nothing is translated, a dropped packet is found on both sides: it counts at the LAN. */
static bool counted_by_twin(const struct flow *f)
{
	return f->side == SIDE_WAN && f->twin && endpoint_equal(flow_local(f), flow_local(f->twin));
}

static bool drop_blocks(const struct flow *f, const struct event *drop)
{
	return !is_unsolicited(f, engine_heading(f->side, drop->dir)) && !counted_by_twin(f);
}

/* The flow may have come into a session since, by which the kind of a drop is another one. */
bool drop_was_counted(const struct flow *f, const struct event *drop)
{
	for (int kind = 0; kind < BLOCKED_KINDS; kind++) {
		const struct drop_sum *d = drops_of(flow_more(f)->drops, kind);

		if (d->count && d->first_ns <= drop->time_ns)
			return true;
	}
	return false;
}

/*
 * Takes in how many packets of a direction and class the flow's record counts as dropped. Returns
 * how many of them are new.
 */
static u32 drops_count(struct flow *f, u8 dir, u8 cls, u32 count)
{
	struct flow_more *more = flow_more_get(f);
	u32 known;

	if (more && !more->dropped)
		more->dropped = calloc(DIR_MAX, sizeof(*more->dropped));
	if (!more || !more->dropped)
		return 0;
	known = more->dropped[dir][cls];
	if (!count) /* of an event that does not tell, one more */
		count = known + 1;
	if (count <= known)
		return 0;
	more->dropped[dir][cls] = count;
	return count - known;
}

/* The flow carries others inside TURN: what is dropped of it is dropped of their sessions. */
static void drops_add_carried(struct engine *e, const struct flow *f, u8 cls,
			      const struct drop_sum *what)
{
	enum blocked_kind kind = cls == CLASS_CHANNEL_DATA ? BLOCKED_MEDIA : BLOCKED_CHECK;
	struct session_state *last = NULL;

	if (!flow_more(f)->alloc.granted_ns)
		return;
	for (struct flow *i = flow_find_asker(e, f->side, flow_local(f)); i;
	     i = flow_next_asker(e, i)) {
		if (!flow_is_carried_by(i, f) || !i->session || i->session == last)
			continue;
		last = i->session;
		drops_add(&last->drops, kind, what);
		passages_begin(e, i);
		session_review_soon(e, last);
	}
}

static void drops_take_in(struct engine *e, struct flow *f, u8 cls, const struct drop_sum *what)
{
	enum blocked_kind kind = drop_kind(f, cls);
	struct host *h = flow_host(e, f);

	if (flow_more_get(f))
		drops_add(&f->more->drops, kind, what);
	if (kind == BLOCKED_TURN && h) {
		drop_add(&h->gather_drop, what);
		server_lost(&h->tries, &what->to, f->key.proto, what->last_ns);
		host_trouble(e, h);
	}
	drops_add_carried(e, f, cls, what);
	if (!f->session)
		return;
	drops_add(&f->session->drops, kind, what);
	passages_begin(e, f);
	session_review_soon(e, f->session);
}

void drop_event(struct engine *e, struct flow *f, const struct event *event)
{
	enum heading heading = engine_heading(f->side, event->dir);
	enum blocked_kind kind = drop_kind(f, event->cls);
	bool first = !drops_of(flow_more(f)->drops, kind)->count;
	struct drop_sum one = {.reason = event->drop.reason, .heading = heading};
	const char *name;
	char to[ENDPOINT_TEXT];

	/* not every drop makes an event, but all are counted; a sample may have come first */
	one.count = drops_count(f, event->dir, event->cls, event->drop.count);
	one.cause = drop_cause(e, event->drop.reason, &name);
	one.first_ns = one.last_ns = event->time_ns;
	one.to = *flow_remote(f);
	if (one.cause == CAUSE_NONE || !one.count || !drop_blocks(f, event))
		return;
	drops_take_in(e, f, event->cls, &one);
	if (f->session && first)
		session_say(f->session, event->time_ns, AT_GATEWAY, EVIDENCE_DROP, kind_text[kind],
			    heading == OUTBOUND ? "to" : "from", endpoint_text(flow_remote(f), to),
			    name);
}

/* More of the same, as only the first drops and then each power of two make an event. */
void drops_sample(struct engine *e, struct flow *f, const struct flow_record *record)
{
	if (!flow_more(f)->drops)
		return;
	for (u8 dir = 0; dir < DIR_MAX; dir++)
		for (u8 cls = 0; cls < CLASS_MAX; cls++) {
			struct drop_sum one = *drop_run_of(f->more->drops, drop_kind(f, cls),
							   engine_heading(f->side, dir));

			if (!one.count)
				continue;
			one.count = record->drops[dir][cls]
					    ? drops_count(f, dir, cls, record->drops[dir][cls])
					    : 0;
			one.first_ns = one.last_ns = e->now;
			drops_take_in(e, f, cls, &one);
		}
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

u64 peer_port_closed_ns(const struct engine *e, const struct addr *peer)
{
	for (u32 i = 0; i < CLOSED_KEPT; i++)
		if (!memcmp(&e->resets->closed[i].ip, peer, sizeof(*peer)))
			return e->resets->closed[i].last_ns;
	return 0;
}

static void peer_port_closed(struct engine *e, const struct addr *peer)
{
	struct closed_peer *oldest = e->resets->closed;

	for (u32 i = 0; i < CLOSED_KEPT; i++) {
		struct closed_peer *c = &e->resets->closed[i];

		if (!memcmp(&c->ip, peer, sizeof(*peer))) {
			c->last_ns = e->now;
			return;
		}
		if (c->last_ns < oldest->last_ns)
			oldest = c;
	}
	*oldest = (struct closed_peer){.ip = *peer, .last_ns = e->now};
}

static struct icmp_sums *icmp_sums_get(struct session_state *s)
{
	if (!s->icmp)
		s->icmp = calloc(1, sizeof(*s->icmp));
	return s->icmp;
}

/* Errors that belong together are no farther apart: a consent check is answered so, too. */
#define PORT_RUN_NS (10 * NS_PER_S)

/* The peer's socket is closed: whether the host minds is yet to be seen. */
static void peer_left(struct engine *e, struct flow *f, const struct event *event)
{
	struct session_state *s = f->session;

	if (s->s.stage < STAGE_CONNECTED || !icmp_sums_get(s))
		return;
	if (s->icmp->port.last_ns + PORT_RUN_NS < event->time_ns)
		s->icmp->port.count = 0; /* those before are of another time */
	icmp_sum_add(&s->icmp->port, f, event);
	peer_port_closed(e, &flow_remote(f)->ip);
}

void icmp_event(struct engine *e, struct flow *f, const struct event *event)
{
	bool from_peer = memcmp(&event->icmp.sender.ip, &flow_remote(f)->ip,
				sizeof(flow_remote(f)->ip)) == 0;
	enum icmp_meaning meaning = icmp_meaning_of(&event->icmp);
	struct session_state *s = f->session;
	char sender[ENDPOINT_TEXT], to[ENDPOINT_TEXT];

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

/* A reset crosses the gateway in far less time. */
#define RESET_CROSSING_NS (100 * NS_PER_MS)

static bool is_early_reset(const struct flow *f, const struct event *event)
{
	const struct tcp_close_info *close = &event->tcp_close;

	return close->reset && close->early && !f->answered &&
	       engine_heading(f->side, event->dir) == INBOUND;
}

static struct reset_sum reset_of(const struct flow *f, const struct event *event)
{
	return (struct reset_sum){.count = 1,
				  .ttl = event->tcp_close.ttl,
				  .ttl_before = event->tcp_close.ttl_before,
				  .from = *flow_remote(f),
				  .last_ns = event->time_ns};
}

static void reset_add(struct engine *e, struct flow *f, struct reset_sum reset)
{
	struct host *h = flow_host(e, f);

	if (!h)
		return;
	server_lost(&h->tries, &reset.from, f->key.proto, reset.last_ns);
	reset.count += h->reset.count;
	h->reset = reset;
	host_trouble(e, h);
}

/*
 * Returns the same reset as it came in at the WAN just before, NULL when it did not: then a rule of
 * this gateway that rejects has made it.
 */
static const struct reset_sum *reset_from_outside(const struct engine *e, const struct flow *f,
						  u64 now)
{
	for (u32 i = 0; i < RESETS_KEPT; i++)
		if (endpoint_equal(&e->resets->last[i].from, flow_remote(f)) &&
		    e->resets->last[i].last_ns + RESET_CROSSING_NS > now)
			return &e->resets->last[i];
	return NULL;
}

/*
 * A reset in answer to a SYN or to a host's first bytes comes from a server that serves nobody
 * there, or from a middlebox that forges it. Its host is known at the LAN only: so early no STUN
 * has stitched the two sides.
 */
static void reset_event(struct engine *e, struct flow *f, const struct event *event)
{
	const struct reset_sum *far;

	if (f->side == SIDE_WAN) {
		e->resets->last[e->resets->count++ % RESETS_KEPT] = reset_of(f, event);
		if (!e->has_lan)
			reset_add(e, f, reset_of(f, event));
		return;
	}
	far = reset_from_outside(e, f, event->time_ns);
	if (far)
		reset_add(e, f, *far);
}

void close_event(struct engine *e, struct flow *f, const struct event *event)
{
	nat_mapping_closing(e->nat, f, MAPPING_TCP_CLOSE);
	if (is_early_reset(f, event))
		reset_event(e, f, event);
}

const char *foreign_xdp(const struct engine *e, const struct session_state *s)
{
	const char *name = NULL;

	for (const struct flow *f = s->flows; f && !name; f = f->next)
		name = foreign_xdp_since(e, f->ifindex, s->s.times.first);
	return name;
}
