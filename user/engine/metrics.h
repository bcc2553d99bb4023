/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Counters over all sessions, with bounded label sets; each module counts its own. */
#ifndef P2PSCOPE_ENGINE_METRICS_H
#define P2PSCOPE_ENGINE_METRICS_H

#include "engine/metrics_view.h"

struct engine;
struct session_state;

/* Returns 0 or -ENOMEM. */
int metrics_begin(struct engine *e);
void metrics_free(struct engine *e);

/* Counts the verdict of a session when it is given, and again when it turns into another. */
void metrics_verdict(struct engine *e, struct session_state *s);

/* Counts that the verdict of a session is taken back, if it was counted. */
void metrics_reopened(struct engine *e, struct session_state *s);

/*
 * Counts a session of a known host with the verdict it has now: when it is over, or is forgotten
 * with a verdict. Does nothing if it was counted already, so that one that comes back to life
 * counts once.
 */
void metrics_session_over(struct engine *e, struct session_state *s);

/* Counts a response of a TURN server: enum stun_method, and its error code, 0 for success. */
void metrics_turn(struct engine *e, u16 method, u16 code);

/* Adds a value to a histogram with these upper bounds: engine_bounds or jitter_bounds. */
void metrics_observe(struct histogram *h, const double *bounds, double seconds);

#endif
