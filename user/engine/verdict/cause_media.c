/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Why nothing comes although the handshake is over. */
#include "engine/cover.h"
#include "engine/state.h"
#include "engine/verdict/predicates.h"
#include "util/time.h"

/*
 * A receiver's first report comes after 3.75 s at most: half of 5 s, and half as much again (RFC
 * 3550 sections 6.2 and 6.3.1).
 */
#define REPORTS_NS (5 * NS_PER_S)
/* A handful of packets may be lost while rules are changed. */
#define DROPPED_NS (3 * NS_PER_S)

bool media_silent(const struct facts *f, enum heading heading)
{
	return f->rtp[!heading] && !f->rtp[heading] && !f->rtcp[heading];
}

/* RTP is seen at one side of this gateway only. */
static bool is_kept_here(const struct facts *f)
{
	return (f->rtp[OUTBOUND] && !f->rtp_wan[OUTBOUND]) ||
	       (f->rtp_wan[INBOUND] && !f->rtp[INBOUND]);
}

bool media_dropped(const struct verdict_context *c)
{
	const struct drop_sum *d = drops_of(c->session->drops, BLOCKED_MEDIA);

	if (media_never_passes(c))
		return true;
	return c->session->lan && d->count && is_kept_here(c->facts) &&
	       c->engine->now > d->first_ns + DROPPED_NS;
}

/*
 * While media flows some send no checks: then data tells that the path still passes other things.
 */
static bool long_silent(const struct facts *f, enum heading heading)
{
	u64 since = f->rtp_ns[!heading],
	    passes = f->success_ns > f->inbound_ns ? f->success_ns : f->inbound_ns;

	return media_silent(f, heading) && since && passes > since + REPORTS_NS;
}

bool media_one_way(const struct verdict_context *c)
{
	return c->session->s.times.secured &&
	       (long_silent(c->facts, INBOUND) || long_silent(c->facts, OUTBOUND));
}

enum finding media_was_dropped(const struct verdict_context *c, struct ruling *r)
{
	const struct drop_sum *d = drops_of(c->session->drops, BLOCKED_MEDIA);

	if (!d->count)
		return FINDING_NONE;
	ruling_blame(r, d, BLOCKED_MEDIA);
	ruling_say_drops(c, r, d, "media packets");
	return FINDING_HINT;
}

/* Both sides were seen for as long as it takes to tell. */
static bool is_media_covered(const struct verdict_context *c)
{
	u64 since = c->facts->rtp_ns[OUTBOUND] ? c->facts->rtp_ns[OUTBOUND]
					       : c->session->s.times.secured;

	return side_is_covered(c->engine, SIDE_WAN, since, since + REPORTS_NS) &&
	       side_is_covered(c->engine, SIDE_LAN, since, since + REPORTS_NS);
}

enum finding media_stuck(const struct verdict_context *c, struct ruling *r)
{
	if (!media_one_way(c) || !c->session->lan || !c->facts->left || !is_kept_here(c->facts) ||
	    !is_media_covered(c))
		return FINDING_NONE;
	if (c->facts->rtp[OUTBOUND] && !c->facts->rtp_wan[OUTBOUND])
		r->since_ns = c->facts->rtp_ns[OUTBOUND];
	ruling_say(r, c->facts->last_ns, AT_GATEWAY, EVIDENCE_MEDIA_STUCK);
	return FINDING_HINT;
}

enum finding media_unanswered(const struct verdict_context *c, struct ruling *r)
{
	if (!media_one_way(c) || !media_silent(c->facts, INBOUND))
		return FINDING_NONE;
	/* who sends no reports at all may be somebody whose media is not due, either */
	r->probable = !c->facts->rtcp[OUTBOUND];
	ruling_say(r, c->facts->success_ns, AT_WAN_IN, EVIDENCE_MEDIA_MISSING);
	return FINDING_HINT;
}
