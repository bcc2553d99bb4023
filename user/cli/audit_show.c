/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What an audit found, for people: for each path a table of the tests, and which ways media has. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli/columns.h"
#include "cli/show.h"

#define RULE_CELL 1024

static const struct {
	const char *key, *text;
} media[] = {
	{"direct", "direct"},
	{"relay_udp", "relay over UDP"},
	{"relay_tcp", "relay over TCP"},
	{"relay_tls", "relay over TLS"},
};

#define MEDIA (sizeof(media) / sizeof(media[0]))

/* Returns the rule, or why there is none. */
static const char *rule_cell(char *out, size_t size, const json_t *result)
{
	const json_t *rule = json_object_get(result, "rule");

	if (!json_is_object(rule))
		return show_text(result, "why");
	snprintf(out, size, "%s %s %s %.0f: %s", show_text(rule, "family"),
		 show_text(rule, "table"), show_text(rule, "chain"), show_number(rule, "handle"),
		 show_text(rule, "text"));
	return out;
}

static int test_row(struct columns *columns, const json_t *result)
{
	const char *kind = show_text(result, "result"), *step = show_text(result, "step");
	bool blocked = !strcmp(kind, "blocked");
	char rule[RULE_CELL], outcome[128];

	snprintf(outcome, sizeof(outcome), blocked && *step ? "%s: %s" : "%s", kind, step);
	const char *const cells[] = {show_text(result, "need"), outcome,
				     rule_cell(rule, sizeof(rule), result),
				     show_text(result, "change")};

	return columns_row(columns, cells);
}

static int print_tests(const json_t *tests)
{
	static const char *const heads[] = {"TEST", "RESULT", "RULE", "CHANGE"};
	struct columns *columns = columns_new(heads, sizeof(heads) / sizeof(heads[0]));
	int err = columns ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < json_array_size(tests); i++)
		err = test_row(columns, json_array_get(tests, i));
	if (!err)
		columns_print(columns, stdout);
	columns_free(columns);
	return err;
}

/*
 * Prints "TITLE: one, another." of the ways that work, or of those that do not; nothing when there
 * is none.
 */
static void print_media(const json_t *path, bool works, const char *title)
{
	const char *between = title;

	for (size_t i = 0; i < MEDIA; i++) {
		if (json_is_true(json_object_get(json_object_get(path, "media"), media[i].key)) !=
		    works)
			continue;
		printf("%s%s", between, media[i].text);
		between = ", ";
	}
	if (between != title)
		printf(".\n");
}

static bool is_absent(const json_t *tests)
{
	for (size_t i = 0; i < json_array_size(tests); i++)
		if (strcmp(show_text(json_array_get(tests, i), "result"), "absent"))
			return false;
	return true;
}

static int print_path(const json_t *path)
{
	const char *lan = show_text(path, "lan"), *host = show_text(path, "host");
	const json_t *tests = json_object_get(path, "needs");
	int err;

	printf("%s to %s, %s", *lan ? lan : "this machine", show_text(path, "wan"),
	       strcmp(show_text(path, "family"), "ipv4") ? "IPv6" : "IPv4");
	if (is_absent(tests)) {
		printf(": no such path: %s\n\n", show_text(json_array_get(tests, 0), "why"));
		return 0;
	}
	printf(": %s to %s\n", host, show_text(path, "server"));
	err = print_tests(tests);
	if (err)
		return err;
	print_media(path, true, "Media paths: ");
	print_media(path, false, "Media paths blocked: ");
	printf("\n");
	return 0;
}

int show_audit(const json_t *document)
{
	const json_t *paths = json_object_get(document, "ways");
	const char *hidden = show_text(document, "hidden");
	double blocked = show_number(document, "blocked");
	int err = 0;

	for (size_t i = 0; !err && i < json_array_size(paths); i++)
		err = print_path(json_array_get(paths, i));
	if (*hidden)
		printf("Hidden by %s.\n", hidden);
	if (blocked > 0)
		printf("%.0f test%s blocked\n", blocked, blocked > 1 ? "s" : "");
	return err;
}
