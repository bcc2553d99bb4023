/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Does STUN lead anywhere at all? What left for several addresses and was answered by none was
 * stopped on the way: with all UDP, or for what it is. What left for one, the peer, may not have
 * arrived because that is away.
 */
#include <stdio.h>

#include "engine/verdict/predicates.h"

/* What the host has sent outside at about the time of the session. */
struct udp_tries {
	const struct asked_remote *first, *second; /* of those that were asked in vain */
	u32 count, servers; /* servers: those of them that were asked without an ICE user name */
	u16 port; /* asked in vain, while other UDP to it was answered; 0: none */
	bool answered; /* by anybody */
	bool there; /* one that does not answer over UDP answers over TCP */
};

static void try_add(struct udp_tries *tries, const struct verdict_context *c,
		    const struct asked_remote *remote)
{
	if (!context_in_window(c, remote->asked_ns))
		return;
	if (!tries->count)
		tries->first = remote;
	else if (tries->count == 1)
		tries->second = remote;
	tries->count++;
	tries->servers += context_in_window(c, remote->server_ns);
	tries->there |= context_in_window(c, remote->tcp_ns);
}

static void tries_collect(struct udp_tries *tries, const struct verdict_context *c)
{
	const struct local_addr *l = local_find(c->engine, &c->session->s.host);

	memset(tries, 0, sizeof(*tries));
	if (!l)
		return;
	tries->answered = context_in_window(c, l->answered_ns);
	for (u32 i = 0; l->asked && i < l->asked->count; i++)
		try_add(tries, c, &l->asked->remote[i]);
	if (l->asked && context_in_window(c, l->asked->port_ns))
		tries->port = l->asked->port;
}

static void say_stun_unanswered(const struct verdict_context *c, struct ruling *r,
				const struct udp_tries *tries)
{
	char first[ENDPOINT_TEXT], second[ENDPOINT_TEXT], but[32] = "TCP is";

	if (tries->port)
		snprintf(but, sizeof(but), "other UDP to port %u is", tries->port);
	ruling_say(r, c->session->s.times.last, AT_WAN_OUT, EVIDENCE_STUN_UNANSWERED, tries->count,
		   addr_text(&tries->first->ip, first), addr_text(&tries->second->ip, second), but);
}

/*
 * A server alone may be away, as the peer may: it takes two, or one that is known to be there.
 * `tcp_works`: TCP of the host, to anybody, is answered.
 */
static enum finding stun_stopped(const struct verdict_context *c, bool tcp_works, enum cause cause,
				 struct ruling *r)
{
	struct udp_tries tries;

	tries_collect(&tries, c);
	if (tries.answered || tries.count < 2 ||
	    cause != (tries.port ? CAUSE_STUN_FILTERED : CAUSE_UDP_BLOCKED))
		return FINDING_NONE;
	if (!(tries.servers >= 2 && (tcp_works || tries.port)) && !tries.there)
		return FINDING_NONE;
	say_stun_unanswered(c, r, &tries);
	return FINDING_HINT;
}

static bool one_server_asked(const struct verdict_context *c)
{
	struct udp_tries tries;

	tries_collect(&tries, c);
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
