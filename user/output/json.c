/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "output/json.h"
#include "output/json_nat.h"
#include "output/json_session.h"
#include "output/json_value.h"

#define TEXT_ROOM 4096 /* enough for most values */

/* Unix seconds need 16 digits to be exact to the microsecond. */
#define DUMP (JSON_COMPACT | JSON_REAL_PRECISION(16))

/* A value as text. */
struct json_text {
	char *bytes;
	size_t length, room;
	bool failed; /* a piece is missing */
};

static bool text_has_room(struct json_text *text, size_t size)
{
	size_t room = text->room ? text->room : TEXT_ROOM;
	char *bytes;

	if (text->length + size <= text->room)
		return true;
	while (room < text->length + size)
		room *= 2;
	bytes = realloc(text->bytes, room);
	if (!bytes)
		return false;
	text->bytes = bytes;
	text->room = room;
	return true;
}

/*
 * Appends a piece of the dump. A failure is kept in the buffer: json_dump_callback() of jansson
 * 2.14 goes on after a key that was refused, and so does json_dumps(), which leaves the key out.
 */
static int take_piece(const char *piece, size_t size, void *arg)
{
	struct json_text *text = arg;

	if (text->failed || !text_has_room(text, size)) {
		text->failed = true;
		return -1;
	}
	memcpy(text->bytes + text->length, piece, size);
	text->length += size;
	return 0;
}

/*
 * Takes the value over; NULL is one that found no memory. It is written as one text, as stdio would
 * look at each of its many pieces twice.
 */
static int write_json(FILE *out, json_t *value, size_t flags)
{
	struct json_text text = {0};
	int err = value ? json_dump_callback(value, take_piece, &text, flags) : -1;

	json_decref(value);
	if (err || text.failed)
		err = -ENOMEM;
	else
		fwrite(text.bytes, 1, text.length, out);
	free(text.bytes);
	return err ? err : ferror(out) ? -EIO : 0;
}

static int write_document(FILE *out, json_t *document)
{
	return write_json(out, document, DUMP);
}

int write_session(FILE *out, const struct engine_view *view, const struct session *session)
{
	return write_document(out, json_session(view, session));
}

/* Makes one object of a list. */
typedef json_t *(*item_fn)(const struct engine_view *view, size_t index);

static json_t *session_item(const struct engine_view *view, size_t index)
{
	return json_session(view, &view->sessions[index]);
}

static json_t *mapping_item(const struct engine_view *view, size_t index)
{
	return json_mapping(&view->mappings[index]);
}

static json_t *host_item(const struct engine_view *view, size_t index)
{
	return json_host(&view->hosts[index]);
}

static json_t *outside_item(const struct engine_view *view, size_t index)
{
	return json_outside(&view->outsides[index]);
}

static json_t *rule_item(const struct engine_view *view, size_t index)
{
	return json_rule_view(&view->rules[index]);
}

/* `first`: nothing was written before them. */
static int write_items(FILE *out, const struct engine_view *view, size_t count, item_fn item,
		       bool first)
{
	int err = 0;

	for (size_t i = 0; !err && i < count; i++) {
		fputs(i || !first ? ",\n" : "", out);
		err = write_document(out, item(view, i));
	}
	return err;
}

/* "NAME": […] */
static int write_list(FILE *out, const char *name, const struct engine_view *view, size_t count,
		      item_fn item)
{
	int err;

	fprintf(out, "\"%s\": [", name);
	err = write_items(out, view, count, item, true);
	if (!err)
		fputs("]", out);
	return err;
}

static int write_session_list(FILE *out, const struct engine_view *view)
{
	return write_list(out, "sessions", view, view->nsessions, session_item);
}

static int write_mapping_list(FILE *out, const struct engine_view *view)
{
	return write_list(out, "mappings", view, view->nmappings, mapping_item);
}

static int write_host_list(FILE *out, const struct engine_view *view)
{
	return write_list(out, "hosts", view, view->nhosts, host_item);
}

/* Ends a document, if it is whole. */
static int write_end(FILE *out, int err, const char *end)
{
	if (!err)
		fputs(end, out);
	return err ? err : ferror(out) ? -EIO : 0;
}

int write_sessions(FILE *out, const struct engine_view *view)
{
	fputs(view->from ? "" : "{\"sessions\": [", out);
	return write_end(out, write_items(out, view, view->nsessions, session_item, !view->from),
			 view->next ? "" : "]}\n");
}

int write_mappings(FILE *out, const struct engine_view *view)
{
	fputs("{", out);
	return write_end(out, write_mapping_list(out, view), "}\n");
}

int write_hosts(FILE *out, const struct engine_view *view)
{
	int err;

	fputs("{", out);
	err = write_json(out, json_nat(&view->nat), DUMP | JSON_EMBED);
	fputs(",\n", out);
	if (!err)
		err = write_host_list(out, view);
	fputs(",\n", out);
	if (!err)
		err = write_list(out, "outside", view, view->noutsides, outside_item);
	return write_end(out, err, "}\n");
}

int write_rules(FILE *out, const struct engine_view *view)
{
	int err;

	fputs("{", out);
	err = write_list(out, "rules", view, view->nrules, rule_item);
	if (!err)
		fprintf(out, ",\n\"left_out\": %llu", view->rules_left_out);
	return write_end(out, err, "}\n");
}

int write_lists(FILE *out, const struct engine_view *view)
{
	int err = write_session_list(out, view);

	fputs(", ", out);
	if (!err)
		err = write_mapping_list(out, view);
	fputs(", ", out);
	if (!err)
		err = write_host_list(out, view);
	fputs(", \"nat\": ", out);
	return err ? err : write_document(out, json_nat(&view->nat));
}

#define MATCHES_TEXT 512

/* The ids of a view, as one line. */
static void matches_text(const struct engine_view *view, char text[MATCHES_TEXT])
{
	size_t length = (size_t)snprintf(text, MATCHES_TEXT, "the id is ambiguous:");

	for (size_t i = 0; i < view->nsessions && length < MATCHES_TEXT; i++)
		length += (size_t)snprintf(text + length, MATCHES_TEXT - length, "%s %016llx",
					   i ? "," : "", view->sessions[i].id);
	if (view->next && length < MATCHES_TEXT)
		snprintf(text + length, MATCHES_TEXT - length, " and more");
}

int write_ambiguous(FILE *out, const struct engine_view *view)
{
	char text[MATCHES_TEXT];
	json_t *matches = json_array();
	int err = matches ? 0 : -1;

	for (size_t i = 0; !err && i < view->nsessions; i++)
		err = json_array_append_new(matches, json_sprintf("%016llx", view->sessions[i].id));
	if (err) {
		json_decref(matches);
		return -ENOMEM;
	}
	matches_text(view, text);
	return write_end(
		out, write_document(out, json_pack("{ssso}", "error", text, "matches", matches)),
		"\n");
}

int write_error(FILE *out, const char *text)
{
	return write_end(out, write_document(out, json_pack("{ss}", "error", text)), "\n");
}
