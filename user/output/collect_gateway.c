/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Metrics of this gateway and its observer: interfaces, rules, drops, maps. */
#include <stddef.h>
#include <string.h>

#include "output/collect.h"
#include "version.h"

#define LABEL_TEXT 24

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

/* The family of nftables as it is spelt in the labels of sessions. */
static const char *rule_family_label(const struct rule *rule)
{
	if (!strcmp(rule->family, "ip"))
		return "ipv4";
	return strcmp(rule->family, "ip6") ? rule->family : "ipv6";
}

static const char *rule_id_label(const struct rule_view *rule, char text[LABEL_TEXT])
{
	snprintf(text, LABEL_TEXT, "%08x", rule->id);
	return text;
}

/* `member`: the offset of a u64 in struct rule_view. */
static void sample_rules(const struct metric_writer *to, const struct engine_view *view,
			 size_t member)
{
	for (size_t i = 0; i < view->ndropping; i++) {
		const struct rule *rule = &view->rules[i].rule;
		char id[LABEL_TEXT];

		metric_sample(to,
			      LABELS(rule_id_label(&view->rules[i], id), rule_family_label(rule),
				     rule->table, rule->chain),
			      *(const u64 *)((const char *)&view->rules[i] + member));
	}
}

void collect_rule_info(const struct metric_writer *to, const struct snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->view->ndropping; i++) {
		const struct rule_view *view = &snapshot->view->rules[i];
		char id[LABEL_TEXT], handle[LABEL_TEXT];

		snprintf(handle, sizeof(handle), "%llu", view->rule.handle);
		metric_sample(to,
			      LABELS(rule_id_label(view, id), rule_family_label(&view->rule),
				     view->rule.table, view->rule.chain, handle),
			      1);
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
