/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The table of all outputs: starts and stops them, and passes on what has changed. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "output/http.h"
#include "output/output.h"
#include "util/log.h"

static const struct output *const table[] = {
	&http_output,
};

#define OUTPUTS (sizeof(table) / sizeof(table[0]))
#define BATCH 64 /* changes that are passed on at once */

struct outputs {
	struct change_cursor cursor;
	size_t started;
	void *state[OUTPUTS];
};

int outputs_start(struct outputs **out, const struct output_setup *setup)
{
	struct outputs *outputs = calloc(1, sizeof(*outputs));
	int err = outputs ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < OUTPUTS; i++) {
		err = table[i]->start(&outputs->state[i], setup);
		if (err)
			log_error("starting the %s: %s", table[i]->name, strerror(-err));
		else
			outputs->started++;
	}
	if (err)
		outputs_stop(outputs);
	else
		*out = outputs;
	return err;
}

void outputs_changed(struct outputs *outputs, const struct engine *engine)
{
	struct session_change changes[BATCH];
	u64 lost = outputs->cursor.lost;
	size_t count;

	while ((count = engine_changes(engine, &outputs->cursor, changes, BATCH))) {
		for (size_t i = 0; i < OUTPUTS; i++)
			if (table[i]->changed)
				table[i]->changed(outputs->state[i], changes, count,
						  outputs->cursor.lost - lost);
		lost = outputs->cursor.lost;
	}
}

void outputs_stop(struct outputs *outputs)
{
	if (!outputs)
		return;
	while (outputs->started) {
		outputs->started--;
		table[outputs->started]->stop(outputs->state[outputs->started]);
	}
	free(outputs);
}
