/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sessions as comma-separated values (RFC 4180): a header line, then one line for each session,
 * always with the same columns. Unknown values are empty. A text that a spreadsheet would take
 * for a formula is prefixed with an apostrophe.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/replay.h"
#include "output/json_session.h"

static const struct {
	const char *name;
	const char *keys[2]; /* of the session's object, and of the object found there */
	size_t index; /* of the list found there */
} columns[] = {
	{"id", {"id", NULL}, 0},
	{"verdict", {"verdict", NULL}, 0},
	{"confidence", {"confidence", NULL}, 0},
	{"where", {"where", NULL}, 0},
	{"cause", {"cause", NULL}, 0},
	{"stage", {"stage", NULL}, 0},
	{"degraded", {"degraded", "cause"}, 0},
	{"host", {"host", NULL}, 0},
	{"peer", {"peer", NULL}, 0},
	{"ufrag_host", {"ufrags", NULL}, 0},
	{"ufrag_peer", {"ufrags", NULL}, 1},
	{"local", {"path", "local"}, 0},
	{"remote", {"path", "remote"}, 0},
	{"transport", {"path", "transport"}, 0},
	{"family", {"path", "family"}, 0},
	{"relayed", {"path", "relayed"}, 0},
	{"first", {"times", "first"}, 0},
	{"connected", {"times", "connected"}, 0},
	{"secured", {"times", "secured"}, 0},
	{"media", {"times", "media"}, 0},
	{"last", {"times", "last"}, 0},
	{"time_to_connect_ms", {"time_to_connect_ms", NULL}, 0},
	{"dtls_state", {"dtls", "state"}, 0},
	{"dtls_version", {"dtls", "version"}, 0},
	{"srtp_profile", {"dtls", "srtp_profile"}, 0},
	{"dtls_alert", {"dtls", "alert"}, 0},
};

#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

/* Prints a text, quoted where RFC 4180 section 2 requires it. */
static void csv_put_text(const char *text)
{
	const char *formula = strchr("=+-@\t\r", *text) && *text ? "'" : "";

	if (!strpbrk(text, ",\"\r\n")) {
		printf("%s%s", formula, text);
		return;
	}
	printf("\"%s", formula);
	for (; *text; text++)
		printf(*text == '"' ? "\"\"" : "%c", *text);
	printf("\"");
}

static void csv_put_value(const json_t *value)
{
	if (json_is_string(value))
		csv_put_text(json_string_value(value));
	else if (json_is_boolean(value))
		printf("%s", json_is_true(value) ? "true" : "false");
	else if (json_is_integer(value))
		printf("%lld", (long long)json_integer_value(value));
	else if (json_is_real(value))
		printf("%.6f", json_real_value(value));
}

static const json_t *value_of(const json_t *session, size_t column)
{
	const json_t *value = json_object_get(session, columns[column].keys[0]);

	if (columns[column].keys[1])
		return json_object_get(value, columns[column].keys[1]);
	return json_is_array(value) ? json_array_get(value, columns[column].index) : value;
}

static int put_session(const struct engine_view *view, const struct session *session)
{
	json_t *object = json_session(view, session);

	if (!object)
		return -ENOMEM;
	for (size_t i = 0; i < COLUMNS; i++) {
		printf("%s", i ? "," : "");
		csv_put_value(value_of(object, i));
	}
	printf("\r\n");
	json_decref(object);
	return 0;
}

int replay_csv(const struct replay_result *result)
{
	const struct engine_view *view = result->view;
	int err = 0;

	for (size_t i = 0; i < COLUMNS; i++)
		printf("%s%s", i ? "," : "", columns[i].name);
	printf("\r\n");
	for (size_t i = 0; i < view->nsessions && !err; i++)
		err = put_session(view, &view->sessions[i]);
	return err;
}
