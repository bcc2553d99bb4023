/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where threads that serve outputs ask the main loop for a snapshot. Only the main loop touches the
 * engine; an asker sleeps until its copy is there and then takes all the time it needs.
 */
#ifndef P2PSCOPE_SNAPSHOT_BROKER_H
#define P2PSCOPE_SNAPSHOT_BROKER_H

#include "snapshot/snapshot.h"

#define BROKER_ANSWER_MS 5000 /* that an output waits for the main loop */

struct broker;

/*
 * Makes a snapshot in the main loop; `what` and `filter` as for engine_view(). NULL when memory is
 * out.
 */
typedef struct snapshot *(*broker_make_fn)(void *arg, unsigned int what,
					   const struct view_filter *filter);

int broker_new(struct broker **out, broker_make_fn make, void *arg);
void broker_free(struct broker *broker);

/* Readable when somebody waits: then the main loop calls broker_serve(). */
int broker_fd(const struct broker *broker);
void broker_serve(struct broker *broker);

/*
 * Asks, from any thread but the main loop's, and waits at most `timeout_ms` for the main loop to
 * begin. Gives a snapshot to be freed with snapshot_free(), or NULL when the main loop did not
 * answer, the broker is closed or memory is out.
 */
struct snapshot *broker_ask(struct broker *broker, unsigned int what,
			    const struct view_filter *filter, unsigned int timeout_ms);

/* Lets every asker, now and later, go without a snapshot: for the end of the program. */
void broker_close(struct broker *broker);

#endif
