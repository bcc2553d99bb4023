/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * `p2pscope rules`: the firewall rules that can drop packets, those that blocked most sessions
 * first.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/client.h"
#include "cli/columns.h"
#include "cli/show.h"
#include "cli/command.h"

static double rule_harm(const json_t *rule)
{
	return show_number(rule, "sessions_blocked") * 1e6 + show_number(rule, "sessions_degraded");
}

static int by_harm(const void *a, const void *b)
{
	double left = rule_harm(*(const json_t *const *)a),
	       right = rule_harm(*(const json_t *const *)b);

	return left < right ? 1 : left > right ? -1 : 0;
}

static int rule_row(struct columns *columns, const json_t *rule, double now)
{
	char place[160], blocked[24], degraded[24], hosts[24], age[16];

	snprintf(place, sizeof(place), "%s %s %s %.0f", show_text(rule, "family"),
		 show_text(rule, "table"), show_text(rule, "chain"), show_number(rule, "handle"));
	snprintf(blocked, sizeof(blocked), "%.0f", show_number(rule, "sessions_blocked"));
	snprintf(degraded, sizeof(degraded), "%.0f", show_number(rule, "sessions_degraded"));
	snprintf(hosts, sizeof(hosts), "%.0f", show_number(rule, "hosts"));
	if (json_is_null(json_object_get(rule, "last")))
		strcpy(age, "never");
	else
		show_age(age, now - show_number(rule, "last"));
	const char *const cells[] = {blocked, degraded, hosts, age, place, show_text(rule, "text")};

	return columns_row(columns, cells);
}

static int rule_rows(struct columns *columns, const json_t **sorted, size_t count, double now)
{
	int err = 0;

	for (size_t i = 0; !err && i < count; i++)
		err = rule_row(columns, sorted[i], now);
	if (!err)
		columns_print(columns, stdout);
	return err;
}

static int show_rules(const json_t *document, double now)
{
	static const char *const heads[] = {"BLOCKED", "DEGRADED",         "HOSTS",
					    "LAST",    "CHAIN AND HANDLE", "RULE"};
	const json_t *rules = json_object_get(document, "rules");
	size_t count = json_array_size(rules);
	const json_t **sorted = calloc(count ? count : 1, sizeof(*sorted));
	struct columns *columns = columns_new(heads, sizeof(heads) / sizeof(heads[0]));
	int err = sorted && columns ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < count; i++)
		sorted[i] = json_array_get(rules, i);
	if (!err) {
		qsort(sorted, count, sizeof(*sorted), by_harm);
		err = rule_rows(columns, sorted, count, now);
	}
	if (!err && show_number(document, "left_out") > 0)
		printf("%.0f more rules can drop packets and are not listed.\n",
		       show_number(document, "left_out"));
	columns_free(columns);
	free(sorted);
	return err;
}

int command_rules(const struct options *options)
{
	return client_show(options, "/api/v1/rules", "rules", show_rules);
}
