/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/hash_index.h"

#define FIRST_BUCKETS 64

/*
 * FNV-1a over words. The last word, where addresses differ, has been multiplied only once then,
 * which spreads it over few of the low bits, from which the bucket is taken: another multiplication
 * spreads it over all (Fibonacci hashing).
 */
static u32 hash_of(const void *key, u32 bytes)
{
	const word32 *word = key;
	u64 hash = 14695981039346656037ull;

	for (u32 i = 0; i < bytes / sizeof(*word); i++)
		hash = (hash ^ word[i]) * 1099511628211ull;
	return (u32)((hash ^ hash >> 32) * 11400714819323198485ull >> 32);
}

static const void *key_of(const struct index *index, const struct link *link)
{
	return (const char *)link + index->key_at;
}

static struct link **bucket_of(const struct index *index, u32 hash)
{
	return &index->bucket[hash & (index->buckets - 1)];
}

int index_begin(struct index *index, s32 key_at, u32 key_bytes)
{
	*index = (struct index){.buckets = FIRST_BUCKETS, .key_at = key_at, .key_bytes = key_bytes};
	index->bucket = calloc(FIRST_BUCKETS, sizeof(*index->bucket));
	return index->bucket ? 0 : -ENOMEM;
}

void index_free(struct index *index)
{
	free(index->bucket);
	index->bucket = NULL;
}

/* From there on along the chain. */
static struct link *seek(const struct index *index, struct link *link, u32 hash, const void *key)
{
	while (link && (link->hash != hash || memcmp(key_of(index, link), key, index->key_bytes)))
		link = link->chain;
	return link;
}

struct link *index_find(const struct index *index, const void *key)
{
	u32 hash = hash_of(key, index->key_bytes);

	return seek(index, *bucket_of(index, hash), hash, key);
}

void index_fetch(const struct index *index, const void *key, bool bucket_is_there)
{
	struct link **bucket = bucket_of(index, hash_of(key, index->key_bytes));

	__builtin_prefetch(bucket_is_there ? (void *)*bucket : (void *)bucket);
}

struct link *index_again(const struct index *index, const struct link *link)
{
	return seek(index, link->chain, link->hash, key_of(index, link));
}

/*
 * The chain of one of the old buckets, `count` of them, is divided between two of the new ones.
 * Each keeps its order, so that the newest of a key is found first.
 */
static void split_chain(struct link **bucket, u32 count, struct link *link)
{
	struct link **lower = bucket, **upper = bucket + count;

	for (; link; link = link->chain) {
		struct link ***end = link->hash & count ? &upper : &lower;

		**end = link;
		*end = &link->chain;
	}
	*lower = *upper = NULL;
}

/* When memory is out the chains just get longer. */
static void grow(struct index *index)
{
	struct link **bucket = calloc(2 * (size_t)index->buckets, sizeof(*bucket)),
		    **old = index->bucket;
	u32 count = index->buckets;

	if (!bucket)
		return;
	index->bucket = bucket;
	index->buckets *= 2;
	for (u32 i = 0; i < count; i++)
		split_chain(&bucket[i], count, old[i]);
	free(old);
}

void index_add(struct index *index, struct link *link)
{
	struct link **at;

	if (index->count >= index->buckets)
		grow(index);
	link->hash = hash_of(key_of(index, link), index->key_bytes);
	at = bucket_of(index, link->hash);
	link->chain = *at;
	*at = link;
	index->count++;
}

void index_remove(struct index *index, struct link *link)
{
	struct link **at = bucket_of(index, link->hash);

	while (*at != link)
		at = &(*at)->chain;
	*at = link->chain;
	index->count--;
}
