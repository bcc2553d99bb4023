/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tables of label sets: they count, they are bounded, and what finds no room is counted, too. */
#include <stdio.h>
#include <stdlib.h>

#include "suite.h"

#include "engine/label_sets.h"
#include "engine/verdict/texts.h"
#include "output/prometheus.h"

/* The exposition of these metrics, to be freed. */
static char *exposition(const struct engine_metrics *metrics)
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

static size_t occurrences(const char *text, const char *what)
{
	size_t count = 0;

	while ((text = strstr(text, what))) {
		count++;
		text++;
	}
	return count;
}

static void assert_exposed(const struct engine_metrics *metrics, const char *line)
{
	char *text = exposition(metrics);

	assert_non_null(strstr(text, line));
	free(text);
}

static void turn_responses_are_bounded(void **state)
{
	struct engine_metrics *m = *state;
	char *text;

	for (u16 code = 300; code < 300 + TURN_COUNTS; code++)
		label_sets_turn(m, STUN_ALLOCATE, code);
	assert_int_equal(m->nturn, TURN_COUNTS);
	assert_int_equal(m->label_sets_full[LABEL_SETS_TURN], 0);
	label_sets_turn(m, STUN_ALLOCATE, 699);
	label_sets_turn(m, STUN_REFRESH, 300);
	assert_int_equal(m->nturn, TURN_COUNTS);
	assert_int_equal(m->label_sets_full[LABEL_SETS_TURN], 2);
	assert_int_equal(m->label_sets_full[LABEL_SETS_SESSIONS], 0);
	text = exposition(m);
	assert_int_equal(occurrences(text, "\np2pscope_turn_responses_total{"), TURN_COUNTS);
	free(text);
	assert_exposed(m, "\np2pscope_label_sets_full_total{metric=\"turn_responses_total\"} 2\n");
	assert_exposed(m, "\np2pscope_label_sets_full_total{metric=\"sessions_total\"} 0\n");
}

static void a_full_table_goes_on_counting(void **state)
{
	struct engine_metrics *m = *state;

	for (u16 code = 300; code < 300 + TURN_COUNTS + 5; code++)
		label_sets_turn(m, STUN_ALLOCATE, code);
	label_sets_turn(m, STUN_ALLOCATE, 300);
	assert_int_equal(m->turn[0].responses, 2);
	assert_int_equal(m->label_sets_full[LABEL_SETS_TURN], 5);
}

/* Makes `count` sessions, each with other labels. */
static void count_label_sets(struct engine_metrics *m, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		struct session s = {
			.verdict = VERDICT_BLOCKED,
			.cause = (u8)(i % CAUSE_COUNT),
			.where = (u8)(i / CAUSE_COUNT % WHERE_COUNT),
			.path_known = 1,
			.path_relayed = i / (CAUSE_COUNT * WHERE_COUNT) & 1,
			.family = i / (CAUSE_COUNT * WHERE_COUNT) >> 1,
		};

		label_sets_session(m, &s);
	}
}

static void sessions_are_bounded(void **state)
{
	struct engine_metrics *m = *state;
	char *text;

	count_label_sets(m, SESSIONS_COUNTS);
	assert_int_equal(m->nsessions, SESSIONS_COUNTS);
	assert_int_equal(m->label_sets_full[LABEL_SETS_SESSIONS], 0);
	count_label_sets(m, SESSIONS_COUNTS + 3);
	assert_int_equal(m->nsessions, SESSIONS_COUNTS);
	assert_int_equal(m->label_sets_full[LABEL_SETS_SESSIONS], 3);
	for (unsigned int i = 0; i < SESSIONS_COUNTS; i++)
		assert_int_equal(m->sessions[i].sessions, 2);
	text = exposition(m);
	assert_int_equal(occurrences(text, "\np2pscope_sessions_total{"), SESSIONS_COUNTS);
	free(text);
	assert_exposed(m, "\np2pscope_label_sets_full_total{metric=\"sessions_total\"} 3\n");
}

