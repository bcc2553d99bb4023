/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A session worked, and its checks are answered no more: RFC 7675. */
#include "engine/mapping_change.h"
#include "engine/refusals.h"
#include "engine/state.h"
#include "engine/verdict/predicates.h"
#include "util/time.h"

#define UNANSWERED_CHECKS 7 /* fewer may be missing where a capture is thin */
#define UNANSWERED_NS (10 * NS_PER_S) /* two consent intervals: who hangs up stops asking sooner */

/*
 * Requests go on and nothing answers, longer than consent lasts. Who hangs up stops asking. Consent
 * that was never seen given (TURN indications, a capture that joined late) cannot be told lost.
 */
static bool is_lost(const struct verdict_context *c)
{
	const struct facts *f = c->facts;

	return f->success_ns && !c->session->hung_up &&
	       c->engine->now > f->success_ns + CONSENT_LOST_NS &&
	       f->request_ns > f->success_ns + UNANSWERED_NS;
}

/*
 * The checks left the WAN, their answers did not come back there, and the peer's media or data did,
 * for as long. One side may find out sooner than the other, and hang up.
 */
static bool is_lost_alone(const struct verdict_context *c)
{
	const struct facts *f = c->facts;
	u64 since = f->success_ns + UNANSWERED_NS;
	bool over =
		verdict_hung_up(c->session) ? f->asked_wan_ns > since + UNANSWERED_NS : is_lost(c);

	return f->success_ns && over && f->asked_wan_ns > since && f->success_wan_ns < since &&
	       f->heard_ns > since && !foreign_xdp(c->engine, c->session);
}

static void say_lost(const struct facts *f, struct ruling *r)
{
	ruling_say(r, f->request_ns, AT_GATEWAY, EVIDENCE_CONSENT_UNANSWERED,
		   (f->request_ns - f->success_ns) / NS_PER_S);
}

enum finding consent_lost_alone(const struct verdict_context *c, struct ruling *r)
{
	const struct facts *f = c->facts;

	if (!is_lost_alone(c))
		return FINDING_NONE;
	say_lost(f, r);
	ruling_say(r, f->heard_ns, AT_WAN_IN, EVIDENCE_CONSENT_MEDIA,
		   (f->heard_ns - f->success_ns) / NS_PER_S);
	return FINDING_HINT;
}

/*
 * Checks that this kernel has dropped since the last answer, and none before it: what is dropped on
 * the way to a candidate that leads nowhere is dropped from the beginning.
 */
enum finding consent_cut_here(const struct verdict_context *c, struct ruling *r)
{
	const struct drop_sum *d = drops_of(c->session->drops, BLOCKED_CHECK);

	if (!d->count || d->first_ns <= c->facts->success_ns || !is_lost(c))
		return FINDING_NONE;
	ruling_blame(r, d, BLOCKED_CHECK);
	say_lost(c->facts, r);
	ruling_say_drops(c, r, d, "checks");
	return FINDING_HINT;
}

enum finding consent_never_renewed(const struct verdict_context *c, struct ruling *r)
{
	const struct facts *f = c->facts;

	return f->dtls[OUTBOUND] || f->dtls[INBOUND] ? FINDING_NONE : consent_lost(c, r);
}

enum finding consent_lost(const struct verdict_context *c, struct ruling *r)
{
	if (!is_lost(c))
		return FINDING_NONE;
	say_lost(c->facts, r);
	return FINDING_HINT;
}

/* Libwebrtc gives up 15 s after the last answer, sooner than its consent expires. */
static bool was_given_up(const struct verdict_context *c, struct ruling *r)
{
	const struct facts *f = c->facts;

	if (!f->success_ns || c->session->hung_up || session_is_offloaded(c->session) ||
	    f->request_ns < f->success_ns + UNANSWERED_NS ||
	    f->request_ns < f->inbound_ns + UNANSWERED_NS ||
	    f->requests[OUTBOUND] < f->answers[INBOUND] + UNANSWERED_CHECKS)
		return false;
	say_lost(f, r);
	r->probable = true;
	return true;
}

enum finding consent_given_up(const struct verdict_context *c, struct ruling *r)
{
	return verdict_is_silent(c) && was_given_up(c, r) ? FINDING_HINT : FINDING_NONE;
}

enum finding consent_given_up_at_end(const struct verdict_context *c, struct ruling *r)
{
	return c->session->s.verdict == VERDICT_SUCCEEDED && was_given_up(c, r) ? FINDING_HINT
										: FINDING_NONE;
}
