/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/hash_index.h"

#define FIRST_BUCKETS 64

/*
 * FNV-1a over words, and Fibonacci hashing: FNV multiplies the last word, in which addresses
 * differ, only once, which spreads it over few of the low bits that choose the bucket. The other
 * multiplication spreads it over all of them.
 */
static u32 index_hash(const void *key, u32 bytes)
{
	const word32 *word = key;
	u64 hash = 14695981039346656037ull;

	for (u32 i = 0; i < bytes / sizeof(*word); i++)
		hash = (hash ^ word[i]) * 1099511628211ull;
	return (u32)((hash ^ hash >> 32) * 11400714819323198485ull >> 32);
}

static const void *index_key(const struct hash_index *index, const struct hash_link *link)
{
	return (const char *)link + index->key_at;
}

static struct hash_link **index_bucket(const struct hash_index *index, u32 hash)
{
	return &index->bucket[hash & (index->buckets - 1)];
}

int index_begin(struct hash_index *index, s32 key_at, u32 key_bytes)
{
	*index = (struct hash_index){
		.buckets = FIRST_BUCKETS, .key_at = key_at, .key_bytes = key_bytes};
	index->bucket = calloc(FIRST_BUCKETS, sizeof(*index->bucket));
	return index->bucket ? 0 : -ENOMEM;
}

void index_free(struct hash_index *index)
{
	free(index->bucket);
	index->bucket = NULL;
}

/* Searches the chain from `link` on. */
static struct hash_link *chain_find(const struct hash_index *index, struct hash_link *link,
				    u32 hash, const void *key)
{
	while (link &&
	       (link->hash != hash || memcmp(index_key(index, link), key, index->key_bytes)))
		link = link->chain;
	return link;
}

struct hash_link *index_find(const struct hash_index *index, const void *key)
{
	u32 hash = index_hash(key, index->key_bytes);

	return chain_find(index, *index_bucket(index, hash), hash, key);
}

void index_fetch(const struct hash_index *index, const void *key, bool bucket_is_there)
{
	struct hash_link **bucket = index_bucket(index, index_hash(key, index->key_bytes));

	__builtin_prefetch(bucket_is_there ? (void *)*bucket : (void *)bucket);
}

struct hash_link *index_again(const struct hash_index *index, const struct hash_link *link)
{
	return chain_find(index, link->chain, link->hash, index_key(index, link));
}

/*
 * Divides the chain of one of the `count` old buckets between two of the new ones. Each keeps its
 * order, so that the newest entry of a key is found first.
 */
static void chain_split(struct hash_link **bucket, u32 count, struct hash_link *link)
{
	struct hash_link **lower = bucket, **upper = bucket + count;

	for (; link; link = link->chain) {
		struct hash_link ***end = link->hash & count ? &upper : &lower;

		**end = link;
		*end = &link->chain;
	}
	*lower = *upper = NULL;
}

/* Doubles the buckets. When memory is out the chains just get longer. */
static void index_grow(struct hash_index *index)
{
	struct hash_link **bucket = calloc(2 * (size_t)index->buckets, sizeof(*bucket)),
			 **old = index->bucket;
	u32 count = index->buckets;

	if (!bucket)
		return;
	index->bucket = bucket;
	index->buckets *= 2;
	for (u32 i = 0; i < count; i++)
		chain_split(&bucket[i], count, old[i]);
	free(old);
}

void index_add(struct hash_index *index, struct hash_link *link)
{
	struct hash_link **at;

	if (index->count >= index->buckets)
		index_grow(index);
	link->hash = index_hash(index_key(index, link), index->key_bytes);
	at = index_bucket(index, link->hash);
	link->chain = *at;
	*at = link;
	index->count++;
}

void index_remove(struct hash_index *index, struct hash_link *link)
{
	struct hash_link **at = index_bucket(index, link->hash);

	while (*at != link)
		at = &(*at)->chain;
	*at = link->chain;
	index->count--;
}
