/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The log of an intrusion detection system: its lines, its rotation, and whose session an alert
 * belongs to.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "source/live/eve.h"
#include "source/live/ids_log.h"
#include "engine_fixture.h"

/* As Suricata 7 writes them. */
#define ALERT                                                                                      \
	"{\"timestamp\":\"%s\",\"flow_id\":1234567890123456,\"in_iface\":\"lan0\",\"event_type\":" \
	"\"alert\","                                                                               \
	"\"src_ip\":\"%s\",\"src_port\":%d,\"dest_ip\":\"%s\",\"dest_port\":%d,\"proto\":\"UDP\"," \
	"\"pkt_src\":\"wire/"                                                                      \
	"pcap\","                                                                                  \
	"\"alert\":{\"action\":\"%s\",\"gid\":1,\"signature_id\":2100001,\"rev\":1,\"signature\":" \
	"\"%s\",\"category\":"                                                                     \
	"\"\","                                                                                    \
	"\"severity\":3}}"

/* 1700000000 */
#define WHEN "2023-11-14T22:13:20.250000+0000"

static const char *alert_line(char *line, const char *src, int sport, const char *dst, int dport,
			      const char *action)
{
	snprintf(line, 1024, ALERT, WHEN, src, sport, dst, dport, action,
		 "ET WebRTC over \\u001b[2J the wire");
	return line;
}

static void an_alert(void **state)
{
	struct ids_alert alert;
	char line[1024];
	bool bad;

	(void)state;
	alert_line(line, "192.168.0.2", 7000, "5.0.0.2", 7001, "blocked");
	assert_true(eve_parse_line(line, strlen(line), &alert, &bad));
	assert_false(bad);
	assert_int_equal(alert.signature, 2100001);
	assert_int_equal(alert.proto, PROTO_UDP);
	assert_int_equal(alert.dropped, 1);
	assert_int_equal(alert.time_ns, 1700000000250000000ull);
	assert_int_equal(alert.src.port, 7000);
	assert_int_equal(alert.dst.port, 7001);
	assert_int_equal(alert.dst.ip.b[15], 2);
	assert_string_equal(alert.text, "ET WebRTC over \\x1b[2J the wire");
}

static void a_drop_of_ipv6(void **state)
{
	static const char line[] =
		"{\"timestamp\":\"2023-11-15T00:13:20.5+0200\",\"event_type\":\"drop\",\"src_ip\":"
		"\"2001:0db8:000a:0000:0000:0000:0000:0002\",\"src_port\":7000,\"dest_ip\":\"2001:"
		"db8:b::3\","
		"\"dest_port\":443,\"proto\":\"TCP\",\"drop\":{\"len\":60,\"reason\":\"stream "
		"error\"}}";
	struct ids_alert alert;
	bool bad;

	(void)state;
	assert_true(eve_parse_line(line, strlen(line), &alert, &bad));
	assert_int_equal(alert.proto, PROTO_TCP);
	assert_int_equal(alert.dropped, 1);
	assert_int_equal(alert.signature, 0);
	assert_int_equal(alert.time_ns, 1700000000500000000ull);
	assert_string_equal(alert.text, "stream error");
}

/* As many digits as there are; without a zone, before 1970 or after 2262, it is none. */
static void alert_times(void **state)
{
	static const struct {
		const char *text;
		u64 ns;
	} moments[] = {
		{"2023-11-14T22:13:20+0000", 1700000000000000000ull},
		{"2023-11-14T22:13:20.25+0000", 1700000000250000000ull},
		{"2023-11-14T22:13:20.000001+0000", 1700000000000001000ull},
		{"2023-11-14T18:43:20.123456789-0330", 1700000000123456789ull},
		{"2023-11-14T22:13:20.1234567891Z", 1700000000123456789ull},
		{"2023-11-14T22:13:20.25", 0},
		{"1923-11-14T22:13:20.25+0000", 0},
		{"2600-11-14T22:13:20.25+0000", 0},
		{"9999-12-31T23:59:59.25+0000", 0},
	};
	struct ids_alert alert;
	char line[1024];
	bool bad;

	(void)state;
	for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
		snprintf(line, sizeof(line), ALERT, moments[i].text, "192.168.0.2", 7000, "5.0.0.2",
			 7001, "allowed", "");
		assert_int_equal(eve_parse_line(line, strlen(line), &alert, &bad),
				 moments[i].ns > 0);
		assert_int_equal(moments[i].ns ? alert.time_ns : 0, moments[i].ns);
	}
}

