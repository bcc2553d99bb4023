/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The mapping table itself: who is found by what, and who gives its place when it is full.
 * mapping.c says what happens.
 */
#include <errno.h>
#include <stdlib.h>

#include "engine/metrics.h"
#include "engine/nat/nat.h"
#include "engine/state.h"

/* More mappings on which nobody has answered are a flood: the oldest goes. */
#define LOOSE_MAX 32768
/* Ended ones that can still be asked for. */
#define PAST_MAX 32768
/* Bindings of a mapping: far more remotes than any host checks from one socket. */
#define BINDINGS_MAX 256

/* Of an endpoint and its protocol, whichever comes first. */
#define HALF_KEY (sizeof(u32) + sizeof(struct endpoint))
#define KEY_AT(type, key, link) ((s32)offsetof(type, key) - (s32)offsetof(type, link))

int nat_begin(struct engine *e)
{
	struct nat *nat = calloc(1, sizeof(*nat));
	int err;

	if (!nat)
		return -ENOMEM;
	e->nat = nat;
	timer_wheel_begin(&nat->timers);
	err = index_begin(&nat->by_key, KEY_AT(struct nat_mapping, key, link),
			  sizeof(struct nat_mapping_key));
	if (!err)
		err = index_begin(&nat->by_outside,
				  KEY_AT(struct nat_mapping, key.proto, by_outside), HALF_KEY);
	if (!err)
		err = index_begin(&nat->by_inside,
				  KEY_AT(struct nat_mapping, key.inside, by_inside), HALF_KEY);
	if (!err)
		err = index_begin(&nat->remotes, KEY_AT(struct nat_remote, key, link),
				  sizeof(struct nat_remote_key));
	if (!err)
		err = index_begin(&nat->upstream, KEY_AT(struct upstream_socket, outside, link),
				  HALF_KEY);
	return err;
}

void nat_table_free(struct engine *e)
{
	while (e->nat->entries)
		nat_mapping_free(e, e->nat->entries);
	index_free(&e->nat->by_key);
	index_free(&e->nat->by_outside);
	index_free(&e->nat->by_inside);
	index_free(&e->nat->remotes);
}

struct nat_remote *nat_remote_find(const struct engine *e, u8 proto, const struct endpoint *inside,
				   const struct endpoint *remote)
{
	struct nat_remote_key key = {.inside = *inside, .remote = *remote, .proto = proto};

	return INDEXED(index_find(&e->nat->remotes, &key), struct nat_remote, link);
}

static struct nat_mapping *mapping_find(const struct engine *e, const struct nat_mapping_key *key)
{
	return INDEXED(index_find(&e->nat->by_key, key), struct nat_mapping, link);
}

struct nat_mapping *nat_mapping_by_outside(const struct engine *e, u8 proto,
					   const struct endpoint *outside)
{
	struct nat_mapping_key key = {.proto = proto, .outside = *outside};

	return INDEXED(index_find(&e->nat->by_outside, &key.proto), struct nat_mapping, by_outside);
}

static struct outside_use *use_find(const struct engine *e, const struct addr *ip)
{
	struct outside_use *use;

	HASH_FIND(hh, e->nat->uses, ip, sizeof(*ip), use);
	return use;
}

static void use_begins(struct engine *e, const struct nat_mapping_key *key)
{
	struct outside_use *use = use_find(e, &key->outside.ip);

	if (!use) {
		use = calloc(1, sizeof(*use));
		if (!use)
			return;
		use->ip = key->outside.ip;
		HASH_ADD(hh, e->nat->uses, ip, sizeof(use->ip), use);
	}
	use->ports[key->proto == PROTO_TCP]++;
}

static void use_ends(struct engine *e, const struct nat_mapping_key *key)
{
	struct outside_use *use = use_find(e, &key->outside.ip);

	if (use && use->ports[key->proto == PROTO_TCP])
		use->ports[key->proto == PROTO_TCP]--;
	if (!use || use->ports[0] || use->ports[1])
		return;
	HASH_DEL(e->nat->uses, use);
	free(use);
}

/* The first to have its outside endpoint, or the last: several mappings may share it. */
static bool alone_outside(const struct engine *e, const struct nat_mapping *n)
{
	return !n->plain && !nat_mapping_by_outside(e, (u8)n->key.proto, &n->key.outside);
}

/* A mapping is found by its outside, and counted, while it lives. */
static void mapping_lives(struct engine *e, struct nat_mapping *n)
{
	if (!n->plain)
		e->nat->alive[n->key.proto == PROTO_TCP]++;
	if (alone_outside(e, n))
		use_begins(e, &n->key);
	index_add(&e->nat->by_outside, &n->by_outside);
}

static void mapping_dies(struct engine *e, struct nat_mapping *n)
{
	index_remove(&e->nat->by_outside, &n->by_outside);
	if (!n->plain)
		e->nat->alive[n->key.proto == PROTO_TCP]--;
	if (alone_outside(e, n))
		use_ends(e, &n->key);
}

