/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The broker between the threads of outputs and the main loop, which alone touches the engine. A
 * thread asks for a snapshot and sleeps until the main loop has made it; the copy is its own then,
 * and it may take all the time it needs with it. Requests are served in the order they came.
 */
#ifndef P2PSCOPE_SNAPSHOT_BROKER_H
#define P2PSCOPE_SNAPSHOT_BROKER_H

#include "snapshot/snapshot.h"

#define BROKER_ANSWER_MS 5000 /* how long an output waits for the main loop */

struct broker;

/*
 * Makes a snapshot, in the main loop; `what` and `filter` are those of engine_view(). Returns NULL
 * when memory is out.
 */
typedef struct snapshot *(*broker_make_fn)(void *arg, unsigned int what,
					   const struct view_filter *filter);

/* Makes a broker that calls `make` with `arg`. Returns 0 or -errno. */
int broker_new(struct broker **out, broker_make_fn make, void *arg);

/* Frees it; no thread may ask any more. Takes NULL too. */
void broker_free(struct broker *broker);

/* Returns a descriptor that is readable when somebody waits: call broker_serve() then. */
int broker_fd(const struct broker *broker);

/* Answers all requests, the oldest first. For the main loop only. */
void broker_serve(struct broker *broker);

/*
 * Asks for a snapshot, from any thread but the main loop's, and waits `timeout_ms` at most for the
 * main loop to begin making it. Returns a snapshot to be freed with snapshot_free(), or NULL when
 * the main loop did not begin in time, the broker is closed or memory is out.
 */
struct snapshot *broker_ask(struct broker *broker, unsigned int what,
			    const struct view_filter *filter, unsigned int timeout_ms);

/* Sends everybody who asks, now or later, away without a snapshot: for the end of the program. */
void broker_close(struct broker *broker);

#endif
