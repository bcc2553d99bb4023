/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Text from the network, made safe to print. */
#include "suite.h"

#include "output/json_value.h"
#include "util/text.h"

static void a_line_keeps_what_can_be_read(void **state)
{
	static const struct {
		const char *text, *line;
	} lines[] = {
		{"lan0: \"no\" a\\b", "lan0: \"no\" a\\b"},
		{"a\x1b[31mb\n\x7f", "a\\x1b[31mb\\x0a\\x7f"},
		{"gr\xc3\xbc\xc3\x9f \xe2\x80\xa6 \xf0\x9f\x9a\xab",
		 "gr\xc3\xbc\xc3\x9f \xe2\x80\xa6 \xf0\x9f\x9a\xab"},
		{"\x9b"
		 "2J \xc2\x9b"
		 "2J",
		 "\\x9b2J \xc2\\x9b2J"},
	};
	char out[64];

	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++)
		assert_string_equal(text_line(out, sizeof(out), lines[i].text), lines[i].line);
}

static void bytes_are_ascii(void **state)
{
	static const u8 bytes[] = {'a', 0, '\\', 0xc3, '~'};
	char out[64];

	(void)state;
	assert_string_equal(text_bytes(out, sizeof(out), bytes, sizeof(bytes)),
			    "a\\x00\\x5c\\xc3~");
}

static void what_does_not_fit_is_cut(void **state)
{
	char out[8];

	(void)state;
	assert_string_equal(text_line(out, 7, "ab\x1b\x1b"), "ab\\x1b");
	assert_string_equal(text_line(out, 6, "ab\x1b\x1b"), "ab");
	assert_string_equal(text_line(out, 3, "abc"), "ab");
	assert_string_equal(text_line(out, 1, "abc"), "");
}

/* JSON is printed on terminals, too. */
static void json_has_no_controls(void **state)
{
	static const char *const cases[][2] = {
		{"caf\xc3\xa9 \xc2\xa0", "caf\xc3\xa9 \xc2\xa0"},
		{"\x1b[31m", "\\x1b[31m"},
		{"\xc2\x9b"
		 "31m",
		 "\\xc2\\x9b31m"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		json_t *words = json_words(cases[i][0]);

		assert_string_equal(json_string_value(words), cases[i][1]);
		json_decref(words);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_keeps_what_can_be_read),
		cmocka_unit_test(bytes_are_ascii),
		cmocka_unit_test(what_does_not_fit_is_cut),
		cmocka_unit_test(json_has_no_controls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
