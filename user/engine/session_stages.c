/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How far a session came, and which of its pairs carries it: out of what was seen. */
#include "engine/metrics.h"
#include "engine/session_evidence.h"
#include "engine/session_stages.h"
#include "engine/state.h"
#include "util/time.h"

static u64 later_of(u64 a, u64 b)
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
		t->connected = later_of(answered, s->nominated_ns);
	}
	/* Some nominate late and start the handshake at once: they were connected by then. */
	if (f->hello_ns && f->hello_ns < t->connected)
		t->connected = later_of(answered, f->hello_ns);
}

static void stage_secured(struct engine *e, struct session_state *s, const struct facts *f)
{
	struct session_times *t = &s->s.times;
	struct dtls_view *d = &s->s.dtls;

	if (facts_handshake_begun(f) && d->state == DTLS_NONE)
		d->state = DTLS_NEW;
	if (!facts_secured(f) || t->secured)
		return;
	t->secured = later_of(f->secured_ns[OUTBOUND], f->secured_ns[INBOUND]);
	d->state = DTLS_CONNECTED;
	session_stage(s, STAGE_SECURED);
	if (!f->hello_ns || f->hello_ns > t->secured) {
		d->handshake_ms = UNKNOWN_MS;
		session_say(s, t->secured, AT_GATEWAY, EVIDENCE_DTLS_JOINED_LATE);
		return;
	}
	d->handshake_ms = (u32)((t->secured - f->hello_ns) / NS_PER_MS);
	metrics_observe(&e->metrics->dtls_handshake, engine_bounds,
			(double)(t->secured - f->hello_ns) / NS_PER_S);
	session_say(s, t->secured, AT_GATEWAY, EVIDENCE_DTLS_OVER, d->handshake_ms);
}

static void stage_media(struct engine *e, struct session_state *s, const struct verdict_context *c)
{
	const struct facts *f = c->facts;
	struct session_times *t = &s->s.times;

	if (t->media || !facts_both_ways(f) || media_dropped(c) || media_one_way(c))
		return;
	t->media = f->media_ns[OUTBOUND] && f->media_ns[INBOUND]
			   ? later_of(f->media_ns[OUTBOUND], f->media_ns[INBOUND])
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

void session_close_pairs(struct session *s)
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

void session_stages(struct engine *e, struct session_state *s, const struct verdict_context *c)
{
	stage_connected(s, c->facts);
	stage_secured(e, s, c->facts);
	stage_media(e, s, c);
	s->s.payload = facts_payload(c->facts);
	name_path(s);
}
