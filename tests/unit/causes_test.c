/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Every cause has a row that finds it, its sentences, a course of events that yields it and nothing
 * else, and a scenario of the lab, or the reason why the lab has none. Who adds a cause adds a line
 * to `trials` below.
 */
#include <ctype.h>
#include <glob.h>
#include <stdlib.h>

#include "cause_events.h"

#include "engine/verdict/predicates.h"
#include "engine/verdict/texts.h"
#include "engine/names.h"

/* --- a line a cause --- */

struct trial {
	enum cause cause;
	const char *lab; /* how tests/net/scenarios*.py write the name of a scenario; NULL: */
	const char *no_lab; /* why there is none */
	void (*happen)(struct engine_fixture *w, enum cause cause);
};

#define NO_CLIENT "no client of the lab does so"
#define NO_REASON "no kernel of the lab gives that reason"

static const struct trial trials[] = {
	{CAUSE_RULE, "here(\"ports\"", NULL, dropped_checks},
	{CAUSE_QUEUE, "here(\"queue\"", NULL, dropped_checks},
	{CAUSE_RPFILTER, "here(\"rpfilter\"", NULL, dropped_checks},
	{CAUSE_CONNTRACK, NULL, NO_REASON, dropped_checks},
	{CAUSE_XDP, NULL, "a drop in generic XDP has no reason (docs/architecture.md)",
	 dropped_checks},
	{CAUSE_TC, "here(\"tc\"", NULL, dropped_checks},
	{CAUSE_NO_ROUTE, "here(\"no-route\"", NULL, dropped_checks},
	{CAUSE_DROP, NULL, "each drop of the lab has a reason that says more", stuck_checks},
	{CAUSE_ICMP_PROHIBITED, "upstream(\"reject-icmp\"", NULL, refused_checks},
	{CAUSE_ICMP_UNREACHABLE, "upstream(\"no-route\"", NULL, refused_checks},
	{CAUSE_TCP_RESET, "upstream(\"reject-reset\"", NULL, reset_server},
	{CAUSE_UDP_BLOCKED, "upstream(\"policy\"", NULL, silent_servers},
	{CAUSE_STUN_FILTERED, "upstream(\"stun\"", NULL, silent_servers},
	{CAUSE_DTLS_FILTERED, "f\"dtls-dropped-upstream-", NULL, unanswered_hellos},
	{CAUSE_MEDIA_FILTERED, "upstream(\"srtp\"", NULL, media_out_only},
	{CAUSE_MTU, NULL, "the clients of the lab send no DTLS that is larger than its MTUs",
	 too_big},
	{CAUSE_NO_ANSWER, "Scenario(\"peer-away\"", NULL, checks_alone},
	{CAUSE_NAT_INCOMPATIBLE, "f\"nat-incompatible-", NULL, checks_past_each_other},
	{CAUSE_TURN_AUTH, "Scenario(\"turn-wrong-password\"", NULL, refused_allocation},
	{CAUSE_TURN_QUOTA, "Scenario(\"turn-quota\"", NULL, refused_allocation},
	{CAUSE_TURN_REFUSED, "\"turn-denied-peer\"", NULL, refused_allocation},
	{CAUSE_DTLS_ALERT, NULL, NO_CLIENT, alert_sent},
	{CAUSE_DTLS_TIMEOUT, NULL, NO_CLIENT, unfinished_handshake},
	{CAUSE_CONSENT_LOST, "Scenario(\"consent-lost\"", NULL, answers_end},
	{CAUSE_ROLE_CONFLICT, NULL, NO_CLIENT, roles_refused},
	{CAUSE_CLOSED_EARLY, NULL, NO_CLIENT, hang_up_before_dtls},
	{CAUSE_PEER_GONE, "\"killed\"", NULL, closed_port},
	{CAUSE_MAPPING_LOST, "\"address-moves\"", NULL, another_mapping},
	{CAUSE_CHECK_REFUSED, "\"ice-wrong-password\"", NULL, checks_refused_by_peer},
	{CAUSE_NO_HAIRPIN, NULL, NO_CLIENT, checks_to_the_gateway},
	{CAUSE_NO_SOURCE_NAT, "\"no-masquerade\"", NULL, checks_untranslated},
	{CAUSE_SERVER_SILENT, "\"turn-killed-behind-401\"", NULL, silent_gathering},
};

static const struct trial *trial_of(enum cause cause)
{
	for (size_t i = 0; i < sizeof(trials) / sizeof(trials[0]); i++)
		if (trials[i].cause == cause)
			return &trials[i];
	fail_msg("cause %s has no trial in causes_test.c", words_name(WORDS_CAUSES, cause));
	return NULL;
}

/* --- what is demanded of each --- */

static bool has_row(unsigned int outcome)
{
	const struct row_text *row;

	for (size_t i = 0; (row = row_text(i)); i++)
		if (row->outcome == outcome)
			return true;
	return false;
}

