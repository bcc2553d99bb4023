/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <string.h>

#include "output/metric.h"
#include "output/prometheus.h"
#include "output/prometheus_nat.h"
#include "output/prometheus_rules.h"
#include "version.h"

static void verdicts(FILE *out, const struct engine_metrics *metrics)
{
	head(out, "sessions_total", "counter",
	     "Verdicts given; a session that works and is cut later counts once for each.");
	for (u32 i = 0; i < metrics->nverdicts; i++) {
		const struct verdict_count *count = &metrics->verdicts[i];
		const char *path = !count->path_known ? "" : count->relayed ? "relayed" : "direct";
		const char *proto = words_transport(count->proto);
		const char *family = count->family == 4 ? "ipv4" : count->family == 6 ? "ipv6" : "";

		fprintf(out,
			"p2pscope_sessions_total{verdict=\"%s\",where=\"%s\",cause=\"%s\",path=\"%"
			"s\",transport=\"%s\","
			"family=\"%s\"} %llu\n",
			word(WORDS_VERDICTS, count->verdict), word(WORDS_WHERES, count->where),
			word(WORDS_CAUSES, count->cause), path, proto ? proto : "", family,
			count->sessions);
	}
}

static void stages(FILE *out, const struct engine_metrics *metrics)
{
	head(out, "sessions", "gauge", "Sessions that are not over, by how far they came.");
	for (unsigned int i = 0; i < STAGE_COUNT; i++)
		fprintf(out, "p2pscope_sessions{stage=\"%s\"} %llu\n", word(WORDS_STAGES, i),
			metrics->stage[i]);
}

/* `label` is "" or a label with a comma behind it. */
static void buckets(FILE *out, const char *name, const char *label, const double *bounds,
		    const struct histogram *histogram)
{
	int length = (int)strlen(label);
	u64 sum = 0;

	for (int i = 0; i < HISTOGRAM_BUCKETS; i++) {
		sum += histogram->bucket[i];
		fprintf(out, "p2pscope_%s_bucket{%sle=\"%g\"} %llu\n", name, label, bounds[i], sum);
	}
	fprintf(out, "p2pscope_%s_bucket{%sle=\"+Inf\"} %llu\n", name, label, histogram->count);
	if (length) {
		fprintf(out, "p2pscope_%s_sum{%.*s} %.9g\n", name, length - 1, label,
			histogram->sum);
		fprintf(out, "p2pscope_%s_count{%.*s} %llu\n", name, length - 1, label,
			histogram->count);
	} else {
		fprintf(out, "p2pscope_%s_sum %.9g\np2pscope_%s_count %llu\n", name, histogram->sum,
			name, histogram->count);
	}
}

static void histograms(FILE *out, const struct engine_metrics *metrics)
{
	head(out, "time_to_connect_seconds", "histogram",
	     "First check to first answered check of a session.");
	buckets(out, "time_to_connect_seconds", "", engine_bounds, &metrics->time_to_connect);
	head(out, "ice_rtt_seconds", "histogram",
	     "Connectivity check to its answer, as seen here, on either side.");
	buckets(out, "ice_rtt_seconds", "side=\"lan\",", engine_bounds, &metrics->rtt[SIDE_LAN]);
	buckets(out, "ice_rtt_seconds", "side=\"wan\",", engine_bounds, &metrics->rtt[SIDE_WAN]);
	head(out, "dtls_handshake_seconds", "histogram",
	     "ClientHello to the end of the DTLS handshake.");
	buckets(out, "dtls_handshake_seconds", "", engine_bounds, &metrics->dtls_handshake);
}

static void points(FILE *out, const struct snapshot *snapshot)
{
	head(out, "interface_info", "gauge",
	     "Observed interfaces: their side and the hooks in use; always 1.");
	for (size_t i = 0; i < snapshot->npoints; i++) {
		const struct point_snapshot *point = &snapshot->points[i];

		fputs("p2pscope_interface_info{", out);
		quoted(out, "interface", point->name);
		fprintf(out, ",side=\"%s\",ingress=\"%s\",egress=\"%s\"} 1\n",
			point->side == SIDE_WAN ? "wan" : "lan", point->ingress, point->egress);
	}
}

