/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "source/capture/table.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_SLOTS 256 /* a power of two, as it is after each doubling */

struct table_entry {
	struct table_entry *newer, *older;
	uint64_t hash;
	/* the key, which is looked at first; from `value_at` on the value, aligned for any type */
	uint8_t bytes[];
};

/* Holds the hash as well, which rules most other entries out without a look at them. */
struct table_slot {
	uint64_t hash;
	struct table_entry *entry; /* NULL: the slot is empty */
};

struct table {
	uint32_t key_size, value_at, value_size, max, count;
	bool lru;
	/* an entry is in the slot of its hash, or after it with no empty slot between */
	struct table_slot *slot;
	uint64_t mask; /* the number of slots less one */
	struct table_entry *newest, *oldest;
	struct table_entry *last; /* that was looked up, or NULL: packets of a flow come in rows */
};

static uint64_t table_mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * 0xff51afd7ed558ccdu;
	return hash ^ hash >> 32;
}

/* Two chains of multiplications that do not wait for each other. */
static uint64_t table_hash(const struct table *t, const void *key)
{
	uint64_t a = 0x9e3779b97f4a7c15u, b = 0xc2b2ae3d27d4eb4fu, word[2];
	const uint8_t *p = key, *end = p + t->key_size;

	for (; end - p >= (ptrdiff_t)sizeof(word); p += sizeof(word)) {
		memcpy(word, p, sizeof(word));
		a = table_mix(a, word[0]);
		b = table_mix(b, word[1]);
	}
	memset(word, 0, sizeof(word));
	memcpy(word, p, (size_t)(end - p));
	return table_mix(table_mix(table_mix(a, word[0]), word[1]), b);
}

static void *entry_value(const struct table *t, struct table_entry *e)
{
	return e->bytes + t->value_at;
}

static bool entry_has_key(const struct table *t, const struct table_entry *e, const void *key)
{
	return !memcmp(e->bytes, key, t->key_size);
}

static void table_unlink(struct table *t, struct table_entry *e)
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

static void table_link_newest(struct table *t, struct table_entry *e)
{
	e->newer = NULL;
	e->older = t->newest;
	if (t->newest)
		t->newest->newer = e;
	else
		t->oldest = e;
	t->newest = e;
}

static struct table_entry *table_find(const struct table *t, const void *key, uint64_t hash)
{
	for (uint64_t i = hash & t->mask; t->slot[i].entry; i = (i + 1) & t->mask)
		if (t->slot[i].hash == hash && entry_has_key(t, t->slot[i].entry, key))
			return t->slot[i].entry;
	return NULL;
}

static void table_place(struct table *t, struct table_slot slot)
{
	uint64_t i = slot.hash & t->mask;

	while (t->slot[i].entry)
		i = (i + 1) & t->mask;
	t->slot[i] = slot;
}

/*
 * Empties a slot. The entries after it move up, unless that would put them before their own slot.
 */
static void table_clear_slot(struct table *t, uint64_t gap)
{
	for (uint64_t i = (gap + 1) & t->mask; t->slot[i].entry; i = (i + 1) & t->mask) {
		if (((i - t->slot[i].hash) & t->mask) < ((i - gap) & t->mask))
			continue;
		t->slot[gap] = t->slot[i];
		gap = i;
	}
	t->slot[gap].entry = NULL;
}

static void table_drop(struct table *t, struct table_entry *e)
{
	uint64_t i = e->hash & t->mask;

	while (t->slot[i].entry != e)
		i = (i + 1) & t->mask;
	table_clear_slot(t, i);
	table_unlink(t, e);
	t->count--;
	if (t->last == e)
		t->last = NULL;
	free(e);
}

/*
 * Doubles the slots when they are three quarters full. Without memory the table only gets slower,
 * until one empty slot is left: then returns false.
 */
static bool table_make_room(struct table *t)
{
	struct table_slot *old = t->slot, *slot;
	uint64_t slots = t->mask + 1;

	if (t->count * 4ull < slots * 3)
		return true;
	slot = calloc(2 * slots, sizeof(*slot));
	if (!slot)
		return t->count + 1 < slots;
	t->slot = slot;
	t->mask = 2 * slots - 1;
	for (uint64_t i = 0; i < slots; i++)
		if (old[i].entry)
			table_place(t, old[i]);
	free(old);
	return true;
}

struct table *table_new(uint32_t key_size, uint32_t value_size, uint32_t max, bool lru)
{
	struct table *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->key_size = key_size;
	t->value_at = (key_size + 7) & ~7u;
	t->value_size = value_size;
	t->max = max;
	t->lru = lru;
	t->mask = FIRST_SLOTS - 1;
	t->slot = calloc(FIRST_SLOTS, sizeof(*t->slot));
	if (t->slot)
		return t;
	free(t);
	return NULL;
}

void table_free(struct table *t)
{
	if (!t)
		return;
	while (t->oldest)
		table_drop(t, t->oldest);
	free(t->slot);
	free(t);
}

void *table_lookup(struct table *t, const void *key)
{
	struct table_entry *e = t->last;

	if (!e || !entry_has_key(t, e, key))
		e = table_find(t, key, table_hash(t, key));
	if (!e)
		return NULL;
	t->last = e;
	if (t->lru && e != t->newest) {
		table_unlink(t, e);
		table_link_newest(t, e);
	}
	return entry_value(t, e);
}

int table_insert(struct table *t, const void *key, const void *value)
{
	uint64_t hash = table_hash(t, key);
	struct table_entry *e = table_find(t, key, hash);

	if (e) {
		memcpy(entry_value(t, e), value, t->value_size);
		return 0;
	}
	if (t->count >= t->max && !t->lru)
		return -ENOSPC;
	e = malloc(sizeof(*e) + t->value_at + t->value_size);
	if (!e)
		return -ENOMEM;
	if (t->count >= t->max)
		table_drop(t, t->oldest);
	if (!table_make_room(t)) {
		free(e);
		return -ENOMEM;
	}
	memcpy(e->bytes, key, t->key_size);
	memcpy(entry_value(t, e), value, t->value_size);
	e->hash = hash;
	table_place(t, (struct table_slot){.hash = hash, .entry = e});
	table_link_newest(t, e);
	t->count++;
	return 0;
}

void table_delete(struct table *t, const void *key)
{
	struct table_entry *e = table_find(t, key, table_hash(t, key));

	if (e)
		table_drop(t, e);
}

void table_each(struct table *t, bool (*visit)(void *arg, const void *key, void *value), void *arg)
{
	struct table_entry *next;

	for (struct table_entry *e = t->oldest; e; e = next) {
		next = e->newer;
		if (visit(arg, e->bytes, entry_value(t, e)))
			table_drop(t, e);
	}
}
