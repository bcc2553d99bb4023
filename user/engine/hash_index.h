/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A hash table of things that hold their own link, for what there are hundreds of thousands of: 16
 * bytes each, and a lookup that touches little more than what it finds. The key lies in the thing,
 * at a fixed distance from the link.
 */
#ifndef P2PSCOPE_ENGINE_HASH_INDEX_H
#define P2PSCOPE_ENGINE_HASH_INDEX_H

#include <stddef.h>

#include "p2pscope/types.h"

struct hash_link {
	struct hash_link *chain; /* the next of its bucket */
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

/* What holds the link; NULL for NULL. */
#define INDEXED(link, type, member) ((type *)index_holder(link, offsetof(type, member)))

static inline void *index_holder(struct hash_link *link, unsigned long offset)
{
	return link ? (char *)link - offset : NULL;
}

/* -ENOMEM. */
int index_begin(struct hash_index *index, s32 key_at, u32 key_bytes);
/* What is in it stays as it is. */
void index_free(struct hash_index *index);

/* The newest with this key; NULL when there is none. */
struct hash_link *index_find(const struct hash_index *index, const void *key);
/*
 * Has memory fetched for a lookup that is to come: its bucket, and when that is there, what lies in
 * it first.
 */
void index_fetch(const struct hash_index *index, const void *key, bool bucket_is_there);
/* The next older one with the same key. */
struct hash_link *index_again(const struct hash_index *index, const struct hash_link *link);

/* The key must not change while it is in. Others may have the same one. */
void index_add(struct hash_index *index, struct hash_link *link);
void index_remove(struct hash_index *index, struct hash_link *link);

#endif
