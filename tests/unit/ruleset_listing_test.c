/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Rules found in what nft(8) lists and in what iptables-save(8) writes. */
#include "suite.h"

#include "shadow/iptables_save.h"
#include "shadow/ruleset_listing.h"

static struct ruleset ruleset;

static int forget(void **state)
{
	(void)state;
	free(ruleset.rules);
	ruleset = (struct ruleset){0};
	return 0;
}

static void expect_listed(size_t i, u64 handle, const char *text)
{
	struct rule rule;

	assert_true(i < ruleset.nrules);
	ruleset_describe(&ruleset.rules[i], &rule);
	assert_int_equal(rule.handle, handle);
	assert_string_equal(rule.text, text);
}

static void rules_of_a_chain(void **state)
{
	(void)state;
	ruleset.text =
		"table inet t { # handle 3\n"
		"\tchain f { # handle 1\n"
		"\t\ttype filter hook forward priority 0; policy drop;\n"
		"\t\tudp dport { 3478,\n\t\t\t 19302 } counter packets 4 bytes 5 drop # handle 4\n"
		"\t\tlog prefix \"}\" # handle 6\n"
		"\t}\n}\n";
	assert_int_equal(ruleset_index(&ruleset), 0);
	assert_int_equal(ruleset.nrules, 3);
	expect_listed(0, 0, "policy drop");
	expect_listed(1, 4, "udp dport { 3478, 19302 } counter drop");
	expect_listed(2, 6, "log prefix \"}\"");
	assert_int_equal(ruleset.rules[2].position, 1);
}

/* Nothing but its handle is listed of a rule without expressions; it has its place all the same. */
static void rule_without_expressions(void **state)
{
	(void)state;
	ruleset.text = "table ip t { # handle 1\n\tchain c { # handle 1\n\t\t # handle 2\n"
		       "\t\tdrop # handle 3\n\t}\n}\n";
	assert_int_equal(ruleset_index(&ruleset), 0);
	assert_int_equal(ruleset.nrules, 2);
	expect_listed(0, 2, "");
	expect_listed(1, 3, "drop");
	assert_int_equal(ruleset.rules[1].position, 1);
}

static void lines_without_names(void **state)
{
	(void)state;
	assert_int_equal(iptables_save_index(&ruleset, "ip", ": DROP [0:0]\n-A \n"), 0);
	assert_int_equal(ruleset.nrules, 2);
	expect_listed(0, 0, "policy drop");
	expect_listed(1, 1, "-A ");
}

static void lines_of_a_table(void **state)
{
	static const char text[] = "*filter\n:FORWARD ACCEPT [0:0]\n"
				   "[1:2] -A FORWARD -s 10.0.0.1,10.0.0.2 -j DROP\n"
				   "-A FORWARD -p udp -j DROP\nCOMMIT\n";
	struct rule rule;

	(void)state;
	ruleset.text = "table ip filter { # handle 1\n\tchain FORWARD { # handle 1\n"
		       "\t\tip saddr 10.0.0.1 drop # handle 2\n"
		       "\t\tip saddr 10.0.0.2 drop # handle 3\n"
		       "\t\tudp drop # handle 4\n\t}\n}\n";
	assert_int_equal(ruleset_index(&ruleset), 0);
	ruleset_describe(&ruleset.rules[1], &rule);
	assert_true(iptables_save_line((struct span){text, sizeof(text) - 1}, &ruleset, &rule));
	assert_string_equal(rule.text, "-A FORWARD -s 10.0.0.1,10.0.0.2 -j DROP");
	ruleset_describe(&ruleset.rules[2], &rule);
	assert_true(iptables_save_line((struct span){text, sizeof(text) - 1}, &ruleset, &rule));
	assert_string_equal(rule.text, "-A FORWARD -p udp -j DROP");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(rules_of_a_chain, forget),
		cmocka_unit_test_teardown(rule_without_expressions, forget),
		cmocka_unit_test_teardown(lines_without_names, forget),
		cmocka_unit_test_teardown(lines_of_a_table, forget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
