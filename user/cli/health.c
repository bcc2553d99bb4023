/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The quality of a session's media, for people. */
#include <stdio.h>

#include "cli/show.h"

/* Prints a count unless it is 0. */
static void print_count(const json_t *item, const char *key, const char *text)
{
	double count = show_number(item, key);

	if (count > 0)
		printf(", %.0f %s", count, text);
}

static void print_loss(const json_t *item)
{
	double lost = show_number(item, "lost"),
	       unique = show_number(item, "packets") - show_number(item, "duplicates"),
	       here = show_number(item, "lost_here");

	if (here > 0)
		printf(", %.0f dropped here", here);
	printf(", %.0f lost%s", lost, here > 0 ? " before" : "");
	if (lost > 0)
		printf(" (%.1f %%)", 100 * lost / (lost + unique));
}

static void print_stream(const json_t *item)
{
	const json_t *rate = json_object_get(item, "bitrate_kbps"),
		     *jitter = json_object_get(item, "jitter_ms");

	printf(" %s: %.0f packets, %.0f bytes", show_text(item, "ssrc"),
	       show_number(item, "packets"), show_number(item, "bytes"));
	if (json_is_number(rate))
		printf(", %.0f kbit/s", json_number_value(rate));
	print_loss(item);
	print_count(item, "duplicates", "twice");
	print_count(item, "reordered", "out of order");
	if (json_is_number(jitter))
		printf(", jitter %.1f ms", json_number_value(jitter));
	print_count(item, "freezes", "× frozen");
	printf(", longest gap %.0f ms", show_number(item, "longest_gap_ms"));
	if (json_is_true(json_object_get(item, "one_way")))
		printf(", one way only");
	if (json_is_false(json_object_get(item, "encrypted")))
		printf(", NOT ENCRYPTED");
	printf("\n");
}

static void print_round_trip(const json_t *pairs)
{
	for (size_t i = 0; i < json_array_size(pairs); i++) {
		const json_t *pair = json_array_get(pairs, i);
		double peer = show_number(pair, "rtt_ms"), host = show_number(pair, "rtt_lan_ms");

		if (!json_is_true(json_object_get(pair, "nominated")) || peer <= 0)
			continue;
		printf("Round trip: %.1f ms to the peer", peer);
		if (host > 0)
			printf(", %.1f ms to the host", host);
		printf("\n");
	}
}

void show_media(const json_t *session)
{
	const json_t *list = json_object_get(session, "media");

	print_round_trip(json_object_get(session, "pairs"));
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *item = json_array_get(list, i);

		printf("%s %s", show_text(item, "kind"), show_text(item, "direction"));
		if (*show_text(item, "ssrc"))
			print_stream(item);
		else
			printf(": %.0f packets\n", show_number(item, "packets"));
	}
}
