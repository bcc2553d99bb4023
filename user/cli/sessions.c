/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* `p2pscope sessions` and `p2pscope mappings`: lists. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/client.h"
#include "cli/show.h"
#include "cli/columns.h"
#include "command.h"
#include "log.h"
#include "words.h"

#define COLUMNS(heads) (sizeof(heads) / sizeof((heads)[0]))

/* "here/rule", "no-answer", or of a success what was blocked first. */
static void cause_cell(char *out, size_t size, const json_t *session)
{
	const char *where = show_text(session, "where"), *cause = show_text(session, "cause");
	const char *degraded = show_text(session, "degraded.cause");

	if (*degraded)
		snprintf(out, size, "degraded: %s", degraded);
	else
		snprintf(out, size, "%s%s%s", where, *where && *cause ? "/" : "", cause);
}

/* "srflx-relay udp relayed" */
static void path_cell(char *out, size_t size, const json_t *session)
{
	const char *local = show_text(session, "path.local"), *remote = show_text(session, "path.remote");
	const char *transport = show_text(session, "path.transport");
	bool relayed = json_is_true(json_object_get(json_object_get(session, "path"), "relayed"));

	*out = '\0';
	if (*transport)
		snprintf(out, size, "%s-%s %s%s", *local ? local : "?", *remote ? remote : "?", transport,
			 relayed ? " relayed" : "");
}

static int session_row(struct columns *columns, const json_t *session, double now)
{
	char cause[64], path[64], age[16], connect[32] = "";
	const json_t *ms = json_object_get(session, "time_to_connect_ms");

	cause_cell(cause, sizeof(cause), session);
	path_cell(path, sizeof(path), session);
	show_age(age, now - show_number(session, "times.first"));
	if (json_is_number(ms))
		snprintf(connect, sizeof(connect), "%.0f ms", json_number_value(ms));
	const char *const cells[] = {
		show_text(session, "id"),
		show_text(session, "verdict"),
		cause,
		show_text(session, "stage"),
		path,
		show_text(session, "host"),
		show_text(session, "peer"),
		age,
		connect,
	};

	for (size_t i = 0; i < COLUMNS(cells); i++)
		if (columns_cell(columns, cells[i]))
			return -ENOMEM;
	return 0;
}

int show_sessions(const json_t *sessions, double now)
{
	static const char *const heads[] = {"ID",   "VERDICT", "WHERE/CAUSE", "STAGE",  "PATH",
					    "HOST", "PEER",    "AGE",         "CONNECT"};
	struct columns *columns = columns_new(heads, COLUMNS(heads));
	int err = columns ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < json_array_size(sessions); i++)
		err = session_row(columns, json_array_get(sessions, i), now);
	if (!err)
		columns_print(columns, stdout);
	columns_free(columns);
	return err;
}

static void join(char *out, size_t size, const json_t *list)
{
	size_t used = 0;

	*out = '\0';
	for (size_t i = 0; i < json_array_size(list) && used < size; i++) {
		const char *text = json_string_value(json_array_get(list, i));

		used += (size_t)snprintf(out + used, size - used, "%s%s", i ? " " : "", text);
	}
}

static int mapping_row(struct columns *columns, const json_t *mapping, double now)
{
	double ended = show_number(mapping, "ended"), created = show_number(mapping, "created");
	char remotes[256], sources[32], age[16], end[32] = "";

	join(remotes, sizeof(remotes), json_object_get(mapping, "remotes"));
	join(sources, sizeof(sources), json_object_get(mapping, "sources"));
	show_age(age, (ended > 0 ? ended : now) - created);
	if (ended > 0)
		snprintf(end, sizeof(end), "%s", show_text(mapping, "ended_by"));
	const char *const cells[] = {
		show_text(mapping, "proto"),
		show_text(mapping, "inside"),
		show_text(mapping, "outside"),
		age,
		end,
		sources,
		remotes,
	};

	for (size_t i = 0; i < COLUMNS(cells); i++)
		if (columns_cell(columns, cells[i]))
			return -ENOMEM;
	return 0;
}

int show_mappings(const json_t *mappings, double now)
{
	static const char *const heads[] = {"PROTO", "INSIDE", "OUTSIDE", "AGE", "ENDED", "SEEN BY", "REMOTES"};
	struct columns *columns = columns_new(heads, COLUMNS(heads));
	int err = columns ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < json_array_size(mappings); i++)
		err = mapping_row(columns, json_array_get(mappings, i), now);
	if (!err)
		columns_print(columns, stdout);
	columns_free(columns);
	return err;
}

/* The document is printed already when there is none: --json. */
static int show_list(const struct options *options, const char *page, const char *key,
		     int (*show)(const json_t *list, double now))
{
	json_t *document;
	int err = client_document(options, page, &document);

	if (!err && document && show(json_object_get(document, key), (double)time(NULL))) {
		log_error("out of memory");
		err = EXIT_PROBLEM;
	}
	json_decref(document);
	return err;
}

int command_sessions(const struct options *options)
{
	char page[64] = "/api/v1/sessions";

	if (options->verdict) {
		if (words_value(WORDS_VERDICTS, options->verdict) < 0) {
			log_error("--verdict wants succeeded, failed, blocked, pending or unknown, not '%s'",
				  options->verdict);
			return EXIT_USAGE;
		}
		snprintf(page, sizeof(page), "/api/v1/sessions?verdict=%s", options->verdict);
	}
	return show_list(options, page, "sessions", show_sessions);
}

int command_mappings(const struct options *options)
{
	return show_list(options, "/api/v1/mappings", "mappings", show_mappings);
}
