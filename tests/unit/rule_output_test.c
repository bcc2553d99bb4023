/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is told of rules, in JSON and in metrics: names and text are an administrator's and may hold
 * anything.
 */
#include "output_fixture.h"
#include "output/prometheus.h"

static struct rule_view rules[] = {
	{.rule = {.family = "inet",
		  .table = "filter",
		  .chain = "forward",
		  .handle = 7,
		  .text = "udp dport != 53 drop"},
	 .id = 0x1234,
	 .blocked = 3,
	 .degraded = 1,
	 .hosts = 2,
	 .first = 10 * SEC,
	 .last = 20 * SEC},
	{.rule = {.family = "ip", .table = "f\"\\\n", .chain = "c", .text = "policy drop"},
	 .id = 0xffffffff,
	 .blocked = 1},
	{.rule = {.family = "inet",
		  .table = "filter",
		  .chain = "forward",
		  .handle = 7,
		  .text = "what had it before"},
	 .id = 0xabcdef01,
	 .blocked = 4},
	{.rule = {.family = "inet",
		  .table = "t",
		  .chain = "c",
		  .handle = 9,
		  .text = "comment \"\xff\x1b[2J\""}},
	{.rule = {.family = "inet",
		  .table = "filter",
		  .chain = "input",
		  .handle = 5,
		  .text = "drop"}},
};

static struct engine_view view_of_rules(struct session *sessions, size_t count)
{
	return (struct engine_view){.rules = rules,
				    .ndropping = COUNT(rules) - 1,
				    .nrules = COUNT(rules),
				    .rules_left_out = 3,
				    .sessions = sessions,
				    .nsessions = count};
}

static void expect_string_member(const json_t *object, const char *key, const char *text)
{
	assert_string_equal(json_string_value(json_object_get(object, key)), text);
}

static void list_of_rules(void **state)
{
	struct engine_view view = view_of_rules(NULL, 0);
	json_t *document = document_of(write_rules, &view),
	       *list = json_object_get(document, "rules");
	const json_t *first = json_array_get(list, 0);

	(void)state;
	assert_int_equal(json_array_size(list), 5);
	assert_int_equal(json_integer_value(json_object_get(document, "left_out")), 3);
	assert_int_equal(json_object_size(first), 10);
	expect_string_member(first, "family", "inet");
	expect_string_member(first, "table", "filter");
	expect_string_member(first, "chain", "forward");
	expect_string_member(first, "text", "udp dport != 53 drop");
	assert_int_equal(json_integer_value(json_object_get(first, "handle")), 7);
	assert_int_equal(json_integer_value(json_object_get(first, "sessions_blocked")), 3);
	assert_int_equal(json_integer_value(json_object_get(first, "sessions_degraded")), 1);
	assert_int_equal(json_integer_value(json_object_get(first, "hosts")), 2);
	assert_true(json_is_null(json_object_get(json_array_get(list, 1), "last")));
	expect_string_member(json_array_get(list, 3), "text", "comment \"\\xff\\x1b[2J\"");
	json_decref(document);
}

static void rule_of_a_session(void **state)
{
	struct session sessions[] = {
		{.verdict = VERDICT_BLOCKED,
		 .cause = CAUSE_RULE,
		 .rule = 0,
		 .degraded_rule = NO_RULE},
		{.verdict = VERDICT_SUCCEEDED,
		 .degraded = CAUSE_RULE,
		 .rule = NO_RULE,
		 .degraded_rule = 1},
		{.verdict = VERDICT_SUCCEEDED, .rule = NO_RULE, .degraded_rule = NO_RULE},
	};
	struct engine_view view = view_of_rules(sessions, 3);
	json_t *document = document_of(write_sessions, &view),
	       *list = json_object_get(document, "sessions");
	const json_t *degraded = json_object_get(json_array_get(list, 1), "degraded");

	(void)state;
	expect_string_member(json_object_get(json_array_get(list, 0), "rule"), "text",
			     "udp dport != 53 drop");
	assert_int_equal(json_object_size(json_object_get(json_array_get(list, 0), "rule")), 5);
	assert_true(json_is_null(json_object_get(json_array_get(list, 1), "rule")));
	expect_string_member(json_object_get(degraded, "rule"), "text", "policy drop");
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(degraded, "rule"), "handle")),
		0);
	assert_true(json_is_null(json_object_get(json_array_get(list, 2), "rule")));
	assert_true(json_is_null(json_object_get(json_array_get(list, 2), "degraded")));
	json_decref(document);
}

/* One line for each label set, or Prometheus takes none of them. */
static void metrics_of_rules(void **state)
{
	struct engine_view view = view_of_rules(NULL, 0);
	struct snapshot snapshot = {
		.view = &view,
		.attribution = {.named = 2, .unknown = 5, .put_off = 1, .seconds = 0.25},
	};
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	static const char *const lines[] = {
		"rule_blocked_sessions_total{rule=\"00001234\",family=\"inet\",table=\"filter\","
		"chain=\"forward\"} 3",
		"rule_blocked_sessions_total{rule=\"abcdef01\",family=\"inet\",table=\"filter\","
		"chain=\"forward\"} 4",
		"rule_degraded_sessions_total{rule=\"00001234\",family=\"inet\","
		"table=\"filter\",chain=\"forward\"} 1",
		"rule_info{rule=\"00001234\",family=\"inet\",table=\"filter\","
		"chain=\"forward\",handle=\"7\"} 1",
		"rule_info{rule=\"ffffffff\",family=\"ipv4\",table=\"f\\\"\\\\\\n\",chain=\"c\","
		"handle=\"0\"} 1",
		"rule_blocked_sessions_total{rule=\"ffffffff\",family=\"ipv4\",table="
		"\"f\\\"\\\\\\n\",chain=\"c\"} 1",
	};
	char line[256];
	const char *found;

	(void)state;
	assert_non_null(out);
	write_prometheus(out, &snapshot);
	fclose(out);
	for (size_t i = 0; i < COUNT(lines); i++) {
		snprintf(line, sizeof(line), "\np2pscope_%s\n", lines[i]);
		found = strstr(text, line);
		assert_non_null(found);
		assert_null(strstr(found + 1, line));
	}
	assert_null(strstr(text, "chain=\"input\""));
	assert_non_null(strstr(text, "\np2pscope_rules_left_out 3\n"));
	assert_non_null(strstr(
		text,
		"\np2pscope_rule_found_seconds_sum 0.25\np2pscope_rule_found_seconds_count 2\n"));
	assert_non_null(strstr(text, "\np2pscope_rule_unknown_total 5\n"));
	assert_non_null(strstr(text, "\np2pscope_rule_put_off_total 1\n"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(list_of_rules),
		cmocka_unit_test(rule_of_a_session),
		cmocka_unit_test(metrics_of_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
