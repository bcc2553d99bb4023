/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tables: ids are shortened as far as they can still be told apart. */
#include <stdlib.h>

#include "suite.h"

#include "cli/columns.h"

static const char *const heads[] = {"ID", "PEER"};

/* Returns the table with these ids as text, to be freed. */
static char *table_of(const char *const *ids, size_t count)
{
	struct columns *columns = columns_new(heads, 2);
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(columns);
	assert_non_null(out);
	for (size_t i = 0; i < count; i++) {
		const char *const cells[] = {ids[i], "5.0.0.2"};

		assert_int_equal(columns_row(columns, cells), 0);
	}
	assert_int_equal(columns_abbreviate(columns, 0, 8), 0);
	columns_print(columns, out);
	columns_free(columns);
	fclose(out);
	return text;
}

static void eight_digits_are_shown(void **state)
{
	static const char *const ids[] = {"9f2c61aa00000001", "0123456789abcdef"};
	char *text = table_of(ids, 2);

	(void)state;
	assert_string_equal(text, "ID        PEER\n"
				  "9f2c61aa  5.0.0.2\n"
				  "01234567  5.0.0.2\n");
	free(text);
}

static void more_where_they_begin_the_same(void **state)
{
	static const char *const ids[] = {"9f2c61aa00000001", "0123456789abcdef",
					  "9f2c61aa01000000"};
	char *text = table_of(ids, 3);

	(void)state;
	assert_string_equal(text, "ID          PEER\n"
				  "9f2c61aa00  5.0.0.2\n"
				  "0123456789  5.0.0.2\n"
				  "9f2c61aa01  5.0.0.2\n");
	free(text);
}

static void an_empty_table_has_its_titles(void **state)
{
	char *text = table_of(NULL, 0);

	(void)state;
	assert_string_equal(text, "ID  PEER\n");
	free(text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(eight_digits_are_shown),
		cmocka_unit_test(more_where_they_begin_the_same),
		cmocka_unit_test(an_empty_table_has_its_titles),
	};

	return cmocka_run_group_tests_name("columns", tests, NULL, NULL);
}
