/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The result of a replay in its three output formats. */
#ifndef P2PSCOPE_REPLAY_H
#define P2PSCOPE_REPLAY_H

#include <jansson.h>

#include "engine/engine.h"
#include "source/capture/native.h"
#include "source/capture/capture_source.h"

struct replay_result {
	const struct native *native;
	const struct capture_totals *totals;
	const struct engine_view *view; /* only JSON needs more than VIEW_LINES */
};

/*
 * Print to standard output: one JSON document, a summary for people, or a CSV line for each
 * session. Return 0, -ENOMEM, or -EIO where standard output has failed, which main() reports.
 */
int replay_json(const struct replay_result *result);
int replay_text(const struct replay_result *result);
int replay_csv(const struct replay_result *result);

/* Returns the JSON document without its lists, NULL when out of memory. */
json_t *replay_head(const struct replay_result *result);

#endif
