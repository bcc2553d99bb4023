/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A replay for people: its document, laid out. */
#include <errno.h>
#include <stdio.h>

#include "cli/replay.h"
#include "cli/show.h"

/* ", 12 cut short" where there are any. */
static void tell_some(const json_t *object, const char *key, const char *what)
{
	double count = show_number(object, key);

	if (count > 0)
		printf(", %.0f %s", count, what);
}

static void tell_captures(const json_t *document)
{
	const json_t *list = json_object_get(document, "captures");

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *c = json_array_get(list, i);

		printf("%s: %.0f packets, %s", show_text(c, "file"), show_number(c, "packets"), show_text(c, "link"));
		tell_some(c, "tunnelled", "of them out of tunnels");
		tell_some(c, "cut", "of them cut by the capture");
		printf("\n");
	}
}

static void tell_span(const json_t *document)
{
	double first = show_number(document, "first"), last = show_number(document, "last");
	char from[64], to[64];

	printf("%.0f packets in %.3f s, from %s to %s\n", show_number(document, "packets"), last - first,
	       show_moment(from, sizeof(from), first), show_moment(to, sizeof(to), last));
}

/* "12 stun, 3 dtls"; gives whether there was anything. */
static bool tell_counts(const char *before, json_t *counts)
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

static void tell_classes(const json_t *document, const char *key, const char *where)
{
	const char *carrier;
	json_t *counts;

	json_object_foreach(json_object_get(document, key), carrier, counts) if (tell_counts("  ", counts))
		printf(" (%s%s)\n", carrier, where);
}

/* NAT needs its hosts beside it. */
static int tell_nat(const json_t *document, double now)
{
	json_t *nat = json_copy(json_object_get(document, "nat"));
	int err = -ENOMEM;

	if (nat && !json_object_set(nat, "hosts", json_object_get(document, "hosts")))
		err = show_nat(nat, now);
	json_decref(nat);
	return err;
}

static int tell(const json_t *document)
{
	double now = show_number(document, "last");
	int err;

	tell_captures(document);
	tell_span(document);
	tell_classes(document, "classes", "");
	tell_classes(document, "tunnelled", ", out of tunnels");
	if (tell_counts("Not understood: ", json_object_get(document, "skipped")))
		printf("\n");
	printf("\n");
	err = show_sessions(document, now);
	if (err || !json_array_size(json_object_get(document, "mappings")))
		return err;
	printf("\n");
	err = show_mappings(document, now);
	printf("\n");
	return err ? err : tell_nat(document, now);
}

int replay_text(const struct replay_result *result)
{
	json_t *document = replay_document(result);
	int err = document ? tell(document) : -ENOMEM;

	json_decref(document);
	return err;
}
