/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The document of a replay. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cli/replay.h"
#include "output/json.h"
#include "output/json_value.h"
#include "source/pcap_points.h"
#include "text.h"
#include "words.h"

static json_t *class_counts(const struct native *native, unsigned int points)
{
	json_t *all = json_object();

	for (enum carrier carrier = 0; carrier < CARRIER_MAX; carrier++) {
		json_t *one = json_object();

		for (enum msg_class cls = 0; cls < CLASS_MAX; cls++)
			json_object_set_new(
				one, words_name(WORDS_CLASSES, cls),
				json_integer((json_int_t)pcap_count(native, points, PCAP_BOTH, carrier, cls)));
		json_object_set_new(all, words_name(WORDS_CARRIERS, carrier), one);
	}
	return all;
}

/* What was not understood, by reason; only those that there were. */
static json_t *skipped(const struct native *native)
{
	const struct self_counters *self = native_self(native);
	json_t *all = json_object();

	for (unsigned int i = 0; i < REASON_COUNT; i++)
		if (self->skipped[i])
			json_object_set_new(all, words_name(WORDS_REASONS, i),
					    json_integer((json_int_t)self->skipped[i]));
	return all;
}

/* A text with a file's name in it, which may be anything. */
static json_t *text_with_name(const char *text)
{
	char clean[4 * PCAP_TRUNCATED + 1];
	json_t *value = json_string(text);

	return value ? value : json_string(text_bytes(clean, sizeof(clean), (const u8 *)text, strlen(text)));
}

static json_t *captures(const struct pcap_totals *totals)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < totals->captures; i++) {
		const struct pcap_capture *c = &totals->capture[i];

		json_array_append_new(list, json_pack("{so ss sI sI sI}", "file", text_with_name(c->path), "link",
						      c->link, "packets", (json_int_t)c->packets, "cut",
						      (json_int_t)c->cut, "tunnelled", (json_int_t)c->tunnelled));
	}
	return list;
}

static json_t *head(const struct replay_result *result)
{
	const struct pcap_totals *totals = result->totals;
	const struct native *native = result->native;

	return json_pack("{sI so so so so so so so}", "packets", (json_int_t)totals->packets, "first",
			 json_time(totals->first_ns), "last", json_time(totals->last_ns), "truncated",
			 *totals->truncated ? text_with_name(totals->truncated) : json_null(), "captures",
			 captures(totals), "skipped", skipped(native), "classes", class_counts(native, PCAP_CAPTURED),
			 "tunnelled", class_counts(native, PCAP_TUNNELLED));
}

static int write_document(FILE *out, const struct replay_result *result)
{
	json_t *first = head(result);
	int err = first ? 0 : -ENOMEM;

	fputs("{", out);
	if (!err)
		json_dumpf(first, out, JSON_EMBED | JSON_REAL_PRECISION(16));
	json_decref(first);
	fputs(",\n", out);
	if (!err)
		err = write_lists(out, result->view);
	fputs("}\n", out);
	return err;
}

int replay_json(const struct replay_result *result)
{
	return write_document(stdout, result);
}

json_t *replay_document(const struct replay_result *result)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	json_t *document;
	int err = out ? write_document(out, result) : -ENOMEM;

	if (out)
		fclose(out);
	document = err ? NULL : json_loadb(text, size, 0, NULL);
	free(text);
	return document;
}
