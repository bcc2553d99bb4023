/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A hash table that behaves as the BPF maps do: keys and values of fixed size, at most so many
 * entries, values that do not move. It may evict its least recently used entry to make room for a
 * new one.
 */
#ifndef P2PSCOPE_SOURCE_CAPTURE_TABLE_H
#define P2PSCOPE_SOURCE_CAPTURE_TABLE_H

#include <stdbool.h>
#include <stdint.h>

struct table;

/*
 * Returns a table for `max` entries, NULL when memory is out. Sizes are in bytes; a key's is a
 * multiple of 4. `lru`: a full table evicts its least recently used entry.
 */
struct table *table_new(uint32_t key_size, uint32_t value_size, uint32_t max, bool lru);

/* `t` may be NULL. */
void table_free(struct table *t);

/*
 * Returns the value, NULL when the key is not there. It stays where it is until it is deleted or
 * evicted.
 */
void *table_lookup(struct table *t, const void *key);

/*
 * Copies key and value; an entry that is there keeps its place and gets the value. Returns 0,
 * -ENOSPC when the table is full and does not evict, or -ENOMEM.
 */
int table_insert(struct table *t, const void *key, const void *value);

/* Deletes an entry, if it is there. */
void table_delete(struct table *t, const void *key);

/* Calls `visit` for each entry, in no order, and deletes those for which it returns true. */
void table_each(struct table *t, bool (*visit)(void *arg, const void *key, void *value), void *arg);

#endif
