/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The life of a session: made by its first check, joined by flows, told by evidence, forgotten when
 * it is over.
 */
#include "engine/state.h"

int sessions_begin(struct engine *e)
{
	return index_begin(&e->by_ufrags,
			   (s32)offsetof(struct session_state, ufrags_hash) -
				   (s32)offsetof(struct session_state, link),
			   sizeof(u64));
}

void sessions_free(struct engine *e)
{
	while (e->sessions)
		session_forget(e, e->sessions);
	while (e->strangers)
		session_forget(e, e->strangers);
	index_free(&e->by_ufrags);
}

static bool ufrag_equal(const struct ufrag *a, const struct ufrag *b)
{
	return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

static bool is_named(const struct session *s, const struct ufrag *own, const struct ufrag *peer)
{
	struct ufrag first = session_ufrag(s, 0), second = session_ufrag(s, 1);

	return ufrag_equal(&first, own) && ufrag_equal(&second, peer);
}

/* FNV-1a over the bytes of both. */
static u64 hash_of(const struct ufrag *own, const struct ufrag *peer)
{
	u64 hash = 14695981039346656037ull + own->len;

	for (u32 i = 0; i < own->len; i++)
		hash = (hash ^ own->bytes[i]) * 1099511628211ull;
	for (u32 i = 0; i < peer->len; i++)
		hash = (hash ^ peer->bytes[i]) * 1099511628211ull;
	return hash;
}

static struct session_state *find(const struct engine *e, const struct ufrag *own,
				  const struct ufrag *peer)
{
	u64 hash = hash_of(own, peer);
	struct link *link = index_find(&e->by_ufrags, &hash);

	while (link && !is_named(&INDEXED(link, struct session_state, link)->s, own, peer))
		link = index_again(&e->by_ufrags, link);
	return INDEXED(link, struct session_state, link);
}

/*
 * Some services give everybody the same ufrags: what is over and silent for so long is not meant
 * any more.
 */
#define AGAIN_NS (120 * NS_PER_S)

static bool is_past(const struct engine *e, const struct session *s)
{
	return s->over && (s->stage == STAGE_ENDED || s->times.last + AGAIN_NS < e->now);
}

static void name_add(struct engine *e, struct session_state *s)
{
	struct ufrag own = session_ufrag(&s->s, 0), peer = session_ufrag(&s->s, 1);
	struct session_state *head = find(e, &own, &peer);

	s->named = 1;
	s->same_before = head;
	s->same_after = head ? head->same_after : NULL;
	if (s->same_after)
		s->same_after->same_before = s;
	if (head)
		head->same_after = s;
	else
		index_add(&e->by_ufrags, &s->link);
}

static void name_remove(struct engine *e, struct session_state *s)
{
	struct session_state *before = s->same_before, *after = s->same_after;

	if (!s->named)
		return;
	s->named = 0;
	if (after)
		after->same_before = before;
	if (before) {
		before->same_after = after;
		return;
	}
	index_remove(&e->by_ufrags, &s->link);
	if (after)
		index_add(&e->by_ufrags, &after->link);
}

void session_revive(struct engine *e, struct session_state *s)
{
	if (!s->named && s->s.ufrag_len[0] && !is_past(e, &s->s))
		name_add(e, s);
}

/* A host has an address of each family. */
static bool may_be_one(const struct addr *a, const struct addr *b)
{
	return addr_is_v4(a) != addr_is_v4(b) || memcmp(a, b, sizeof(*a)) == 0;
}

/*
 * The same ufrags from thousands of hosts at a time are made up: of theirs only so many, the
 * newest, are looked at.
 */
#define SAME_LOOKED 1024

struct session_state *session_find(struct engine *e, const struct ufrag *own,
				   const struct ufrag *peer, const struct addr *host)
{
	struct session_state *s = find(e, own, peer), *next;

	for (u32 looked = 0; s && looked < SAME_LOOKED; s = next, looked++) {
		next = s->same_after;
		if (is_past(e, &s->s))
			name_remove(e, s); /* it is not looked at again and again */
		else if (!host || !s->s.has_host || may_be_one(&s->s.host, host))
			return s;
	}
	return NULL;
}

/* Gives the session its ufrags, or new ones. */
static void session_name(struct engine *e, struct session_state *s, const struct ufrag *own,
			 const struct ufrag *peer)
{
	u8 *ufrags = malloc((size_t)own->len + peer->len);

	if (!ufrags)
		return;
	memcpy(ufrags, own->bytes, own->len);
	memcpy(ufrags + own->len, peer->bytes, peer->len);
	name_remove(e, s);
	free(s->s.ufrags);
	s->s.ufrags = ufrags;
	s->s.ufrag_len[0] = own->len;
	s->s.ufrag_len[1] = peer->len;
	s->ufrags_hash = hash_of(own, peer);
	name_add(e, s);
}

/*
 * So many checks for nobody are remembered: enough for those whose host is about to send its own.
 */
#define STRANGERS_MAX 4096

static void stranger_out(struct engine *e, struct session_state *s)
{
	DL_DELETE(e->strangers, s);
	e->nstrangers--;
}

/*
 * Makes room: strangers go first, then who has been over for longest. False when all are real and
 * going on.
 */
static bool make_room(struct engine *e)
{
	struct session_state *s = e->strangers;

	if (e->nsessions < e->limits.sessions && e->nstrangers < STRANGERS_MAX)
		return true;
	if (!s)
		s = e->past;
	if (!s) {
		e->metrics.sessions_lost++;
		return false;
	}
	session_forget(e, s);
	return true;
}

struct session_state *session_new(struct engine *e, u64 now, const struct ufrag *own,
				  const struct ufrag *peer)
{
	struct session_state *s = make_room(e) ? calloc(1, sizeof(*s)) : NULL;

	if (!s)
		return NULL;
	s->s.serial = ++e->serial;
	s->s.rule = s->s.degraded_rule = NO_RULE;
	s->blamed = BLOCKED_KINDS;
	s->lan = e->has_lan;
	s->s.times.first = s->s.times.last = now;
	DL_APPEND(e->strangers, s);
	e->nstrangers++;
	e->nsessions++;
	if (own && peer)
		session_name(e, s, own, peer);
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
	if (h && h->gathering == s) {
		h->gathering = NULL;
		e->hosts_due_ns = 0;
	}
	name_remove(e, s);
	if (s->s.has_host)
		DL_DELETE(e->sessions, s);
	else
		stranger_out(e, s);
	e->nsessions--;
	free(s->s.pairs);
	free(s->s.ufrags);
	free(s->evidence.bytes);
	free(s->drops);
	free(s->icmp);
	free(s);
}

void session_give_host(struct engine *e, struct session_state *s, const struct addr *host)
{
	stranger_out(e, s);
	DL_APPEND(e->sessions, s);
	s->place = ++e->places;
	s->s.has_host = 1;
	s->s.host = *host;
	s->s.over = 0;
	session_settle(e, s, e->now);
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
	/* A gathering that was told as failed goes on after all: this session takes its place. */
	if (h->gathering && h->gathering != s)
		session_forget(e, h->gathering);
}

/* Far more than any host tries; who repeats a check of others from everywhere gets no further. */
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
		drops_add(&s->drops, kind, drops_of(flow_more(f)->drops, kind));
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

static void merge(struct engine *e, struct session_state *into, struct session_state *from)
{
	struct flow *f;

	while ((f = from->flows)) {
		session_join(e, into, f);
		if (f->session == from) /* no room there */
			session_flow_gone(e, from, f);
	}
	for (int h = 0; h < HEADINGS; h++)
		if (!into->answered_ns[h])
			into->answered_ns[h] = from->answered_ns[h];
	if (!into->nominated_ns)
		into->nominated_ns = from->nominated_ns;
	if (into->role_refused < from->role_refused)
		into->role_refused = from->role_refused;
	session_say_all(into, &from->evidence);
	if (from->s.times.first < into->s.times.first)
		into->s.times.first = from->s.times.first;
	session_forget(e, from);
}

/* Unordered: where both hosts are on this side, each one's checks name them the other way round. */
static bool same_ufrags(const struct session *s, const struct ufrag *own, const struct ufrag *peer)
{
	return is_named(s, own, peer) || is_named(s, peer, own);
}

void session_renew(struct engine *e, struct session_state *s, const struct ufrag *own,
		   const struct ufrag *peer)
{
	struct session_state *other;

	if (same_ufrags(&s->s, own, peer))
		return;
	other = session_find(e, own, peer, s->s.has_host ? &s->s.host : NULL);
	if (other)
		merge(e, s, other);
	session_name(e, s, own, peer);
}

void session_stitch(struct engine *e, struct flow *a, struct flow *b)
{
	struct session_state *sa = a->session, *sb = b->session;

	if (sa && sb && sa != sb) {
		if (sa->s.serial < sb->s.serial)
			merge(e, sa, sb);
		else
			merge(e, sb, sa);
	}
	sa = a->session ? a->session : b->session;
	if (!sa)
		return;
	session_join(e, sa, a);
	session_join(e, sa, b);
}

void session_stage(struct session_state *s, enum stage stage)
{
	if (stage <= s->s.stage)
		return;
	s->s.stage = stage;
}
