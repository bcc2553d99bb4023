/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The end of a capture: sessions that are not over get their verdict, and flows that showed too
 * little to begin a session become one where they tell of it.
 */
#include <utlist.h>

#include "engine/engine.h"
#include "engine/flows.h"
#include "engine/gathering_review.h"
#include "engine/hosts.h"
#include "engine/local.h"
#include "engine/session.h"
#include "engine/session_anonymous.h"
#include "engine/session_evidence.h"
#include "engine/session_review.h"
#include "engine/state.h"
#include "util/address.h"

/* Returns whether there are answers alone: nothing of who asked is in the capture. */
static bool is_answered_only(const struct flow *f)
{
	return (f->leg[INBOUND].unasked && !f->leg[OUTBOUND].requests) ||
	       (f->leg[OUTBOUND].unasked && !f->leg[INBOUND].requests);
}

static void tell_answered(struct engine *e, struct flow *f)
{
	struct session_state *s = session_without_ufrags(e, f, f->first_ns);

	if (s)
		session_stage(s, STAGE_CHECKING);
}

/*
 * A host that asks a TURN server to let somebody in has learned of a peer: a session has begun,
 * though no check of it was seen.
 */
static bool is_invited(const struct flow *f)
{
	const struct allocation *alloc = &flow_more(f)->alloc;

	return alloc->granted_ns && alloc->peers && !alloc->closed;
}

static void tell_invited(struct engine *e, struct flow *f)
{
	struct session_state *s;
	char to[ENDPOINT_TEXT];
	struct host *h;

	h = host_find(e, &flow_local(flow_inside(f))->ip);
	if (!h || h->session_ns + VERDICT_WINDOW_NS > f->first_ns)
		return;
	s = session_new(e, f->first_ns, NULL, NULL);
	if (!s)
		return;
	h->session_ns = e->now;
	session_give_host(e, s, &h->ip);
	s->s.family = addr_is_v4(&h->ip) ? 4 : 6;
	s->s.times.last = f->last_ns;
	session_say(s, f->last_ns, AT_GATEWAY, EVIDENCE_TURN_PERMISSION,
		    endpoint_text(flow_remote(f), to));
}

void engine_end(struct engine *e, unsigned int lacks)
{
	struct session_state *s;
	struct flow *f, *tmp;
	struct host *h;

	DL_FOREACH_SAFE2(flows_loose(e), f, tmp, newer) {
		if (is_answered_only(f))
			tell_answered(e, f);
		else if (is_invited(f))
			tell_invited(e, f);
	}
	for (h = hosts_troubled(e); h; h = h->trouble_after)
		host_review_gathering_end(e, h);
	for (s = sessions_known(e); s; s = s->next) {
		if (!s->s.over)
			session_review(e, s);
		session_review_end(e, s, lacks);
	}
	e->ended = 1;
}
