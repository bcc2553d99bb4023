/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "output/metric.h"
#include "output/prometheus_nat.h"

/* 1024 to 65535, out of which a NAT serves what hosts send from there: RFC 4787 REQ-3. */
#define PORTS (65536 - 1024)

static const char *const protos[] = {"udp", "tcp"};

static void mappings(FILE *out, const struct engine_metrics *metrics)
{
	head(out, "mappings", "gauge", "NAT mappings that are alive.");
	for (int i = 0; i < 2; i++)
		fprintf(out, "p2pscope_mappings{proto=\"%s\"} %llu\n", protos[i],
			metrics->mappings[i]);
	head(out, "mappings_created_total", "counter", "NAT mappings that came to be, by how.");
	for (unsigned int i = 0; i < MAPPING_KIND_COUNT; i++)
		fprintf(out, "p2pscope_mappings_created_total{kind=\"%s\"} %llu\n",
			word(WORDS_MAPPING_KINDS, i), metrics->mappings_created[i]);
	head(out, "mappings_ended_total", "counter",
	     "NAT mappings that ended, by what ended them.");
	for (unsigned int i = MAPPING_ALIVE + 1; i < MAPPING_END_COUNT; i++)
		fprintf(out, "p2pscope_mappings_ended_total{cause=\"%s\"} %llu\n",
			word(WORDS_MAPPING_ENDS, i), metrics->mappings_ended[i]);
	one(out, "mappings_evicted_total", "counter",
	    "NAT mappings that this observer forgot alive, as there were too many that nobody "
	    "answered.",
	    metrics->mappings_evicted);
	one(out, "mapping_remotes_lost_total", "counter",
	    "Remotes not kept because their NAT mapping has too many.", metrics->remotes_lost);
	one(out, "mapping_conflicts_total", "counter",
	    "NAT mappings on which conntrack and the packets did not agree.",
	    metrics->mapping_conflicts);
}

static void hosts(FILE *out, const struct engine_metrics *metrics)
{
	head(out, "hosts", "gauge", "Inside hosts, by what the NATs on their way do (RFC 4787).");
	for (unsigned int i = 0; i <= BEHAVIOUR_PORT_DEPENDENT; i++)
		for (unsigned int j = 0; j <= BEHAVIOUR_PORT_DEPENDENT; j++)
			fprintf(out, "p2pscope_hosts{mapping=\"%s\",filtering=\"%s\"} %llu\n",
				word(WORDS_BEHAVIOURS, i), word(WORDS_BEHAVIOURS, j),
				metrics->hosts[i][j]);
}

static void outside(FILE *out, const struct engine_metrics *metrics)
{
	one(out, "outside_addresses", "gauge", "Outside addresses that mappings use.",
	    metrics->outside_addresses);
	head(out, "outside_ports_used", "gauge",
	     "Ports in use of the outside address that uses most.");
	for (int i = 0; i < 2; i++)
		fprintf(out, "p2pscope_outside_ports_used{proto=\"%s\"} %u\n", protos[i],
			metrics->ports_used[i]);
	head(out, "outside_ports_used_ratio", "gauge",
	     "The same as a share of the ports 1024 to 65535.");
	for (int i = 0; i < 2; i++)
		fprintf(out, "p2pscope_outside_ports_used_ratio{proto=\"%s\"} %.6g\n", protos[i],
			(double)metrics->ports_used[i] / PORTS);
}

static void conntrack(FILE *out, const struct conntrack_table *table)
{
	one(out, "conntrack_entries", "gauge", "Entries in the kernel's table of connections.",
	    table->entries);
	if (table->limit)
		one(out, "conntrack_entries_limit", "gauge", "How many entries that table takes.",
		    table->limit);
	one(out, "conntrack_early_drops_total", "counter",
	    "Entries of that table that others pushed out.", table->early_drops);
	one(out, "conntrack_dropped_packets_total", "counter",
	    "Packets dropped because that table was full.", table->drops);
}

void write_prometheus_nat(FILE *out, const struct engine_metrics *metrics)
{
	mappings(out, metrics);
	hosts(out, metrics);
	outside(out, metrics);
	conntrack(out, &metrics->conntrack);
}
