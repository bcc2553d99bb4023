/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the metrics say of NAT and of media, and that Prometheus takes them without a complaint. */
#include <unistd.h>

#include "output_fixture.h"
#include "output/prometheus.h"

static void fill_metrics(struct engine_metrics *metrics)
{
	*metrics = (struct engine_metrics){
		.mappings = {7, 2},
		.mappings_created =
			{[MAPPING_DYNAMIC] = 20, [MAPPING_FORWARD] = 3, [MAPPING_HAIRPIN] = 1},
		.mappings_ended =
			{[MAPPING_ALIVE] = 99, [MAPPING_TIMEOUT] = 11, [MAPPING_TCP_CLOSE] = 4},
		.mappings_evicted = 5,
		.mapping_conflicts = 6,
		.hosts[BEHAVIOUR_ENDPOINT_INDEPENDENT][BEHAVIOUR_PORT_DEPENDENT] = 8,
		.outside_addresses = 2,
		.ports_used = {16128, 63},
		.rtp[SIDE_LAN] = {.packets = 1000,
				  .lost = 31,
				  .duplicates = 32,
				  .reordered = 33,
				  .freezes = 34},
		.rtp[SIDE_WAN] = {.packets = 2000,
				  .lost = 41,
				  .duplicates = 42,
				  .reordered = 43,
				  .freezes = 44,
				  .jitter = {.bucket = {[3] = 5, [HISTOGRAM_BUCKETS] = 1},
					     .count = 6,
					     .sum = 2.5}},
		.rtp_unencrypted = 3,
		.conntrack = {.early_drops = 12, .drops = 13, .entries = 14, .limit = 262144},
	};
}

/* The metrics as text, to be freed. */
static char *exposition_of(const struct engine_metrics *metrics)
{
	struct engine_view view = {.metrics = *metrics};
	struct snapshot snapshot = {.view = &view};
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	write_prometheus(out, &snapshot);
	fclose(out);
	return text;
}

static size_t lines_with(const char *text, const char *begin)
{
	size_t count = 0;

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		count += !strncmp(line, begin, strlen(begin));
	}
	return count;
}

static void assert_line(const char *text, const char *line)
{
	char whole[256];

	snprintf(whole, sizeof(whole), "%s\n", line);
	if (lines_with(text, whole) != 1)
		fail_msg("not once there: %s", line);
}

static void every_metric(void **state)
{
	static const char *const lines[] = {
		"p2pscope_mappings{transport=\"udp\"} 7",
		"p2pscope_mappings{transport=\"tcp\"} 2",
		"p2pscope_mappings_created_total{kind=\"dynamic\"} 20",
		"p2pscope_mappings_created_total{kind=\"forward\"} 3",
		"p2pscope_mappings_created_total{kind=\"hairpin\"} 1",
		"p2pscope_mappings_ended_total{cause=\"idle\"} 0",
		"p2pscope_mappings_ended_total{cause=\"timeout\"} 11",
		"p2pscope_mappings_ended_total{cause=\"early-drop\"} 0",
		"p2pscope_mappings_ended_total{cause=\"deleted\"} 0",
		"p2pscope_mappings_ended_total{cause=\"turn-close\"} 0",
		"p2pscope_mappings_ended_total{cause=\"tcp-close\"} 4",
		"p2pscope_mappings_evicted_total 5",
		"p2pscope_mapping_conflicts_total 6",
		"p2pscope_hosts{mapping=\"endpoint-independent\",filtering=\"address-and-port-"
		"dependent\"} 8",
		"p2pscope_hosts{mapping=\"undetermined\",filtering=\"undetermined\"} 0",
		"p2pscope_outside_addresses 2",
		"p2pscope_outside_ports_used{transport=\"udp\"} 16128",
		"p2pscope_outside_ports_used{transport=\"tcp\"} 63",
		"p2pscope_outside_ports_used_ratio{transport=\"udp\"} 0.25",
		"p2pscope_outside_ports_used_ratio{transport=\"tcp\"} 0.000976562",
		"p2pscope_conntrack_entries 14",
		"p2pscope_conntrack_entries_limit 262144",
		"p2pscope_conntrack_early_drops_total 12",
		"p2pscope_conntrack_dropped_packets_total 13",
		"p2pscope_rtp_packets_total{side=\"lan\"} 1000",
		"p2pscope_rtp_packets_total{side=\"wan\"} 2000",
		"p2pscope_rtp_lost_packets_total{side=\"lan\"} 31",
		"p2pscope_rtp_lost_packets_total{side=\"wan\"} 41",
		"p2pscope_rtp_duplicate_packets_total{side=\"lan\"} 32",
		"p2pscope_rtp_duplicate_packets_total{side=\"wan\"} 42",
		"p2pscope_rtp_reordered_packets_total{side=\"lan\"} 33",
		"p2pscope_rtp_reordered_packets_total{side=\"wan\"} 43",
		"p2pscope_rtp_freezes_total{side=\"lan\"} 34",
		"p2pscope_rtp_freezes_total{side=\"wan\"} 44",
		"p2pscope_rtp_jitter_seconds_count{side=\"lan\"} 0",
		"p2pscope_rtp_jitter_seconds_bucket{side=\"wan\",le=\"0.002\"} 0",
		"p2pscope_rtp_jitter_seconds_bucket{side=\"wan\",le=\"0.005\"} 5",
		"p2pscope_rtp_jitter_seconds_bucket{side=\"wan\",le=\"+Inf\"} 6",
		"p2pscope_rtp_jitter_seconds_sum{side=\"wan\"} 2.5",
		"p2pscope_rtp_unencrypted_streams_total 3",
	};
	struct engine_metrics metrics;
	char *text;

	(void)state;
	fill_metrics(&metrics);
	text = exposition_of(&metrics);
	for (size_t i = 0; i < COUNT(lines); i++)
		assert_line(text, lines[i]);
	assert_int_equal(lines_with(text, "p2pscope_mappings_ended_total{"), MAPPING_END_COUNT - 1);
	assert_int_equal(lines_with(text, "p2pscope_hosts{"), 16);
	free(text);
}

static void no_limit_where_none_is_known(void **state)
{
	struct engine_metrics metrics;
	char *text;

	(void)state;
	fill_metrics(&metrics);
	metrics.conntrack.limit = 0;
	text = exposition_of(&metrics);
	assert_null(strstr(text, "p2pscope_conntrack_entries_limit"));
	assert_line(text, "p2pscope_conntrack_entries 14");
	free(text);
}

static void promtool_is_silent(void **state)
{
	char path[] = "/tmp/p2pscope-metrics-XXXXXX", command[128], complaint[512] = "";
	int fd = mkstemp(path);
	struct engine_metrics metrics;
	FILE *promtool;
	char *text;

	(void)state;
	if (system("command -v promtool >/dev/null")) {
		unlink(path);
		skip();
	}
	fill_metrics(&metrics);
	text = exposition_of(&metrics);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	free(text);
	snprintf(command, sizeof(command), "promtool check metrics <%s 2>&1", path);
	promtool = popen(command, "r");
	assert_non_null(promtool);
	complaint[fread(complaint, 1, sizeof(complaint) - 1, promtool)] = '\0';
	assert_int_equal(pclose(promtool), 0);
	unlink(path);
	assert_string_equal(complaint, "");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_metric),
		cmocka_unit_test(no_limit_where_none_is_known),
		cmocka_unit_test(promtool_is_silent),
	};

	return cmocka_run_group_tests_name("prometheus_nat", tests, NULL, NULL);
}
