/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Why two NATs do not meet: what each side's does, as far as it showed. */
#include "engine/verdict/verdict.h"
#include "engine/names.h"

static void say_strays(struct session_state *s, const struct facts *f)
{
	const struct flow *stray = f->stray_flow;
	char from[ENDPOINT_TEXT], to[ENDPOINT_TEXT];

	session_say(s, stray->leg[INBOUND].request_ns, AT_WAN_IN,
		    "%u checks of the peer, as from %s to %s, found no mapping", f->strays,
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
	HASH_FIND(hh, e->hosts, &s->s.host, sizeof(s->s.host), h);
	if (h)
		behaviour_view(&h->box, view);
	if (view->mapping == BEHAVIOUR_UNDETERMINED)
		behaviour_view(&e->nat.all[!addr_is_v4(&s->s.host)], view);
}

static void say_own_nat(const struct engine *e, struct session_state *s, u64 at)
{
	struct nat_view view;
	u32 outsides = 0;

	own_view(e, s, &view);
	session_say(s, at, AT_GATEWAY, "host's side: mapping %s (%u seen), filtering %s (%u seen)",
		    words_name(WORDS_BEHAVIOURS, view.mapping), view.gateway.mapping.samples,
		    words_name(WORDS_BEHAVIOURS, view.filtering), view.gateway.filtering.samples);
	for (u32 i = 0; i < s->s.npairs; i++) {
		u32 n = nat_outsides(e, s->s.pairs[i].proto, &s->s.pairs[i].local);

		outsides = n > outsides ? n : outsides;
	}
	if (outsides > 1)
		session_say(s, at, AT_GATEWAY,
			    "one socket of the host has %s%u outside ports: the mapping differs "
			    "per destination",
			    outsides < NAT_OUTSIDES_MAX ? "" : "at least ", outsides);
}

/*
 * Is this endpoint one that the host tries, as the peer has told it? Its address alone is `near`.
 */
static bool is_told(const struct session_state *s, const struct endpoint *from, bool *near)
{
	for (u32 i = 0; i < s->s.npairs; i++) {
		const struct endpoint *told = &s->s.pairs[i].remote;

		if (endpoint_equal(told, from))
			return true;
		*near |= memcmp(&told->ip, &from->ip, sizeof(from->ip)) == 0;
	}
	return false;
}

/* A peer that comes from ports it never told has a mapping that depends on the destination. */
static void say_peer_nat(struct session_state *s, u64 at)
{
	const struct flow *odd = NULL;
	char from[ENDPOINT_TEXT];
	u32 ports = 0, told = 0;

	for (struct flow *f = s->flows; f; f = f->next) {
		bool near = false;

		if (!flow_is_stray(f, s->lan) || !f->leg[INBOUND].requests)
			continue;
		if (is_told(s, flow_remote(f), &near)) {
			told++;
		} else if (near) {
			odd = f;
			ports++;
		}
	}
	if (odd)
		session_say(s, at, AT_WAN_IN,
			    "peer's side: mapping differs per destination: checks from %u ports it "
			    "never told, as %s",
			    ports, endpoint_text(flow_remote(odd), from));
	else
		session_say(s, at, AT_WAN_IN,
			    "peer's side: mapping undetermined, %u checks came from told ports",
			    told);
}

void say_nats(const struct engine *e, struct session_state *s, const struct facts *f)
{
	u64 at = f->stray_flow->leg[INBOUND].request_ns;

	say_strays(s, f);
	say_own_nat(e, s, at);
	say_peer_nat(s, at);
}
