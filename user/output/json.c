/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>

#include <jansson.h>

#include "output/json.h"
#include "output/json_nat.h"
#include "output/json_session.h"

/* Unix seconds need 16 digits to be exact to the microsecond. */
#define DUMP (JSON_COMPACT | JSON_REAL_PRECISION(16))

/* Takes the value over. */
static int write_value(FILE *out, json_t *value, size_t flags)
{
	int err = value ? json_dumpf(value, out, flags) : -1;

	json_decref(value);
	return err ? -ENOMEM : 0;
}

static int write_document(FILE *out, json_t *document)
{
	return write_value(out, document, DUMP);
}

int write_session(FILE *out, const struct session *session)
{
	return write_document(out, json_session(session));
}

static int write_session_list(FILE *out, const struct engine_view *view)
{
	int err = 0;

	fputs("\"sessions\": [", out);
	for (size_t i = 0; !err && i < view->nsessions; i++) {
		fputs(i ? ",\n" : "", out);
		err = write_session(out, &view->sessions[i]);
	}
	fputs("]", out);
	return err;
}

static int write_mapping_list(FILE *out, const struct engine_view *view)
{
	int err = 0;

	fputs("\"mappings\": [", out);
	for (size_t i = 0; !err && i < view->nmappings; i++) {
		fputs(i ? ",\n" : "", out);
		err = write_document(out, json_mapping(&view->mappings[i]));
	}
	fputs("]", out);
	return err;
}

static int write_host_list(FILE *out, const struct engine_view *view)
{
	int err = 0;

	fputs("\"hosts\": [", out);
	for (size_t i = 0; !err && i < view->nhosts; i++) {
		fputs(i ? ",\n" : "", out);
		err = write_document(out, json_host(&view->hosts[i]));
	}
	fputs("]", out);
	return err;
}

static int write_outside_list(FILE *out, const struct engine_view *view)
{
	int err = 0;

	fputs("\"outside\": [", out);
	for (size_t i = 0; !err && i < view->noutsides; i++) {
		fputs(i ? ",\n" : "", out);
		err = write_document(out, json_outside(&view->outsides[i]));
	}
	fputs("]", out);
	return err;
}

int write_sessions(FILE *out, const struct engine_view *view)
{
	int err;

	fputs("{", out);
	err = write_session_list(out, view);
	fputs("}\n", out);
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
		err = write_outside_list(out, view);
	fputs("}\n", out);
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
