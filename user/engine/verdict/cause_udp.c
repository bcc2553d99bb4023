/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Does STUN lead anywhere at all? What left for several addresses and was answered by none was
 * stopped on the way: with all UDP, or for what it is. What left for one, the peer, may not have
 * arrived because that is away.
 */
#include <stdio.h>

#include "engine/verdict/predicates.h"

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
static bool is_of_host(const struct verdict_context *c, const struct flow *f)
{
	return !f->key.relayed && (f->twin || f->side == SIDE_WAN) &&
	       memcmp(&flow_local(f)->ip, &c->session->s.host, sizeof(flow_local(f)->ip)) == 0 &&
	       !addr_is_private(&flow_remote(f)->ip) && context_in_window(c, f->last_ns);
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

static void tries_collect(const struct verdict_context *c, struct udp_tries *tries)
{
	memset(tries, 0, sizeof(*tries));
	for (struct flow *f = flows_of(c->engine, &c->session->s.host); f; f = f->after)
		if (flow_inside(f) == f && f->key.proto == PROTO_UDP && is_of_host(c, f) &&
		    (f->leg[OUTBOUND].requests || flow_more(f)->alloc.requests))
			try_add(tries, f);
}

/* One of those who do not answer STUN over UDP answers it over TCP. */
static bool is_there(const struct verdict_context *c, const struct udp_tries *tries)
{
	for (struct flow *f = flows_of(c->engine, &c->session->s.host); f; f = f->after)
		if (flow_inside(f) == f && f->key.proto == PROTO_TCP && f->answered &&
		    is_of_host(c, f) && is_asked(tries, &flow_remote(f)->ip))
			return true;
	return false;
}

static void say_tries(const struct verdict_context *c, struct ruling *r,
		      const struct udp_tries *tries)
{
	char first[ENDPOINT_TEXT], second[ENDPOINT_TEXT], but[32] = "TCP is";

	if (tries->passes)
		snprintf(but, sizeof(but), "other UDP to port %u is",
			 flow_remote(tries->passes)->port);
	ruling_say(r, c->session->s.times.last, AT_WAN_OUT, EVIDENCE_STUN_UNANSWERED, tries->count,
		   addr_text(&tries->asked[0], first), addr_text(&tries->asked[1], second), but);
}

/*
 * A server alone may be away, as the peer may: it takes two, or one that is known to be there.
 * `tcp_works`: TCP of the host, to anybody, is answered.
 */
static enum finding stun_stopped(const struct verdict_context *c, bool tcp_works, enum cause cause,
				 struct ruling *r)
{
	struct udp_tries tries;

	tries_collect(c, &tries);
	if (tries.answered || tries.count < 2 ||
	    cause != (tries.passes ? CAUSE_STUN_FILTERED : CAUSE_UDP_BLOCKED))
		return FINDING_NONE;
	if (!(tries.servers >= 2 && (tcp_works || tries.passes)) && !is_there(c, &tries))
		return FINDING_NONE;
	say_tries(c, r, &tries);
	return FINDING_HINT;
}

static bool one_server_asked(const struct verdict_context *c)
{
	struct udp_tries tries;

	tries_collect(c, &tries);
	return !tries.answered && tries.servers == 1;
}

static void say_one_server(const struct verdict_context *c, struct ruling *r)
{
	ruling_say(r, c->session->s.times.last, AT_WAN_OUT, EVIDENCE_STUN_ONE_SERVER);
}

/* --- no check of the host was answered --- */

/* What left the host was not answered, and the peer's own checks were never seen. */
static bool is_silent(const struct facts *f)
{
	return f->left && !f->requests[INBOUND];
}

static enum finding stun_stopped_in_silence(const struct verdict_context *c, enum cause cause,
					    struct ruling *r)
{
	const struct host *h = context_host(c);

	if (!is_silent(c->facts))
		return FINDING_NONE;
	return stun_stopped(c, h && context_in_window(c, h->tcp_ns), cause, r);
}

enum finding stun_unanswered_unlike_udp(const struct verdict_context *c, struct ruling *r)
{
	return stun_stopped_in_silence(c, CAUSE_STUN_FILTERED, r);
}

enum finding stun_unanswered_unlike_tcp(const struct verdict_context *c, struct ruling *r)
{
	return stun_stopped_in_silence(c, CAUSE_UDP_BLOCKED, r);
}

enum finding nothing_came(const struct verdict_context *c, struct ruling *r)
{
	if (!is_silent(c->facts))
		return FINDING_NONE;
	if (one_server_asked(c))
		say_one_server(c, r);
	return FINDING_HINT;
}

/* --- a session over TCP works --- */

enum finding udp_unlike_other_udp(const struct verdict_context *c, struct ruling *r)
{
	return foreign_xdp(c->engine, c->session) ? FINDING_NONE
						  : stun_stopped(c, true, CAUSE_STUN_FILTERED, r);
}

enum finding udp_unlike_tcp(const struct verdict_context *c, struct ruling *r)
{
	return foreign_xdp(c->engine, c->session) ? FINDING_NONE
						  : stun_stopped(c, true, CAUSE_UDP_BLOCKED, r);
}

enum finding udp_one_server(const struct verdict_context *c, struct ruling *r)
{
	if (foreign_xdp(c->engine, c->session) || !one_server_asked(c))
		return FINDING_NONE;
	say_one_server(c, r);
	return FINDING_HINT;
}
