/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The result of a replay for people: the parts of its JSON document that fit into lines. */
#include <errno.h>
#include <stdio.h>

#include "cli/replay.h"
#include "cli/show.h"
#include "output/json_nat.h"
#include "output/json_value.h"

/* Prints ", 12 of them truncated" unless the count is 0. */
static void print_some(const json_t *object, const char *key, const char *what)
{
	double count = show_number(object, key);

	if (count > 0)
		printf(", %.0f %s", count, what);
}

static void print_captures(const json_t *head)
{
	const json_t *list = json_object_get(head, "captures");

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *c = json_array_get(list, i);

		printf("%s: %.0f packets, %s", show_text(c, "file"), show_number(c, "packets"),
		       show_text(c, "link"));
		print_some(c, "tunnelled", "of them from tunnels");
		print_some(c, "cut", "of them truncated");
		printf("\n");
	}
}

static void print_span(const json_t *head)
{
	double first = show_number(head, "first"), last = show_number(head, "last");
	char from[64], to[64];

	printf("%.0f packets in %.3f s, from %s to %s\n", show_number(head, "packets"),
	       last - first, show_moment(from, sizeof(from), first),
	       show_moment(to, sizeof(to), last));
}

/* Prints "12 stun, 3 dtls"; returns whether there was anything. */
static bool print_counts(const char *before, json_t *counts)
{
	const char *between = before, *word;
	json_t *count;

	json_object_foreach(counts, word, count)
	{
		if (!json_integer_value(count))
			continue;
		printf("%s%lld %s", between, (long long)json_integer_value(count), word);
		between = ", ";
	}
	return between != before;
}

static void print_classes(const json_t *head, const char *key, const char *where)
{
	const char *carrier;
	json_t *counts;

	json_object_foreach(json_object_get(head, key), carrier,
			    counts) if (print_counts("  ", counts))
		printf(" (%s%s)\n", carrier, where);
}

static int print_mappings(const struct engine_view *view, double now)
{
	json_t *list = json_array(), *document;
	int err = -ENOMEM;

	for (size_t i = 0; i < view->nmappings; i++)
		json_append(&list, json_mapping(&view->mappings[i]));
	document = json_pack("{so}", "mappings", list);
	if (document)
		err = show_mappings(document, now);
	json_decref(document);
	return err;
}

static int print_nat(const struct engine_view *view, double now)
{
	json_t *nat = json_nat(&view->nat), *hosts = json_array();
	int err = -ENOMEM;

	for (size_t i = 0; i < view->nhosts; i++)
		json_append(&hosts, json_host(&view->hosts[i]));
	json_put(&nat, "hosts", hosts);
	if (nat)
		err = show_nat(nat, now);
	json_decref(nat);
	return err;
}

static double print_capture_summary(const json_t *head)
{
	print_captures(head);
	print_span(head);
	print_classes(head, "classes", "");
	print_classes(head, "tunnelled", ", from tunnels");
	if (print_counts("In no class: ", json_object_get(head, "skipped")))
		printf("\n");
	printf("\n");
	return show_number(head, "last");
}

int replay_text(const struct replay_result *result)
{
	json_t *head = replay_head(result);
	double now = head ? print_capture_summary(head) : 0;
	int err = head ? show_sessions(result->view, now) : -ENOMEM;

	json_decref(head);
	if (err || !result->view->nmappings)
		return err;
	printf("\n");
	err = print_mappings(result->view, now);
	printf("\n");
	return err ? err : print_nat(result->view, now);
}
