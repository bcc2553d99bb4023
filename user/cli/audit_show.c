/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What an audit found, for people: a table a way, and by which ways media can go. */
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

/* The rule, or why there is none. */
static const char *rule_cell(char *out, size_t size, const json_t *finding)
{
	const json_t *rule = json_object_get(finding, "rule");

	if (!json_is_object(rule))
		return show_text(finding, "why");
	snprintf(out, size, "%s %s %s %.0f: %s", show_text(rule, "family"),
		 show_text(rule, "table"), show_text(rule, "chain"), show_number(rule, "handle"),
		 show_text(rule, "text"));
	return out;
}

static int need_row(struct columns *columns, const json_t *finding)
{
	const char *result = show_text(finding, "result"), *step = show_text(finding, "step");
	bool blocked = !strcmp(result, "blocked");
	char rule[RULE_CELL], told[128];

	snprintf(told, sizeof(told), blocked && *step ? "%s: %s" : "%s", result, step);
	const char *const cells[] = {show_text(finding, "need"), told,
				     rule_cell(rule, sizeof(rule), finding),
				     show_text(finding, "change")};

	return columns_row(columns, cells);
}

static int print_needs(const json_t *needs)
{
	static const char *const heads[] = {"NEED", "RESULT", "RULE", "CHANGE"};
	struct columns *columns = columns_new(heads, sizeof(heads) / sizeof(heads[0]));
	int err = columns ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < json_array_size(needs); i++)
		err = need_row(columns, json_array_get(needs, i));
	if (!err)
		columns_print(columns, stdout);
	columns_free(columns);
	return err;
}

/* "TITLE: one, another"; nothing when there is none. */
static void print_media(const json_t *way, bool works, const char *title)
{
	const char *between = title;

	for (size_t i = 0; i < MEDIA; i++) {
		if (json_is_true(json_object_get(json_object_get(way, "media"), media[i].key)) !=
		    works)
			continue;
		printf("%s%s", between, media[i].text);
		between = ", ";
	}
	if (between != title)
		printf(".\n");
}

static bool is_absent(const json_t *needs)
{
	for (size_t i = 0; i < json_array_size(needs); i++)
		if (strcmp(show_text(json_array_get(needs, i), "result"), "absent"))
			return false;
	return true;
}

static int print_way(const json_t *way)
{
	const char *lan = show_text(way, "lan"), *host = show_text(way, "host");
	const json_t *needs = json_object_get(way, "needs");
	int err;

	printf("%s to %s, %s", *lan ? lan : "this machine", show_text(way, "wan"),
	       strcmp(show_text(way, "family"), "ipv4") ? "IPv6" : "IPv4");
	if (is_absent(needs)) {
		printf(": no such way, %s\n\n", show_text(json_array_get(needs, 0), "why"));
		return 0;
	}
	printf(": %s to %s\n", host, show_text(way, "server"));
	err = print_needs(needs);
	if (err)
		return err;
	print_media(way, true, "Media can go: ");
	print_media(way, false, "Media cannot go: ");
	printf("\n");
	return 0;
}

int show_audit(const json_t *document)
{
	const json_t *ways = json_object_get(document, "ways");
	const char *hidden = show_text(document, "hidden");
	double blocked = show_number(document, "blocked");
	int err = 0;

	for (size_t i = 0; !err && i < json_array_size(ways); i++)
		err = print_way(json_array_get(ways, i));
	if (*hidden)
		printf("Hidden by %s.\n", hidden);
	if (blocked > 0)
		printf("Blocked needs: %.0f.\n", blocked);
	return err;
}
