/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A hash table that behaves as the BPF maps do: keys and values of fixed size, at most so many
 * entries, values that do not move. One of them can make room for a new entry by forgetting the one
 * that was not asked for the longest.
 */
#ifndef P2PSCOPE_SOURCE_CAPTURE_TABLE_H
#define P2PSCOPE_SOURCE_CAPTURE_TABLE_H

#include <stdbool.h>
#include <stdint.h>

struct table;

/*
 * Sizes in bytes; a key's is a multiple of 4. `lru`: when full, forget the oldest. Gives NULL when
 * memory is out.
 */
struct table *table_new(uint32_t key_size, uint32_t value_size, uint32_t max, bool lru);
void table_free(struct table *t);

/* Gives the value, or NULL. */
void *table_lookup(struct table *t, const void *key);

/*
 * Copies key and value in; an entry that is there keeps its place and gets the value. 0, or
 * -ENOSPC, -ENOMEM.
 */
int table_insert(struct table *t, const void *key, const void *value);

void table_delete(struct table *t, const void *key);

/* Calls `visit` for each entry, in no order; what it gives true for is deleted. */
void table_each(struct table *t, bool (*visit)(void *arg, const void *key, void *value), void *arg);

#endif
