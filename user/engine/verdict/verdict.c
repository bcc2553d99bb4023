/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From evidence to verdict. The stages come first, out of what was seen; a verdict of failure comes
 * only when its time is over (RFC 8445 section 14.3: 39.5 s) or when the host itself has stopped
 * trying; its cause from cause_checks.c.
 */
#include "engine/hosts.h"
#include "engine/metrics.h"
#include "engine/rules.h"
#include "engine/session_evidence.h"
#include "engine/session_schedule.h"
#include "engine/state.h"
#include "engine/verdict/facts.h"
#include "engine/verdict/verdict.h"

#define CHECKS_NS (39500 * NS_PER_MS)
#define QUIET_NS (10 * NS_PER_S) /* nobody tries any more */
#define HANDSHAKE_NS (15 * NS_PER_S) /* four flights: 1 + 2 + 4 + 8 s, RFC 6347 section 4.2.4.1 */
#define GATHERING_NS (10 * NS_PER_S) /* how long the first check may follow a refused allocation */

static void set(struct session_state *s, enum verdict verdict, enum where where, enum cause cause)
{
	s->s.verdict = verdict;
	s->s.where = where;
	s->s.cause = cause;
}

static u64 latest(u64 a, u64 b)
{
	return a > b ? a : b;
}

static void stage_connected(struct session_state *s, const struct facts *f)
{
	struct session_times *t = &s->s.times;
	u64 answered;

	if (!facts_connected(f))
		return;
	answered = s->answered_ns[INBOUND] ? s->answered_ns[INBOUND] : s->answered_ns[OUTBOUND];
	session_stage(s, STAGE_CONNECTED);
	/*
	 * The host calls itself connected once its own check was answered and, with that pair,
	 * nominated.
	 */
	t->connected = answered;
	if (s->nominated_ns) {
		session_stage(s, STAGE_NOMINATED);
		t->nominated = s->nominated_ns;
		t->connected = latest(answered, s->nominated_ns);
	}
	/* Some nominate late and start the handshake at once: they were connected by then. */
	if (f->hello_ns && f->hello_ns < t->connected)
		t->connected = latest(answered, f->hello_ns);
}

static void stage_secured(struct engine *e, struct session_state *s, const struct facts *f)
{
	struct session_times *t = &s->s.times;
	struct dtls_view *d = &s->s.dtls;

	if (f->hello_ns && d->state == DTLS_NONE)
		d->state = DTLS_NEW;
	if (!facts_secured(f) || t->secured)
		return;
	t->secured = latest(f->secured_ns[OUTBOUND], f->secured_ns[INBOUND]);
	d->state = DTLS_CONNECTED;
	if (f->hello_ns && f->hello_ns <= t->secured) {
		d->handshake_ms = (u32)((t->secured - f->hello_ns) / NS_PER_MS);
		metrics_observe(&e->metrics->dtls_handshake, engine_bounds,
				(double)(t->secured - f->hello_ns) / NS_PER_S);
	}
	session_say(s, t->secured, AT_GATEWAY, EVIDENCE_DTLS_OVER, d->handshake_ms);
	session_stage(s, STAGE_SECURED);
}

static void stage_media(struct engine *e, struct session_state *s, const struct facts *f)
{
	struct session_times *t = &s->s.times;

	if (t->media || !facts_both_ways(f) || media_dropped(e, s, f) || media_one_way(s, f))
		return;
	t->media = f->media_ns[OUTBOUND] && f->media_ns[INBOUND]
			   ? latest(f->media_ns[OUTBOUND], f->media_ns[INBOUND])
			   : e->now;
	session_stage(s, STAGE_MEDIA);
	if (facts_opaque(f))
		session_say(s, t->media, AT_GATEWAY, EVIDENCE_MEDIA_OPAQUE, f->opaque[OUTBOUND],
			    f->opaque[INBOUND]);
	else
		session_say(s, t->media, AT_GATEWAY, EVIDENCE_MEDIA);
	if (t->connected && t->connected >= t->first && !s->timed) {
		s->timed = 1;
		metrics_observe(&e->metrics->time_to_connect, engine_bounds,
				(double)(t->connected - t->first) / NS_PER_S);
	}
}

/*
 * Nominated before answered, then where most of the media goes, then the one with the most answers.
 */
static bool carries_more(const struct pair *p, const struct pair *than)
{
	if (p->nominated != than->nominated)
		return p->nominated;
	return p->media != than->media ? p->media > than->media : p->answers_in > than->answers_in;
}

/* The pair that carries the session. */
static const struct pair *carrying_pair(const struct session *s)
{
	const struct pair *best = NULL;

	for (u32 i = 0; i < s->npairs; i++) {
		const struct pair *p = &s->pairs[i];

		if (p->state != PAIR_SUCCEEDED)
			continue;
		if (!best || carries_more(p, best))
			best = p;
	}
	return best;
}

/* A path that was tried and not answered by the end has failed. */
static void close_pairs(struct session *s)
{
	for (u32 i = 0; i < s->npairs; i++)
		if (s->pairs[i].state == PAIR_CHECKING)
			s->pairs[i].state = PAIR_FAILED;
}

static void name_path(struct session_state *s)
{
	const struct pair *p = carrying_pair(&s->s);
	struct session *v = &s->s;

	if (!p)
		return;
	v->path_known = 1;
	v->path_local = p->local_type;
	v->path_remote = p->remote_type;
	v->path_proto = p->proto;
	v->path_relayed = p->relayed || p->remote_relayed;
	v->family = addr_is_v4(&p->remote.ip) ? 4 : 6;
	v->peer = p->remote.ip;
	v->has_peer = 1;
}

