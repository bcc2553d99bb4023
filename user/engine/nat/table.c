/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The mapping table itself: who is found by what, and who gives its place when it is full.
 * mapping.c says what happens.
 */
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
	struct nat *nat = &e->nat;
	int err;

	timer_wheel_begin(&nat->looks);
	err = index_begin(&nat->by_key, KEY_AT(struct nat_entry, key, link),
			  sizeof(struct nat_key));
	if (!err)
		err = index_begin(&nat->by_outside, KEY_AT(struct nat_entry, key.proto, by_outside),
				  HALF_KEY);
	if (!err)
		err = index_begin(&nat->by_inside, KEY_AT(struct nat_entry, key.inside, by_inside),
				  HALF_KEY);
	if (!err)
		err = index_begin(&nat->bindings, KEY_AT(struct binding, key, link),
				  sizeof(struct binding_key));
	if (!err)
		err = index_begin(&nat->upstream, KEY_AT(struct upstream_socket, outside, link),
				  HALF_KEY);
	return err;
}

void nat_table_free(struct engine *e)
{
	while (e->nat.entries)
		nat_entry_free(e, e->nat.entries);
	index_free(&e->nat.by_key);
	index_free(&e->nat.by_outside);
	index_free(&e->nat.by_inside);
	index_free(&e->nat.bindings);
}

struct binding *nat_binding(const struct engine *e, u8 proto, const struct endpoint *inside,
			    const struct endpoint *remote)
{
	struct binding_key key = {.inside = *inside, .remote = *remote, .proto = proto};

	return INDEXED(index_find(&e->nat.bindings, &key), struct binding, link);
}

static struct nat_entry *entry_find(const struct engine *e, const struct nat_key *key)
{
	return INDEXED(index_find(&e->nat.by_key, key), struct nat_entry, link);
}

struct nat_entry *nat_by_outside(const struct engine *e, u8 proto, const struct endpoint *outside)
{
	struct nat_key key = {.proto = proto, .outside = *outside};

	return INDEXED(index_find(&e->nat.by_outside, &key.proto), struct nat_entry, by_outside);
}

static struct outside_use *use_find(const struct engine *e, const struct addr *ip)
{
	struct outside_use *use;

	HASH_FIND(hh, e->nat.uses, ip, sizeof(*ip), use);
	return use;
}

static void use_begins(struct engine *e, const struct nat_key *key)
{
	struct outside_use *use = use_find(e, &key->outside.ip);

	if (!use) {
		use = calloc(1, sizeof(*use));
		if (!use)
			return;
		use->ip = key->outside.ip;
		HASH_ADD(hh, e->nat.uses, ip, sizeof(use->ip), use);
	}
	use->ports[key->proto == PROTO_TCP]++;
}

static void use_ends(struct engine *e, const struct nat_key *key)
{
	struct outside_use *use = use_find(e, &key->outside.ip);

	if (use && use->ports[key->proto == PROTO_TCP])
		use->ports[key->proto == PROTO_TCP]--;
	if (!use || use->ports[0] || use->ports[1])
		return;
	HASH_DEL(e->nat.uses, use);
	free(use);
}

static struct nat_entry *newest_of_outside(const struct engine *e, const struct nat_entry *n)
{
	return nat_by_outside(e, (u8)n->key.proto, &n->key.outside);
}

/*
 * Several mappings may share an outside endpoint, thousands where hosts are made up. The index
 * holds one of them only: an index takes as long to remove one of a key as there are others.
 */
static void outside_join(struct engine *e, struct nat_entry *n)
{
	struct nat_entry *newest = newest_of_outside(e, n);

	if (newest)
		index_remove(&e->nat.by_outside, &newest->by_outside);
	DL_PREPEND2(newest, n, outside_before, outside_after);
	index_add(&e->nat.by_outside, &n->by_outside);
}

static void outside_leave(struct engine *e, struct nat_entry *n)
{
	struct nat_entry *newest = newest_of_outside(e, n);
	bool leads = newest == n;

	DL_DELETE2(newest, n, outside_before, outside_after);
	if (!leads)
		return;
	index_remove(&e->nat.by_outside, &n->by_outside);
	if (newest)
		index_add(&e->nat.by_outside, &newest->by_outside);
}

/* The first to have its outside endpoint, or the last. */
static bool alone_outside(const struct engine *e, const struct nat_entry *n)
{
	return !n->plain && !newest_of_outside(e, n);
}

/* A mapping is found by its outside, and counted, while it lives. */
static void entry_lives(struct engine *e, struct nat_entry *n)
{
	if (!n->plain)
		e->nat.alive[n->key.proto == PROTO_TCP]++;
	if (alone_outside(e, n))
		use_begins(e, &n->key);
	outside_join(e, n);
}

static void entry_dies(struct engine *e, struct nat_entry *n)
{
	outside_leave(e, n);
	if (!n->plain)
		e->nat.alive[n->key.proto == PROTO_TCP]--;
	if (alone_outside(e, n))
		use_ends(e, &n->key);
}

