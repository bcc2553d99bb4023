/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The counters whose label sets are kept in tables, as not all that are possible occur. A table is
 * bounded, so that whoever sends made-up answers cannot fill Prometheus' memory; what finds no room
 * is counted in engine_metrics.label_sets_full.
 */
#ifndef P2PSCOPE_ENGINE_LABEL_SETS_H
#define P2PSCOPE_ENGINE_LABEL_SETS_H

#include "engine/metrics_view.h"
#include "engine/session_view.h"

/*
 * Enters the usual label sets at zero: a counter that begins with its first event never increases
 * in the eyes of Prometheus.
 */
void label_sets_begin(struct engine_metrics *m);

/* Counts a response of a TURN server; `code`: its error code, 0 for success. */
void label_sets_turn(struct engine_metrics *m, u16 method, u16 code);

/* Counts a session under its verdict, `unknown` if it has none, and its path. */
void label_sets_session(struct engine_metrics *m, const struct session *s);

#endif
