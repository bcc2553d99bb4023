/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Hardware offload found in the text of a ruleset, and blanked out of it. */
#include "suite.h"

#include "shadow/offload.h"

static void finds_offload(void **state)
{
	static const char listing[] =
		"table inet f {\n\tflowtable ft { # handle 1\n\t\thook ingress priority filter\n"
		"\t\tdevices = { a, b }\n\t\tflags offload\n\t}\n}\n";
	struct span found;

	(void)state;
	assert_true(offload_find((struct span){listing, strlen(listing)}, &found));
	assert_int_equal(found.length, strlen("flags offload"));
	assert_ptr_equal(found.at, strstr(listing, "flags offload"));
}

static void finds_no_offload(void **state)
{
	static const char *const texts[] = {
		"",
		"flowtable offload { flags counter; }",
		"set s { flags interval; comment \"flags offload\"; }",
		"# flags offload\nset flags { } offload",
		"tcp flags offloaded flags no-offload",
		"comment \"never closed flags offload",
		"flags",
	};
	struct span found;

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		assert_false(offload_find((struct span){texts[i], strlen(texts[i])}, &found));
}

static void blanks_offload(void **state)
{
	char text[] = "flags offload;\n# flags offload\nx { flags\n  offload; \"flags offload\" }";

	(void)state;
	assert_true(offload_blank(text, strlen(text)));
	assert_string_equal(
		text, "             ;\n# flags offload\nx {                ; \"flags offload\" }");
	assert_false(offload_blank(text, strlen(text)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_offload),
		cmocka_unit_test(finds_no_offload),
		cmocka_unit_test(blanks_offload),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
