/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* docs/metrics.md: the metrics, their labels and how many time series they can make. */
#include <stdio.h>
#include <string.h>

#include "output/metrics.h"

static const char intro[] =
	"# Metrics\n"
	"\n"
	"What `/metrics` returns, in its order, in the text format of Prometheus. Every name "
	"begins with `p2pscope_`. In parentheses: the type, the labels, and how many label sets "
	"there can be; an address is never a label. A histogram has 15 time series for each label "
	"set. `none` is the value of a label where there is nothing of its kind.\n"
	"\n"
	"Counters are there from the start, at zero, so that `increase()` sees their first event: "
	"all of closed lists; each verdict with each place and cause that it can have; of "
	"`sessions_total` these with the usual paths (without one, over UDP directly and relayed; "
	"of "
	"successes also over TCP and TLS), IPv4 and IPv6; the usual answers of TURN servers; the "
	"drop reasons that stand for a cause, and other usual ones. Only rules appear when they "
	"first drop a packet of a session, and count it as blocked when its verdict is given.\n"
	"\n";

static const char queries[] =
	"\n## Which to use\n\n"
	"- Share of sessions that succeed: "
	"`sum(increase(p2pscope_sessions_total{verdict=\"succeeded\"}[1h])) / "
	"sum(increase(p2pscope_sessions_total[1h]))`. Each session is in it once, when it is "
	"over.\n"
	"- Alerts: `sum by (cause) "
	"(increase(p2pscope_verdicts_total{verdict=\"blocked\",where=\"here\"}[5m])) > 0`. A "
	"verdict is in it as soon as it is given, while the session may still go on; a session "
	"that "
	"succeeds and is cut later is in it as both.\n"
	"- How often an early verdict was wrong: `rate(p2pscope_sessions_reopened_total[1h])`.\n";

static const char labels_intro[] = "\n## Labels\n\n";

static void print_labels(const struct metric *metric)
{
	for (int i = 0; i < METRIC_LABELS && metric->labels[i]; i++)
		printf("%s`%s`", i ? ", " : "", metric->labels[i]->name);
	if (metric->labels[0])
		printf("; ");
}

/* The product of the labels' bounds, unless the metric has a lower one. */
static void print_label_sets(const struct metric *metric)
{
	const char *each = NULL;
	unsigned int most = 1;

	for (int i = 0; i < METRIC_LABELS && metric->labels[i]; i++) {
		if (metric->labels[i]->count)
			most *= metric->labels[i]->count;
		else
			each = metric->labels[i]->name;
	}
	if (metric->most)
		most = metric->most;
	printf("%u%s%s", most, each ? " per " : "", each ? each : "");
}

static void print_metric(const struct metric *metric)
{
	printf("- `%s` (%s; ", metric->name, metric_type_name(metric->type));
	print_labels(metric);
	print_label_sets(metric);
	printf("): %s\n", metric->help);
}

static bool has_label(const struct metric *metric, const struct metric_label *label)
{
	for (int i = 0; i < METRIC_LABELS; i++)
		if (metric->labels[i] == label)
			return true;
	return false;
}

static void print_values(const struct metric_label *label)
{
	for (unsigned int i = 0; label->kind != LABEL_OPEN && i < label->count; i++) {
		printf("%s`%s`", i ? ", " : "", metric_label_value(label, i));
	}
	if (label->note)
		printf("%s", label->note);
}

static void print_label(const struct metric_label *label)
{
	const char *separator = "";

	printf("- `%s`, of ", label->name);
	for (size_t i = 0; i < metrics_count; i++) {
		if (!has_label(&metrics[i], label))
			continue;
		printf("%s`%s`", separator, metrics[i].name);
		separator = ", ";
	}
	if (label->count)
		printf("; %u values at most: ", label->count);
	else
		printf("; one value per %s: ", label->name);
	print_values(label);
	printf("\n");
}

/* Is this metric the first in the list that has the label? */
static bool is_first_with(const struct metric *metric, const struct metric_label *label)
{
	for (const struct metric *other = metrics; other < metric; other++)
		if (has_label(other, label))
			return false;
	return true;
}

int main(void)
{
	printf(intro);
	for (size_t i = 0; i < metrics_count; i++)
		print_metric(&metrics[i]);
	printf("%s", queries);
	printf(labels_intro);
	for (size_t i = 0; i < metrics_count; i++)
		for (int j = 0; j < METRIC_LABELS && metrics[i].labels[j]; j++)
			if (is_first_with(&metrics[i], metrics[i].labels[j]))
				print_label(metrics[i].labels[j]);
	return 0;
}