/* A message inside TURN counts as what it is, its wrapper as the wrapper. */
static u64 of_class(const struct point_counters *counters, unsigned int dir, unsigned int cls)
{
	u64 sum = 0;

	for (int carrier = 0; carrier < CARRIER_MAX; carrier++)
		sum += counters->packets[dir][carrier][cls];
	return sum;
}

static void point_packets(FILE *out, const struct point_snapshot *point, enum direction dir)
{
	for (unsigned int cls = 0; cls < CLASS_MAX; cls++) {
		fputs("p2pscope_packets_total{", out);
		quoted(out, "interface", point->name);
		fprintf(out, ",direction=\"%s\",class=\"%s\"} %llu\n", dir == DIR_IN ? "in" : "out",
			word(WORDS_CLASSES, cls), of_class(&point->counters, dir, cls));
	}
}

static void packets(FILE *out, const struct snapshot *snapshot)
{
	head(out, "packets_total", "counter", "Messages seen at a point, by what they are.");
	for (size_t i = 0; i < snapshot->npoints; i++) {
		point_packets(out, &snapshot->points[i], DIR_IN);
		point_packets(out, &snapshot->points[i], DIR_OUT);
	}
}

static void media(FILE *out, const struct engine_metrics *metrics)
{
	static const char *const paths[] = {"direct", "relayed"}, *const transports[] = {"udp",
											 "tcp"};

	head(out, "media_bytes_total", "counter", "Bytes of media and data of sessions.");
	for (int i = 0; i < 4; i++)
		fprintf(out, "p2pscope_media_bytes_total{path=\"%s\",transport=\"%s\"} %llu\n",
			paths[i / 2], transports[i % 2], metrics->media_bytes[i / 2][i % 2]);
}

/*
 * The side tells where what is missing was lost: between the host and here, or between the peer and
 * here.
 */
static void of_sides(FILE *out, const char *name, const char *help, u64 lan, u64 wan)
{
	head(out, name, "counter", help);
	fprintf(out, "p2pscope_%s{side=\"lan\"} %llu\np2pscope_%s{side=\"wan\"} %llu\n", name, lan,
		name, wan);
}

static void rtp(FILE *out, const struct engine_metrics *metrics)
{
	const struct rtp_metrics *lan = &metrics->rtp[SIDE_LAN], *wan = &metrics->rtp[SIDE_WAN];

	of_sides(out, "rtp_packets_total", "RTP packets of streams, by the side they came from.",
		 lan->packets, wan->packets);
	of_sides(out, "rtp_lost_packets_total",
		 "RTP packets that never came, by their sequence numbers.", lan->lost, wan->lost);
	of_sides(out, "rtp_duplicate_packets_total",
		 "RTP packets whose sequence number came before.", lan->duplicates,
		 wan->duplicates);
	of_sides(out, "rtp_reordered_packets_total", "RTP packets that came behind a later one.",
		 lan->reordered, wan->reordered);
	of_sides(out, "rtp_freezes_total",
		 "Gaps of more than 500 ms in which media was missing, silence aside.",
		 lan->freezes, wan->freezes);
	head(out, "rtp_jitter_seconds", "histogram",
	     "Interarrival jitter (RFC 3550), of each stream each second.");
	buckets(out, "rtp_jitter_seconds", "side=\"lan\",", jitter_bounds, &lan->jitter);
	buckets(out, "rtp_jitter_seconds", "side=\"wan\",", jitter_bounds, &wan->jitter);
	one(out, "rtp_unencrypted_streams_total", "counter",
	    "RTP streams whose packets are a codec's bare frames: they are not encrypted.",
	    metrics->rtp_unencrypted);
}

static void turn(FILE *out, const struct engine_metrics *metrics)
{
	head(out, "turn_responses_total", "counter", "Answers of TURN servers; code 0 is success.");
	for (u32 i = 0; i < metrics->nturn; i++)
		fprintf(out, "p2pscope_turn_responses_total{method=\"%s\",code=\"%u\"} %llu\n",
			words_method(metrics->turn[i].method), (unsigned int)metrics->turn[i].code,
			metrics->turn[i].responses);
}