static void the_usual_label_sets_are_there_at_zero(void **state)
{
	static const char *const lines[] = {
		"p2pscope_verdicts_total{verdict=\"succeeded\",where=\"none\",cause=\"none\"} 0",
		"p2pscope_verdicts_total{verdict=\"unknown\",where=\"none\",cause=\"none\"} 0",
		"p2pscope_verdicts_total{verdict=\"blocked\",where=\"here\",cause=\"rule\"} 0",
		"p2pscope_verdicts_total{verdict=\"blocked\",where=\"here\",cause=\"mtu\"} 0",
		"p2pscope_verdicts_total{verdict=\"blocked\",where=\"upstream\",cause=\"mtu\"} 0",
		"p2pscope_verdicts_total{verdict=\"failed\",where=\"none\",cause=\"closed-early\"} "
		"0",
		"p2pscope_sessions_reopened_total 0",
		"p2pscope_sessions_total{verdict=\"succeeded\",where=\"none\",cause=\"none\","
		"path=\"relayed\",transport=\"tls\",family=\"ipv4\"} 0",
		"p2pscope_sessions_total{verdict=\"blocked\",where=\"here\",cause=\"rule\","
		"path=\"none\",transport=\"none\",family=\"ipv6\"} 0",
		"p2pscope_sessions_total{verdict=\"blocked\",where=\"upstream\","
		"cause=\"dtls-filtered\",path=\"direct\",transport=\"udp\",family=\"ipv4\"} 0",
		"p2pscope_turn_responses_total{method=\"allocate\",code=\"0\"} 0",
		"p2pscope_turn_responses_total{method=\"allocate\",code=\"486\"} 0",
		"p2pscope_turn_responses_total{method=\"create-permission\",code=\"403\"} 0",
	};
	struct engine_metrics *m = *state;
	char line[256];

	label_sets_begin(m);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		snprintf(line, sizeof(line), "\n%s\n", lines[i]);
		assert_exposed(m, line);
	}
}

/* What is counted is what is there already, and room is left for what is not usual. */
static void the_usual_label_sets_leave_room(void **state)
{
	struct engine_metrics *m = *state;
	u32 sessions, turn;

	label_sets_begin(m);
	sessions = m->nsessions;
	turn = m->nturn;
	assert_true(sessions <= SESSIONS_COUNTS * 3 / 4);
	assert_true(turn <= TURN_COUNTS / 2);
	for (u8 cause = 1; cause < CAUSE_COUNT; cause++) {
		struct session s = {.verdict = cause_verdict(cause),
				    .where = cause_where(cause),
				    .cause = cause,
				    .family = 6};

		label_sets_session(m, &s);
	}
	label_sets_turn(m, STUN_ALLOCATE, 401);
	assert_int_equal(m->nsessions, sessions);
	assert_int_equal(m->nturn, turn);
	label_sets_turn(m, STUN_ALLOCATE, 699);
	assert_int_equal(m->nturn, turn + 1);
}

static void no_label_is_empty(void **state)
{
	struct engine_metrics *m = *state;
	const struct session nothing = {.verdict = VERDICT_UNKNOWN};
	char *text;

	label_sets_session(m, &nothing);
	text = exposition(m);
	assert_null(strstr(text, "=\"\""));
	assert_non_null(strstr(text, "\np2pscope_sessions_total{verdict=\"unknown\",where=\"none\","
				     "cause=\"none\",path=\"none\",transport=\"none\","
				     "family=\"none\"} 1\n"));
	free(text);
}

static int label_sets_setup(void **state)
{
	*state = calloc(1, sizeof(struct engine_metrics));
	return *state ? 0 : -1;
}

static int label_sets_teardown(void **state)
{
	free(*state);
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(turn_responses_are_bounded, label_sets_setup,
						label_sets_teardown),
		cmocka_unit_test_setup_teardown(a_full_table_goes_on_counting, label_sets_setup,
						label_sets_teardown),
		cmocka_unit_test_setup_teardown(sessions_are_bounded, label_sets_setup,
						label_sets_teardown),
		cmocka_unit_test_setup_teardown(the_usual_label_sets_are_there_at_zero,
						label_sets_setup, label_sets_teardown),
		cmocka_unit_test_setup_teardown(the_usual_label_sets_leave_room, label_sets_setup,
						label_sets_teardown),
		cmocka_unit_test_setup_teardown(no_label_is_empty, label_sets_setup,
						label_sets_teardown),
	};

	return cmocka_run_group_tests_name("label_sets", tests, NULL, NULL);
}
