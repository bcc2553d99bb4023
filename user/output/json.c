/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>

#include <jansson.h>

#include "output/json.h"
#include "output/json_session.h"
#include "text.h"
#include "words.h"

/* Unix seconds need 16 digits to be exact to the microsecond. */
#define DUMP (JSON_COMPACT | JSON_REAL_PRECISION(16))

json_t *json_time(u64 ns)
{
	return ns ? json_real((double)(ns / 1000) / 1e6) : json_null();
}

json_t *json_endpoint(const struct endpoint *endpoint)
{
	char text[ENDPOINT_TEXT];

	return text_known(endpoint) ? json_string(text_endpoint(text, endpoint)) : json_null();
}

json_t *json_word(const char *word)
{
	return word && *word ? json_string(word) : json_null();
}

/* Takes the document over. */
static int write_document(FILE *out, json_t *document)
{
	int err = document ? json_dumpf(document, out, DUMP) : -1;

	json_decref(document);
	return err ? -ENOMEM : 0;
}

static json_t *mapping_remotes(const struct mapping *mapping)
{
	json_t *list = json_array();

	for (u32 i = 0; i < mapping->nremotes; i++)
		json_array_append_new(list, json_endpoint(&mapping->remotes[i]));
	return list;
}

static json_t *mapping_sources(const struct mapping *mapping)
{
	json_t *list = json_array();

	if (mapping->sources & MAPPING_BY_CONNTRACK)
		json_array_append_new(list, json_string("conntrack"));
	if (mapping->sources & MAPPING_BY_STUN)
		json_array_append_new(list, json_string("stun"));
	return list;
}

static json_t *json_mapping(const struct mapping *mapping)
{
	const char *ended_by = mapping->ended_by == MAPPING_IDLE ? "idle" : NULL;

	return json_pack("{so so so so so so so so so}", "proto", json_word(words_transport(mapping->proto)), "inside",
			 json_endpoint(&mapping->inside), "outside", json_endpoint(&mapping->outside), "remotes",
			 mapping_remotes(mapping), "created", json_time(mapping->created), "refreshed",
			 json_time(mapping->refreshed), "ended", json_time(mapping->ended), "ended_by",
			 json_word(ended_by), "sources", mapping_sources(mapping));
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

int write_lists(FILE *out, const struct engine_view *view)
{
	int err = write_session_list(out, view);

	fputs(", ", out);
	return err ? err : write_mapping_list(out, view);
}

int write_error(FILE *out, const char *text)
{
	int err = write_document(out, json_pack("{ss}", "error", text));

	fputs("\n", out);
	return err;
}
