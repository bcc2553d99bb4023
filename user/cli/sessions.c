/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* `p2pscope sessions`: the sessions as a table. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/list.h"
#include "cli/show.h"
#include "cli/columns.h"
#include "cli/command.h"
#include "util/log.h"
#include "output/json_session.h"
#include "engine/names.h"

#define COLUMNS(heads) (sizeof(heads) / sizeof((heads)[0]))

/* "here/rule", "no-answer"; with "?" what a pending one looks like; or why one is degraded. */
static void cause_cell(char *out, size_t size, const json_t *session)
{
	const char *where = show_text(session, "where"), *cause = show_text(session, "cause");
	const char *degraded = show_text(session, "degraded.cause"),
		   *outlook = show_text(session, "outlook.cause");

	if (*outlook) {
		where = show_text(session, "outlook.where");
		cause = outlook;
	}
	if (*degraded)
		snprintf(out, size, "degraded: %s", degraded);
	else
		snprintf(out, size, "%s%s%s%s", where, *where && *cause ? "/" : "", cause,
			 *outlook ? "?" : "");
}

/* "srflx-relay udp relayed" */
static void path_cell(char *out, size_t size, const json_t *session)
{
	const char *local = show_text(session, "path.local"),
		   *remote = show_text(session, "path.remote");
	const char *transport = show_text(session, "path.transport");
	bool relayed = json_is_true(json_object_get(json_object_get(session, "path"), "relayed"));

	*out = '\0';
	if (*transport)
		snprintf(out, size, "%s-%s %s%s", *local ? local : "?", *remote ? remote : "?",
			 transport, relayed ? " relayed" : "");
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

	return columns_row(columns, cells);
}

struct session_columns {
	struct columns *columns;
	double now;
};

static int session_columns_begin(struct session_columns *table, double now)
{
	static const char *const heads[] = {"ID",   "VERDICT", "WHERE/CAUSE", "STAGE",  "PATH",
					    "HOST", "PEER",    "AGE",         "CONNECT"};

	table->now = now;
	table->columns = columns_new(heads, COLUMNS(heads));
	return table->columns ? 0 : -ENOMEM;
}

#define ID_DIGITS_SHOWN 8 /* more where two sessions of the list begin the same */

static int session_columns_print(struct session_columns *table)
{
	int err = columns_abbreviate(table->columns, 0, ID_DIGITS_SHOWN);

	if (!err)
		columns_print(table->columns, stdout);
	return err;
}

static int on_session(void *arg, const json_t *session)
{
	struct session_columns *table = arg;

	return session_row(table->columns, session, table->now);
}

int show_sessions(const struct engine_view *view, double now)
{
	struct session_columns table;
	int err = session_columns_begin(&table, now);

	for (size_t i = 0; !err && i < view->nsessions; i++) {
		json_t *session = json_session(view, &view->sessions[i]);

		err = session ? on_session(&table, session) : -ENOMEM;
		json_decref(session);
	}
	if (!err)
		err = session_columns_print(&table);
	columns_free(table.columns);
	return err;
}

static int list_sessions(const struct options *options, const char *page)
{
	struct session_columns table;
	int err;

	if (session_columns_begin(&table, (double)time(NULL))) {
		log_error("out of memory");
		return EXIT_PROBLEM;
	}
	err = list_get(options, page, on_session, &table);
	if (!err && !options->json && session_columns_print(&table)) {
		log_error("out of memory");
		err = EXIT_PROBLEM;
	}
	columns_free(table.columns);
	return err;
}

int command_sessions(const struct options *options)
{
	char page[64] = "/api/v1/sessions";

	if (options->verdict) {
		if (words_value(WORDS_VERDICTS, options->verdict) < 0) {
			log_error("--verdict: expected succeeded, failed, blocked, pending or "
				  "unknown, not '%s'",
				  options->verdict);
			return EXIT_USAGE;
		}
		snprintf(page, sizeof(page), "/api/v1/sessions?verdict=%s", options->verdict);
	}
	return list_sessions(options, page);
}
