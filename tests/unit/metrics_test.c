/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The list of metrics: every row is whole, and follows the conventions of Prometheus. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "suite.h"

#include "output/metrics.h"
#include "output/prometheus.h"

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), tail = strlen(end);

	return length >= tail && !strcmp(text + length - tail, end);
}

static void names_follow_the_conventions(void **state)
{
	(void)state;
	for (size_t i = 0; i < metrics_count; i++) {
		const struct metric *m = &metrics[i];

		assert_int_equal(ends_with(m->name, "_total"), m->type == METRIC_COUNTER);
		if (m->type == METRIC_HISTOGRAM || m->type == METRIC_SUMMARY)
			assert_true(ends_with(m->name, "_seconds"));
		for (const char *c = m->name; *c; c++)
			assert_true(islower(*c) || *c == '_');
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(m->name, metrics[j].name);
	}
}

/* HELP texts are not escaped, so they must not need it. */
static void help_is_a_sentence(void **state)
{
	(void)state;
	for (size_t i = 0; i < metrics_count; i++) {
		assert_true(ends_with(metrics[i].help, "."));
		assert_null(strpbrk(metrics[i].help, "\n\\|"));
	}
}

static void a_metric_is_a_number_or_has_samples(void **state)
{
	(void)state;
	for (size_t i = 0; i < metrics_count; i++) {
		const struct metric *m = &metrics[i];

		assert_int_equal(m->number.base == BASE_NONE, m->collect != NULL);
		if (m->collect)
			continue;
		assert_null(m->labels[0]);
		assert_true(m->number.size == sizeof(u32) || m->number.size == sizeof(u64));
	}
}

static void labels_are_documented(void **state)
{
	(void)state;
	for (size_t i = 0; i < metrics_count; i++)
		for (int j = 0; j < METRIC_LABELS && metrics[i].labels[j]; j++) {
			const struct metric_label *label = metrics[i].labels[j];

			if (label->kind == LABEL_OPEN)
				assert_non_null(label->note);
			for (u32 k = 0; label->kind != LABEL_OPEN && k < label->count; k++)
				assert_non_null(metric_label_value(label, k));
		}
}

/* Each has its two lines of head, in the order of the list; samples come between two heads. */
static void the_exposition_follows_the_list(void **state)
{
	struct engine_view view = {.metrics.conntrack.limit = 1};
	struct snapshot snapshot = {.view = &view};
	char *text = NULL, *at, head[512];
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	assert_non_null(out);
	write_prometheus(out, &snapshot);
	fclose(out);
	at = text;
	for (size_t i = 0; i < metrics_count; i++) {
		snprintf(head, sizeof(head), "# HELP p2pscope_%s %s\n# TYPE p2pscope_%s %s\n",
			 metrics[i].name, metrics[i].help, metrics[i].name,
			 metric_type_name(metrics[i].type));
		assert_memory_equal(at, head, strlen(head));
		at += strlen(head);
		snprintf(head, sizeof(head), "p2pscope_%s", metrics[i].name);
		for (; *at && *at != '#'; at = strchr(at, '\n') + 1)
			assert_memory_equal(at, head, strlen(head));
	}
	assert_int_equal(*at, '\0');
	free(text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_follow_the_conventions),
		cmocka_unit_test(help_is_a_sentence),
		cmocka_unit_test(a_metric_is_a_number_or_has_samples),
		cmocka_unit_test(labels_are_documented),
		cmocka_unit_test(the_exposition_follows_the_list),
	};

	return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
