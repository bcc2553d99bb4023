/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From evidence to verdict: a session is brought as far as its facts show, and what verdict/ rules
 * is applied to it. A verdict of failure comes only when its time is over or when the host itself
 * has stopped trying (verdict/timers.c), unless its evidence is decisive.
 */
#include <stdint.h>

#include "engine/hosts.h"
#include "engine/mapping_change.h"
#include "engine/metrics.h"
#include "engine/rules.h"
#include "engine/session_course.h"
#include "engine/session_evidence.h"
#include "engine/session_impair.h"
#include "engine/session_review.h"
#include "engine/session_schedule.h"
#include "engine/session_stages.h"
#include "engine/state.h"
#include "util/time.h"

static void set_verdict(struct session_state *s, enum verdict verdict, enum where where,
			enum cause cause)
{
	s->s.verdict = verdict;
	s->s.where = where;
	s->s.cause = cause;
}

/* TURN inside TLS: what is in there is opaque. */
static void take_tls_path(struct session *s)
{
	s->path_known = 1;
	s->path_local = CANDIDATE_RELAY;
	s->path_proto = PROTO_TLS;
	s->path_relayed = 1;
}

static void take_blame(struct session_state *s, const struct ruling *r)
{
	if (r->blamed != BLOCKED_KINDS)
		s->blamed = r->blamed;
}

/* What kept a session over TCP from UDP: judged once, as what happens later is not why. */
static enum cause degraded_tcp(struct session_state *s, const struct verdict_context *c)
{
	struct ruling r;

	if (s->s.path_proto != PROTO_TCP || s->udp_cause_known)
		return s->udp_cause;
	s->udp_cause_known = 1;
	if (verdict_degraded_tcp(c, &r)) {
		session_say_all(s, &r.evidence);
		s->udp_cause = r.cause;
	}
	return s->udp_cause;
}

/* Of a session that works: what better path was blocked, or CAUSE_NONE. */
static enum cause degraded_cause(struct session_state *s, const struct verdict_context *c)
{
	struct ruling r;

	if (!s->s.path_relayed && s->s.path_proto != PROTO_TCP)
		return CAUSE_NONE;
	if (!verdict_degraded(c, &r))
		return degraded_tcp(s, c);
	take_blame(s, &r);
	return r.cause;
}

/* What it looks like so far, in place of what it looked like before. */
static void review_outlook(struct session_state *s, const struct verdict_context *c)
{
	struct outlook *outlook = &s->s.outlook;
	struct ruling r;

	outlook->where = WHERE_NONE;
	outlook->cause = CAUSE_NONE;
	s->outlook_blamed = BLOCKED_KINDS;
	if (s->s.verdict != VERDICT_PENDING || !verdict_outlook(c, &r))
		return;
	outlook->where = r.where;
	outlook->cause = r.cause;
	s->outlook_blamed = r.blamed;
}

static void apply_ruling(struct session_state *s, const struct verdict_context *c,
			 const struct ruling *r, enum course_state state)
{
	session_say_all(s, &r->evidence);
	take_blame(s, r);
	s->s.probable |= r->probable;
	if (r->no_handshake)
		s->s.dtls.state = facts_handshake_begun(c->facts) ? DTLS_FAILED : DTLS_NONE;
	if (r->through_tls) {
		take_tls_path(&s->s);
		s->s.degraded = degraded_cause(s, c);
	}
	set_verdict(s, r->verdict, r->where, r->cause);
	course_decide(s, r->since_ns);
	course_note(s, c->engine->now, state);
	s->s.over = 1;
}

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
	take_blame(s, r);
	set_has_verdict(s);
	s->s.probable |= r->probable;
	set_verdict(s, r->verdict, r->where, r->cause);
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
	set_verdict(s, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE);
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
		set_verdict(s, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE);
		/* a handshake that was not seen from its beginning may have been another one's */
		s->s.probable = !facts_secured(c->facts) || s->s.dtls.handshake_ms == UNKNOWN_MS;
		s->s.degraded = degraded_cause(s, c);
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
	apply_ruling(s, c, &r, COURSE_VERDICT);
	session_close_pairs(&s->s);
	s->s.over = verdict_is_due(c);
}

/* Its verdict did not wait: it is over once the host has stopped trying, or has had its time. */
static void review_early(struct session_state *s, const struct verdict_context *c)
{
	s->s.over |= verdict_is_due(c);
}

/* It was given up too early: it came further after all. */
static void session_reopen(struct engine *e, struct session_state *s)
{
	metrics_reopened(e, s);
	s->has_verdict = s->early = s->works = 0;
	s->cut = 0;
	s->blamed = BLOCKED_KINDS;
	s->s.over = 0;
	s->s.probable = 0;
	if (s->s.dtls.state == DTLS_FAILED)
		s->s.dtls.state = s->s.times.secured ? DTLS_CONNECTED : DTLS_NEW;
	set_verdict(s, VERDICT_PENDING, WHERE_NONE, CAUSE_NONE);
	course_reopen(s, e->now);
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
	set_verdict(s, r.verdict, r.where, r.cause);
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
	review_outlook(s, c);
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
	if (s->gathering) { /* host_review_gathering() does */
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
		apply_ruling(s, &c, &r, COURSE_VERDICT);
	s->s.over = 1;
	review_outlook(s, &c);
	rule_name(e, s);
	metrics_verdict(e, s);
	session_settle(e, s, e->now);
}

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
	apply_ruling(s, c, &r, COURSE_VERDICT);
}

/*
 * A gathering whose verdict did not wait. Returns whether that holds: the host does not ask
 * somebody else. It is over when no check can follow any more.
 */
static bool gathering_verdict_holds(struct engine *e, struct host *h, u64 now)
{
	struct session_state *s = h->gathering;
	bool failed = gathering_failed_ns(h, now);

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
	u64 failed = gathering_failed_ns(h, now);
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
	review_outlook(s, &c);
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
