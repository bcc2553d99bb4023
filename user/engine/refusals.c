/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/flow.h"
#include "engine/gateway_info.h"
#include "engine/hosts.h"
#include "engine/nat/mapping.h"
#include "engine/refusals.h"
#include "engine/session.h"
#include "engine/session_evidence.h"
#include "engine/state.h"
#include "util/address.h"
#include "util/time.h"

#define RESETS_KEPT 16

struct reset_log {
	struct reset_sum last[RESETS_KEPT]; /* the newest that came in at the WAN */
	u32 count; /* ever */
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

/* Those that block nothing are in the count of the data plane, too. */
static void drop_ignore(struct flow *f, enum blocked_kind kind, const struct event *drop)
{
	u32 counted = drops_of(flow_more(f)->drops, kind)->count;

	if (f->session && drop->drop.count > counted && flow_more_get(f))
		f->more->ignored[kind] = drop->drop.count - counted;
}

void drop_event(struct engine *e, struct flow *f, const struct event *event)
{
	enum heading heading = engine_heading(f->side, event->dir);
	enum blocked_kind kind = drop_kind(f, event->cls);
	u32 before = drops_of(flow_more(f)->drops, kind)->count;
	u32 ignored = flow_more(f)->ignored[kind];
	struct drop_sum one = {.count = 1, .reason = event->drop.reason, .heading = heading};
	struct host *h = flow_host(e, f);
	const char *name;
	char to[ENDPOINT_TEXT];

	/* not every drop makes an event, but all are counted */
	if (event->drop.count > before + ignored)
		one.count = event->drop.count - before - ignored;
	one.cause = drop_cause(e, event->drop.reason, &name);
	one.first_ns = one.last_ns = event->time_ns;
	one.to = *flow_remote(f);
	if (one.cause == CAUSE_NONE)
		return;
	if (!drop_blocks(f, event)) {
		drop_ignore(f, kind, event);
		return;
	}
	if (flow_more_get(f))
		drops_add(&f->more->drops, kind, &one);
	if (kind == BLOCKED_TURN && h) {
		drop_add(&h->gather_drop, &one);
		server_lost(&h->tries, &one.to, f->key.proto, event->time_ns);
		host_trouble(e, h);
	}
	if (!f->session)
		return;
	drops_add(&f->session->drops, kind, &one);
	if (!before)
		session_say(f->session, event->time_ns, AT_GATEWAY, EVIDENCE_DROP, kind_text[kind],
			    heading == OUTBOUND ? "to" : "from", endpoint_text(flow_remote(f), to),
			    name);
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

void icmp_event(struct engine *e, struct flow *f, const struct event *event)
{
	bool from_peer = memcmp(&event->icmp.sender.ip, &flow_remote(f)->ip,
				sizeof(flow_remote(f)->ip)) == 0;
	enum icmp_meaning meaning = icmp_meaning_of(&event->icmp);
	struct session_state *s = f->session;
	char sender[ENDPOINT_TEXT], to[ENDPOINT_TEXT];

	(void)e;
	/* Only errors that come back to the host count. */
	if (!s || engine_heading(f->side, event->dir) != INBOUND || meaning == ICMP_NOTHING)
		return;
	if (meaning == ICMP_PORT && from_peer && s->s.stage >= STAGE_CONNECTED)
		s->hung_up = 1; /* the peer's socket is closed */
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
