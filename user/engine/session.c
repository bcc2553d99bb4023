/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>
#include <utlist.h>

#include "engine/drops.h"
#include "engine/engine.h"
#include "engine/flows.h"
#include "engine/hosts.h"
#include "engine/local.h"
#include "engine/metrics.h"
#include "engine/pair.h"
#include "engine/session.h"
#include "engine/session_course.h"
#include "engine/session_evidence.h"
#include "engine/session_schedule.h"
#include "engine/session_ufrags.h"
#include "engine/state.h"
#include "util/address.h"
#include "util/time.h"

/*
 * So many sessions without a known host are kept: enough for those whose host is about to send a
 * check of its own.
 */
#define UNCLAIMED_MAX 4096

struct session_table {
	struct engine_limits limits;
	struct session_state *known; /* of hosts that are known: what can be asked for */
	/* checks for a host that nobody knows, which anybody outside can send */
	struct session_state *unclaimed;
	u32 count, nunclaimed; /* of both lists; of the latter */
	u64 serial, places; /* given out so far */
};

int sessions_begin(struct engine *e, const struct engine_limits *limits)
{
	e->sessions = calloc(1, sizeof(*e->sessions));
	if (!e->sessions)
		return -ENOMEM;
	e->sessions->limits = *limits;
	return 0;
}

void sessions_free(struct engine *e)
{
	if (!e->sessions)
		return;
	while (e->sessions->known)
		session_forget(e, e->sessions->known);
	while (e->sessions->unclaimed)
		session_forget(e, e->sessions->unclaimed);
	free(e->sessions);
}

struct session_state *sessions_known(const struct engine *e)
{
	return e->sessions->known;
}

static void session_leave_unclaimed(struct session_table *t, struct session_state *s)
{
	DL_DELETE(t->unclaimed, s);
	t->nunclaimed--;
}

/*
 * Makes room: unclaimed sessions go first, then the one that has been over for longest. Returns
 * false when all are of known hosts and going on.
 */
static bool session_make_room(struct engine *e)
{
	const struct session_table *t = e->sessions;
	struct session_state *s = t->unclaimed;

	if (t->count < t->limits.sessions && t->nunclaimed < UNCLAIMED_MAX)
		return true;
	if (!s)
		s = session_over_longest(e);
	if (!s) {
		e->metrics->sessions_lost++;
		return false;
	}
	session_forget(e, s);
	return true;
}

/*
 * Bits of every place depend on those of all others, so that ids differ in their first digits; and
 * every value has another result (the finalizer of SplitMix64, which can be inverted step by step).
 */
static u64 mix_bits(u64 x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return x ^ x >> 31;
}

static void session_number(struct session_table *t, struct session *s)
{
	do {
		s->serial = ++t->serial;
		s->id = mix_bits(s->serial + mix_bits(t->limits.instance));
	} while (!s->id);
}

struct session_state *session_new(struct engine *e, u64 now, const struct ufrag *own,
				  const struct ufrag *peer)
{
	struct session_state *s = session_make_room(e) ? calloc(1, sizeof(*s)) : NULL;

	if (!s)
		return NULL;
	session_number(e->sessions, &s->s);
	s->s.rule = s->s.degraded_rule = s->s.outlook.rule = NO_RULE;
	s->blamed = s->outlook_blamed = BLOCKED_KINDS;
	s->lan = e->has_lan;
	s->s.times.first = s->s.times.last = now;
	DL_APPEND(e->sessions->unclaimed, s);
	e->sessions->nunclaimed++;
	e->sessions->count++;
	if (own && peer)
		session_set_ufrags(e, s, own, peer);
	session_settle(e, s, now);
	return s;
}

static void session_flow_gone(struct engine *e, struct session_state *s, struct flow *f)
{
	struct flow **at = &s->flows;

	while (*at != f)
		at = &(*at)->next;
	*at = f->next;
	f->next = NULL;
	s->nflows--;
	flow_loosen(e, f);
}

void session_forget(struct engine *e, struct session_state *s)
{
	struct host *h = s->s.has_host ? host_find(e, &s->s.host) : NULL;

	session_unsettle(e, s);
	while (s->flows)
		session_flow_gone(e, s, s->flows);
	if (h && h->gathering == s)
		host_gathering_over(e, h);
	session_unlist_ufrags(e, s);
	if (s->s.has_host)
		DL_DELETE(e->sessions->known, s);
	else
		session_leave_unclaimed(e->sessions, s);
	e->sessions->count--;
	free(s->s.pairs);
	free(s->s.ufrags);
	course_free(s->s.course);
	free(s->evidence.bytes);
	drops_free(s->drops);
	free(s->icmp);
	free(s);
}

void session_expire(struct engine *e, struct session_state *s)
{
	u64 until = s->s.times.last + (s->s.has_host ? e->sessions->limits.keep_ended_ns : 0);

	if (e->now > until)
		session_forget(e, s);
	else
		session_settle(e, s, until);
}

void session_give_host(struct engine *e, struct session_state *s, const struct addr *host)
{
	session_leave_unclaimed(e->sessions, s);
	DL_APPEND(e->sessions->known, s);
	s->place = ++e->sessions->places;
	s->s.has_host = 1;
	s->s.host = *host;
	s->s.over = 0;
	session_settle(e, s, e->now);
}

