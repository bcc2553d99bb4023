/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>

#include <jansson.h>

#include "output/json.h"
#include "output/json_nat.h"
#include "output/json_rule.h"
#include "output/json_session.h"

/* Unix seconds need 16 digits to be exact to the microsecond. */
#define DUMP (JSON_COMPACT | JSON_REAL_PRECISION(16))

/* Takes the value over. As one text: a value is many pieces, and stdio looks twice at each. */
static int write_value(FILE *out, json_t *value, size_t flags)
{
	char *text = value ? json_dumps(value, flags) : NULL;

	json_decref(value);
	if (!text)
		return -ENOMEM;
	fputs(text, out);
	free(text);
	return 0;
}

static int write_document(FILE *out, json_t *document)
{
	return write_value(out, document, DUMP);
}

int write_session(FILE *out, const struct engine_view *view, const struct session *session)
{
	return write_document(out, json_session(view, session));
}

/* One object of a list. */
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

int write_sessions(FILE *out, const struct engine_view *view)
{
	int err;

	fputs(view->from ? "" : "{\"sessions\": [", out);
	err = write_items(out, view, view->nsessions, session_item, !view->from);
	fputs(view->next ? "" : "]}\n", out);
	return err;
}

int write_mappings(FILE *out, const struct engine_view *view)
{
	int err;

	fputs("{", out);
	err = write_mapping_list(out, view);
	fputs("}\n", out);
	return err;
}

int write_hosts(FILE *out, const struct engine_view *view)
{
	int err;

	fputs("{", out);
	err = write_value(out, json_nat(&view->nat), DUMP | JSON_EMBED);
	fputs(",\n", out);
	if (!err)
		err = write_host_list(out, view);
	fputs(",\n", out);
	if (!err)
		err = write_list(out, "outside", view, view->noutsides, outside_item);
	fputs("}\n", out);
	return err;
}

int write_rules(FILE *out, const struct engine_view *view)
{
	int err;

	fputs("{", out);
	err = write_list(out, "rules", view, view->nrules, rule_item);
	fprintf(out, ",\n\"left_out\": %llu}\n", view->rules_left_out);
	return err;
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

int write_error(FILE *out, const char *text)
{
	int err = write_document(out, json_pack("{ss}", "error", text));

	fputs("\n", out);
	return err;
}
