/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <stddef.h>
#include <string.h>

#include "output/metric.h"
#include "output/prometheus_rules.h"

static void labels(FILE *out, const char *name, const struct rule *rule)
{
	fprintf(out, "p2pscope_%s{", name);
	quoted(out, "family", rule->family);
	fputc(',', out);
	quoted(out, "table", rule->table);
	fputc(',', out);
	quoted(out, "chain", rule->chain);
	fprintf(out, ",handle=\"%llu\"} ", rule->handle);
}

/*
 * After the ruleset was loaded again, another rule may have the handle of one that is gone: the
 * labels are then the same.
 */
static bool same_labels(const struct rule *a, const struct rule *b)
{
	return a->handle == b->handle && !strcmp(a->family, b->family) &&
	       !strcmp(a->table, b->table) && !strcmp(a->chain, b->chain);
}

static bool told_before(const struct engine_view *view, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (same_labels(&view->rules[i].rule, &view->rules[index].rule))
			return true;
	return false;
}

static void counts(FILE *out, const struct engine_view *view, const char *name, size_t member)
{
	for (size_t i = 0; i < view->nhurting; i++) {
		u64 sum = 0;

		if (told_before(view, i))
			continue;
		for (size_t j = i; j < view->nhurting; j++)
			if (same_labels(&view->rules[i].rule, &view->rules[j].rule))
				sum += *(const u64 *)((const char *)&view->rules[j] + member);
		labels(out, name, &view->rules[i].rule);
		fprintf(out, "%llu\n", sum);
	}
}

static void attributed(FILE *out, const struct attribution_counts *counts)
{
	head(out, "rule_found_seconds", "summary",
	     "From the drop of a packet to the name of the rule that dropped it.");
	fprintf(out,
		"p2pscope_rule_found_seconds_sum %.9g\np2pscope_rule_found_seconds_count %llu\n",
		counts->seconds, counts->named);
	one(out, "rule_unknown_total", "counter",
	    "Dropped packets whose rule was looked for and not found.", counts->unknown);
	one(out, "rule_put_off_total", "counter",
	    "Dropped packets whose rule was not looked for, as too many others were.",
	    counts->put_off);
}

void write_prometheus_rules(FILE *out, const struct snapshot *snapshot)
{
	const struct engine_view *view = snapshot->view;

	head(out, "rule_blocked_sessions_total", "counter",
	     "Sessions that a firewall rule of this gateway blocked.");
	counts(out, view, "rule_blocked_sessions_total", offsetof(struct rule_view, blocked));
	head(out, "rule_degraded_sessions_total", "counter",
	     "Sessions that a firewall rule of this gateway pushed to a relay or to TCP.");
	counts(out, view, "rule_degraded_sessions_total", offsetof(struct rule_view, degraded));
	head(out, "rules_left_out", "gauge",
	     "Rules that can drop packets and are not listed, as there are too many.");
	fprintf(out, "p2pscope_rules_left_out %llu\n", view->rules_left_out);
	attributed(out, &snapshot->attribution);
}