static void every_cause_has_a_row(void **state)
{
	(void)state;
	assert_true(has_row(OUTCOME_DROP_REASON));
	for (u32 cause = CAUSE_NONE + 1; cause < CAUSE_COUNT; cause++)
		if (!has_row(cause) && trial_of(cause)->happen != dropped_checks)
			fail_msg("no predicate finds cause %s", words_name(WORDS_CAUSES, cause));
}

static void assert_sentence(const char *text, enum cause cause)
{
	size_t len = strlen(text);

	if (len < 2 || text[len - 1] != '.')
		fail_msg("cause %s: no sentence: '%s'", words_name(WORDS_CAUSES, cause), text);
}

static void every_cause_has_its_sentences(void **state)
{
	(void)state;
	for (u32 cause = CAUSE_NONE + 1; cause < CAUSE_COUNT; cause++) {
		assert_sentence(cause_text(cause)->means, cause);
		assert_sentence(cause_text(cause)->evidence, cause);
		assert_sentence(cause_text(cause)->advice, cause);
		assert_true(cause_verdict(cause) == VERDICT_BLOCKED ||
			    cause_verdict(cause) == VERDICT_FAILED);
		assert_int_equal(words_value(WORDS_CAUSES, words_name(WORDS_CAUSES, cause)), cause);
	}
}

/* The time to verdict counts from what the verdict rests on, unless that is what never came. */
static void expect_timed(const struct engine_metrics *metrics, enum cause cause)
{
	bool blocked = cause_verdict(cause) == VERDICT_BLOCKED;
	const struct histogram *time = &metrics->time_to_verdict[blocked][cause];

	if (time->count != !cause_is_absence(cause))
		fail_msg("cause %s: %llu times to its verdict: does its predicate set since_ns, or "
			 "is it "
			 "an absence (cause_is_absence)?",
			 words_name(WORDS_CAUSES, cause), time->count);
	assert_true(time->sum <= 60);
}

static void every_cause_comes_of_its_trial(void **state)
{
	(void)state;
	for (u32 cause = CAUSE_NONE + 1; cause < CAUSE_COUNT; cause++) {
		struct engine_view *view;
		struct engine_fixture w;

		engine_fixture_start(&w);
		trial_of(cause)->happen(&w, cause);
		view = only_session(&w);
		if (view->sessions[0].cause != cause)
			fail_msg("cause %s instead of %s",
				 words_name(WORDS_CAUSES, view->sessions[0].cause),
				 words_name(WORDS_CAUSES, cause));
		assert_int_equal(view->sessions[0].verdict, cause_verdict(cause));
		assert_int_equal(view->sessions[0].where, cause_where(cause));
		assert_true(view->sessions[0].nevidence > 0);
		expect_timed(&view->metrics, cause);
		engine_view_free(view);
		engine_fixture_end(&w);
	}
}

/* Copies what `file` holds without white space, which formatters move. */
static void read_dense(FILE *file, char *to, size_t room)
{
	size_t len = 0;
	int c;

	while ((c = fgetc(file)) != EOF) {
		if (isspace(c))
			continue;
		assert_true(len + 1 < room);
		to[len++] = (char)c;
	}
	to[len] = '\0';
}

/* Returns whether a file holds the text, which has no white space. */
static bool file_has(const char *path, const char *text)
{
	static char dense[1 << 16];
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	read_dense(file, dense, sizeof(dense));
	fclose(file);
	return strstr(dense, text);
}

static bool lab_has(const char *text)
{
	bool found = false;
	glob_t files;

	assert_int_equal(glob("tests/net/scenarios*.py", 0, NULL, &files), 0);
	for (size_t i = 0; i < files.gl_pathc; i++)
		found |= file_has(files.gl_pathv[i], text);
	globfree(&files);
	return found;
}

/* From the root of the repository. */
static void every_cause_has_a_scenario_or_a_reason(void **state)
{
	(void)state;
	for (u32 cause = CAUSE_NONE + 1; cause < CAUSE_COUNT; cause++) {
		const struct trial *trial = trial_of(cause);

		assert_true(!trial->lab != !trial->no_lab);
		if (trial->lab && !lab_has(trial->lab))
			fail_msg("cause %s: the lab has no scenario %s",
				 words_name(WORDS_CAUSES, cause), trial->lab);
	}
}

static void rows_are_in_the_order_of_phases(void **state)
{
	const struct row_text *row;
	unsigned int phase = 0;

	(void)state;
	for (size_t i = 0; (row = row_text(i)); i++) {
		assert_true(row->phase == phase || row->phase == phase + 1);
		assert_true(strlen(row->evidence) > 0 && strlen(row->title) > 0);
		phase = row->phase;
	}
	assert_int_equal(phase, VERDICT_PHASE_COUNT - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_cause_has_a_row),
		cmocka_unit_test(every_cause_has_its_sentences),
		cmocka_unit_test(every_cause_comes_of_its_trial),
		cmocka_unit_test(every_cause_has_a_scenario_or_a_reason),
		cmocka_unit_test(rows_are_in_the_order_of_phases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
