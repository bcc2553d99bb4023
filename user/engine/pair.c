/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "engine/flows.h"
#include "engine/hosts.h"
#include "engine/nat/nat.h"
#include "engine/pair.h"
#include "engine/state.h"
#include "engine/turn_servers.h"
#include "util/address.h"

static struct pair *pair_find(struct session_state *s, const struct flow *f)
{
	for (u32 i = 0; i < s->s.npairs; i++) {
		struct pair *p = &s->s.pairs[i];

		if (p->proto == f->key.proto && p->relayed == f->key.relayed &&
		    endpoint_equal(&p->local, flow_local(f)) &&
		    endpoint_equal(&p->remote, flow_remote(f)))
			return p;
	}
	return NULL;
}

struct pair *session_pair(struct session_state *s, struct flow *f)
{
	f = flow_inside(f);
	return flow_is_stray(f, s->lan) ? NULL : pair_find(s, f);
}

void pair_settle(struct pair *p)
{
	if (p->answers_in || (p->answers_out && !p->checks_out) || p->both_speak)
		p->state = PAIR_SUCCEEDED;
	else if (p->state == PAIR_SUCCEEDED)
		p->state = PAIR_CHECKING;
}

/*
 * Returns room for one more pair. If there is none, the oldest pair without an answer is replaced.
 */
static struct pair *pair_room(struct session *s)
{
	struct pair *grown;

	if (s->npairs < SESSION_PAIRS) {
		grown = realloc(s->pairs, (s->npairs + 1) * sizeof(*grown));
		if (!grown)
			return NULL;
		s->pairs = grown;
		return &grown[s->npairs++];
	}
	for (u32 i = 0; i < s->npairs; i++) {
		if (s->pairs[i].state == PAIR_SUCCEEDED)
			continue;
		memmove(&s->pairs[i], &s->pairs[i + 1], (s->npairs - i - 1) * sizeof(*grown));
		return &s->pairs[s->npairs - 1];
	}
	return NULL;
}

void session_add_pair(struct session_state *s, struct flow *f)
{
	struct pair *p;

	f = flow_inside(f);
	if (flow_is_stray(f, s->lan) || pair_find(s, f))
		return;
	p = pair_room(&s->s);
	if (!p)
		return;
	memset(p, 0, sizeof(*p));
	p->local = *flow_local(f);
	p->remote = *flow_remote(f);
	p->proto = f->key.proto;
	p->relayed = f->key.relayed;
}

/* Returns the flow that carries a pair inside TURN: between client and server at the same point. */
static struct flow *carrier_of(const struct engine *e, const struct flow *f)
{
	struct flow_key key;

	memset(&key, 0, sizeof(key));
	key.far = f->side == SIDE_LAN ? *flow_local(f) : flow_more(f)->server;
	key.near = f->side == SIDE_LAN ? flow_more(f)->server : *flow_local(f);
	key.tag = f->ifindex;
	key.proto = f->key.proto;
	return flow_find(e, &key);
}

/*
 * Candidate types by address (RFC 8445 section 5.1.1): a local address that leaves unchanged is a
 * host candidate, a mapped one that a STUN server reported is server reflexive. Any other is peer
 * reflexive, if the host was seen to ask a server at all.
 */
static enum candidate_type local_type(const struct pair *p, const struct host *h)
{
	if (p->relayed)
		return CANDIDATE_RELAY;
	if (!endpoint_known(&p->mapped))
		return CANDIDATE_UNKNOWN;
	if (endpoint_equal(&p->mapped, &p->local))
		return CANDIDATE_HOST;
	if (!h || !h->nreflexive)
		return CANDIDATE_UNKNOWN;
	return host_is_reflexive(h, &p->local, &p->mapped) ? CANDIDATE_SRFLX : CANDIDATE_PRFLX;
}

/*
 * The peer's NAT is out of sight: what is behind a public address, a host, a server or a NAT, is
 * not known. A private one that is reached without NAT is the peer's own.
 */
static enum candidate_type remote_type(const struct pair *p)
{
	if (p->remote_relayed)
		return CANDIDATE_RELAY;
	return addr_is_private(&p->remote.ip) ? CANDIDATE_HOST : CANDIDATE_UNKNOWN;
}

/*
 * Sets what the pair's local address is outside: as packets show it on the other side of the
 * gateway, else as conntrack reports it. Seen from the WAN alone, a NAT further out shows in the
 * peer's answer.
 */
static void name_mapped(const struct engine *e, const struct flow *inside, struct pair *p)
{
	const struct endpoint *outside = NULL;

	if (inside->twin)
		p->mapped = *flow_local(inside->twin);
	else if (inside->side == SIDE_WAN)
		p->mapped = endpoint_known(&flow_more(inside)->seen_as) ? inside->more->seen_as
									: *flow_local(inside);
	else
		outside = nat_outside_of(e->nat, inside->key.proto, flow_local(inside),
					 flow_remote(inside));
	if (outside)
		p->mapped = *outside;
}

void session_name_pair(struct engine *e, struct session_state *s, struct flow *f)
{
	struct flow *inside = flow_inside(f), *carrier;
	struct pair *p = session_pair(s, f);

	if (!p)
		return;
	name_mapped(e, inside, p);
	if (p->relayed) {
		carrier = carrier_of(e, inside);
		if (carrier && endpoint_known(&flow_more(carrier)->alloc.relayed))
			p->relay = carrier->more->alloc.relayed;
	}
	p->remote_relayed = turn_is_server(e, &p->remote.ip);
	p->local_type = local_type(p, flow_host(e, inside));
	p->remote_type = remote_type(p);
}