struct nat_entry *nat_by_inside(const struct engine *e, u8 proto, const struct endpoint *inside)
{
	struct nat_key key = {.inside = *inside, .proto = proto};

	return INDEXED(index_find(&e->nat.by_inside, &key), struct nat_entry, by_inside);
}

static struct nat_entry *first_of_inside(const struct engine *e, const struct nat_entry *n)
{
	return nat_by_inside(e, (u8)n->key.proto, &n->key.inside);
}

static void inside_join(struct engine *e, struct nat_entry *n)
{
	struct nat_entry *first = first_of_inside(e, n);

	if (!first)
		index_add(&e->nat.by_inside, &n->by_inside);
	DL_APPEND2(first, n, before, after);
}

static void inside_leave(struct engine *e, struct nat_entry *n)
{
	struct nat_entry *first = first_of_inside(e, n);
	bool leads = first == n;

	DL_DELETE2(first, n, before, after);
	if (!leads)
		return;
	index_remove(&e->nat.by_inside, &n->by_inside);
	if (first)
		index_add(&e->nat.by_inside, &first->by_inside);
}

/* Takes it out of its list, or puts it into another. */
static void stand(struct engine *e, struct nat_entry *n, enum nat_standing standing)
{
	if (n->standing != NAT_HELD) {
		DL_DELETE2(e->nat.list[n->standing], n, older, newer);
		e->nat.count[n->standing]--;
	}
	n->standing = (u8)standing;
	if (standing != NAT_HELD) {
		DL_APPEND2(e->nat.list[standing], n, older, newer);
		e->nat.count[standing]++;
	}
}

void nat_hold(struct engine *e, struct binding *b)
{
	if (b->entry->standing != NAT_HELD)
		stand(e, b->entry, NAT_HELD);
}

void nat_past(struct engine *e, struct nat_entry *n)
{
	if (n->standing != NAT_HELD)
		return;
	if (e->nat.count[NAT_PAST] >= PAST_MAX)
		nat_entry_free(e, e->nat.list[NAT_PAST]);
	stand(e, n, NAT_PAST);
}

void nat_binding_free(struct engine *e, struct binding *b)
{
	DL_DELETE(b->entry->bindings, b);
	if (!--b->entry->nbindings)
		entry_dies(e, b->entry);
	timer_cancel(&b->timer);
	if (b->sources & MAPPING_BY_CONNTRACK)
		DL_DELETE2(e->nat.asked, b, asked_before, asked_after);
	index_remove(&e->nat.bindings, &b->link);
	binding_drop(b);
}

void nat_entry_free(struct engine *e, struct nat_entry *n)
{
	while (n->bindings)
		nat_binding_free(e, n->bindings);
	stand(e, n, NAT_HELD);
	inside_leave(e, n);
	index_remove(&e->nat.by_key, &n->link);
	DL_DELETE(e->nat.entries, n);
	e->nat.nentries--;
	free(n->rare);
	free(n);
}

static void make_room(struct engine *e)
{
	struct nat_entry *n = e->nat.list[NAT_LOOSE];

	if (e->nat.count[NAT_LOOSE] < LOOSE_MAX)
		return;
	if (!n->plain && !n->m.ended)
		e->metrics.mappings_evicted++;
	nat_entry_free(e, n);
}

static struct nat_entry *entry_new(struct engine *e, const struct nat_key *key)
{
	struct nat_entry *n;

	make_room(e);
	n = calloc(1, sizeof(*n));
	if (!n)
		return NULL;
	n->key = *key;
	n->plain = endpoint_equal(&key->inside, &key->outside);
	n->standing = NAT_HELD; /* in no list yet */
	inside_join(e, n);
	index_add(&e->nat.by_key, &n->link);
	DL_APPEND(e->nat.entries, n);
	e->nat.nentries++;
	stand(e, n, NAT_LOOSE);
	return n;
}

struct nat_entry *nat_entry_get(struct engine *e, const struct nat_key *key)
{
	struct nat_entry *n = entry_find(e, key);

	return n ? n : entry_new(e, key);
}

struct binding *nat_binding_new(struct engine *e, struct nat_entry *n, const struct translation *t)
{
	struct binding *b = n->nbindings < BINDINGS_MAX ? binding_make(n, t) : NULL;

	if (!b) {
		e->metrics.remotes_lost++;
		return NULL;
	}
	DL_APPEND(n->bindings, b);
	if (!n->nbindings++) {
		entry_lives(e, n);
		stand(e, n, NAT_LOOSE);
	}
	timer_set(&e->nat.looks, &b->timer, e->now);
	index_add(&e->nat.bindings, &b->link);
	return b;
}

u32 nat_outsides(const struct engine *e, u8 proto, const struct endpoint *inside)
{
	const struct nat_entry *n = nat_by_inside(e, proto, inside);
	u32 count = 0;

	for (u32 looked = 0; n && looked < NAT_OUTSIDES_MAX; n = n->after, looked++)
		count += !n->plain;
	return count;
}
