/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "engine/cover.h"
#include "engine/hosts.h"
#include "engine/ice.h"
#include "engine/mapping_change.h"
#include "engine/metrics.h"
#include "engine/pair.h"
#include "engine/session.h"
#include "engine/session_evidence.h"
#include "engine/session_ufrags.h"
#include "engine/state.h"
#include "engine/turn_servers.h"
#include "util/address.h"

/* Many pairs may be tried: only the first checks and answers become evidence. */
#define CHECK_EVIDENCE 16
#define ANSWER_EVIDENCE 12

static bool ufrag_set(struct ufrag *u, const u8 *bytes, size_t len)
{
	if (len == 0 || len > UFRAG_MAX)
		return false;
	u->bytes = bytes;
	u->len = (u8)len;
	return true;
}

/*
 * USERNAME of a check is "receiver's ufrag:sender's ufrag" (RFC 8445 section 7.2.2). Sets both as
 * the host sees them, pointing into it. Returns false when it has another form, as TURN and some
 * applications use.
 */
static bool ufrags_of(const struct stun_info *stun, enum heading heading, struct ufrag *own,
		      struct ufrag *peer)
{
	const u8 *colon = memchr(stun->username, ':', stun->username_len);
	size_t receiver, sender;

	if (!colon || (stun->flags & STUN_F_USERNAME_CUT))
		return false;
	receiver = (size_t)(colon - stun->username);
	sender = stun->username_len - receiver - 1;
	if (heading == OUTBOUND)
		return ufrag_set(peer, stun->username, receiver) &&
		       ufrag_set(own, colon + 1, sender);
	return ufrag_set(own, stun->username, receiver) && ufrag_set(peer, colon + 1, sender);
}

static struct session_state *session_of_check(struct engine *e, struct flow *f,
					      const struct event *event, enum heading heading)
{
	struct host *h = flow_host(e, f);
	struct session_state *s;
	struct ufrag own, peer;

	if (!ufrags_of(&event->stun, heading, &own, &peer))
		return f->session;
	if (f->session && !f->session->s.over) {
		session_renew(e, f->session, &own, &peer);
		return f->session;
	}
	s = session_find(e, &own, &peer, h && !f->own ? &h->ip : NULL);
	if (s) {
		f->own &= !s->s.has_host ||
			  memcmp(&s->s.host, &flow_local(f)->ip, sizeof(s->s.host)) == 0;
		return s;
	}
	/*
	 * Both hosts are on this side of the gateway: there is one session, that of the host seen
	 * first.
	 */
	s = session_find(e, &peer, &own, e->has_lan ? NULL : &flow_remote(f)->ip);
	if (s && (f->side == SIDE_LAN || !e->has_lan))
		return s;
	return session_new(e, event->time_ns, &own, &peer);
}

static void say_check(struct session_state *s, const struct flow *f, const struct event *event,
		      enum heading heading)
{
	const char *relayed = f->key.relayed ? "relayed " : "";
	char remote[ENDPOINT_TEXT];

	endpoint_text(flow_remote(f), remote);
	if (heading == OUTBOUND)
		session_say(s, event->time_ns, engine_at(f->side, event->dir), EVIDENCE_CHECK_OUT,
			    relayed, remote);
	else
		session_say(s, event->time_ns, engine_at(f->side, event->dir), EVIDENCE_CHECK_IN,
			    relayed, remote);
}

/* Where two hosts inside talk to each other a check crosses the flows of both: only one counts. */
static bool is_at_host(const struct session_state *s, struct flow *f)
{
	return flow_inside(f) == f && s->s.has_host &&
	       memcmp(&flow_local(f)->ip, &s->s.host, sizeof(s->s.host)) == 0;
}

static void role_seen(struct session_state *s, struct flow *f, u32 flags, enum heading heading)
{
	if (!is_at_host(s, f))
		return;
	if (flags & STUN_F_CONTROLLING)
		s->role[heading] = ICE_ROLE_CONTROLLING;
	else if (flags & STUN_F_CONTROLLED)
		s->role[heading] = ICE_ROLE_CONTROLLED;
}

