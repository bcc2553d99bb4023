/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Outputs: whatever shows or sends what the engine knows. Each is a row of the table in output.c;
 * the daemon knows none of them. An output that answers questions asks the broker for a snapshot,
 * from threads of its own; one that follows what happens is called with the changes.
 */
#ifndef P2PSCOPE_OUTPUT_H
#define P2PSCOPE_OUTPUT_H

#include "engine/changes_view.h"
#include "snapshot/broker.h"

struct output_setup {
	struct broker *broker; /* outlives the outputs */
	/* that listen already, as privileges are gone by now; taken over, also on error */
	const int *sockets;
	size_t nsockets;
};

struct output {
	const char *name; /* in log messages: "the NAME" */
	/* Starts it, and says where its state is. Returns 0 or -errno. */
	int (*start)(void **state, const struct output_setup *setup);
	/*
	 * Takes the next changes of sessions, in order; `lost` is how many before them were
	 * overwritten: a loss is reported with the next changes, never alone. The main loop calls
	 * this: it must not block. NULL: it does not follow them.
	 */
	void (*changed)(void *state, const struct session_change *changes, size_t count, u64 lost);
	/* Stops it and frees its state. The broker is closed by then. */
	void (*stop)(void *state);
};

struct outputs;

/* Starts all outputs; logs which one could not. Returns 0 or -errno; none runs then. */
int outputs_start(struct outputs **out, const struct output_setup *setup);

/* Passes on what has changed since the last call. For the main loop. */
void outputs_changed(struct outputs *outputs, const struct engine *engine);

/* Stops all outputs; call broker_close() before, so that none of them waits. Takes NULL too. */
void outputs_stop(struct outputs *outputs);

#endif
