/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The path of a session drawn in text: its stations side by side, their addresses below,
 * connected by a line.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli/show.h"

#define STATIONS 4
#define LINK_WIDTH 7

struct station {
	const char *title;
	const char *address;
	char mark; /* the link to the next station: 0 none, '-' intact, 'x' broken */
};

/* Returns the most relevant pair: the nominated one, else one that was answered, else the first. */
static const json_t *best_pair(const json_t *session)
{
	const json_t *pairs = json_object_get(session, "pairs"), *answered = NULL;

	for (size_t i = 0; i < json_array_size(pairs); i++) {
		const json_t *pair = json_array_get(pairs, i);

		if (json_is_true(json_object_get(pair, "nominated")))
			return pair;
		if (!answered && !strcmp(show_text(pair, "state"), "succeeded"))
			answered = pair;
	}
	return answered ? answered : json_array_get(pairs, 0);
}

static size_t station_width(const struct station *station)
{
	size_t title = strlen(station->title), address = strlen(station->address);

	return title > address ? title : address;
}

/* Draws a line of `width` columns, broken in its middle if `mark` is 'x'. */
static void draw_link(size_t width, char mark)
{
	for (size_t i = 0; i < width; i++)
		fputs(mark == 'x' && i == width / 2 ? "✗" : "─", stdout);
}

static void draw_stations(const struct station *stations, size_t count)
{
	printf("\n  ");
	for (size_t i = 0; i < count; i++)
		printf("%-*s", i + 1 < count ? (int)station_width(&stations[i]) + LINK_WIDTH : 0,
		       stations[i].title);
	printf("\n  ");
	for (size_t i = 0; i < count; i++) {
		size_t left = station_width(&stations[i]) - strlen(stations[i].address);

		printf("%s", stations[i].address);
		if (i + 1 == count)
			break;
		printf(" ");
		draw_link(left + LINK_WIDTH - 2, stations[i].mark);
		printf(" ");
	}
	printf("\n\n");
}

static const char *or_unknown(const char *text)
{
	return *text ? text : "?";
}

static const char *gateway_title(bool dropped, const char *local, const char *mapped)
{
	if (!*mapped)
		return dropped ? "gateway, dropped here" : "gateway";
	if (!strcmp(local, mapped))
		return dropped ? "gateway, no NAT, dropped here" : "gateway, no NAT";
	return dropped ? "gateway, dropped here, seen outside as" : "gateway, seen outside as";
}

void show_picture(const json_t *session)
{
	const json_t *pair = best_pair(session);
	const char *local = show_text(pair, "local"), *mapped = show_text(pair, "mapped");
	const char *relay = show_text(pair, "relay"), *remote = show_text(pair, "remote");
	const char *where = show_text(session, "where");
	bool remote_relay = !strcmp(show_text(session, "path.remote"), "relay");
	/* the link after the gateway is broken */
	char far = !strcmp(where, "upstream") ? 'x' : '-';
	struct station stations[STATIONS];
	size_t count = 0;

	if (!pair)
		return;
	stations[count++] = (struct station){
		"host", or_unknown(*local ? local : show_text(session, "host")), '-'};
	stations[count++] = (struct station){gateway_title(!strcmp(where, "here"), local, mapped),
					     or_unknown(mapped), far};
	if (*relay)
		stations[count++] = (struct station){"TURN relay", relay, '-'};
	stations[count++] = (struct station){remote_relay ? "peer's TURN relay" : "peer",
					     or_unknown(remote), '-'};
	draw_stations(stations, count);
}
