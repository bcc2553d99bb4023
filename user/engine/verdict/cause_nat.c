/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Both sides' checks leave, and the peer's find no mapping: two NATs that do not meet. The evidence
 * is what each of them does, as far as it showed.
 */
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
