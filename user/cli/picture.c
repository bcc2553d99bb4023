/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The way of a session in text: the stations side by side, their addresses below, a line through them. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli/show.h"

#define STATIONS 4
#define LINK_WIDTH 7

struct station {
	const char *title;
	const char *address;
	char mark; /* of the link behind it: 0 none, '-' or 'x' */
};

/* The pair that tells most: the nominated one, else one that was answered, else the first. */
static const json_t *best_pair(const json_t *session)
{
	const json_t *pairs = json_object_get(session, "pairs"), *pair, *answered = NULL;
	size_t i;

	json_array_foreach (pairs, i, pair) {
		if (json_is_true(json_object_get(pair, "nominated")))
			return pair;
		if (!answered && !strcmp(show_text(pair, "state"), "succeeded"))
			answered = pair;
	}
	return answered ? answered : json_array_get(pairs, 0);
}

static size_t wide(const struct station *station)
{
	size_t title = strlen(station->title), address = strlen(station->address);

	return title > address ? title : address;
}

static void draw(const struct station *stations, size_t count)
{
	printf("\n  ");
	for (size_t i = 0; i < count; i++)
		printf("%-*s", (int)wide(&stations[i]) + (i + 1 < count ? LINK_WIDTH : 0), stations[i].title);
	printf("\n  ");
	for (size_t i = 0; i < count; i++) {
		printf("%-*s", (int)wide(&stations[i]), stations[i].address);
		if (i + 1 < count)
			printf(" %s ", stations[i].mark == 'x' ? "──✗──" : "─────");
	}
	printf("\n\n");
}

/* Where the line is broken: on this gateway, or beyond it. */
static void mark_block(struct station *stations, size_t gateway, const json_t *session)
{
	const char *where = show_text(session, "where");

	if (!strcmp(where, "here"))
		stations[gateway ? gateway - 1 : 0].mark = 'x';
	else if (!strcmp(where, "upstream"))
		stations[gateway].mark = 'x';
}

static const char *or_unknown(const char *text)
{
	return *text ? text : "?";
}

static const char *gateway_title(const char *local, const char *mapped)
{
	if (!*mapped)
		return "gateway";
	return strcmp(local, mapped) ? "gateway, seen outside as" : "gateway, no NAT";
}

void show_picture(const json_t *session)
{
	const json_t *pair = best_pair(session);
	const char *local = show_text(pair, "local"), *mapped = show_text(pair, "mapped");
	const char *relay = show_text(pair, "relay"), *remote = show_text(pair, "remote");
	bool remote_relay = !strcmp(show_text(session, "path.remote"), "relay");
	struct station stations[STATIONS];
	size_t count = 0;

	if (!pair)
		return;
	stations[count++] = (struct station){"host", or_unknown(*local ? local : show_text(session, "host")), '-'};
	stations[count++] = (struct station){gateway_title(local, mapped), or_unknown(mapped), '-'};
	if (*relay)
		stations[count++] = (struct station){"TURN relay", relay, '-'};
	stations[count++] = (struct station){remote_relay ? "peer's TURN relay" : "peer", or_unknown(remote), '-'};
	mark_block(stations, 1, session);
	draw(stations, count);
}
