/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Does STUN lead anywhere at all? What left for several addresses and was answered by none was
 * stopped on the way: with all UDP, or for what it is.
 */
#include <stdio.h>
#include <string.h>

#include "engine/local.h"
#include "engine/session_evidence.h"
#include "engine/verdict/verdict.h"
#include "util/address.h"

#define ADDRESSES 8

struct udp_tries {
	struct addr asked[ADDRESSES]; /* that were sent to in vain */
	u32 count, servers; /* servers: those of them that were asked without an ICE user name */
	const struct flow *passes; /* one of them, while other UDP from its port was answered */
	bool answered;
};

static bool is_asked(const struct udp_tries *tries, const struct addr *ip)
{
	for (u32 i = 0; i < tries->count; i++)
		if (memcmp(&tries->asked[i], ip, sizeof(*ip)) == 0)
			return true;
	return false;
}

/* Of this host, with somebody outside, at about the time of the session. */
static bool is_of_host(const struct session_state *s, const struct flow *f)
{
	return !f->key.relayed && (f->twin || f->side == SIDE_WAN) &&
	       memcmp(&flow_local(f)->ip, &s->s.host, sizeof(flow_local(f)->ip)) == 0 &&
	       !addr_is_private(&flow_remote(f)->ip) &&
	       f->last_ns + JUDGE_WINDOW_NS > s->s.times.first;
}

static void try_add(struct udp_tries *tries, const struct flow *f)
{
	tries->answered |= f->answered;
	if (f->port_answered)
		tries->passes = f;
	if (tries->count == ADDRESSES || is_asked(tries, &flow_remote(f)->ip))
		return;
	tries->asked[tries->count++] = flow_remote(f)->ip;
	tries->servers += f->gathers;
}

static void tries_collect(const struct engine *e, const struct session_state *s,
			  struct udp_tries *tries)
{
	memset(tries, 0, sizeof(*tries));
	for (struct flow *f = local_flows(e, &s->s.host); f; f = f->after)
		if (flow_inside(f) == f && f->key.proto == PROTO_UDP && is_of_host(s, f) &&
		    (f->leg[OUTBOUND].requests || flow_more(f)->alloc.requests))
			try_add(tries, f);
}

/* One of those who do not answer STUN over UDP answers it over TCP. */
static bool is_there(const struct engine *e, const struct session_state *s,
		     const struct udp_tries *tries)
{
	for (struct flow *f = local_flows(e, &s->s.host); f; f = f->after)
		if (flow_inside(f) == f && f->key.proto == PROTO_TCP && f->answered &&
		    is_of_host(s, f) && is_asked(tries, &flow_remote(f)->ip))
			return true;
	return false;
}

static void say_tries(struct session_state *s, const struct udp_tries *tries)
{
	char first[ENDPOINT_TEXT], second[ENDPOINT_TEXT], but[32] = "TCP is";

	if (tries->passes)
		snprintf(but, sizeof(but), "other UDP to port %u is",
			 flow_remote(tries->passes)->port);
	session_say(s, s->s.times.last, AT_WAN_OUT, EVIDENCE_STUN_UNANSWERED, tries->count,
		    addr_text(&tries->asked[0], first), addr_text(&tries->asked[1], second), but);
}

/* A server alone may be away, as the peer may: it takes two, or one that is known to be there. */
enum cause judge_udp(const struct engine *e, struct session_state *s, bool tcp_works)
{
	struct udp_tries tries;

	tries_collect(e, s, &tries);
	if (tries.answered)
		return CAUSE_NONE;
	if (tries.count >= 2 &&
	    ((tries.servers >= 2 && (tcp_works || tries.passes)) || is_there(e, s, &tries))) {
		say_tries(s, &tries);
		return tries.passes ? CAUSE_STUN_FILTERED : CAUSE_UDP_BLOCKED;
	}
	if (tries.servers == 1)
		session_say(s, s->s.times.last, AT_WAN_OUT, EVIDENCE_STUN_ONE_SERVER);
	return CAUSE_NONE;
}
