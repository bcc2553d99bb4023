/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From evidence to verdict: a session is brought as far as its facts show, and what verdict/ rules
 * is applied to it (session_ruling.c). A verdict of failure comes only when its time is over or
 * when the host itself has stopped trying (verdict/timers.c), unless its evidence is decisive.
 */
#include "engine/mapping_change.h"
#include "engine/metrics.h"
#include "engine/rules.h"
#include "engine/session_course.h"
#include "engine/session_evidence.h"
#include "engine/session_impair.h"
#include "engine/session_review.h"
#include "engine/session_ruling.h"
#include "engine/session_schedule.h"
#include "engine/session_stages.h"
#include "engine/state.h"
#include "util/time.h"

/* A verdict that may be withdrawn if the session comes further after all. */
static void set_has_verdict(struct session_state *s)
{
	s->has_verdict = 1;
	s->verdict_stage = s->s.stage;
}

/* Returns since when the session works. */
static u64 works_since_ns(const struct session *s)
{
	return s->times.media ? s->times.media : s->times.secured;
}

/* It worked until then. The verdict is taken back when packets pass again. */
static void session_cut(struct session_state *s, const struct verdict_context *c,
			const struct ruling *r)
{
	u64 since = works_since_ns(&s->s), until = r->since_ns ? r->since_ns : c->facts->success_ns;
	struct course *course = session_course(s);

	if (s->cut && s->s.verdict == r->verdict && s->s.cause == r->cause)
		return; /* also where the other way has stopped, too */
	/* what was told of the peer holds: an error of its kernel that comes later adds nothing */
	if (s->cut && s->s.verdict == VERDICT_FAILED && r->verdict == VERDICT_FAILED)
		return;
	session_say_all(s, &r->evidence);
	session_blame(s, r);
	set_has_verdict(s);
	s->s.probable |= r->probable;
	session_set_verdict(s, r->verdict, r->where, r->cause);
	course_decide(s, r->since_ns);
	s->cut = r->verdict != VERDICT_UNKNOWN;
	s->cut_heading = r->heading;
	if (course)
		course->cut_ns = c->engine->now;
	if (course && since && until > since)
		course->worked_ns = until - since;
	course_note(s, c->engine->now, COURSE_CUT);
}

/* Returns whether something has passed since it was told to be cut: what cut it holds no more. */
static bool has_recovered(const struct session_state *s, const struct verdict_context *c)
{
	u64 cut = session_course_of(s)->cut_ns;

	return c->facts->inbound_ns > cut || c->facts->success_ns > cut;
}

static void session_recover(struct session_state *s, const struct verdict_context *c)
{
	u64 at = c->engine->now;

	/* a sample tells of packets that came after the last event */
	time_advance(&at, c->facts->last_ns);
	session_impair_by_cut(s, c);
	s->cut = 0;
	s->has_verdict = 0;
	s->blamed = BLOCKED_KINDS;
	session_set_verdict(s, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE);
	course_note(s, at, COURSE_RECOVERED);
}

/* Returns whether a session that worked does not any more. */
static bool review_cut(struct session_state *s, const struct verdict_context *c)
{
	struct ruling r;

	if (verdict_consent(c, &r)) {
		session_cut(s, c, &r);
		return true;
	}
	if (s->cut && has_recovered(s, c))
		session_recover(s, c);
	return s->cut;
}

static void review_ended(struct session_state *s, const struct verdict_context *c)
{
	if (!verdict_is_silent(c) || session_is_offloaded(s))
		return;
	if (!s->cut)
		session_stage(s, STAGE_ENDED);
	s->s.times.ended = s->s.times.last;
	s->s.over = 1;
	session_close_pairs(&s->s);
}

static void review_working(struct session_state *s, const struct verdict_context *c)
{
	if (!review_cut(s, c)) {
		session_set_verdict(s, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE);
		/* a handshake that was not seen from its beginning may have been another one's */
		s->s.probable = !facts_secured(c->facts) || s->s.dtls.handshake_ms == UNKNOWN_MS;
		s->s.degraded = session_degraded_cause(s, c);
		session_impair(s, c);
	}
	review_ended(s, c);
}

