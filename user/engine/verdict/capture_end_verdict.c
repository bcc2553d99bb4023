/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What can be said of a session of which only a part is in a capture. */
#include "engine/engine.h"
#include "engine/metrics.h"
#include "engine/session_evidence.h"
#include "engine/session_schedule.h"
#include "engine/verdict/verdict.h"

/* Two consent checks of RFC 7675 section 5.1: whose handshake failed does not go on so long. */
#define CONSENT_SEEN_NS (5 * NS_PER_S)

bool judge_one_end(struct session_state *s, const struct facts *f)
{
	bool host = facts_one_end(f, OUTBOUND);

	if (!host && !facts_one_end(f, INBOUND))
		return false;
	session_say(s, f->last_ns, AT_GATEWAY, EVIDENCE_ONE_DIRECTION, host ? "host" : "peer",
		    host ? "peer" : "host");
	judge_close(s, VERDICT_UNKNOWN, WHERE_NONE, CAUSE_NONE);
	return true;
}

/* A capture of checks alone: they are all that there is to go by. */
static void by_checks(struct session_state *s, const struct facts *f)
{
	bool went_on = s->nominated_ns && f->success_ns > s->nominated_ns + CONSENT_SEEN_NS;

	session_say(s, f->last_ns, AT_GATEWAY, EVIDENCE_CAPTURE_STUN_ONLY,
		    went_on ? "went on being answered behind the nomination" : "were answered");
	s->s.probable = 1;
	judge_close(s, went_on ? VERDICT_SUCCEEDED : VERDICT_UNKNOWN, WHERE_NONE, CAUSE_NONE);
}

static void by_nothing(struct session_state *s, const struct facts *f)
{
	session_say(s, f->last_ns, AT_GATEWAY, EVIDENCE_CAPTURE_ONE_DIRECTION);
	judge_close(s, VERDICT_UNKNOWN, WHERE_NONE, CAUSE_NONE);
}

/*
 * Keys are agreed on and media comes; a report that would go back is not due yet (RFC 3550 section
 * 6.2).
 */
static bool receives(const struct facts *f)
{
	return facts_secured(f) && (f->rtp[OUTBOUND] || f->rtp[INBOUND]);
}

static void by_media(struct session_state *s, const struct facts *f)
{
	session_say(s, f->last_ns, AT_GATEWAY, EVIDENCE_CAPTURE_MEDIA,
		    f->rtp[OUTBOUND] ? "host" : "peer");
	s->s.probable = 1;
	judge_close(s, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE);
}

/*
 * A ClientHello is repeated when its answer does not come (RFC 6347 section 4.2.4), and nothing
 * else ever came.
 */
static bool calls_in_vain(const struct facts *f, enum heading heading)
{
	return f->hellos[heading] > 1 && !f->requests[heading] && !facts_heard(f, !heading);
}

/* Its time is not over: is what was seen enough? */
static void by_part(struct engine *e, struct session_state *s, const struct facts *f)
{
	if (judge_one_end(s, f))
		return;
	if (receives(f))
		by_media(s, f);
	else if (calls_in_vain(f, OUTBOUND) || calls_in_vain(f, INBOUND))
		judge_failure(e, s, f);
}

void judge_end(struct engine *e, struct session_state *s, unsigned int lacks)
{
	struct facts f;

	if (s->ended)
		return;
	s->ended = 1;
	facts_collect(&f, s);
	if (lacks & LACKS_ALL_BUT_STUN && s->s.stage >= STAGE_CONNECTED &&
	    s->s.verdict != VERDICT_SUCCEEDED)
		by_checks(s, &f);
	else if (s->s.verdict == VERDICT_PENDING)
		by_part(e, s, &f);
	if (lacks & LACKS_A_DIRECTION &&
	    (s->s.verdict == VERDICT_PENDING || s->s.cause == CAUSE_NO_ANSWER))
		by_nothing(s, &f);
	s->s.over = 1;
	metrics_verdict(e, s);
	session_settle(e, s, e->now);
}