static void judge_working(struct engine *e, struct session_state *s, const struct facts *f)
{
	if (judge_consent(e, s, f))
		return;
	set(s, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE);
	s->s.probable = !facts_secured(f);
	s->s.degraded = judge_degraded(e, s, f);
	if (e->now > s->s.times.last + JUDGE_CONSENT_NS) {
		session_stage(s, STAGE_ENDED);
		s->s.times.ended = s->s.times.last;
		s->s.over = 1;
		close_pairs(&s->s);
	}
}

/*
 * Nobody tries any more. Of checks that are not answered only each power of two is told, so the
 * next may come as late again as the last one came.
 */
static bool is_quiet(const struct engine *e, const struct session_state *s, const struct facts *f)
{
	u64 gap = s->s.stage < STAGE_CONNECTED ? f->last_ns - s->s.times.first : 0;

	return e->now > f->last_ns + (gap > QUIET_NS ? gap : QUIET_NS);
}

/* It was given up too early: it came further after all. */
static void reopen(struct session_state *s)
{
	s->judged = 0;
	s->lost_ns = 0;
	s->blamed = BLOCKED_KINDS;
	s->s.over = 0;
	s->s.probable = 0;
	set(s, VERDICT_PENDING, WHERE_NONE, CAUSE_NONE);
}

/* What passed both ways was data: the media that came after it does not. */
static void take_media_back(struct session_state *s)
{
	reopen(s);
	s->s.stage = STAGE_SECURED;
	s->s.times.media = 0;
	s->s.degraded = CAUSE_NONE;
}

static bool time_is_over(const struct engine *e, const struct session_state *s,
			 const struct facts *f)
{
	if (s->s.dtls.alert_seen || is_quiet(e, s, f))
		return true;
	if (s->s.stage < STAGE_CONNECTED || !f->answers[INBOUND])
		return e->now > s->s.times.first + CHECKS_NS;
	if (s->s.stage < STAGE_SECURED)
		return e->now > latest(s->s.times.connected, s->s.times.first) + HANDSHAKE_NS;
	return media_one_way(s, f) || media_dropped(e, s, f);
}

/* The peer's checks for a host that nobody here knows: kept for a while, never told. */
static void judge_nobody(struct engine *e, struct session_state *s)
{
	if (e->now > s->s.times.last + CHECKS_NS)
		s->s.over = 1;
}

void judge(struct engine *e, struct session_state *s)
{
	struct facts facts;

	if (s->s.over && s->s.stage == STAGE_ENDED)
		return;
	facts_collect(&facts, s);
	if (facts.last_ns > s->s.times.last)
		s->s.times.last = facts.last_ns;
	if (!s->s.has_host) {
		judge_nobody(e, s);
		session_settle(e, s, e->now);
		return;
	}
	stage_connected(s, &facts);
	stage_secured(e, s, &facts);
	stage_media(e, s, &facts);
	name_path(s);
	if (s->judged && s->s.stage > s->judged_stage)
		reopen(s);
	if (s->s.stage == STAGE_MEDIA && (media_dropped(e, s, &facts) || media_one_way(s, &facts)))
		take_media_back(s);
	if (s->s.times.media) {
		s->s.over = 0;
		judge_working(e, s, &facts);
	} else if (!s->s.over && time_is_over(e, s, &facts)) {
		s->judged = 1;
		s->judged_stage = s->s.stage;
		judge_failure(e, s, &facts);
		s->s.over = 1;
		close_pairs(&s->s);
	}
	rule_name(e, s);
	metrics_verdict(e, s);
	session_settle(e, s, judge_again(e, s, &facts));
}

static bool gathering_failed(const struct engine *e, const struct host *h)
{
	return h->turn_error_ns && h->turn_granted_ns < h->turn_error_ns &&
	       e->now > h->turn_error_ns + GATHERING_NS;
}

static bool gathering_blocked(const struct engine *e, const struct host *h)
{
	return h->gather_drop.count >= 3 && h->turn_granted_ns < h->gather_drop.first_ns &&
	       e->now > h->gather_drop.last_ns + GATHERING_NS;
}

static bool gathering_reset(const struct engine *e, const struct host *h)
{
	return h->reset.count && h->turn_granted_ns < h->reset.last_ns &&
	       e->now > h->reset.last_ns + GATHERING_NS;
}

/* Since when a gathering has failed; 0: it has not. */
static u64 gathering_over(const struct engine *e, const struct host *h)
{
	if (gathering_failed(e, h))
		return h->turn_error_ns;
	if (gathering_blocked(e, h))
		return h->gather_drop.first_ns;
	return gathering_reset(e, h) ? h->reset.last_ns : 0;
}

void judge_gathering(struct engine *e, struct host *h)
{
	u64 since = gathering_over(e, h);
	struct session_state *s;

	if (!since || h->gathering || h->gathering_judged_ns >= since ||
	    h->session_ns + JUDGE_WINDOW_NS > since)
		return;
	s = session_new(e, since, NULL, NULL);
	if (!s)
		return;
	session_give_host(e, s, &h->ip);
	s->s.family = addr_is_v4(&h->ip) ? 4 : 6;
	s->judged = 1;
	h->gathering = s;
	h->gathering_judged_ns = e->now;
	judge_gathering_cause(e, s, h);
	rule_name(e, s);
	metrics_verdict(e, s);
	session_settle(e, s, e->now);
}
