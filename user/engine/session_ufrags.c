/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/metrics_view.h"
#include "engine/session_ufrags.h"
#include "engine/state.h"
#include "p2pscope/words.h"
#include "util/time.h"

/* Sessions of the same ufrags form a list, of which the first is in the index. */
struct session_names {
	struct hash_index by_ufrags;
};

int session_ufrags_begin(struct engine *e)
{
	e->names = calloc(1, sizeof(*e->names));
	if (!e->names)
		return -ENOMEM;
	return index_begin(&e->names->by_ufrags,
			   (s32)offsetof(struct session_state, ufrags_hash) -
				   (s32)offsetof(struct session_state, link),
			   sizeof(u64));
}

void session_ufrags_free(struct engine *e)
{
	if (e->names)
		index_free(&e->names->by_ufrags);
	free(e->names);
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
static u64 ufrags_hash(const struct ufrag *own, const struct ufrag *peer)
{
	u64 hash = 14695981039346656037ull + own->len;

	for (u32 i = 0; i < own->len; i++)
		hash = (hash ^ own->bytes[i]) * 1099511628211ull;
	for (u32 i = 0; i < peer->len; i++)
		hash = (hash ^ peer->bytes[i]) * 1099511628211ull;
	return hash;
}

static struct session_state *ufrags_find(const struct engine *e, const struct ufrag *own,
					 const struct ufrag *peer)
{
	u64 hash = ufrags_hash(own, peer);
	struct hash_link *link = index_find(&e->names->by_ufrags, &hash);

	while (link && !is_named(&INDEXED(link, struct session_state, link)->s, own, peer))
		link = index_again(&e->names->by_ufrags, link);
	return INDEXED(link, struct session_state, link);
}

/*
 * Some services give everybody the same ufrags: a session that has been over and silent for so long
 * is not the one that is meant.
 */
#define AGAIN_NS (120 * NS_PER_S)

static bool is_long_over(const struct engine *e, const struct session *s)
{
	return s->over && (s->stage == STAGE_ENDED || s->times.last + AGAIN_NS < e->now);
}

static void ufrags_list(struct engine *e, struct session_state *s)
{
	struct ufrag own = session_ufrag(&s->s, 0), peer = session_ufrag(&s->s, 1);
	struct session_state *head = ufrags_find(e, &own, &peer);

	s->named = 1;
	s->same_before = head;
	s->same_after = head ? head->same_after : NULL;
	if (s->same_after)
		s->same_after->same_before = s;
	if (head)
		head->same_after = s;
	else
		index_add(&e->names->by_ufrags, &s->link);
}

void session_unlist_ufrags(struct engine *e, struct session_state *s)
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
	index_remove(&e->names->by_ufrags, &s->link);
	if (after)
		index_add(&e->names->by_ufrags, &after->link);
}

void session_list_ufrags(struct engine *e, struct session_state *s)
{
	if (!s->named && s->s.ufrag_len[0] && !is_long_over(e, &s->s))
		ufrags_list(e, s);
}

/* A host has an address of each family. */
static bool may_be_one_host(const struct addr *a, const struct addr *b)
{
	return addr_is_v4(a) != addr_is_v4(b) || memcmp(a, b, sizeof(*a)) == 0;
}

/*
 * The same ufrags from thousands of hosts at a time are made up: only so many of them, the newest,
 * are looked at.
 */
#define SAME_LOOKED 1024

struct session_state *session_find(struct engine *e, const struct ufrag *own,
				   const struct ufrag *peer, const struct addr *host)
{
	struct session_state *s = ufrags_find(e, own, peer), *next;

	for (u32 looked = 0; s; s = next, looked++) {
		if (looked == SAME_LOOKED) {
			e->metrics->bounds_reached[BOUND_SAME_UFRAGS]++;
			return NULL;
		}
		next = s->same_after;
		if (is_long_over(e, &s->s))
			session_unlist_ufrags(e, s); /* not to be looked at again */
		else if (!host || !s->s.has_host || may_be_one_host(&s->s.host, host))
			return s;
	}
	return NULL;
}

void session_set_ufrags(struct engine *e, struct session_state *s, const struct ufrag *own,
			const struct ufrag *peer)
{
	u8 *ufrags = malloc((size_t)own->len + peer->len);

	if (!ufrags)
		return;
	memcpy(ufrags, own->bytes, own->len);
	memcpy(ufrags + own->len, peer->bytes, peer->len);
	session_unlist_ufrags(e, s);
	free(s->s.ufrags);
	s->s.ufrags = ufrags;
	s->s.ufrag_len[0] = own->len;
	s->s.ufrag_len[1] = peer->len;
	s->ufrags_hash = ufrags_hash(own, peer);
	ufrags_list(e, s);
}

bool session_has_ufrags(const struct session *s, const struct ufrag *own, const struct ufrag *peer)
{
	return is_named(s, own, peer) || is_named(s, peer, own);
}