/* What is no check is a request to a server (RFC 8489 section 12, RFC 8445 section 5.1.1.2). */
static void server_checked(struct engine *e, struct flow *f, const struct event *event,
			   enum heading heading)
{
	struct host *h = heading == OUTBOUND ? flow_host(e, f) : NULL;

	if (event->stun.flags & STUN_F_USERNAME)
		return;
	f->gathers = 1;
	if (h)
		server_asked(&h->tries, flow_remote(f), f->key.proto, TRY_BINDING,
			     flow_asks_again(f, event), event->time_ns);
	if (h && flow_asks_again(f, event))
		host_trouble(e, h);
}

static void check_seen(struct engine *e, struct flow *f, const struct event *event,
		       enum heading heading)
{
	struct session_state *s = session_of_check(e, f, event, heading);
	struct leg *leg = &f->leg[heading];
	struct pair *pair;
	u32 before = leg->requests;

	leg->requests = before < event->count ? event->count : before + 1;
	if ((heading == OUTBOUND) == (f->side == SIDE_LAN))
		flow_cover(e, f, before, event->time_ns);
	leg->request_ns = event->time_ns;
	raise_size(&leg->check_max, event->wire_len);
	if (!s) {
		server_checked(e, f, event, heading);
		return;
	}
	session_join(e, s, f);
	if (heading == OUTBOUND)
		mapping_moved_check(e, s, f, event);
	session_stage(s, STAGE_CHECKING);
	role_seen(s, f, event->stun.flags, heading);
	pair = session_pair(s, f);
	if (pair && heading == OUTBOUND && pair->checks_out < leg->requests)
		pair->checks_out = leg->requests;
	if (pair && heading == INBOUND && pair->checks_in < leg->requests)
		pair->checks_in = leg->requests;
	if (pair)
		pair_settle(pair);
	if (leg->requests == 1 && flow_meets_first(f, event->dir) &&
	    one_of_first(s->check_evidence, CHECK_EVIDENCE))
		say_check(s, f, event, heading);
}

/* Learns the address that a server or a peer saw a host's socket as. */
static void reflexive_learn(struct engine *e, struct flow *f, const struct endpoint *mapped)
{
	struct host *h = flow_host(e, f);
	const struct endpoint *local = flow_local(flow_inside(f));

	if (!h || !endpoint_known(mapped) || f->key.relayed)
		return;
	server_replied(&h->tries, flow_remote(f), f->key.proto, TRY_BINDING, TRY_ANSWERED, e->now);
	if (!host_is_reflexive(h, local, mapped))
		host_reflexive(h, local, mapped);
}

static void pair_nominated(struct session_state *s, struct flow *f, const struct event *event)
{
	struct pair *pair = session_pair(s, f);
	char to[ENDPOINT_TEXT];

	if (!pair || pair->nominated)
		return;
	pair->nominated = 1;
	if (!s->nominated_ns)
		s->nominated_ns = event->time_ns;
	session_say(s, event->time_ns, engine_at(f->side, event->dir), EVIDENCE_NOMINATED,
		    endpoint_text(flow_remote(f), to));
}

/* The round trip of a request that was sent twice is not known (Karn; RFC 8489 section 6.2.1). */
static void say_answer(struct session_state *s, const struct flow *f, const struct event *event,
		       enum heading heading)
{
	char after[24] = "", to[ENDPOINT_TEXT];

	if (event->stun.rtt_us)
		snprintf(after, sizeof(after), ", %.1f ms", event->stun.rtt_us / 1e3);
	session_say(s, event->time_ns, engine_at(f->side, event->dir), EVIDENCE_CHECK_ANSWERED,
		    heading == INBOUND ? "host's check" : "peer's check", after,
		    endpoint_text(flow_remote(f), to));
}

/*
 * An answer to a check counts in the direction in which it went. The pair works for the host once
 * its own check was answered, and carries the session once an answered check had USE-CANDIDATE (RFC
 * 8445 section 8.1.1).
 */
