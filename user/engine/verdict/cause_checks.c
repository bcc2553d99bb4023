/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* No check of the host was answered, or it never got to its first one. */
#include "engine/cover.h"
#include "engine/icmp_errors.h"
#include "engine/hosts.h"
#include "engine/refusals.h"
#include "engine/state.h"
#include "engine/verdict/predicates.h"
#include "engine/verdict/tried.h"
#include "util/address.h"

/* --- dropped here --- */

static bool never_left(const struct facts *f)
{
	return f->stuck && !f->left;
}

enum finding checks_dropped(const struct verdict_context *c, struct ruling *r)
{
	const struct drop_sum *d = drops_of(c->session->drops, BLOCKED_CHECK);
	struct tried t;

	if (!d->count)
		return FINDING_NONE;
	tried_collect(&t, c);
	if ((!t.dropped || t.left) && d->heading != INBOUND)
		return FINDING_NONE;
	ruling_blame(r, d, BLOCKED_CHECK);
	ruling_say_drops(c, r, d, "checks");
	return tried_all_dropped(&t, c) ? FINDING_DECISIVE : FINDING_HINT;
}

enum finding checks_stuck(const struct verdict_context *c, struct ruling *r)
{
	const struct facts *f = c->facts;
	struct tried t;

	if (!never_left(f) || flow_covered_checks(f->stuck_flow).count < 2)
		return FINDING_NONE;
	r->since_ns = f->stuck_flow->first_ns;
	tried_collect(&t, c);
	return tried_all_kept(&t, c) ? FINDING_DECISIVE : FINDING_HINT;
}

enum finding peers_checks_stuck(const struct verdict_context *c, struct ruling *r)
{
	struct tried t;

	tried_collect(&t, c);
	if (!t.kept_inbound || t.kept_inbound < t.pairs)
		return FINDING_NONE;
	r->since_ns = t.kept_first_ns;
	ruling_say(r, t.kept_last_ns, AT_WAN_IN, EVIDENCE_CHECKS_KEPT, t.kept_checks);
	return tried_all_kept(&t, c) ? FINDING_DECISIVE : FINDING_HINT;
}

static void blame_servers(const struct verdict_context *c, struct ruling *r,
			  const struct drop_sum *d)
{
	ruling_blame(r, d, BLOCKED_TURN);
	ruling_say_drops(c, r, d, "requests");
}

enum finding gathering_dropped(const struct verdict_context *c, struct ruling *r)
{
	const struct host *h = context_host(c);
	const struct drop_sum *d = h ? &h->gather_drop : NULL;

	if (!d || !d->count || d->last_ns + VERDICT_WINDOW_NS <= c->engine->now)
		return FINDING_NONE;
	blame_servers(c, r, d);
	return FINDING_HINT;
}

/* Somebody's will, not a way that does not lead anywhere, kept the host from a relay. */
enum finding relay_dropped(const struct verdict_context *c, struct ruling *r)
{
	const struct host *h = context_host(c);
	const struct drop_sum *d = h ? &h->gather_drop : NULL;

	if (!d || !d->count || !context_in_window(c, d->last_ns) ||
	    h->turn_granted_ns >= d->first_ns)
		return FINDING_NONE;
	if (d->cause != CAUSE_RULE && d->cause != CAUSE_QUEUE && d->cause != CAUSE_TC &&
	    d->cause != CAUSE_XDP)
		return FINDING_NONE;
	blame_servers(c, r, d);
	return FINDING_HINT;
}

/* --- refused by a TURN server: RFC 8656 section 7 --- */

static enum cause turn_cause(u16 error)
{
	switch (error) {
	case 401: /* unauthenticated, with credentials */
	case 441: /* wrong credentials */
		return CAUSE_TURN_AUTH;
	case 486: /* allocation quota reached */
		return CAUSE_TURN_QUOTA;
	default:
		return CAUSE_TURN_REFUSED;
	}
}

static enum finding turn_failed(const struct verdict_context *c, enum cause cause, struct ruling *r)
{
	const struct host *h = context_host(c);
	char to[ENDPOINT_TEXT];

	if (!h || !context_in_window(c, h->turn_error_ns) ||
	    h->turn_granted_ns >= h->turn_error_ns || turn_cause(h->turn_error) != cause)
		return FINDING_NONE;
	r->since_ns = h->turn_error_ns;
	ruling_say(r, h->turn_error_ns, AT_LAN_OUT, EVIDENCE_TURN_ERROR,
		   endpoint_text(&h->turn_server, to), h->turn_error);
	return FINDING_HINT;
}