struct nat_mapping *nat_mapping_by_inside(const struct engine *e, u8 proto,
					  const struct endpoint *inside)
{
	struct nat_mapping_key key = {.inside = *inside, .proto = proto};

	return INDEXED(index_find(&e->nat->by_inside, &key), struct nat_mapping, by_inside);
}

static struct nat_mapping *first_of_inside(const struct engine *e, const struct nat_mapping *n)
{
	return nat_mapping_by_inside(e, (u8)n->key.proto, &n->key.inside);
}

static void inside_join(struct engine *e, struct nat_mapping *n)
{
	struct nat_mapping *first = first_of_inside(e, n);

	if (!first)
		index_add(&e->nat->by_inside, &n->by_inside);
	DL_APPEND2(first, n, before, after);
}

static void inside_leave(struct engine *e, struct nat_mapping *n)
{
	struct nat_mapping *first = first_of_inside(e, n);
	bool leads = first == n;

	DL_DELETE2(first, n, before, after);
	if (!leads)
		return;
	index_remove(&e->nat->by_inside, &n->by_inside);
	if (first)
		index_add(&e->nat->by_inside, &first->by_inside);
}

/* Takes it out of its list, or puts it into another. */
static void list_move(struct engine *e, struct nat_mapping *n, enum nat_list standing)
{
	if (n->standing != NAT_HELD) {
		DL_DELETE2(e->nat->list[n->standing], n, older, newer);
		e->nat->count[n->standing]--;
	}
	n->standing = (u8)standing;
	if (standing != NAT_HELD) {
		DL_APPEND2(e->nat->list[standing], n, older, newer);
		e->nat->count[standing]++;
	}
}

void nat_mapping_hold(struct engine *e, struct nat_remote *b)
{
	if (b->entry->standing != NAT_HELD)
		list_move(e, b->entry, NAT_HELD);
}

void nat_mapping_retire(struct engine *e, struct nat_mapping *n)
{
	if (n->standing != NAT_HELD)
		return;
	if (e->nat->count[NAT_PAST] >= PAST_MAX)
		nat_mapping_free(e, e->nat->list[NAT_PAST]);
	list_move(e, n, NAT_PAST);
}

void nat_remote_free(struct engine *e, struct nat_remote *b)
{
	DL_DELETE(b->entry->remotes, b);
	if (!--b->entry->nremotes)
		mapping_dies(e, b->entry);
	timer_cancel(&b->timer);
	if (b->sources & MAPPING_BY_CONNTRACK)
		DL_DELETE2(e->nat->asked, b, asked_before, asked_after);
	index_remove(&e->nat->remotes, &b->link);
	nat_remote_drop(b);
}

void nat_mapping_free(struct engine *e, struct nat_mapping *n)
{
	while (n->remotes)
		nat_remote_free(e, n->remotes);
	list_move(e, n, NAT_HELD);
	inside_leave(e, n);
	index_remove(&e->nat->by_key, &n->link);
	DL_DELETE(e->nat->entries, n);
	e->nat->nentries--;
	free(n->rare);
	free(n);
}

static void table_make_room(struct engine *e)
{
	struct nat_mapping *n = e->nat->list[NAT_LOOSE];

	if (e->nat->count[NAT_LOOSE] < LOOSE_MAX)
		return;
	if (!n->plain && !n->m.ended)
		e->metrics->mappings_evicted++;
	nat_mapping_free(e, n);
}

static struct nat_mapping *mapping_new(struct engine *e, const struct nat_mapping_key *key)
{
	struct nat_mapping *n;

	table_make_room(e);
	n = calloc(1, sizeof(*n));
	if (!n)
		return NULL;
	n->key = *key;
	n->plain = endpoint_equal(&key->inside, &key->outside);
	n->standing = NAT_HELD; /* in no list yet */
	inside_join(e, n);
	index_add(&e->nat->by_key, &n->link);
	DL_APPEND(e->nat->entries, n);
	e->nat->nentries++;
	list_move(e, n, NAT_LOOSE);
	return n;
}

struct nat_mapping *nat_mapping_get(struct engine *e, const struct nat_mapping_key *key)
{
	struct nat_mapping *n = mapping_find(e, key);

	return n ? n : mapping_new(e, key);
}

struct nat_remote *nat_remote_new(struct engine *e, struct nat_mapping *n,
				  const struct translation *t)
{
	struct nat_remote *b = n->nremotes < BINDINGS_MAX ? nat_remote_make(n, t) : NULL;

	if (!b) {
		e->metrics->remotes_lost++;
		return NULL;
	}
	DL_APPEND(n->remotes, b);
	if (!n->nremotes++) {
		mapping_lives(e, n);
		list_move(e, n, NAT_LOOSE);
	}
	timer_set(&e->nat->timers, &b->timer, e->now);
	index_add(&e->nat->remotes, &b->link);
	return b;
}

u32 nat_outside_count(const struct engine *e, u8 proto, const struct endpoint *inside)
{
	struct nat_mapping *n;
	u32 count = 0;

	DL_FOREACH2(nat_mapping_by_inside(e, proto, inside), n, after)
	count += !n->plain;
	return count;
}
