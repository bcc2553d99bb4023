/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a replay found, in the three forms that it is told in. */
#ifndef P2PSCOPE_REPLAY_H
#define P2PSCOPE_REPLAY_H

#include <jansson.h>

#include "engine/engine.h"
#include "source/native.h"
#include "source/pcap.h"

struct replay_result {
	const struct native *native;
	const struct pcap_totals *totals;
	const struct engine_view *view;
};

/* Each writes to standard output: one JSON document, a summary for people, or a CSV line a session. -ENOMEM. */
int replay_json(const struct replay_result *result);
int replay_text(const struct replay_result *result);
int replay_csv(const struct replay_result *result);

/* The document as a value; NULL when memory is out. */
json_t *replay_document(const struct replay_result *result);

#endif
