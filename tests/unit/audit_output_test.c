/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* An audit as JSON and as text. */
#include <unistd.h>

#include "shadow/offload.h"
#include "audit_fixture.h"
#include "cli/show.h"
#include "output/json_audit.h"

#define SHOWN_MAX 16384

static void json_of_a_report(void **state)
{
	static const char *const keys[] = {"need",  "result", "cause", "rule",
					   "queue", "step",   "why",   "change"};
	struct audited_path *audited = one_path();
	const json_t *path, *test;
	json_t *document;

	(void)state;
	strcpy(audited->lan, "e\x1b[1");
	block_conversation(audited, TEST_STUN_3478, CAUSE_QUEUE, "Binding request, out");
	audited->results[TEST_STUN_3478].queue = 5;
	audited->results[TEST_STUN_3478].has_rule = 1;
	audited->results[TEST_STUN_3478].rule = (struct rule){
		.family = "ip", .table = "t", .chain = "c", .handle = 4, .text = "\xff queue to 5"};
	report.hidden = OFFLOAD_HIDES;
	document = json_audit(&report);
	assert_int_equal(json_object_size(document), 4);
	assert_string_equal(show_text(document, "ruleset"), "fw.nft");
	assert_string_equal(show_text(document, "hidden"), OFFLOAD_HIDES);
	assert_int_equal(show_number(document, "blocked"), 1);
	path = json_array_get(json_object_get(document, "ways"), 0);
	assert_int_equal(json_object_size(path), 7);
	assert_string_equal(show_text(path, "lan"), "e\\x1b[1");
	assert_string_equal(show_text(path, "wan"), "eth1");
	assert_string_equal(show_text(path, "family"), "ipv4");
	assert_string_equal(show_text(path, "host"), "192.168.1.10");
	assert_string_equal(show_text(path, "server"), "74.125.250.129");
	assert_true(json_is_true(json_object_get(json_object_get(path, "media"), "direct")));
	assert_true(json_is_false(json_object_get(json_object_get(path, "media"), "relay_udp")));
	assert_int_equal(json_array_size(json_object_get(path, "needs")), TEST_COUNT);
	test = json_array_get(json_object_get(path, "needs"), TEST_STUN_3478);
	assert_int_equal(json_object_size(test), COUNT(keys));
	for (size_t i = 0; i < COUNT(keys); i++)
		assert_true(json_object_get(test, keys[i]) &&
			    (i == 6) == json_is_null(json_object_get(test, keys[i])));
	assert_string_equal(show_text(test, "rule.text"), "\\xff queue to 5");
	assert_int_equal(show_number(test, "queue"), 5);
	test = json_array_get(json_object_get(path, "needs"), TEST_MTU);
	assert_string_equal(show_text(test, "need"), "mtu");
	for (size_t i = 2; i < COUNT(keys); i++)
		assert_true(json_is_null(json_object_get(test, keys[i])));
	json_decref(document);
}

/* What is printed of the report. */
static const char *printed_table(void)
{
	static char text[SHOWN_MAX];
	json_t *document = json_audit(&report);
	FILE *file = tmpfile();
	int saved = dup(STDOUT_FILENO);

	assert_non_null(file);
	fflush(stdout);
	dup2(fileno(file), STDOUT_FILENO);
	assert_int_equal(show_audit(document), 0);
	fflush(stdout);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	rewind(file);
	text[fread(text, 1, SHOWN_MAX - 1, file)] = '\0';
	fclose(file);
	json_decref(document);
	return text;
}

static void assert_shows(const char *line)
{
	if (!strstr(printed_table(), line))
		fail_msg("'%s' is not in\n%s", line, printed_table());
}

static void table_of_a_report(void **state)
{
	struct audited_path *audited = one_path();

	(void)state;
	block_conversation(audited, TEST_STUN_3478, CAUSE_RULE, "Binding request, out");
	audited->results[TEST_STUN_3478].has_rule = 1;
	audited->results[TEST_STUN_3478].rule = (struct rule){.family = "inet",
							      .table = "t",
							      .chain = "c",
							      .handle = 4,
							      .text = "udp dport 3478 drop"};
	audited->results[TEST_MTU].kind = RESULT_UNKNOWN;
	strcpy(audited->results[TEST_MTU].why, "too many rules matched");
	report.hidden = "something";
	assert_shows("br-lan to eth1, IPv4: 192.168.1.10 to 74.125.250.129\n");
	assert_shows("\nstun-3478      blocked: Binding request, out  inet t c 4: udp dport 3478 "
		     "drop  accept udp dport "
		     "3478 from the LAN\n");
	assert_shows("\nsrtp           passes ");
	assert_shows("\nmtu            unknown                        too many rules matched       "
		     "    -\n");
	assert_shows("\nMedia paths: direct, relay over TCP, relay over TLS.\nMedia paths blocked: "
		     "relay over UDP.\n");
	assert_shows("\nHidden by something.\n");
	assert_shows("\n1 test blocked\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_of_a_report),
		cmocka_unit_test(table_of_a_report),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
