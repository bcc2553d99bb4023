/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a replay found, in the three forms that it is told in. */
#ifndef P2PSCOPE_REPLAY_H
#define P2PSCOPE_REPLAY_H

#include <jansson.h>

#include "engine/engine.h"
#include "source/capture/native.h"
#include "source/capture/capture_source.h"

struct replay_result {
	const struct native *native;
	const struct capture_totals *totals;
	const struct engine_view *view; /* for all but JSON lines suffice: VIEW_LINES */
};

/*
 * Each writes to standard output: one JSON document, a summary for people, or a CSV line a session.
 * -ENOMEM.
 */
int replay_json(const struct replay_result *result);
int replay_text(const struct replay_result *result);
int replay_csv(const struct replay_result *result);

/* The document's head: all but its lists. NULL when memory is out. */
json_t *replay_head(const struct replay_result *result);

#endif
