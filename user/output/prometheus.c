/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Prometheus' text format, version 0.0.4:
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */
#include <assert.h>

#include "output/metric_writer.h"
#include "output/prometheus.h"

#define NUMBER_TEXT 32

static void write_label(FILE *out, char separator, const char *name, const char *value)
{
	fprintf(out, "%c%s=\"", separator, name);
	for (; *value; value++) {
		if (*value == '"' || *value == '\\' || *value == '\n')
			fputc('\\', out);
		fputc(*value == '\n' ? 'n' : *value, out);
	}
	fputc('"', out);
}

/* `le`: the upper bound of a histogram's bucket, else NULL. */
static void write_labels(const struct metric_writer *to, const char *const *values, const char *le)
{
	char separator = '{';

	for (int i = 0; i < METRIC_LABELS && to->metric->labels[i]; i++) {
		assert(values[i]);
		write_label(to->out, separator, to->metric->labels[i]->name, values[i]);
		separator = ',';
	}
	if (le) {
		write_label(to->out, separator, "le", le);
		separator = ',';
	}
	if (separator == ',')
		fputc('}', to->out);
}

static void write_name(const struct metric_writer *to, const char *suffix)
{
	fprintf(to->out, "p2pscope_%s%s", to->metric->name, suffix);
}

static void write_integer(const struct metric_writer *to, const char *suffix,
			  const char *const *values, const char *le, u64 value)
{
	write_name(to, suffix);
	write_labels(to, values, le);
	fprintf(to->out, " %llu\n", value);
}

void metric_sample(const struct metric_writer *to, const char *const *values, u64 value)
{
	write_integer(to, "", values, NULL, value);
}

void metric_sample_real(const struct metric_writer *to, const char *const *values, double value)
{
	write_name(to, "");
	write_labels(to, values, NULL);
	fprintf(to->out, " %.6g\n", value);
}

void metric_summary(const struct metric_writer *to, const char *const *values, double sum,
		    u64 count)
{
	write_name(to, "_sum");
	write_labels(to, values, NULL);
	fprintf(to->out, " %.9g\n", sum);
	write_integer(to, "_count", values, NULL, count);
}

void metric_histogram(const struct metric_writer *to, const char *const *values,
		      const double *bounds, const struct histogram *histogram)
{
	char le[NUMBER_TEXT];
	u64 sum = 0;

	for (int i = 0; i < HISTOGRAM_BUCKETS; i++) {
		sum += histogram->bucket[i];
		snprintf(le, sizeof(le), "%g", bounds[i]);
		write_integer(to, "_bucket", values, le, sum);
	}
	write_integer(to, "_bucket", values, "+Inf", histogram->count);
	metric_summary(to, values, histogram->sum, histogram->count);
}

static void write_head(FILE *out, const struct metric *metric)
{
	fprintf(out, "# HELP p2pscope_%s %s\n# TYPE p2pscope_%s %s\n", metric->name, metric->help,
		metric->name, metric_type_name(metric->type));
}

static void write_metric(FILE *out, const struct metric *metric, const struct snapshot *snapshot)
{
	struct metric_writer to = {.out = out, .metric = metric};
	u64 value = metric->collect ? 0 : metric_value(metric, snapshot);

	if (metric->absent_if_zero && !value)
		return;
	write_head(out, metric);
	if (metric->collect)
		metric->collect(&to, snapshot);
	else
		metric_sample(&to, NO_LABELS, value);
}

void write_prometheus(FILE *out, const struct snapshot *snapshot)
{
	for (size_t i = 0; i < metrics_count; i++)
		write_metric(out, &metrics[i], snapshot);
}
