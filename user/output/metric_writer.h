/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How a metric writes its samples. Errors are those of the stream. */
#ifndef P2PSCOPE_METRIC_WRITER_H
#define P2PSCOPE_METRIC_WRITER_H

#include <stdio.h>

#include "output/metrics.h"

struct metric_writer {
	FILE *out;
	const struct metric *metric;
};

/*
 * The values of a metric's labels, one for each, in the order of the list. They may hold any byte
 * but 0: they are escaped here and nowhere else. NO_LABELS is for metrics without.
 */
#define LABELS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define NO_LABELS ((const char *const[]){NULL})

void metric_sample(const struct metric_writer *to, const char *const *values, u64 value);
void metric_sample_real(const struct metric_writer *to, const char *const *values, double value);

/* `bounds` are the histogram's own: engine_bounds or jitter_bounds. */
void metric_histogram(const struct metric_writer *to, const char *const *values,
		      const double *bounds, const struct histogram *histogram);

/* A summary without quantiles: the sum of what was observed, and how often. */
void metric_summary(const struct metric_writer *to, const char *const *values, double sum,
		    u64 count);

#endif
