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

/* What the host has sent outside at about the time of the session. */
struct udp_tries {
	const struct asked_remote *first, *second; /* of those that were asked in vain */
	u32 count, servers; /* servers: those of them that were asked without an ICE user name */
	u16 port; /* asked in vain, while other UDP to it was answered; 0: none */
	bool answered; /* by anybody */
	bool there; /* one that does not answer over UDP answers over TCP */
};

static void try_add(struct udp_tries *tries, const struct session_state *s,
		    const struct asked_remote *r)
{
	if (!judge_in_window(s, r->asked_ns))
		return;
	if (!tries->count)
		tries->first = r;
	else if (tries->count == 1)
		tries->second = r;
	tries->count++;
	tries->servers += judge_in_window(s, r->server_ns);
	tries->there |= judge_in_window(s, r->tcp_ns);
}

static void tries_collect(const struct engine *e, const struct session_state *s,
			  struct udp_tries *tries)
{
	const struct local_addr *l = local_find(e, &s->s.host);

	memset(tries, 0, sizeof(*tries));
	if (!l)
		return;
	tries->answered = judge_in_window(s, l->answered_ns);
	for (u32 i = 0; l->asked && i < l->asked->count; i++)
		try_add(tries, s, &l->asked->remote[i]);
	if (l->asked && judge_in_window(s, l->asked->port_ns))
		tries->port = l->asked->port;
}

static void say_tries(struct session_state *s, const struct udp_tries *tries)
{
	char first[ENDPOINT_TEXT], second[ENDPOINT_TEXT], but[32] = "TCP is";

	if (tries->port)
		snprintf(but, sizeof(but), "other UDP to port %u is", tries->port);
	session_say(s, s->s.times.last, AT_WAN_OUT, EVIDENCE_STUN_UNANSWERED, tries->count,
		    addr_text(&tries->first->ip, first), addr_text(&tries->second->ip, second),
		    but);
}

/* A server alone may be away, as the peer may: it takes two, or one that is known to be there. */
enum cause judge_udp(const struct engine *e, struct session_state *s, bool tcp_works)
{
	struct udp_tries tries;

	tries_collect(e, s, &tries);
	if (tries.answered)
		return CAUSE_NONE;
	if (tries.count >= 2 &&
	    ((tries.servers >= 2 && (tcp_works || tries.port)) || tries.there)) {
		say_tries(s, &tries);
		return tries.port ? CAUSE_STUN_FILTERED : CAUSE_UDP_BLOCKED;
	}
	if (tries.servers == 1)
		session_say(s, s->s.times.last, AT_WAN_OUT, EVIDENCE_STUN_ONE_SERVER);
	return CAUSE_NONE;
}