/* A failure once its time is over, or sooner if that is decisive. */
static bool find_failure(struct session_state *s, const struct verdict_context *c, struct ruling *r)
{
	s->early = verdict_early(c, r);
	if (s->early)
		return true;
	if (!verdict_is_due(c) || !verdict_time_over(c, r))
		return false;
	r->probable |= r->cause != CAUSE_NONE && !r->decisive && verdict_is_premature(c);
	return true;
}

/* It has not come to media. */
static void review_failing(struct session_state *s, const struct verdict_context *c)
{
	struct ruling r;

	if (!find_failure(s, c, &r))
		return;
	set_has_verdict(s);
	session_apply(s, c, &r, COURSE_VERDICT);
	session_close_pairs(&s->s);
	s->s.over = verdict_is_due(c);
}

/* Its verdict did not wait: it is over once the host has stopped trying, or has had its time. */
static void review_early(struct session_state *s, const struct verdict_context *c)
{
	s->s.over |= verdict_is_due(c);
}

/* What passed both ways was data: the media that came after it does not. */
static void take_media_back(struct engine *e, struct session_state *s)
{
	session_reopen(e, s);
	s->s.stage = STAGE_SECURED;
	s->s.times.media = 0;
	s->s.degraded = CAUSE_NONE;
}

/* The peer's checks for a host that nobody here knows are kept for so long and never reported. */
#define UNCLAIMED_NS (39500 * NS_PER_MS)

static void review_unclaimed(struct engine *e, struct session_state *s)
{
	if (e->now > s->s.times.last + UNCLAIMED_NS)
		s->s.over = 1;
	session_settle(e, s, e->now);
}

/* Returns whether it works although it has not come to media, now or before and since. */
static bool review_secured(struct engine *e, struct session_state *s,
			   const struct verdict_context *c)
{
	struct ruling r;

	if (s->works && (media_dropped(c) || media_one_way(c))) /* it was to come, and does not */
		session_reopen(e, s);
	if (s->works || s->s.over || s->s.stage != STAGE_SECURED || !verdict_secured(c, &r))
		return s->works;
	session_say_all(s, &r.evidence);
	session_set_verdict(s, r.verdict, r.where, r.cause);
	course_note(s, e->now, COURSE_VERDICT);
	s->works = 1;
	return true;
}

static void review_known(struct engine *e, struct session_state *s, const struct verdict_context *c)
{
	session_stages(e, s, c);
	if (s->has_verdict &&
	    (s->s.stage > s->verdict_stage || (s->early && verdict_is_refuted(c))))
		session_reopen(e, s);
	if (s->s.stage == STAGE_MEDIA && (media_dropped(c) || media_one_way(c)))
		take_media_back(e, s);
	if (s->s.times.media || review_secured(e, s, c)) {
		s->s.over = 0;
		s->s.probable &= s->cut;
		review_working(s, c);
		s->s.probable |= s->s.verdict == VERDICT_SUCCEEDED && !s->s.times.media;
	} else if (s->early) {
		review_early(s, c);
	} else if (!s->s.over) {
		review_failing(s, c);
	}
	session_review_outlook(s, c);
	rule_name(e, s);
	metrics_verdict(e, s);
	session_settle(e, s, verdict_review_ns(c));
}

void session_review(struct engine *e, struct session_state *s)
{
	struct facts facts;
	struct verdict_context c = {.engine = e, .session = s, .facts = &facts};

	if (s->s.over && s->s.stage == STAGE_ENDED)
		return;
	if (s->gathering) { /* gathering_review.c does */
		session_settle(e, s, e->now);
		return;
	}
	facts_collect(&facts, s);
	if (facts.last_ns > s->s.times.last)
		s->s.times.last = facts.last_ns;
	if (s->s.has_host)
		review_known(e, s, &c);
	else
		review_unclaimed(e, s);
}

void session_review_end(struct engine *e, struct session_state *s, unsigned int lacks)
{
	struct facts facts;
	struct verdict_context c = {.engine = e, .session = s, .facts = &facts, .lacks = lacks};
	struct ruling r;

	if (s->ended)
		return;
	s->ended = 1;
	facts_collect(&facts, s);
	if (verdict_capture_end(&c, &r))
		session_apply(s, &c, &r, COURSE_VERDICT);
	s->s.over = 1;
	session_review_outlook(s, &c);
	rule_name(e, s);
	metrics_verdict(e, s);
	session_settle(e, s, e->now);
}