static void check_answered(struct engine *e, struct flow *f, const struct event *event,
			   enum heading heading)
{
	struct session_state *s = f->session;
	struct leg_inside *inside = leg_inside_get(f, heading);
	struct pair *pair;

	if (inside)
		inside->successes++;
	f->leg[heading].success_ns = event->time_ns;
	/* The round trip to the peer is measured at the WAN, that to the host at the LAN. */
	if (f->side == SIDE_WAN && heading == INBOUND && event->stun.rtt_us)
		metrics_observe(&e->metrics->rtt[SIDE_WAN], engine_bounds,
				event->stun.rtt_us / 1e6);
	if (f->side == SIDE_LAN && heading == OUTBOUND && event->stun.rtt_us)
		metrics_observe(&e->metrics->rtt[SIDE_LAN], engine_bounds,
				event->stun.rtt_us / 1e6);
	if (!s) {
		if (heading == INBOUND)
			reflexive_learn(e, f, &event->stun.mapped);
		return;
	}
	/* It counts only where the host is: an answer that this gateway drops was not received. */
	if (flow_inside(f) != f)
		return;
	if (heading == INBOUND && event->stun.rtt_us)
		metrics_observe(&e->metrics->path_rtt[flow_is_relayed(e, f)], engine_bounds,
				event->stun.rtt_us / 1e6);
	/* seen from the WAN alone, the peer shows what a NAT further out maps the host to */
	if (heading == INBOUND && f->side == SIDE_WAN && endpoint_known(&event->stun.mapped) &&
	    flow_more_get(f))
		f->more->seen_as = event->stun.mapped;
	session_join(e, s, f); /* its pair may have made room for another one */
	pair = session_pair(s, f);
	if (!s->answered_ns[heading])
		s->answered_ns[heading] = event->time_ns;
	if (pair) {
		u32 *answers = heading == INBOUND ? &pair->answers_in : &pair->answers_out;

		if (!*answers && one_of_first(s->answer_evidence, ANSWER_EVIDENCE))
			say_answer(s, f, event, heading);
		++*answers;
		pair_settle(pair);
		*(heading == INBOUND ? &pair->rtt_us : &pair->rtt_lan_us) = event->stun.rtt_us;
	}
	if (event->stun.flags & STUN_F_MATCHED_NOMINATION)
		pair_nominated(s, f, event);
}

#define ROLE_CONFLICT 487 /* RFC 8445 section 7.2.5.1 */

/* The peer is there and does not take the host's checks: RFC 8489 sections 6.3.1 and 9.1.3. */
static bool is_refusal(u16 error)
{
	return error == 400 || error == 401 || error == 403 || error == 420;
}

static void count_refusal(u8 *most, const struct event *event)
{
	if (event->count > *most)
		*most = event->count < UINT8_MAX ? (u8)event->count : UINT8_MAX;
}

static void check_error(struct flow *f, const struct event *event, enum heading heading)
{
	struct session_state *s = f->session;
	char to[ENDPOINT_TEXT];

	if (s && heading == INBOUND && is_at_host(s, f)) {
		if (event->stun.error == ROLE_CONFLICT)
			count_refusal(&s->role_refused, event);
		else if (is_refusal(event->stun.error) && event->stun.flags & STUN_F_MATCHED)
			count_refusal(&s->check_refused, event);
	}
	/* The two sides mostly settle a role conflict by themselves. */
	if (s && event->count <= 2)
		session_say(f->session, event->time_ns, engine_at(f->side, event->dir),
			    EVIDENCE_CHECK_ERROR, event->stun.error,
			    endpoint_text(flow_remote(f), to));
}

void ice_event(struct engine *e, struct flow *f, const struct event *event)
{
	enum heading heading = engine_heading(f->side, event->dir);

	if (event->stun.cls == STUN_REQUEST)
		check_seen(e, f, event, heading);
	/* a request may carry the match of an earlier one, too */
	if (event->stun.cls == STUN_ERROR)
		check_error(f, event, heading);
	else if (event->stun.flags & STUN_F_MATCHED)
		check_answered(e, f, event, heading);
}
