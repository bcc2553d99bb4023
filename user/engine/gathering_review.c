/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <stdint.h>

#include "engine/gathering_review.h"
#include "engine/hosts.h"
#include "engine/metrics.h"
#include "engine/rules.h"
#include "engine/session_ruling.h"
#include "engine/session_schedule.h"
#include "engine/state.h"

/* The session that stands for a gathering in which no check was seen. */
static struct session_state *gathering_session(struct engine *e, struct host *h, u64 since)
{
	struct session_state *s;

	if (h->gathering)
		return h->gathering;
	s = session_new(e, since, NULL, NULL);
	if (!s)
		return NULL;
	session_give_host(e, s, &h->ip);
	s->s.family = addr_is_v4(&h->ip) ? 4 : 6;
	s->gathering = 1;
	h->gathering = s;
	return s;
}

/* Returns whether it was judged already, or the host had a session at that time. */
static bool gathering_is_told(const struct host *h, u64 since)
{
	return h->gathering_verdict_ns >= since || h->session_ns + VERDICT_WINDOW_NS > since;
}

static void gathering_rule(struct session_state *s, const struct verdict_context *c, bool probable)
{
	struct ruling r;

	s->has_verdict = 1;
	verdict_gathering(c, &r);
	r.probable |= probable;
	session_apply(s, c, &r, COURSE_VERDICT);
}

/*
 * A gathering whose verdict did not wait. Returns whether that holds: the host does not ask
 * somebody else. It is over when no check can follow any more.
 */
static bool gathering_verdict_holds(struct engine *e, struct host *h, u64 now)
{
	struct session_state *s = h->gathering;
	bool failed = gathering_failed_ns(h, e->now, now);

	if (!failed && !gathering_is_lost(h, now)) {
		session_reopen(e, s);
		h->gathering_verdict_ns = 0;
		return false;
	}
	s->s.over = failed;
	session_settle(e, s, e->now);
	return true;
}

/* The session of a host's gathering, in which no check was seen; or none, where it is well. */
static struct session_state *gathering_in_trouble(struct engine *e, struct host *h, u64 failed,
						  bool may_wait)
{
	u64 since = failed ? failed : gathering_troubled_ns(h, e->now);

	if (!h->gathering && !failed && !may_wait)
		return NULL;
	if (since && !gathering_is_told(h, since))
		return gathering_session(e, h, since);
	if (h->gathering)
		session_forget(e, h->gathering);
	return NULL;
}

/* `may_wait`: there is room for a session without a verdict. */
static void review_gathering(struct engine *e, struct host *h, u64 now, bool probable,
			     bool may_wait)
{
	u64 failed = gathering_failed_ns(h, e->now, now);
	struct facts facts = {.left = 0};
	struct verdict_context c = {.engine = e, .facts = &facts};
	struct session_state *s;

	if (h->gathering && h->gathering->s.over)
		return;
	if (h->gathering && h->gathering->early && gathering_verdict_holds(e, h, now))
		return;
	c.session = s = gathering_in_trouble(e, h, failed, may_wait);
	if (!s)
		return;
	s->s.times.last = e->now;
	s->early = !failed && gathering_is_lost(h, now);
	if (failed || s->early) {
		gathering_rule(s, &c, probable && !s->early);
		h->gathering_verdict_ns = e->now;
		s->s.over = failed > 0;
	}
	session_review_outlook(s, &c);
	rule_name(e, s);
	metrics_verdict(e, s);
	session_settle(e, s, e->now);
}

#define GATHERINGS_WAITING 1024

void hosts_review_gathering(struct engine *e)
{
	u32 waiting = 0;

	for (struct host *h = hosts_troubled(e); h; h = h->trouble_after) {
		review_gathering(e, h, e->now, false, waiting < GATHERINGS_WAITING);
		waiting += h->gathering && !h->gathering->has_verdict;
	}
}

void host_review_gathering_end(struct engine *e, struct host *h)
{
	review_gathering(e, h, UINT64_MAX, true, false);
}
