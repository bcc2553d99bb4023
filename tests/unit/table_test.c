/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The hash table, compared with a plain array. */
#include "suite.h"

#include <errno.h>
#include <stdlib.h>

#include "source/capture/table.h"

#define KEYS 3000
#define STEPS 200000

/* Of an odd number of words. */
struct table_key {
	u32 word[3];
};

static struct table_key table_key_of(u32 n)
{
	return (struct table_key){.word = {n % 7, n, 0}};
}

static u32 next_xorshift(u32 *state)
{
	return *state = *state * 1664525u + 1013904223u;
}

/* Whatever comes and goes, what is there is found with its value, and nothing else. */
static void entries_come_and_go(void **state)
{
	static u64 values[KEYS]; /* 0: not there */
	struct table *t = table_new(sizeof(struct table_key), sizeof(u64), KEYS, false);
	u32 random = 1;

	(void)state;
	assert_non_null(t);
	for (u64 step = 1; step <= STEPS; step++) {
		u32 n = (next_xorshift(&random) >> 8) % KEYS;
		struct table_key table_key = table_key_of(n);
		u64 *value = table_lookup(t, &table_key);

		assert_int_equal(value ? *value : 0, values[n]);
		if (next_xorshift(&random) >> 31) {
			assert_int_equal(table_insert(t, &table_key, &step), 0);
			values[n] = step;
		} else {
			table_delete(t, &table_key);
			values[n] = 0;
		}
	}
	table_free(t);
}

struct table_visit {
	u32 count, odd;
};

static bool visit_odd(void *arg, const void *table_key, void *value)
{
	const struct table_key *k = table_key;
	struct table_visit *v = arg;

	assert_int_equal(*(u64 *)value, k->word[1]);
	v->count++;
	v->odd += k->word[1] & 1;
	return k->word[1] & 1;
}

static void a_visit_deletes(void **state)
{
	struct table *t = table_new(sizeof(struct table_key), sizeof(u64), KEYS, false);
	struct table_visit v = {0};

	(void)state;
	for (u64 n = 0; n < KEYS; n++) {
		struct table_key table_key = table_key_of((u32)n);

		assert_int_equal(table_insert(t, &table_key, &n), 0);
	}
	table_each(t, visit_odd, &v);
	assert_true(v.count == KEYS && v.odd == KEYS / 2);
	v = (struct table_visit){0};
	table_each(t, visit_odd, &v);
	assert_true(v.count == KEYS / 2 && v.odd == 0);
	table_free(t);
}

static void a_full_table(void **state)
{
	struct table *t = table_new(sizeof(struct table_key), sizeof(u64), 3, false);
	u64 value = 1;

	(void)state;
	for (u32 n = 0; n < 4; n++) {
		struct table_key table_key = table_key_of(n);

		assert_int_equal(table_insert(t, &table_key, &value), n < 3 ? 0 : -ENOSPC);
		assert_true(!table_lookup(t, &table_key) == (n == 3));
	}
	table_free(t);
}

/* What was asked for last stays. */
static void the_oldest_entry_makes_room(void **state)
{
	struct table *t = table_new(sizeof(struct table_key), sizeof(u64), 3, true);
	struct table_key first = table_key_of(0);
	u64 value = 1;

	(void)state;
	for (u32 n = 0; n < 1000; n++) {
		struct table_key table_key = table_key_of(n), before = table_key_of(n - 3);

		assert_int_equal(table_insert(t, &table_key, &value), 0);
		assert_non_null(table_lookup(t, &first));
		assert_true(n < 4 || !table_lookup(t, &before));
	}
	table_free(t);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_come_and_go),
		cmocka_unit_test(a_visit_deletes),
		cmocka_unit_test(a_full_table),
		cmocka_unit_test(the_oldest_entry_makes_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
