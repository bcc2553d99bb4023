/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The document of a replay. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "cli/replay.h"
#include "cli/show.h"
#include "output/json.h"
#include "output/json_value.h"
#include "source/capture/capture_points.h"
#include "util/text.h"
#include "engine/names.h"

static json_t *class_counts_json(const struct native *native, unsigned int points)
{
	json_t *all = json_object();

	for (enum carrier carrier = 0; carrier < CARRIER_MAX; carrier++) {
		json_t *one = json_object();

		for (enum msg_class cls = 0; cls < CLASS_MAX; cls++)
			json_put(&one, words_name(WORDS_CLASSES, cls),
				 json_integer((json_int_t)capture_points_count(
					 native, points, CAPTURE_BOTH_DIRECTIONS, carrier, cls)));
		json_put(&all, words_name(WORDS_CARRIERS, carrier), one);
	}
	return all;
}

static void put_count(json_t **all, const char *word, u64 count)
{
	if (count)
		json_put(all, word, json_integer((json_int_t)count));
}

/* Returns the packets that stand in no class, by reason, without zeros. */
static json_t *skipped_json(const struct native *native)
{
	const struct self_counters *self = native_self(native);
	json_t *all = json_object();

	for (unsigned int i = 0; i < REASON_COUNT; i++)
		put_count(&all, words_name(WORDS_REASONS, i), self->skipped[i]);
	for (enum native_unclassed why = 0; why < UNCLASSED_COUNT; why++)
		put_count(&all, native_unclassed_word(why), native_unclassed(native, why));
	return all;
}

/* Returns a text that contains the name of a file, with control characters escaped. */
static json_t *text_with_name(const char *text)
{
	char clean[4 * CAPTURE_TRUNCATED + 1];
	json_t *value = json_string(text);

	return value ? value
		     : json_string(
			       text_bytes(clean, sizeof(clean), (const u8 *)text, strlen(text)));
}

static json_t *captures_json(const struct capture_totals *totals)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < totals->captures; i++) {
		const struct capture_summary *c = &totals->capture[i];

		json_append(&list,
			    json_pack("{so ss sI sI sI}", "file", text_with_name(c->path), "link",
				      c->link, "packets", (json_int_t)c->packets, "cut",
				      (json_int_t)c->cut, "tunnelled", (json_int_t)c->tunnelled));
	}
	return list;
}

json_t *replay_head(const struct replay_result *result)
{
	const struct capture_totals *totals = result->totals;
	const struct native *native = result->native;

	return json_pack("{sI so so so so so so so}", "packets", (json_int_t)totals->packets,
			 "first", json_time(totals->first_ns), "last", json_time(totals->last_ns),
			 "truncated",
			 *totals->truncated ? text_with_name(totals->truncated) : json_null(),
			 "captures", captures_json(totals), "skipped", skipped_json(native),
			 "classes", class_counts_json(native, CAPTURE_CAPTURED), "tunnelled",
			 class_counts_json(native, CAPTURE_TUNNELLED));
}

int replay_json(const struct replay_result *result)
{
	json_t *head = replay_head(result);
	int err = head ? 0 : -ENOMEM;

	printf("{");
	if (!err)
		err = show_json(head, JSON_EMBED | JSON_REAL_PRECISION(16));
	json_decref(head);
	if (err)
		return err;
	printf(",\n");
	err = write_lists(stdout, result->view);
	if (!err)
		printf("}\n");
	return err;
}
