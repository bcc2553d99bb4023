/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output/json.h"
#include "output/listing.h"

#define BLOCK (64 * 1024)

struct listing {
	struct broker *broker;
	struct view_filter next; /* of the next part; its `after` is 0 when there is none */
	char *text;
	size_t size, sent;
};

static int write_part(struct listing *listing, const struct engine_view *view)
{
	FILE *out;
	int err;

	free(listing->text);
	listing->text = NULL;
	listing->size = listing->sent = 0;
	out = open_memstream(&listing->text, &listing->size);
	if (!out)
		return -1;
	err = write_sessions(out, view);
	listing->next.after = view->next;
	return fclose(out) ? -1 : err;
}

static int next_part(struct listing *listing)
{
	struct snapshot *snapshot =
		broker_ask(listing->broker, VIEW_SESSIONS, &listing->next, BROKER_ANSWER_MS);
	int err = snapshot ? write_part(listing, snapshot->view) : -1;

	snapshot_free(snapshot);
	return err;
}

/*
 * An answer that ends with an error is cut off without its last chunk (RFC 9112 section 8), so that
 * the client does not take it for whole.
 */
static ssize_t read_listing(void *arg, uint64_t position, char *to, size_t room)
{
	struct listing *listing = arg;
	size_t count;

	(void)position;
	if (listing->sent == listing->size && !listing->next.after)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (listing->sent == listing->size && next_part(listing))
		return MHD_CONTENT_READER_END_WITH_ERROR;
	count = listing->size - listing->sent;
	if (count > room)
		count = room;
	memcpy(to, listing->text + listing->sent, count);
	listing->sent += count;
	return (ssize_t)count;
}

static void free_listing(void *arg)
{
	struct listing *listing = arg;

	free(listing->text);
	free(listing);
}

struct MHD_Response *listing_response(struct broker *broker, const struct view_filter *next,
				      char *text, size_t size)
{
	struct listing *listing = calloc(1, sizeof(*listing));
	struct MHD_Response *response = NULL;

	if (!listing)
		return NULL;
	*listing = (struct listing){.broker = broker, .next = *next, .text = text, .size = size};
	response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, read_listing, listing,
						     free_listing);
	if (!response)
		free(listing);
	return response;
}
