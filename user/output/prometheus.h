/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The metrics in Prometheus' text format. Labels come from closed lists and interface names; never
 * an address.
 */
#ifndef P2PSCOPE_PROMETHEUS_H
#define P2PSCOPE_PROMETHEUS_H

#include <stdio.h>

#include "snapshot/snapshot.h"

/* Writes all metrics; needs a snapshot with VIEW_METRICS. Errors are those of `out`. */
void write_prometheus(FILE *out, const struct snapshot *snapshot);

#endif
