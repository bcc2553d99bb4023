/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Both sides' checks leave, and the peer's find no mapping: two NATs that do not meet. The evidence
 * is what each of them does, as far as it showed.
 */
#include "engine/drops.h"
#include "engine/gateway_info.h"
#include "engine/hosts.h"
#include "engine/nat/behaviour_summary.h"
#include "engine/nat/nat.h"
#include "engine/state.h"
#include "engine/verdict/predicates.h"
#include "util/address.h"
#include "engine/names.h"

static void say_strays(struct ruling *r, const struct facts *f)
{
	const struct flow *stray = f->stray_flow;
	char from[ENDPOINT_TEXT], to[ENDPOINT_TEXT];

	ruling_say(r, stray->leg[INBOUND].request_ns, AT_WAN_IN, EVIDENCE_CHECK_STRAY, f->strays,
		   endpoint_text(flow_remote(stray), from), endpoint_text(flow_local(stray), to));
}

/*
 * The host's own observations; those of all hosts where they do not suffice: it is the same
 * gateway.
 */
static void own_view(const struct engine *e, const struct session_state *s, struct nat_view *view)
{
	struct host *h;

	memset(view, 0, sizeof(*view));
	h = host_find(e, &s->s.host);
	if (h)
		behaviour_view(&h->profile, view);
	if (view->mapping == BEHAVIOUR_UNDETERMINED)
		behaviour_view(nat_profile_of_all(e->nat, &s->s.host), view);
}

static void say_own_nat(const struct verdict_context *c, struct ruling *r, u64 at)
{
	const struct session_state *s = c->session;
	struct nat_view view;
	u32 outsides = 0;

	own_view(c->engine, s, &view);
	ruling_say(r, at, AT_GATEWAY, EVIDENCE_NAT_HOST, words_name(WORDS_BEHAVIOURS, view.mapping),
		   view.gateway.mapping.samples, words_name(WORDS_BEHAVIOURS, view.filtering),
		   view.gateway.filtering.samples);
	for (u32 i = 0; i < s->s.npairs; i++) {
		u32 n = nat_outside_count(c->engine->nat, s->s.pairs[i].proto,
					  &s->s.pairs[i].local);

		outsides = n > outsides ? n : outsides;
	}
	if (outsides > 1)
		ruling_say(r, at, AT_GATEWAY, EVIDENCE_NAT_HOST_PORTS,
			   outsides < NAT_OUTSIDES_MAX ? "" : "at least ", outsides);
}

/*
 * Returns whether the peer has signalled this endpoint: the host sends checks to it. Sets `near`
 * when the host sends checks to another port of its address.
 */
static bool is_signalled(const struct session_state *s, const struct endpoint *from, bool *near)
{
	for (u32 i = 0; i < s->s.npairs; i++) {
		const struct endpoint *remote = &s->s.pairs[i].remote;

		if (endpoint_equal(remote, from))
			return true;
		*near |= memcmp(&remote->ip, &from->ip, sizeof(from->ip)) == 0;
	}
	return false;
}

/*
 * A peer whose checks come from ports that it never signalled has a mapping that depends on the
 * destination.
 */
static void say_peer_nat(const struct session_state *s, struct ruling *r, u64 at)
{
	const struct flow *odd = NULL;
	char from[ENDPOINT_TEXT];
	u32 ports = 0, signalled = 0;

	for (struct flow *f = s->flows; f; f = f->next) {
		bool near = false;

		if (!flow_is_stray(f, s->lan) || !f->leg[INBOUND].requests)
			continue;
		if (is_signalled(s, flow_remote(f), &near)) {
			signalled++;
		} else if (near) {
			odd = f;
			ports++;
		}
	}
	if (odd)
		ruling_say(r, at, AT_WAN_IN, EVIDENCE_NAT_PEER, ports,
			   endpoint_text(flow_remote(odd), from));
	else
		ruling_say(r, at, AT_WAN_IN, EVIDENCE_NAT_PEER_UNKNOWN, signalled);
}

enum finding nats_do_not_meet(const struct verdict_context *c, struct ruling *r)
{
	u64 at;

	if (!c->facts->strays || !c->facts->left)
		return FINDING_NONE;
	at = c->facts->stray_flow->leg[INBOUND].request_ns;
	say_strays(r, c->facts);
	say_own_nat(c, r, at);
	say_peer_nat(c->session, r, at);
	return FINDING_HINT;
}

/* --- what this gateway does not translate --- */

/* It is seen from outside with this address. */
static bool is_own_outside(const struct verdict_context *c, const struct addr *ip)
{
	const struct host *h = context_host(c);

	if (addr_is_outside(c->engine, ip))
		return true;
	for (u32 i = 0; h && i < h->nreflexive && i < HOST_REFLEXIVES; i++)
		if (!memcmp(&h->reflexive[i].mapped.ip, ip, sizeof(*ip)))
			return true;
	return false;
}

/* RFC 4787 section 6, REQ-9. What a rule drops is not what the NAT leaves out. */
enum finding not_turned_back(const struct verdict_context *c, struct ruling *r)
{
	char to[ENDPOINT_TEXT];

	for (struct flow *f = c->session->flows; f; f = f->next) {
		const struct leg *out = &f->leg[OUTBOUND];

		if (f->side != SIDE_LAN || f->twin || out->requests < 2 || f->answered ||
		    !is_own_outside(c, &flow_remote(f)->ip) ||
		    drops_of(flow_more(f)->drops, BLOCKED_CHECK)->count)
			continue;
		r->since_ns = f->first_ns;
		ruling_say(r, out->request_ns, AT_LAN_IN, EVIDENCE_HAIRPIN_MISSING,
			   endpoint_text(flow_remote(f), to), out->requests);
		return FINDING_HINT;
	}
	return FINDING_NONE;
}

static bool leaves_untranslated(const struct flow *f)
{
	const struct flow *inside = f->twin;

	return f->side == SIDE_WAN && inside && f->leg[OUTBOUND].requests &&
	       addr_is_private(&flow_local(f)->ip) && !addr_is_private(&flow_remote(f)->ip) &&
	       !memcmp(&flow_local(inside)->ip, &flow_local(f)->ip, sizeof(flow_local(f)->ip));
}

/* Where somebody answers, a NAT further out does it, and the route back is there. */
enum finding not_translated(const struct verdict_context *c, struct ruling *r)
{
	const struct host *h = context_host(c);
	char from[ENDPOINT_TEXT], to[ENDPOINT_TEXT];

	if (!h || h->known || h->nreflexive || c->facts->requests[INBOUND])
		return FINDING_NONE;
	for (struct flow *f = c->session->flows; f; f = f->next) {
		if (!leaves_untranslated(f))
			continue;
		r->since_ns = f->first_ns;
		ruling_say(r, f->leg[OUTBOUND].request_ns, AT_WAN_OUT, EVIDENCE_NOT_TRANSLATED,
			   endpoint_text(flow_local(f), from), endpoint_text(flow_remote(f), to));
		return FINDING_HINT;
	}
	return FINDING_NONE;
}
