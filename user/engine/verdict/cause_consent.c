/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A session that worked, and whose checks are answered no more: RFC 7675. */
#include "engine/refusals.h"
#include "engine/session_evidence.h"
#include "engine/state.h"
#include "engine/verdict/verdict.h"

#define UNANSWERED_NS (10 * NS_PER_S) /* two consent intervals: who hangs up stops asking sooner */

/* Requests go on and nothing answers, longer than consent lasts. Who hangs up stops asking. */
static bool is_lost(const struct engine *e, const struct session_state *s, const struct facts *f)
{
	return !s->hung_up && e->now > f->success_ns + JUDGE_CONSENT_NS &&
	       f->request_ns > f->success_ns + UNANSWERED_NS;
}

/*
 * The checks left the WAN, their answers did not come back there, and the peer's media or data did,
 * for as long. One side may find out sooner than the other, and hang up.
 */
static bool lost_alone(const struct engine *e, const struct session_state *s, const struct facts *f)
{
	u64 since = f->success_ns + UNANSWERED_NS;
	bool over = s->hung_up ? f->asked_wan_ns > since + UNANSWERED_NS : is_lost(e, s, f);

	return over && f->asked_wan_ns > since && f->success_wan_ns < since &&
	       f->heard_ns > since && !foreign_xdp(e, s);
}

static void say_lost(struct session_state *s, const struct facts *f)
{
	s->judged = 1;
	s->judged_stage = s->s.stage;
	session_say(s, f->request_ns, AT_GATEWAY, EVIDENCE_CONSENT_UNANSWERED,
		    (f->request_ns - f->success_ns) / NS_PER_S);
}

bool judge_consent(const struct engine *e, struct session_state *s, const struct facts *f)
{
	if (!f->success_ns)
		return false;
	if (s->lost_ns == f->success_ns) { /* and has stayed so */
		s->s.over = 1;
	} else if (lost_alone(e, s, f)) {
		say_lost(s, f);
		session_say(s, f->heard_ns, AT_WAN_IN, EVIDENCE_CONSENT_MEDIA,
			    (f->heard_ns - f->success_ns) / NS_PER_S);
		judge_close(s, VERDICT_BLOCKED, WHERE_UPSTREAM, CAUSE_STUN_FILTERED);
	} else if (is_lost(e, s, f)) {
		say_lost(s, f);
		judge_close(s, VERDICT_FAILED, WHERE_NONE, CAUSE_CONSENT_LOST);
	} else {
		return false;
	}
	s->lost_ns = f->success_ns;
	return true;
}