static void lines_that_are_no_alerts(void **state)
{
	static const struct {
		const char *line;
		bool bad;
	} lines[] = {
		{"{\"event_type\":\"flow\"}", false},
		{"{\"event_type\":\"alert\",\"proto\":\"UDP\"}", false},
		{"{\"event_type\":\"alert\",\"proto\":\"UDP\",\"timestamp\":\"yesterday\",\"src_"
		 "port\":1}",
		 false},
		{"{}", false},
		{"[]", true},
		{"{\"event_type\":", true},
		{"\xff\xfe", true},
	};
	struct ids_alert alert;
	bool bad;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		assert_false(eve_parse_line(lines[i].line, strlen(lines[i].line), &alert, &bad));
		assert_int_equal(bad, lines[i].bad);
	}
}

static void append_log(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static void append_alert(const char *path, const char *src, int sport, const char *dst, int dport)
{
	char line[1100];

	alert_line(line, src, sport, dst, dport, "allowed");
	strcat(line, "\n");
	append_log(path, line);
}

static void expect_counts(struct ids_log *log, u64 alerts, u64 tied, u64 bad)
{
	ids_log_poll(log);
	ids_log_poll(log); /* after a rotation the new file is read the next time */
	assert_int_equal(ids_log_counts(log)->alerts, alerts);
	assert_int_equal(ids_log_counts(log)->tied, tied);
	assert_int_equal(ids_log_counts(log)->bad, bad);
}

static void expect_alert(struct engine_fixture *w, const char *text, u32 alert_times)
{
	struct engine_view *view = only_session(w);
	u32 count = 0;

	for (u32 i = 0; i < view->sessions[0].nevidence; i++)
		count += strstr(view->sessions[0].evidence[i].text, text) != NULL;
	assert_int_equal(count, alert_times);
	engine_view_free(view);
}

static void follows_the_file(void **state)
{
	struct engine_fixture *w = *state;
	char path[] = "/tmp/p2pscope-ids-XXXXXX", moved[64];
	struct ids_log *log;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	close(fd);
	snprintf(moved, sizeof(moved), "%s.1", path);
	ice_request(w, OUT, 0);
	append_alert(path, "192.168.0.2", 7000, "5.0.0.2", 7000); /* before the start: not ours */
	assert_int_equal(ids_log_open(&log, path, w->e), 0);
	expect_counts(log, 0, 0, 0);
	append_alert(path, "192.168.0.2", 7000, "5.0.0.2", 7000);
	append_alert(path, "5.0.0.2", 7000, "5.0.0.1", 7000); /* the other way, outside */
	append_alert(path, "192.168.0.9", 7000, "5.0.0.2", 7000); /* of nobody */
	expect_counts(log, 3, 2, 0);
	expect_alert(w, "noticed by signature 2100001", 2);
	append_log(path, "{\"event_type\": \"al");
	expect_counts(log, 3, 2, 0);
	append_log(path, "ert\"\nnonsense\n");
	expect_counts(log, 3, 2, 2);
	assert_int_equal(rename(path, moved), 0);
	append_alert(path, "192.168.0.2", 7000, "5.0.0.2", 7000);
	expect_counts(log, 4, 3, 2);
	assert_int_equal(truncate(path, 0), 0);
	expect_counts(log, 4, 3, 2);
	append_alert(path, "192.168.0.2", 7000, "5.0.0.2", 7000);
	expect_counts(log, 5, 4, 2);
	unlink(path);
	expect_counts(log, 5, 4, 2);
	append_alert(path, "192.168.0.2", 7000, "5.0.0.2", 7000);
	expect_counts(log, 6, 5, 2);
	ids_log_close(log);
	unlink(path);
	unlink(moved);
}

static void overlong_lines_are_skipped(void **state)
{
	struct engine_fixture *w = *state;
	char path[] = "/tmp/p2pscope-ids-XXXXXX", *much = malloc(200001);
	struct ids_log *log;

	close(mkstemp(path));
	assert_non_null(much);
	memset(much, 'x', 200000);
	much[200000] = '\0';
	ice_request(w, OUT, 0);
	assert_int_equal(ids_log_open(&log, path, w->e), 0);
	append_log(path, much);
	expect_counts(log, 0, 0, 1);
	append_log(path, "\n");
	append_alert(path, "192.168.0.2", 7000, "5.0.0.2", 7000);
	expect_counts(log, 1, 1, 1);
	ids_log_close(log);
	unlink(path);
	free(much);
}

static void a_folder_is_refused(void **state)
{
	struct engine_fixture *w = *state;
	struct ids_log *log;

	assert_true(ids_log_open(&log, "/tmp", w->e) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_alert),    cmocka_unit_test(a_drop_of_ipv6),
		cmocka_unit_test(alert_times), cmocka_unit_test(lines_that_are_no_alerts),
		TEST(follows_the_file),        TEST(overlong_lines_are_skipped),
		TEST(a_folder_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
