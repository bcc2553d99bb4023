/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* `p2pscope mappings`: the NAT mappings as a table. */
#include <errno.h>
#include <stdio.h>

#include "cli/client.h"
#include "cli/columns.h"
#include "cli/show.h"
#include "cli/command.h"

/* "5.0.0.2:7000 +3": one remote endpoint and the number of others. */
static void remotes_cell(char *out, size_t size, const json_t *mapping)
{
	const json_t *remotes = json_object_get(mapping, "remotes");
	const char *first = json_string_value(json_array_get(remotes, 0));
	size_t count = json_array_size(remotes);

	if (count > 1)
		snprintf(out, size, "%s +%zu", first ? first : "?", count - 1);
	else
		snprintf(out, size, "%s", first ? first : "");
}

static void state_cell(char *out, size_t size, const json_t *mapping)
{
	const char *ended_by = show_text(mapping, "ended_by");

	snprintf(out, size, "%s", *ended_by ? ended_by : "alive");
}

/* The sources of a mapping, its address behind upstream NATs, and what conntrack contradicts. */
static void sources_cell(char *out, size_t size, const json_t *mapping)
{
	const char *upstream = show_text(mapping, "upstream"),
		   *conflict = show_text(mapping, "conflict");
	char sources[32];

	show_joined(sources, sizeof(sources), json_object_get(mapping, "sources"), " ");
	snprintf(out, size, "%s%s%s%s%s", sources, *upstream ? "; upstream " : "", upstream,
		 *conflict ? "; conntrack says " : "", conflict);
}

static int mapping_row(struct columns *columns, const json_t *mapping, double now)
{
	double ended = show_number(mapping, "ended"), created = show_number(mapping, "created");
	char remotes[80], age[16], state[32], sources[200];

	remotes_cell(remotes, sizeof(remotes), mapping);
	show_age(age, (ended > 0 ? ended : now) - created);
	state_cell(state, sizeof(state), mapping);
	sources_cell(sources, sizeof(sources), mapping);
	const char *const cells[] = {
		show_text(mapping, "proto"),
		show_text(mapping, "kind"),
		show_text(mapping, "inside"),
		show_text(mapping, "outside"),
		remotes,
		age,
		state,
		sources,
	};

	return columns_row(columns, cells);
}

int show_mappings(const json_t *document, double now)
{
	static const char *const heads[] = {"PROTO",   "KIND", "INSIDE", "OUTSIDE",
					    "REMOTES", "AGE",  "STATE",  "SOURCES"};
	const json_t *mappings = json_object_get(document, "mappings");
	struct columns *columns = columns_new(heads, sizeof(heads) / sizeof(heads[0]));
	int err = columns ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < json_array_size(mappings); i++)
		err = mapping_row(columns, json_array_get(mappings, i), now);
	if (!err)
		columns_print(columns, stdout);
	columns_free(columns);
	return err;
}

int command_mappings(const struct options *options)
{
	return client_show(options, "/api/v1/mappings", "mappings", show_mappings);
}
