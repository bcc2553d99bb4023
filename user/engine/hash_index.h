/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * An intrusive hash table for hundreds of thousands of entries: it takes 16 bytes of each, and a
 * lookup touches little more than the entry it finds. The key is part of the entry, at a fixed
 * distance from the link.
 */
#ifndef P2PSCOPE_ENGINE_HASH_INDEX_H
#define P2PSCOPE_ENGINE_HASH_INDEX_H

#include <stddef.h>

#include "p2pscope/types.h"

struct hash_link {
	struct hash_link *chain; /* the next one in its bucket */
	u32 hash;
	u32 zero;
};

struct hash_index {
	struct hash_link **bucket;
	u32 buckets; /* a power of two */
	u32 count;
	s32 key_at; /* bytes from the link to the key */
	u32 key_bytes; /* a multiple of four */
};

/* The entry that holds the link; NULL for NULL. */
#define INDEXED(link, type, member) ((type *)index_holder(link, offsetof(type, member)))

static inline void *index_holder(struct hash_link *link, unsigned long offset)
{
	return link ? (char *)link - offset : NULL;
}

/* Returns 0 or -ENOMEM. */
int index_begin(struct hash_index *index, s32 key_at, u32 key_bytes);
/* Frees the table, but not the entries. */
void index_free(struct hash_index *index);

/* Returns the newest entry's link with this key; NULL when there is none. */
struct hash_link *index_find(const struct hash_index *index, const void *key);
/*
 * Prefetches for a lookup of this key to come, which affects speed only: its bucket or, once that
 * is in the cache, the first link in it.
 */
void index_fetch(const struct hash_index *index, const void *key, bool bucket_is_there);
/* Returns the next older one with the same key; NULL when there is none. */
struct hash_link *index_again(const struct hash_index *index, const struct hash_link *link);

/* Adds an entry, whose key must not change from then on. Others may have the same key. */
void index_add(struct hash_index *index, struct hash_link *link);
void index_remove(struct hash_index *index, struct hash_link *link);

#endif
