/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "engine/metrics.h"
#include "engine/session_course.h"
#include "engine/session_evidence.h"
#include "engine/session_ruling.h"
#include "engine/state.h"

void session_set_verdict(struct session_state *s, enum verdict verdict, enum where where,
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

void session_blame(struct session_state *s, const struct ruling *r)
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
enum cause session_degraded_cause(struct session_state *s, const struct verdict_context *c)
{
	struct ruling r;

	if (!s->s.path_relayed && s->s.path_proto != PROTO_TCP)
		return CAUSE_NONE;
	if (!verdict_degraded(c, &r))
		return degraded_tcp(s, c);
	session_blame(s, &r);
	return r.cause;
}

/* What it looks like so far, in place of what it looked like before. */
void session_review_outlook(struct session_state *s, const struct verdict_context *c)
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

void session_apply(struct session_state *s, const struct verdict_context *c, const struct ruling *r,
		   enum course_state state)
{
	session_say_all(s, &r->evidence);
	session_blame(s, r);
	s->s.probable |= r->probable;
	if (r->no_handshake)
		s->s.dtls.state = facts_handshake_begun(c->facts) ? DTLS_FAILED : DTLS_NONE;
	if (r->through_tls) {
		take_tls_path(&s->s);
		s->s.degraded = session_degraded_cause(s, c);
	}
	session_set_verdict(s, r->verdict, r->where, r->cause);
	course_decide(s, r->since_ns);
	course_note(s, c->engine->now, state);
	s->s.over = 1;
}

/* It was given up too early: it came further after all. */
void session_reopen(struct engine *e, struct session_state *s)
{
	metrics_reopened(e, s);
	s->has_verdict = s->early = s->works = 0;
	s->cut = 0;
	s->blamed = BLOCKED_KINDS;
	s->s.over = 0;
	s->s.probable = 0;
	if (s->s.dtls.state == DTLS_FAILED)
		s->s.dtls.state = s->s.times.secured ? DTLS_CONNECTED : DTLS_NEW;
	session_set_verdict(s, VERDICT_PENDING, WHERE_NONE, CAUSE_NONE);
	course_reopen(s, e->now);
}