enum finding turn_refuses_login(const struct verdict_context *c, struct ruling *r)
{
	return turn_failed(c, CAUSE_TURN_AUTH, r);
}

enum finding turn_has_no_room(const struct verdict_context *c, struct ruling *r)
{
	return turn_failed(c, CAUSE_TURN_QUOTA, r);
}

enum finding turn_refuses(const struct verdict_context *c, struct ruling *r)
{
	return turn_failed(c, CAUSE_TURN_REFUSED, r);
}

/* A host asks for each peer: it is refused if none was let in. */
enum finding turn_refuses_peers(const struct verdict_context *c, struct ruling *r)
{
	const struct host *h = context_host(c);
	u64 at_ns = h ? host_peers_refused_ns(h) : 0;
	char to[ENDPOINT_TEXT];

	if (!at_ns || !context_in_window(c, at_ns))
		return FINDING_NONE;
	r->since_ns = at_ns;
	ruling_say(r, at_ns, AT_LAN_OUT, EVIDENCE_TURN_PEER_ERROR,
		   endpoint_text(&gather_trouble(h)->peer_server, to),
		   gather_trouble(h)->peer_error);
	return FINDING_HINT;
}

enum finding server_silent(const struct verdict_context *c, struct ruling *r)
{
	const struct host *h = context_host(c);
	const struct server_try *t = h ? servers_are_silent(&h->tries, c->engine->now) : NULL;
	char to[ENDPOINT_TEXT];

	if (!t)
		return FINDING_NONE;
	ruling_say(r, t->at_ns, AT_WAN_OUT, EVIDENCE_SERVER_SILENT, endpoint_text(&t->server, to));
	return FINDING_HINT;
}

/* --- refused by somebody further out --- */

static enum finding icmp_came(const struct icmp_sum *i, struct ruling *r)
{
	char sender[ENDPOINT_TEXT], to[ENDPOINT_TEXT];

	if (!i || !i->count)
		return FINDING_NONE;
	r->since_ns = i->first_ns;
	ruling_say(r, i->first_ns, AT_WAN_IN, EVIDENCE_ICMP_ERRORS, i->count, i->v6 ? "v6" : "",
		   i->type, i->code, addr_text(&i->sender, sender), endpoint_text(&i->to, to));
	return FINDING_HINT;
}

enum finding icmp_prohibits(const struct verdict_context *c, struct ruling *r)
{
	const struct icmp_sums *icmp = c->session->icmp;
	struct tried t;

	if (!icmp || !icmp_came(&icmp->prohibited, r))
		return FINDING_NONE;
	tried_collect(&t, c);
	return tried_all_prohibited(&t, c) ? FINDING_DECISIVE : FINDING_HINT;
}

enum finding servers_prohibited(const struct verdict_context *c, struct ruling *r)
{
	const struct host *h = context_host(c);

	return h ? icmp_came(&gather_trouble(h)->prohibited, r) : FINDING_NONE;
}

enum finding icmp_cannot_reach(const struct verdict_context *c, struct ruling *r)
{
	return icmp_came(c->session->icmp ? &c->session->icmp->unreachable : NULL, r);
}

static void say_reset(struct ruling *r, const struct reset_sum *reset)
{
	char from[ENDPOINT_TEXT];

	if (reset->ttl_before && reset->ttl_before != reset->ttl)
		ruling_say(r, reset->last_ns, AT_WAN_IN, EVIDENCE_TCP_RESET_TTL,
			   endpoint_text(&reset->from, from), reset->count, reset->ttl,
			   reset->ttl_before);
	else
		ruling_say(r, reset->last_ns, AT_WAN_IN, EVIDENCE_TCP_RESET,
			   endpoint_text(&reset->from, from), reset->count, reset->ttl);
}

enum finding server_reset(const struct verdict_context *c, struct ruling *r)
{
	const struct host *h = context_host(c);

	if (!h || !h->reset.count || !context_in_window(c, h->reset.last_ns) ||
	    h->turn_granted_ns >= h->reset.last_ns)
		return FINDING_NONE;
	r->since_ns = h->reset.last_ns;
	say_reset(r, &h->reset);
	return FINDING_HINT;
}
