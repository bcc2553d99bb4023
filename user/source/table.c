/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "source/table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_BUCKETS 256

struct entry {
	struct entry *chain; /* the next of its bucket */
	struct entry *newer, *older;
	uint64_t hash;
	uint8_t bytes[]; /* value, then key: the value is aligned for any type */
};

struct table {
	uint32_t key_size, value_size, max, count, buckets;
	bool lru;
	struct entry **bucket;
	struct entry *newest, *oldest;
};

static uint64_t hash_key(const struct table *t, const void *key)
{
	const uint8_t *p = key;
	uint64_t hash = 0x9e3779b97f4a7c15u;
	uint32_t word;

	for (uint32_t i = 0; i < t->key_size; i += sizeof(word)) {
		memcpy(&word, p + i, sizeof(word));
		hash = (hash ^ word) * 0xff51afd7ed558ccdu;
		hash ^= hash >> 29;
	}
	return hash;
}

static const void *entry_key(const struct table *t, const struct entry *e)
{
	return e->bytes + t->value_size;
}

static struct entry **bucket_of(const struct table *t, uint64_t hash)
{
	return &t->bucket[hash & (t->buckets - 1)];
}

static void unlink_age(struct table *t, struct entry *e)
{
	if (e->newer)
		e->newer->older = e->older;
	else
		t->newest = e->older;
	if (e->older)
		e->older->newer = e->newer;
	else
		t->oldest = e->newer;
}

static void link_newest(struct table *t, struct entry *e)
{
	e->newer = NULL;
	e->older = t->newest;
	if (t->newest)
		t->newest->newer = e;
	else
		t->oldest = e;
	t->newest = e;
}

static struct entry *find(struct table *t, const void *key, uint64_t hash)
{
	struct entry *e = *bucket_of(t, hash);

	while (e && (e->hash != hash || memcmp(entry_key(t, e), key, t->key_size)))
		e = e->chain;
	return e;
}

static void drop(struct table *t, struct entry *e)
{
	struct entry **at = bucket_of(t, e->hash);

	while (*at != e)
		at = &(*at)->chain;
	*at = e->chain;
	unlink_age(t, e);
	t->count--;
	free(e);
}

/* Doubles the buckets; when memory is out the chains just get longer. */
static void grow(struct table *t)
{
	struct entry **bucket = calloc(2 * (size_t)t->buckets, sizeof(*bucket));
	struct entry **at;

	if (!bucket)
		return;
	free(t->bucket);
	t->bucket = bucket;
	t->buckets *= 2;
	for (struct entry *e = t->oldest; e; e = e->newer) {
		at = bucket_of(t, e->hash);
		e->chain = *at;
		*at = e;
	}
}

struct table *table_new(uint32_t key_size, uint32_t value_size, uint32_t max, bool lru)
{
	struct table *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->key_size = key_size;
	t->value_size = value_size;
	t->max = max;
	t->lru = lru;
	t->buckets = FIRST_BUCKETS;
	t->bucket = calloc(t->buckets, sizeof(*t->bucket));
	if (t->bucket)
		return t;
	free(t);
	return NULL;
}

void table_free(struct table *t)
{
	if (!t)
		return;
	while (t->oldest)
		drop(t, t->oldest);
	free(t->bucket);
	free(t);
}

void *table_lookup(struct table *t, const void *key)
{
	struct entry *e = find(t, key, hash_key(t, key));

	if (!e)
		return NULL;
	if (t->lru && e != t->newest) {
		unlink_age(t, e);
		link_newest(t, e);
	}
	return e->bytes;
}

int table_insert(struct table *t, const void *key, const void *value)
{
	uint64_t hash = hash_key(t, key);
	struct entry *e = find(t, key, hash);
	struct entry **at;

	if (e) {
		memcpy(e->bytes, value, t->value_size);
		return 0;
	}
	if (t->count >= t->max && !t->lru)
		return -ENOSPC;
	e = malloc(sizeof(*e) + t->value_size + t->key_size);
	if (!e)
		return -ENOMEM;
	if (t->count >= t->max)
		drop(t, t->oldest);
	if (t->count >= t->buckets)
		grow(t);
	memcpy(e->bytes, value, t->value_size);
	memcpy(e->bytes + t->value_size, key, t->key_size);
	e->hash = hash;
	at = bucket_of(t, hash);
	e->chain = *at;
	*at = e;
	link_newest(t, e);
	t->count++;
	return 0;
}

void table_delete(struct table *t, const void *key)
{
	struct entry *e = find(t, key, hash_key(t, key));

	if (e)
		drop(t, e);
}

void table_each(struct table *t, bool (*visit)(void *arg, const void *key, void *value), void *arg)
{
	struct entry *next;

	for (struct entry *e = t->oldest; e; e = next) {
		next = e->newer;
		if (visit(arg, entry_key(t, e), e->bytes))
			drop(t, e);
	}
}
