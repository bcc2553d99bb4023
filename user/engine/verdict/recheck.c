/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * When a session must be looked at again although nothing happens to it. Most of those that there
 * are work, and are left alone until one of the times is near at which they could be lost.
 */
#include "engine/state.h"
#include "engine/verdict/verdict.h"

/*
 * Checks of a session that works are answered; unanswered for less, it is not lost
 * (cause_consent.c).
 */
#define CONSENT_LEAST_NS (20 * NS_PER_S)

static u32 succeeded_pairs(const struct session *s)
{
	u32 count = 0;

	for (u32 i = 0; i < s->npairs; i++)
		count += s->pairs[i].state == PAIR_SUCCEEDED;
	return count;
}

/*
 * Only silence can change it: no other path takes over, nothing better is looked for, no media is
 * missing.
 */
static bool is_calm(const struct session_state *s, const struct facts *f)
{
	return s->s.times.media && s->s.verdict == VERDICT_SUCCEEDED &&
	       s->s.path_proto == PROTO_UDP && !s->s.path_relayed && succeeded_pairs(&s->s) <= 1 &&
	       !drops_of(s->drops, BLOCKED_MEDIA)->count && !media_silent(f, OUTBOUND) &&
	       !media_silent(f, INBOUND);
}

u64 judge_again(const struct engine *e, const struct session_state *s, const struct facts *f)
{
	u64 again = s->s.times.last + JUDGE_CONSENT_NS;

	if (s->s.over || !is_calm(s, f))
		return e->now;
	return f->success_ns && f->success_ns + CONSENT_LEAST_NS < again
		       ? f->success_ns + CONSENT_LEAST_NS
		       : again;
}
