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

/* Each writes one document. They give 0, or -ENOMEM with what was written so far being useless. */
int write_sessions(
	FILE *out,
	const struct engine_view *view); /* {"sessions": […]}; of a part of them its part of that */
/* of that view */
int write_session(FILE *out, const struct engine_view *view, const struct session *session);
int write_mappings(FILE *out, const struct engine_view *view); /* {"mappings": […]} */
int write_hosts(FILE *out,
		const struct engine_view *view); /* json_nat(), "hosts": […], "outside": […] */
int write_rules(FILE *out, const struct engine_view *view); /* {"rules": […]} */

/* {"error": TEXT} */
int write_error(FILE *out, const char *text);

/*
 * Without the braces: "sessions": […], "mappings": […], "hosts": […], "nat": {…} — for documents
 * that hold more.
 */
int write_lists(FILE *out, const struct engine_view *view);

#endif