static void drops(FILE *out, const struct snapshot *snapshot)
{
	head(out, "dropped_packets_total", "counter",
	     "Packets of known flows that this kernel dropped, by its reason.");
	for (size_t i = 0; i < snapshot->ndrops; i++) {
		fputs("p2pscope_dropped_packets_total{", out);
		quoted(out, "reason", snapshot->drops[i].reason);
		fprintf(out, "} %llu\n", snapshot->drops[i].packets);
	}
}

static void skipped(FILE *out, const struct snapshot *snapshot)
{
	const struct self_counters *self = &snapshot->self;

	head(out, "packets_skipped_total", "counter",
	     "Packets, or parts of them, that were not understood.");
	for (unsigned int i = REASON_SHORT_LINK; i < REASON_COUNT; i++)
		fprintf(out, "p2pscope_packets_skipped_total{reason=\"%s\"} %llu\n",
			word(WORDS_REASONS, i), self->skipped[i]);
	head(out, "map_full_total", "counter", "Entries that found no room in a map.");
	for (unsigned int i = 0; i < MAP_COUNT; i++)
		fprintf(out, "p2pscope_map_full_total{map=\"%s\"} %llu\n", word(WORDS_MAPS, i),
			self->map_full[i]);
	head(out, "map_evicted_total", "counter",
	     "Entries that a map pushed out for newer ones, at least: what it took in less what it "
	     "has room for.");
	for (unsigned int i = MAP_PROBATION; i < MAP_COUNT; i++)
		fprintf(out, "p2pscope_map_evicted_total{map=\"%s\"} %llu\n", word(WORDS_MAPS, i),
			snapshot->evicted[i]);
}

static void ids(FILE *out, const struct ids_log_counts *counts)
{
	one(out, "ids_alerts_total", "counter",
	    "Alerts and drops read from the log of an intrusion detection system.", counts->alerts);
	one(out, "ids_alerts_tied_total", "counter", "Those of them that belong to a session.",
	    counts->tied);
	one(out, "ids_lines_bad_total", "counter", "Lines of that log that could not be read.",
	    counts->bad);
}

static void lookups(FILE *out, const struct self_counters *self)
{
	head(out, "conntrack_lookups_total", "counter",
	     "Flows that left, by whether the kernel's conntrack had an entry for them.");
	fprintf(out,
		"p2pscope_conntrack_lookups_total{result=\"found\"} %llu\n"
		"p2pscope_conntrack_lookups_total{result=\"none\"} %llu\n",
		self->conntrack_found, self->conntrack_asked - self->conntrack_found);
}

static void self(FILE *out, const struct snapshot *snapshot)
{
	const struct engine_metrics *metrics = &snapshot->view->metrics;

	one(out, "events_total", "counter", "Events that the data plane told.",
	    snapshot->self.events);
	one(out, "events_lost_total", "counter", "Events lost because the ring buffer was full.",
	    snapshot->self.events_lost);
	one(out, "events_withheld_total", "counter",
	    "First sights not told because the ring buffer was half full.",
	    snapshot->self.events_withheld);
	one(out, "events_taken_total", "counter", "Events that the engine took in.",
	    metrics->events);
	one(out, "sessions_lost_total", "counter", "Sessions not kept because the table was full.",
	    metrics->sessions_lost);
	one(out, "drops_seen_total", "counter", "Dropped packets of known flows that were seen.",
	    snapshot->self.drops_seen);
	one(out, "flows", "gauge", "Flows that are known.", snapshot->flows);
	skipped(out, snapshot);
	lookups(out, &snapshot->self);
	ids(out, &snapshot->ids);
}

void write_prometheus(FILE *out, const struct snapshot *snapshot)
{
	const struct engine_metrics *metrics = &snapshot->view->metrics;

	head(out, "build_info", "gauge", "The version; always 1.");
	fprintf(out, "p2pscope_build_info{version=\"%s\"} 1\n", P2PSCOPE_VERSION);
	verdicts(out, metrics);
	stages(out, metrics);
	histograms(out, metrics);
	points(out, snapshot);
	packets(out, snapshot);
	media(out, metrics);
	rtp(out, metrics);
	turn(out, metrics);
	write_prometheus_nat(out, metrics);
	write_prometheus_rules(out, snapshot);
	drops(out, snapshot);
	self(out, snapshot);
}
