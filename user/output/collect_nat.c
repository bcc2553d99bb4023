/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Metrics of NAT: mappings, hosts, outside addresses, the kernel's connection tracking. */
#include "output/collect.h"

/* 1024 to 65535, out of which a NAT serves what hosts send from there: RFC 4787 REQ-3. */
#define PORTS (65536 - 1024)

void collect_mappings(const struct metric_writer *to, const struct snapshot *snapshot)
{
	for (int i = 0; i < 2; i++)
		metric_sample(to, LABELS(label_transports[i]), snapshot->view->metrics.mappings[i]);
}

void collect_mappings_created(const struct metric_writer *to, const struct snapshot *snapshot)
{
	for (unsigned int i = 0; i < MAPPING_KIND_COUNT; i++)
		metric_sample(to, LABELS(metric_word(WORDS_MAPPING_KINDS, i)),
			      snapshot->view->metrics.mappings_created[i]);
}

void collect_mappings_ended(const struct metric_writer *to, const struct snapshot *snapshot)
{
	for (unsigned int i = MAPPING_ALIVE + 1; i < MAPPING_END_COUNT; i++)
		metric_sample(to, LABELS(metric_word(WORDS_MAPPING_ENDS, i)),
			      snapshot->view->metrics.mappings_ended[i]);
}

void collect_hosts(const struct metric_writer *to, const struct snapshot *snapshot)
{
	for (unsigned int i = 0; i <= BEHAVIOUR_PORT_DEPENDENT; i++)
		for (unsigned int j = 0; j <= BEHAVIOUR_PORT_DEPENDENT; j++)
			metric_sample(to,
				      LABELS(metric_word(WORDS_BEHAVIOURS, i),
					     metric_word(WORDS_BEHAVIOURS, j)),
				      snapshot->view->metrics.hosts[i][j]);
}

void collect_ports_used(const struct metric_writer *to, const struct snapshot *snapshot)
{
	for (int i = 0; i < 2; i++)
		metric_sample(to, LABELS(label_transports[i]),
			      snapshot->view->metrics.ports_used[i]);
}

void collect_ports_used_ratio(const struct metric_writer *to, const struct snapshot *snapshot)
{
	for (int i = 0; i < 2; i++)
		metric_sample_real(to, LABELS(label_transports[i]),
				   (double)snapshot->view->metrics.ports_used[i] / PORTS);
}

void collect_conntrack_lookups(const struct metric_writer *to, const struct snapshot *snapshot)
{
	const struct self_counters *self = &snapshot->self;

	metric_sample(to, LABELS(label_lookups[1]), self->conntrack_found);
	metric_sample(to, LABELS(label_lookups[0]), self->conntrack_asked - self->conntrack_found);
}
