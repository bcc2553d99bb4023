/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Requests to the daemon: HTTP over its Unix socket. */
#ifndef P2PSCOPE_CLIENT_H
#define P2PSCOPE_CLIENT_H

#include <stddef.h>

#include <jansson.h>

#include "util/options.h"

struct answer {
	long status; /* HTTP status */
	char *text;
	size_t size;
};

/* Appends to the text of an answer. Returns 0 or -ENOMEM. */
int answer_add(struct answer *answer, const char *data, size_t size);

/*
 * Takes a piece of a response with that HTTP status. Returns 0; or, to end the transfer, -EBADMSG
 * when the data is invalid, -EIO when standard output has failed, or -ENOMEM.
 */
typedef int (*client_data_fn)(void *arg, long status, const char *data, size_t size);

/*
 * Gets a page piece by piece. Returns EXIT_DONE and sets the HTTP status, or EXIT_PROBLEM after
 * having logged the reason.
 */
int client_stream(const struct options *options, const char *page, long *status, client_data_fn fn,
		  void *arg);

/*
 * Gets a page ("/api/v1/sessions"). Returns EXIT_DONE when the daemon answered, with any HTTP
 * status; the answer is to be freed with answer_free(). Returns EXIT_PROBLEM after having logged
 * the reason otherwise.
 */
int client_get(const struct options *options, const char *page, struct answer *answer);
void answer_free(struct answer *answer);

/* Logs that an answer is not what was asked for. Returns EXIT_PROBLEM. */
int client_bad_answer(void);

/* Logs why the daemon refused a request, in its own words. */
void client_refused(const struct answer *answer, const char *page);

/* Prints a piece of a response as it is. Returns 0, or -EIO, which main() reports. */
int client_print(const char *data, size_t size);

/*
 * Parses an answer into a document, to be released with json_decref(). With --json the document
 * is printed as it is and `*document` is NULL. Returns EXIT_DONE, or EXIT_PROBLEM after having
 * logged a status other than 200 or invalid JSON.
 */
int client_take(const struct options *options, const char *page, const struct answer *answer,
		json_t **document);

/*
 * Gets a page and, without --json, has `show` print its document, an object with a member `list`
 * that is an array; `now` is the current Unix time in seconds, and `show` returns 0 or -ENOMEM.
 * Returns EXIT_DONE, or EXIT_PROBLEM after having logged the reason.
 */
int client_show(const struct options *options, const char *page, const char *list,
		int (*show)(const json_t *document, double now));

#endif
