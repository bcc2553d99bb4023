/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sessions, mappings, hosts and rules as JSON, the same for HTTP, the command line and replay. What
 * is not known is null. Lists are written item by item, so that 100,000 sessions need no more
 * memory than their text.
 */
#ifndef P2PSCOPE_JSON_H
#define P2PSCOPE_JSON_H

#include <stdio.h>

#include "engine/view.h"

/*
 * Each writes one document. Returns 0, -ENOMEM, or -EIO where the stream has failed; after an error
 * what was written is of no use: it is no complete document.
 */

/* {"sessions": […]}; where the view is a part of the list, that part of the document. */
int write_sessions(FILE *out, const struct engine_view *view);

/* The object of one session of the view. */
int write_session(FILE *out, const struct engine_view *view, const struct session *session);

/* {"mappings": […]} */
int write_mappings(FILE *out, const struct engine_view *view);

/* The members of json_nat() for all hosts together, "hosts": […], "outside": […] */
int write_hosts(FILE *out, const struct engine_view *view);

/* {"rules": […], "left_out": N} */
int write_rules(FILE *out, const struct engine_view *view);

/* {"error": TEXT} */
int write_error(FILE *out, const char *text);

/* {"error": TEXT, "matches": [ID, …]}: a view of more than one session where one was asked for. */
int write_ambiguous(FILE *out, const struct engine_view *view);

/*
 * "sessions": […], "mappings": […], "hosts": […], "nat": {…} without braces around them, for a
 * document that holds more.
 */
int write_lists(FILE *out, const struct engine_view *view);

#endif
