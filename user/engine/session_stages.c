/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How far a session came, and which of its pairs carries it: out of what was seen. */
#include "engine/metrics.h"
#include "engine/pair.h"
#include "engine/session_evidence.h"
#include "engine/session_stages.h"
#include "engine/state.h"
#include "engine/turn_servers.h"
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
		metrics_observe(&e->metrics->time_to_connect[s->s.path_relayed], engine_bounds,
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

/* When media or data was first and last seen on a pair; 0: never. */
struct use {
	u64 first_ns, last_ns;
};

static struct use pair_use(struct session_state *s, const struct pair *p)
{
	struct use use = {0};

	for (struct flow *f = s->flows; f; f = f->next) {
		if (flow_inside(f) != f || !f->inside || session_pair(s, f) != p)
			continue;
		for (int heading = 0; heading < HEADINGS; heading++) {
			const struct leg_inside *leg = leg_inside(f, heading);
			u64 first = leg->media_first_ns;

			if (first && (!use.first_ns || first < use.first_ns))
				use.first_ns = first;
			time_advance(&use.last_ns, leg->media_ns);
			time_advance(&use.last_ns, leg->data_ns);
		}
	}
	return use;
}

/* All media has moved from one pair to the other (RFC 8445 sections 8.1.1 and 12.1). */
static bool has_moved(struct session_state *s, const struct pair *from, const struct pair *to)
{
	struct use old, fresh;

	if (!from->media || !to->media)
		return false;
	old = pair_use(s, from);
	fresh = pair_use(s, to);
	return old.last_ns && fresh.first_ns && fresh.first_ns >= old.last_ns;
}

static bool is_better(struct session_state *s, const struct pair *p, const struct pair *than)
{
	if (has_moved(s, than, p))
		return true;
	return !has_moved(s, p, than) && carries_more(p, than);
}

/*
 * The pair that carries the session. Where answers went another way than checks, as on two legs of
 * a relay, no pair has succeeded, and that with most media does it.
 */
static const struct pair *carrying_pair(struct session_state *s)
{
	bool proven = false;
	const struct pair *best = NULL;

	for (u32 i = 0; i < s->s.npairs; i++)
		proven |= s->s.pairs[i].state == PAIR_SUCCEEDED;
	for (u32 i = 0; i < s->s.npairs; i++) {
		const struct pair *p = &s->s.pairs[i];

		if (proven ? p->state != PAIR_SUCCEEDED : !p->media)
			continue;
		if (!best || is_better(s, p, best))
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

static void name_path(const struct engine *e, struct session_state *s)
{
	const struct pair *p = carrying_pair(s);
	struct session *v = &s->s;

	if (!p)
		return;
	v->path_known = 1;
	v->path_local = p->local_type;
	v->path_remote = p->remote_type;
	v->path_proto = p->proto;
	v->path_relayed = p->relayed || p->remote_relayed;
	/* that its remote address is a server's may have shown since, elsewhere */
	if (!v->path_relayed && turn_is_server(e, &p->remote.ip)) {
		v->path_relayed = 1;
		v->path_remote = CANDIDATE_RELAY;
	}
	v->family = addr_is_v4(&p->remote.ip) ? 4 : 6;
	v->peer = p->remote.ip;
	v->has_peer = 1;
}

void session_stages(struct engine *e, struct session_state *s, const struct verdict_context *c)
{
	stage_connected(s, c->facts);
	stage_secured(e, s, c->facts);
	name_path(e, s);
	stage_media(e, s, c);
	s->s.payload = facts_payload(c->facts);
}
