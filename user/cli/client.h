/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Asking the daemon: HTTP over its Unix socket. */
#ifndef P2PSCOPE_CLIENT_H
#define P2PSCOPE_CLIENT_H

#include <stddef.h>

#include <jansson.h>

#include "util/options.h"

struct answer {
	long status; /* of HTTP */
	char *text;
	size_t size;
};

/* Adds to its text. -ENOMEM. */
int answer_add(struct answer *answer, const char *data, size_t size);

/*
 * Takes a piece of what comes with that status. Gives 0; -EBADMSG if it is not what it should be,
 * or -ENOMEM, ends it.
 */
typedef int (*client_data_fn)(void *arg, long status, const char *data, size_t size);

/*
 * Gets a page piece by piece. Gives EXIT_DONE, and the status; else EXIT_PROBLEM after having said
 * what to do.
 */
int client_stream(const struct options *options, const char *page, long *status, client_data_fn fn,
		  void *arg);

/*
 * Gets a page ("/api/v1/sessions"). Gives EXIT_DONE when the daemon answered, whatever the status,
 * to be freed with answer_free(); else EXIT_PROBLEM after having said what to do.
 */
int client_get(const struct options *options, const char *page, struct answer *answer);
void answer_free(struct answer *answer);

/* Says in the daemon's own words what was wrong with the question. */
void client_refused(const struct answer *answer, const char *page);

/*
 * Takes an answer as a document: other statuses than 200 are said and give EXIT_PROBLEM. With
 * --json the document is printed as it is and `*document` stays NULL; else it is parsed, to be
 * released with json_decref().
 */
int client_take(const struct options *options, const char *page, const struct answer *answer,
		json_t **document);

/*
 * Gets a page and, without --json, shows its document as of now; `show` gives -ENOMEM when memory
 * is out.
 */
int client_show(const struct options *options, const char *page,
		int (*show)(const json_t *document, double now));

#endif
