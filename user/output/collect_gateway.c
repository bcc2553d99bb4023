/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Metrics of this gateway and its observer: interfaces, rules, drops, maps. */
#include <stddef.h>
#include <string.h>

#include "output/collect.h"
#include "version.h"

#define HANDLE_TEXT 24

void collect_build_info(const struct metric_writer *to, const struct snapshot *snapshot)
{
	(void)snapshot;
	metric_sample(to, LABELS(P2PSCOPE_VERSION), 1);
}

void collect_interface_info(const struct metric_writer *to, const struct snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->npoints; i++) {
		const struct point_snapshot *point = &snapshot->points[i];

		metric_sample(to,
			      LABELS(point->name, label_sides[point->side], point->ingress,
				     point->egress),
			      1);
	}
}

/* A message inside TURN counts as what it is, its wrapper as the wrapper. */
static u64 packets_of_class(const struct point_counters *counters, unsigned int dir,
			    unsigned int cls)
{
	u64 sum = 0;

	for (int carrier = 0; carrier < CARRIER_MAX; carrier++)
		sum += counters->packets[dir][carrier][cls];
	return sum;
}

static void sample_packets(const struct metric_writer *to, const struct point_snapshot *point,
			   enum direction dir)
{
	for (unsigned int cls = 0; cls < CLASS_MAX; cls++)
		metric_sample(
			to,
			LABELS(point->name, label_directions[dir], metric_word(WORDS_CLASSES, cls)),
			packets_of_class(&point->counters, dir, cls));
}

void collect_packets(const struct metric_writer *to, const struct snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->npoints; i++) {
		sample_packets(to, &snapshot->points[i], DIR_IN);
		sample_packets(to, &snapshot->points[i], DIR_OUT);
	}
}

/*
 * After the ruleset was loaded again, another rule may have the handle of one that is gone: the
 * labels are then the same.
 */
static bool same_rule_labels(const struct rule *a, const struct rule *b)
{
	return a->handle == b->handle && !strcmp(a->family, b->family) &&
	       !strcmp(a->table, b->table) && !strcmp(a->chain, b->chain);
}

static bool is_first_of_labels(const struct engine_view *view, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (same_rule_labels(&view->rules[i].rule, &view->rules[index].rule))
			return false;
	return true;
}

/* The family of nftables as it is spelt in the labels of sessions. */
static const char *rule_family_label(const struct rule *rule)
{
	if (!strcmp(rule->family, "ip"))
		return "ipv4";
	return strcmp(rule->family, "ip6") ? rule->family : "ipv6";
}

/* `member`: the offset of a u64 in struct rule_view. */
static void sample_rules(const struct metric_writer *to, const struct engine_view *view,
			 size_t member)
{
	for (size_t i = 0; i < view->ndropping; i++) {
		const struct rule *rule = &view->rules[i].rule;
		char handle[HANDLE_TEXT];
		u64 sum = 0;

		if (!is_first_of_labels(view, i))
			continue;
		for (size_t j = i; j < view->ndropping; j++)
			if (same_rule_labels(rule, &view->rules[j].rule))
				sum += *(const u64 *)((const char *)&view->rules[j] + member);
		snprintf(handle, sizeof(handle), "%llu", rule->handle);
		metric_sample(to, LABELS(rule_family_label(rule), rule->table, rule->chain, handle),
			      sum);
	}
}

void collect_rule_blocked(const struct metric_writer *to, const struct snapshot *snapshot)
{
	sample_rules(to, snapshot->view, offsetof(struct rule_view, blocked));
}

void collect_rule_degraded(const struct metric_writer *to, const struct snapshot *snapshot)
{
	sample_rules(to, snapshot->view, offsetof(struct rule_view, degraded));
}

void collect_rule_found(const struct metric_writer *to, const struct snapshot *snapshot)
{
	metric_summary(to, NO_LABELS, snapshot->attribution.seconds, snapshot->attribution.named);
}

void collect_dropped_packets(const struct metric_writer *to, const struct snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->ndrops; i++)
		metric_sample(to, LABELS(snapshot->drops[i].reason), snapshot->drops[i].packets);
}

void collect_skipped_packets(const struct metric_writer *to, const struct snapshot *snapshot)
{
	for (unsigned int i = REASON_SHORT_LINK; i < REASON_COUNT; i++)
		metric_sample(to, LABELS(metric_word(WORDS_REASONS, i)), snapshot->self.skipped[i]);
}

void collect_map_full(const struct metric_writer *to, const struct snapshot *snapshot)
{
	for (unsigned int i = 0; i < MAP_COUNT; i++)
		metric_sample(to, LABELS(metric_word(WORDS_MAPS, i)), snapshot->self.map_full[i]);
}

void collect_map_evicted(const struct metric_writer *to, const struct snapshot *snapshot)
{
	for (unsigned int i = MAP_PROBATION; i < MAP_COUNT; i++)
		metric_sample(to, LABELS(metric_word(WORDS_MAPS, i)), snapshot->evicted[i]);
}

void collect_label_sets_full(const struct metric_writer *to, const struct snapshot *snapshot)
{
	for (unsigned int i = 0; i < LABEL_SETS_COUNT; i++)
		metric_sample(to, LABELS(label_tables[i]),
			      snapshot->view->metrics.label_sets_full[i]);
}

void collect_bounds_reached(const struct metric_writer *to, const struct snapshot *snapshot)
{
	for (unsigned int i = 0; i < BOUND_COUNT; i++)
		metric_sample(to, LABELS(label_bounds[i]),
			      snapshot->view->metrics.bounds_reached[i]);
}
