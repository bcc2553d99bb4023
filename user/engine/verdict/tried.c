/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A verdict before the RFC's timers are over takes the risk that the next candidate works: with
 * trickle ICE (RFC 8838) it may come seconds later. So a few packets or addresses that only the
 * peer's own network knows decide nothing, and whatever may become a relay is waited for.
 */
#include <string.h>

#include "engine/cover.h"
#include "engine/icmp_errors.h"
#include "engine/gateway_info.h"
#include "engine/hosts.h"
#include "engine/refusals.h"
#include "engine/server_tries.h"
#include "engine/state.h"
#include "engine/verdict/tried.h"
#include "util/address.h"
#include "util/time.h"

/* Clients send the first seven within 3 s: a rule, and not a moment in which it is reloaded. */
#define DROPPED_LEAST 7
#define DROPPED_NS (3 * NS_PER_S)
/* One ICMP error fails one transaction (RFC 8489 section 6.2.1); the next pair is tried by then. */
#define PROHIBITED_NS (400 * NS_PER_MS)
#define PROHIBITED_CHECKS 2

/*
 * Other networks can be there: an address of the internet, or of this gateway's outside. Where no
 * route leads there, it is as far away as a private one: IPv6 of a peer, where this gateway has
 * none.
 */
static bool leads_outside(const struct verdict_context *c, const struct flow *f)
{
	const struct addr *to = &flow_remote(f)->ip;

	return !addr_is_private(to) || addr_is_outside(c->engine, to);
}

static const struct drop_sum *check_drops(const struct flow *f)
{
	return f ? drops_of(flow_more(f)->drops, BLOCKED_CHECK) : drops_of(NULL, BLOCKED_CHECK);
}

/* The host's checks do not leave, or nothing of what comes back reaches the host. */
static const struct drop_sum *blocking_drops(const struct flow *f)
{
	const struct drop_sum *own = check_drops(f), *far = check_drops(f->twin);

	if (f->side == SIDE_LAN && !f->twin && own->count && own->heading == OUTBOUND)
		return own;
	if (f->leg[INBOUND].requests)
		return NULL;
	if (own->count && own->heading == INBOUND)
		return own;
	return far->count && far->heading == INBOUND ? far : NULL;
}

static bool is_prohibited(const struct flow *f)
{
	return f->prohibited || (f->twin && f->twin->prohibited);
}

static void tried_drops_add(struct tried *t, const struct drop_sum *d)
{
	t->dropped++;
	t->packets += d->count;
	if (!t->first_ns || d->first_ns < t->first_ns)
		t->first_ns = d->first_ns;
}

static void tried_kept_add(struct tried *t, const struct covered_checks *checks)
{
	if (!checks->count)
		return;
	t->kept_checks += checks->count;
	if (!t->kept_first_ns || checks->first_ns < t->kept_first_ns)
		t->kept_first_ns = checks->first_ns;
	time_advance(&t->kept_last_ns, checks->last_ns);
}

/*
 * What of the peer came in at the WAN and never left at the LAN, since the host had opened the way:
 * checks, or answers to as many checks of the host.
 */
static struct covered_checks kept_inbound(const struct verdict_context *c, const struct flow *f)
{
	const struct flow *far = f->twin;
	struct covered_checks checks = {0};

	if (f->side != SIDE_LAN || !far || f->leg[INBOUND].requests ||
	    leg_inside(f, INBOUND)->successes)
		return checks;
	checks = flow_covered_checks(far);
	if (far->leg[INBOUND].success_ns > checks.last_ns)
		checks = (struct covered_checks){.count = f->leg[OUTBOUND].requests,
						 .last_ns = far->leg[INBOUND].success_ns};
	checks.first_ns = f->first_ns;
	if (checks.last_ns < checks.first_ns + DROPPED_NS ||
	    !side_is_covered(c->engine, SIDE_LAN, checks.first_ns, checks.last_ns))
		checks.count = 0;
	return checks;
}

/* Adds a pair that nothing is known to refuse. Returns whether its checks left. */
static bool tried_open_add(struct tried *t, const struct verdict_context *c, const struct flow *f)
{
	struct covered_checks checks = kept_inbound(c, f);

	if (checks.count) {
		t->kept_inbound++;
	} else if (f->side == SIDE_LAN && !f->twin) {
		checks = flow_covered_checks(f);
		t->kept += checks.count > 0;
	}
	tried_kept_add(t, &checks);
	t->left += !checks.count;
	return !checks.count;
}

/* Returns whether checks of this pair left for an address that leads nowhere from here. */
static bool tried_add(struct tried *t, const struct verdict_context *c, const struct flow *f)
{
	const struct drop_sum *d = blocking_drops(f);
	bool outside = leads_outside(c, f), left = false;

	t->pairs++;
	t->relayed |= f->key.relayed;
	t->checks += f->leg[OUTBOUND].requests;
	if (d)
		tried_drops_add(t, d);
	else if (is_prohibited(f))
		t->prohibited++;
	else
		left = tried_open_add(t, c, f);
	t->outer |= outside && !left && !(d && d->cause == CAUSE_NO_ROUTE);
	return left && !outside;
}

void tried_collect(struct tried *t, const struct verdict_context *c)
{
	u32 nowhere = 0;

	memset(t, 0, sizeof(*t));
	for (struct flow *f = c->session->flows; f; f = f->next)
		if (flow_inside(f) == f && !flow_is_stray(f, c->session->lan) &&
		    f->leg[OUTBOUND].requests)
			nowhere += tried_add(t, c, f);
	if (t->outer) {
		t->pairs -= nowhere;
		t->left -= nowhere;
	}
}

/* A relay may carry the session yet. */
static bool relay_may_come(const struct tried *t, const struct verdict_context *c,
			   const struct host *h)
{
	return relay_is_awaited(&h->tries, c->engine->now) ||
	       (context_in_window(c, h->turn_granted_ns) && !t->relayed);
}

/*
 * An address that only the peer's own network knows decides nothing, unless STUN and TURN servers
 * are out of reach as well.
 */
static bool nothing_else_works(const struct tried *t, const struct verdict_context *c)
{
	const struct host *h = context_host(c);

	return h && !c->facts->requests[INBOUND] && !relay_may_come(t, c, h) &&
	       (t->outer || servers_are_lost(&h->tries, c->engine->now));
}

bool tried_all_dropped(const struct tried *t, const struct verdict_context *c)
{
	return t->dropped && t->dropped == t->pairs && t->packets >= DROPPED_LEAST &&
	       c->engine->now >= t->first_ns + DROPPED_NS && nothing_else_works(t, c);
}

bool tried_all_kept(const struct tried *t, const struct verdict_context *c)
{
	return t->kept + t->kept_inbound > 0 &&
	       t->kept + t->kept_inbound + t->dropped == t->pairs &&
	       t->kept_checks >= DROPPED_LEAST && c->engine->now >= t->kept_first_ns + DROPPED_NS &&
	       nothing_else_works(t, c);
}

bool tried_all_prohibited(const struct tried *t, const struct verdict_context *c)
{
	const struct icmp_sums *icmp = c->session->icmp;

	return icmp && t->prohibited && t->prohibited == t->pairs &&
	       t->checks >= PROHIBITED_CHECKS &&
	       c->engine->now >= icmp->prohibited.first_ns + PROHIBITED_NS &&
	       nothing_else_works(t, c);
}