/* Both are one session from now on, which counts once. */
static void session_take_count(struct session_state *into, struct session_state *from)
{
	into->over_counted |= from->over_counted;
	from->over_counted = 1;
}

/*
 * A gathering that stood for a host goes on after all: this session takes its place, and tells that
 * its verdict is taken back.
 */
static void session_replace(struct engine *e, struct session_state *s,
			    struct session_state *gathering)
{
	if (gathering->has_verdict && gathering->s.times.last + VERDICT_WINDOW_NS > e->now &&
	    !s->s.course) {
		s->s.course = course_copy(gathering->s.course);
		course_note(s, e->now, COURSE_REOPENED);
	}
	metrics_reopened(e, gathering);
	session_take_count(s, gathering);
	session_forget(e, gathering);
}

static void session_host(struct engine *e, struct session_state *s, struct flow *f)
{
	struct host *h = flow_host(e, f);

	if (!h)
		return;
	h->session_ns = e->now;
	if (s->s.has_host)
		return;
	session_give_host(e, s, &h->ip);
	if (h->gathering && h->gathering != s)
		session_replace(e, s, h->gathering);
}

/*
 * Far more flows than any host tries, so that repeating somebody's check from everywhere leads
 * nowhere.
 */
#define SESSION_FLOWS 512

static void session_link(struct engine *e, struct session_state *s, struct flow *f)
{
	if (f->session)
		session_flow_gone(e, f->session, f);
	flow_tie(e, f, s);
	f->next = s->flows;
	s->flows = f;
	s->nflows++;
	for (int kind = 0; kind < BLOCKED_KINDS; kind++)
		drops_add_run(&s->drops, kind, drops_of(flow_more(f)->drops, kind));
}

void session_join(struct engine *e, struct session_state *s, struct flow *f)
{
	if (f->session != s && s->nflows == SESSION_FLOWS)
		return;
	if (f->session != s)
		session_link(e, s, f);
	s->s.family = addr_is_v4(&flow_remote(f)->ip) ? 4 : 6;
	if (!s->s.has_peer || addr_is_private(&s->s.peer)) {
		s->s.has_peer = 1;
		s->s.peer = flow_remote(f)->ip;
	}
	session_host(e, s, f);
	session_add_pair(s, f);
	session_name_pair(e, s, f);
}

static void session_merge(struct engine *e, struct session_state *into, struct session_state *from)
{
	struct flow *f;

	while ((f = from->flows)) {
		session_join(e, into, f);
		if (f->session == from) /* there was no room */
			session_flow_gone(e, from, f);
	}
	for (int h = 0; h < HEADINGS; h++)
		if (!into->answered_ns[h])
			into->answered_ns[h] = from->answered_ns[h];
	if (!into->nominated_ns)
		into->nominated_ns = from->nominated_ns;
	if (into->role_refused < from->role_refused)
		into->role_refused = from->role_refused;
	if (into->check_refused < from->check_refused)
		into->check_refused = from->check_refused;
	session_say_all(into, &from->evidence);
	session_take_count(into, from);
	if (from->s.times.first < into->s.times.first)
		into->s.times.first = from->s.times.first;
	session_forget(e, from);
}

void session_renew(struct engine *e, struct session_state *s, const struct ufrag *own,
		   const struct ufrag *peer)
{
	struct session_state *other;

	if (session_has_ufrags(&s->s, own, peer))
		return;
	other = session_find(e, own, peer, s->s.has_host ? &s->s.host : NULL);
	if (other)
		session_merge(e, s, other);
	session_set_ufrags(e, s, own, peer);
}

void session_stitch(struct engine *e, struct flow *a, struct flow *b)
{
	struct session_state *sa = a->session, *sb = b->session;

	if (sa && sb && sa != sb) {
		if (sa->s.serial < sb->s.serial)
			session_merge(e, sa, sb);
		else
			session_merge(e, sb, sa);
	}
	sa = a->session ? a->session : b->session;
	if (!sa)
		return;
	session_join(e, sa, a);
	session_join(e, sa, b);
}

u64 session_heading_ns(const struct session_state *s, enum heading heading)
{
	u64 last = 0;

	for (struct flow *f = s->flows; f; f = f->next)
		if (flow_inside(f) == f && !flow_is_stray(f, s->lan))
			time_advance(&last, flow_heading_ns(f, heading));
	return last;
}

void session_stage(struct session_state *s, enum stage stage)
{
	if (stage <= s->s.stage)
		return;
	s->s.stage = stage;
}

/* Packets that were under way, or an alert that is repeated, come later than the last of a call. */
#define STRAGGLERS_NS NS_PER_S

void session_wake(struct engine *e, struct session_state *s, u64 last_ns)
{
	if (!s->s.over || !s->s.times.ended || last_ns <= s->s.times.ended + STRAGGLERS_NS)
		return;
	s->s.over = 0;
	s->s.times.ended = 0;
	if (s->s.stage == STAGE_ENDED)
		s->s.stage = s->s.times.media ? STAGE_MEDIA : STAGE_SECURED;
	session_settle(e, s, e->now);
}
