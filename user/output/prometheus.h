/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The exposition: all metrics of the list in metrics.h, in Prometheus' text format. */
#ifndef P2PSCOPE_PROMETHEUS_H
#define P2PSCOPE_PROMETHEUS_H

#include <stdio.h>

#include "snapshot/snapshot.h"

/* Writes all metrics of a snapshot, made with VIEW_METRICS or more. Errors are those of `out`. */
void write_prometheus(FILE *out, const struct snapshot *snapshot);

#endif
