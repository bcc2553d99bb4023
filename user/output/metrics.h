/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The list of all metrics: it makes the exposition (prometheus.c) and docs/metrics.md
 * (docs/generate/metrics.c). A new metric is a row in metrics.c and the place that counts; one with
 * labels needs a function in a collect_*.c as well, which writes its samples.
 *
 * Labels come from closed lists and from names of interfaces, rules and drop reasons, of which
 * there is a bounded number. An address is never a label.
 */
#ifndef P2PSCOPE_METRICS_H
#define P2PSCOPE_METRICS_H

#include "snapshot/snapshot.h"
#include "engine/names.h"

#define METRIC_LABELS 6

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM, METRIC_SUMMARY };

/*
 * A label and the bound of its values: `count` of them at most, 0: one for each thing that it
 * names.
 */
enum label_kind {
	LABEL_OPEN, /* the note says what they are */
	LABEL_WORDS, /* those of an array */
	LABEL_LIST, /* the words of a closed list, from `first` on */
};

struct metric_label {
	const char *name;
	enum label_kind kind;
	unsigned int count;
	const char *const *words;
	enum words_list list;
	unsigned int first;
	const char *note; /* for the documentation; NULL: none */
};

/* A u32 or u64 in the snapshot, its view, or the engine's metrics. */
enum metric_base { BASE_NONE, BASE_SNAPSHOT, BASE_VIEW, BASE_ENGINE };

struct metric_number {
	enum metric_base base;
	size_t offset, size;
};

struct metric_writer;

struct metric {
	const char *name; /* without the prefix "p2pscope_" */
	enum metric_type type;
	const char *help;
	const struct metric_label *labels[METRIC_LABELS]; /* in the order they are written */
	/* Either a number, which has no labels, or the function that writes the samples. */
	struct metric_number number;
	void (*collect)(const struct metric_writer *to, const struct snapshot *snapshot);
	/*
	 * The most label sets there can be where that is less than the product of the labels'
	 * bounds, else 0; of an interface, where that is a label.
	 */
	unsigned int most;
	bool absent_if_zero; /* 0 means that the number is not known */
};

extern const struct metric metrics[];
extern const size_t metrics_count;

/* Returns "counter", "gauge", "histogram" or "summary". */
const char *metric_type_name(enum metric_type type);

/* The value of a label that says that there is nothing of its kind: it is never empty. */
#define LABEL_NONE "none"

/*
 * Returns the word of a closed list as a label: LABEL_NONE for a value that means that there is
 * none, "other" for one that is not in the list.
 */
const char *metric_word(enum words_list list, unsigned int value);

/* Returns the value of that index, less than `count`; NULL for an open label. */
const char *metric_label_value(const struct metric_label *label, unsigned int index);

/* Returns the value of a metric that is a single number. */
u64 metric_value(const struct metric *metric, const struct snapshot *snapshot);

#endif
