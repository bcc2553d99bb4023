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
		drops_add_run(&last->drops, kind, what);
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
	drops_add_run(&f->session->drops, kind, what);
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

/* A record is read, and an event of a later drop taken in, before it is sampled. */
#define RECORD_LAG_NS (5 * NS_PER_S)

/* Takes in one counter of the record; why is known of what was dropped of that kind before. */
static void drops_sample_class(struct engine *e, struct flow *f, u8 dir, u8 cls, u32 count)
{
	struct drop_sum one = *drops_of(f->more->drops, drop_kind(f, cls));

	if (!count && one.last_ns + RECORD_LAG_NS < e->now)
		f->more->dropped[dir][cls] = 0; /* the record is a new one */
	if (!count || !one.count)
		return;
	one.heading = engine_heading(f->side, dir);
	one.rule = NULL;
	one.count = drops_count(f, dir, cls, count);
	one.first_ns = one.last_ns = e->now;
	if (one.count)
		drops_take_in(e, f, cls, &one);
}

/* More of the same, as only the first drops and then each power of two make an event. */
void drops_sample(struct engine *e, struct flow *f, const struct flow_record *record)
{
	if (!flow_more(f)->drops || !f->more->dropped)
		return;
	for (u8 dir = 0; dir < DIR_MAX; dir++)
		for (u8 cls = 0; cls < CLASS_MAX; cls++)
			drops_sample_class(e, f, dir, cls, record->drops[dir][cls]);
}

/* A reset crosses the gateway in far less time. */
#define RESET_CROSSING_NS (100 * NS_PER_MS)

/*
 * Before the server said anything, or before it granted the allocation that it was asked for: who
 * has let 401 pass may well end what is then known to be TURN.
 */
static bool is_early_reset(const struct flow *f, const struct event *event)
{
	const struct tcp_close_info *close = &event->tcp_close;
	const struct allocation *alloc = &flow_more(f)->alloc;
	bool unheard = close->early && !f->answered;

	return close->reset && (unheard || (alloc->requests && !alloc->granted_ns)) &&
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
