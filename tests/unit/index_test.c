/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The hash table of the engine: what is found, and in which order, while it grows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/hash_index.h"

#define THINGS 5000

struct thing {
	struct link link;
	u32 key;
	u32 number;
};

static struct thing things[THINGS];

static struct thing *found(struct link *link)
{
	return INDEXED(link, struct thing, link);
}

/* Adds all of them, each with its number modulo `keys` as its key. */
static void fill_index(struct index *index, u32 keys)
{
	assert_int_equal(index_begin(index, (s32)offsetof(struct thing, key), sizeof(u32)), 0);
	for (u32 i = 0; i < THINGS; i++) {
		things[i] = (struct thing){.key = i % keys, .number = i};
		index_add(index, &things[i].link);
	}
	assert_int_equal(index->count, THINGS);
}

/* Returns how many of a key there are, and expects the newest of them first. */
static u32 count_of(struct index *index, u32 key)
{
	struct link *link = index_find(index, &key);
	u32 count = 0, before = THINGS;

	for (; link; link = index_again(index, link), count++) {
		assert_int_equal(found(link)->key, key);
		assert_true(found(link)->number < before);
		before = found(link)->number;
	}
	return count;
}

static void each_key_is_found(void **state)
{
	struct index index;

	(void)state;
	fill_index(&index, THINGS);
	for (u32 key = 0; key < THINGS; key++)
		assert_int_equal(count_of(&index, key), 1);
	assert_int_equal(count_of(&index, THINGS), 0);
	index_free(&index);
}

static void the_newest_of_a_key_comes_first(void **state)
{
	struct index index;

	(void)state;
	fill_index(&index, 7);
	for (u32 key = 0; key < 7; key++)
		assert_int_equal(count_of(&index, key), THINGS / 7 + (key < THINGS % 7));
	index_free(&index);
}

static void all_may_have_the_same(void **state)
{
	struct index index;

	(void)state;
	fill_index(&index, 1);
	assert_int_equal(count_of(&index, 0), THINGS);
	index_free(&index);
}

/* Neighbours differ in their last bytes, the highest of a word. */
static void addresses_spread_over_the_buckets(void **state)
{
	struct index index;

	(void)state;
	assert_int_equal(index_begin(&index, (s32)offsetof(struct thing, key), sizeof(u32)), 0);
	for (u32 i = 0; i < THINGS; i++) {
		things[i] = (struct thing){.key = 10 | (i >> 8) << 16 | (i & 0xff) << 24};
		index_add(&index, &things[i].link);
	}
	for (u32 i = 0; i < index.buckets; i++) {
		u32 count = 0;

		for (struct link *link = index.bucket[i]; link; link = link->chain)
			count++;
		assert_in_range(count, 0, 10);
	}
	index_free(&index);
}

static void what_is_removed_is_not_found(void **state)
{
	struct index index;

	(void)state;
	fill_index(&index, 10);
	for (u32 i = 0; i < THINGS; i += 2)
		index_remove(&index, &things[i].link);
	assert_int_equal(index.count, THINGS / 2);
	for (u32 key = 0; key < 10; key++)
		assert_int_equal(count_of(&index, key), key & 1 ? THINGS / 10 : 0);
	index_free(&index);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_key_is_found),
		cmocka_unit_test(the_newest_of_a_key_comes_first),
		cmocka_unit_test(all_may_have_the_same),
		cmocka_unit_test(addresses_spread_over_the_buckets),
		cmocka_unit_test(what_is_removed_is_not_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
