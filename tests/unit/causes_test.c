/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Every cause has a row that finds it, its sentences, a course of events that yields it and nothing
 * else, and a scenario of the lab, or the reason why the lab has none. Who adds a cause adds a line
 * to `trials` below.
 */
#include <glob.h>
#include <stdlib.h>

#include "world.h"

#include "engine/verdict/predicates.h"
#include "engine/verdict/texts.h"
#include "util/names.h"

#define DROP_REASON 5 /* that world.h knows */

/* --- what happens --- */

static void dropped_checks(struct world *w, enum cause cause)
{
	engine_drop_reason(w->e, DROP_REASON, cause, "REASON");
	w->outbound_drops = true;
	for (int i = 0; i < 40; i++) {
		check(w, OUT, 0);
		dropped(w, SIDE_LAN, OUT, CLASS_STUN);
		pass(w, SEC);
	}
}

static void stuck_checks(struct world *w, enum cause cause)
{
	(void)cause;
	w->outbound_drops = true;
	check_in_vain(w);
}

static void icmp_error(struct world *w, u8 code, u32 mtu)
{
	struct event ev = at_point(w, SIDE_WAN, IN, EVENT_ICMP, CLASS_OTHER);

	ev.icmp.type = 3;
	ev.icmp.code = code;
	ev.icmp.mtu = mtu;
	ev.icmp.sender = ep("5.0.0.254", 0);
	engine_event(w->e, &ev);
}

static void refused_checks(struct world *w, enum cause cause)
{
	check(w, OUT, 0);
	icmp_error(w, cause == CAUSE_ICMP_PROHIBITED ? 13 : 0, 0);
	check_in_vain(w);
}

static void reset_server(struct world *w, enum cause cause)
{
	struct endpoint peer = w->peer;

	(void)cause;
	w->peer = ep("5.0.0.10", 3478);
	w->tcp = true;
	for (int side = SIDE_WAN; side >= SIDE_LAN; side--) {
		struct event ev = at_point(w, side, IN, EVENT_TCP_CLOSE, CLASS_OTHER);

		ev.tcp_close.reset = ev.tcp_close.early = 1;
		ev.tcp_close.ttl = 63;
		engine_event(w->e, &ev);
	}
	w->tcp = false;
	w->peer = peer;
	check_in_vain(w);
}

/* Two servers are asked over UDP in vain, while something else of the host is answered. */
static void silent_servers(struct world *w, enum cause cause)
{
	struct stun_of of = {.cls = STUN_REQUEST, .method = STUN_BINDING};
	struct endpoint peer = w->peer;

	of.flags = cause == CAUSE_UDP_BLOCKED ? STUN_F_TCP_ANSWERED : STUN_F_PORT_ANSWERED;
	for (u8 i = 0; i < 2; i++) {
		w->peer = ep("5.0.0.10", 3478);
		w->peer.ip.b[15] += i;
		of.id = ++w->ids;
		cross(w, OUT, make_stun, &of);
	}
	w->peer = peer;
	check_in_vain(w);
}

static void unanswered_hellos(struct world *w, enum cause cause)
{
	(void)cause;
	connect_both(w);
	for (int i = 0; i < 5; i++) {
		dtls(w, OUT, DTLS_CLIENT_HELLO);
		keep_consent(w, 4);
	}
}

static void unfinished_handshake(struct world *w, enum cause cause)
{
	(void)cause;
	connect_both(w);
	for (int i = 0; i < 5; i++) {
		dtls(w, OUT, DTLS_CLIENT_HELLO);
		dtls(w, IN, DTLS_SERVER_HELLO);
		keep_consent(w, 4);
	}
}

static void alert_sent(struct world *w, enum cause cause)
{
	struct dtls_of of = {.step = DTLS_ALERT, .level = 2, .alert = 40};

	(void)cause;
	connect_both(w);
	dtls(w, OUT, DTLS_CLIENT_HELLO);
	cross(w, IN, make_dtls, &of);
}

static void too_big(struct world *w, enum cause cause)
{
	(void)cause;
	connect_both(w);
	dtls(w, OUT, DTLS_CLIENT_HELLO);
	icmp_error(w, 4, 600);
	keep_consent(w, 20);
}

/* The records of a path on which the host's media goes out and checks are answered. */
static void sample_media(struct world *w, enum side side, u32 packets)
{
	struct event ev = at_point(w, side, OUT, EVENT_STREAM, CLASS_RTP);
	struct flow_record record;

	memset(&record, 0, sizeof(record));
	record.dir[side == SIDE_LAN ? DIR_IN : DIR_OUT].rtp_packets = packets;
	record.dir[DIR_IN].success_ns = record.dir[DIR_OUT].success_ns = w->now;
	engine_sample(w->e, &ev.key, &record);
}

static void media_out_only(struct world *w, enum cause cause)
{
	(void)cause;
	connect_both(w);
	handshake(w);
	stream(w, OUT, 1);
	for (u32 i = 1; i <= 20; i++) {
		sample_media(w, SIDE_LAN, 50 * i);
		sample_media(w, SIDE_WAN, 50 * i);
		pass(w, SEC);
	}
}

static void checks_alone(struct world *w, enum cause cause)
{
	(void)cause;
	check_in_vain(w);
}

static void checks_past_each_other(struct world *w, enum cause cause)
{
	(void)cause;
	for (int i = 0; i < 40; i++) {
		w->peer.port = 7000;
		check(w, OUT, 0);
		w->peer.port = 41234;
		w->inbound_drops = true;
		check(w, IN, 0);
		pass(w, SEC);
	}
}

static void refused_allocation(struct world *w, enum cause cause)
{
	allocate(w, false, 401);
	allocate(w, true, cause == CAUSE_TURN_AUTH ? 401 : cause == CAUSE_TURN_QUOTA ? 486 : 508);
	pass(w, 20 * SEC);
}

static void answers_end(struct world *w, enum cause cause)
{
	(void)cause;
	connect_both(w);
	handshake(w);
	stream(w, OUT, 1);
	stream(w, IN, 2);
	keep_consent(w, 5);
	check_in_vain(w);
}

/* The peer answers a check of the host with 487, for the `count`-th time on this path. */
static void refuse_role(struct world *w, u32 count)
{
	struct stun_of of = {.cls = STUN_ERROR,
			     .method = STUN_BINDING,
			     .error = 487,
			     .flags = STUN_F_MATCHED,
			     .id = check(w, OUT, STUN_F_CONTROLLED)};

	for (int side = SIDE_WAN; side >= SIDE_LAN; side--) {
		struct event ev = make_stun(w, side, IN, &of);

		ev.count = count;
		engine_event(w->e, &ev);
	}
	pass(w, SEC);
}

static void roles_refused(struct world *w, enum cause cause)
{
	(void)cause;
	for (u32 i = 1; i <= 40; i++)
		refuse_role(w, i);
}

static void hang_up_before_dtls(struct world *w, enum cause cause)
{
	(void)cause;
	connect_both(w);
	keep_consent(w, 2);
	pass(w, 20 * SEC);
}

/* --- a line a cause --- */

struct trial {
	enum cause cause;
	const char *lab; /* how tests/net/scenarios*.py write the name of a scenario; NULL: */
	const char *no_lab; /* why there is none */
	void (*happen)(struct world *w, enum cause cause);
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
	{CAUSE_TURN_REFUSED, NULL, "coturn has no such error to configure", refused_allocation},
	{CAUSE_DTLS_ALERT, NULL, NO_CLIENT, alert_sent},
	{CAUSE_DTLS_TIMEOUT, NULL, NO_CLIENT, unfinished_handshake},
	{CAUSE_CONSENT_LOST, "Scenario(\"consent-lost\"", NULL, answers_end},
	{CAUSE_ROLE_CONFLICT, NULL, NO_CLIENT, roles_refused},
	{CAUSE_CLOSED_EARLY, NULL, NO_CLIENT, hang_up_before_dtls},
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

static void every_cause_comes_of_its_trial(void **state)
{
	(void)state;
	for (u32 cause = CAUSE_NONE + 1; cause < CAUSE_COUNT; cause++) {
		struct engine_view *view;
		struct world w;

		world_start(&w);
		trial_of(cause)->happen(&w, cause);
		view = only(&w);
		if (view->sessions[0].cause != cause)
			fail_msg("cause %s instead of %s",
				 words_name(WORDS_CAUSES, view->sessions[0].cause),
				 words_name(WORDS_CAUSES, cause));
		assert_int_equal(view->sessions[0].verdict, cause_verdict(cause));
		assert_int_equal(view->sessions[0].where, cause_where(cause));
		assert_true(view->sessions[0].nevidence > 0);
		engine_view_free(view);
		world_end(&w);
	}
}

/* Returns whether a file holds the text. */
static bool file_has(const char *path, const char *text)
{
	FILE *file = fopen(path, "r");
	char line[1024];
	bool found = false;

	assert_non_null(file);
	while (!found && fgets(line, sizeof(line), file))
		found = strstr(line, text);
	fclose(file);
	return found;
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

/* --- role-conflict --- */

static void both_sides_stay_controlled(void **state)
{
	struct world *w = *state;

	for (int i = 0; i < 20; i++) {
		answer(w, IN, check(w, OUT, STUN_F_CONTROLLED), 0);
		answer(w, OUT, check(w, IN, STUN_F_CONTROLLED), 0);
		pass(w, SEC);
	}
	expect(w, VERDICT_FAILED, WHERE_NONE, CAUSE_ROLE_CONFLICT, STAGE_CONNECTED);
}

static void one_side_switches(void **state)
{
	struct world *w = *state;

	answer(w, IN, check(w, OUT, STUN_F_CONTROLLED), 0);
	for (int i = 0; i < 20; i++) {
		answer(w, OUT, check(w, IN, STUN_F_CONTROLLED), 0);
		answer(w, IN, check(w, OUT, STUN_F_CONTROLLING), 0);
		pass(w, SEC);
	}
	expect(w, VERDICT_BLOCKED, WHERE_UPSTREAM, CAUSE_DTLS_FILTERED, STAGE_CONNECTED);
}

static void a_conflict_that_is_settled_does_not_count(void **state)
{
	struct world *w = *state;

	refuse_role(w, 1);
	refuse_role(w, 2);
	refuse_role(w, 3);
	answer(w, IN, check(w, OUT, STUN_F_CONTROLLING), 0);
	keep_consent(w, 20);
	expect(w, VERDICT_BLOCKED, WHERE_UPSTREAM, CAUSE_DTLS_FILTERED, STAGE_CONNECTED);
}

/* Each side switches once, and then nobody answers any more. */
static void two_refusals_are_no_conflict(void **state)
{
	struct world *w = *state;

	refuse_role(w, 1);
	refuse_role(w, 2);
	check_in_vain(w);
	expect(w, VERDICT_FAILED, WHERE_NONE, CAUSE_NO_ANSWER, STAGE_CHECKING);
}

/* A packet between two hosts inside: it comes out of the flow of one, and goes into the other's. */
static void send_inside(struct world *w, const struct endpoint *from, const struct endpoint *to,
			struct stun_of *of)
{
	struct event ev;

	w->host = *from;
	w->peer = *to;
	ev = make_stun(w, SIDE_LAN, OUT, of);
	engine_event(w->e, &ev);
	w->host = *to;
	w->peer = *from;
	ev = make_stun(w, SIDE_LAN, IN, of);
	engine_event(w->e, &ev);
}

static void check_inside(struct world *w, const struct endpoint *from, const struct endpoint *to,
			 bool first)
{
	struct stun_of of = {.method = STUN_BINDING,
			     .receiver = first ? w->other : w->own,
			     .sender = first ? w->own : w->other,
			     .flags = first ? STUN_F_CONTROLLING : STUN_F_CONTROLLED,
			     .id = ++w->ids};
	struct stun_of answer_of = {
		.cls = STUN_SUCCESS, .method = STUN_BINDING, .flags = STUN_F_MATCHED, .id = of.id};

	send_inside(w, from, to, &of);
	send_inside(w, to, from, &answer_of);
}

static void two_hosts_inside_have_two_roles(void **state)
{
	const struct endpoint one = ep("192.168.0.2", 7000), other = ep("192.168.0.3", 7000);
	struct world *w = *state;

	for (int i = 0; i < 20; i++) {
		check_inside(w, &one, &other, true);
		check_inside(w, &other, &one, false);
		pass(w, SEC);
	}
	expect(w, VERDICT_BLOCKED, WHERE_UPSTREAM, CAUSE_DTLS_FILTERED, STAGE_CONNECTED);
}

/* --- closed-early --- */

static void who_goes_on_is_not_closed(void **state)
{
	struct world *w = *state;

	connect_both(w);
	keep_consent(w, 20);
	expect(w, VERDICT_BLOCKED, WHERE_UPSTREAM, CAUSE_DTLS_FILTERED, STAGE_NOMINATED);
}

static void dtls_of_one_side_is_a_beginning(void **state)
{
	struct world *w = *state;

	connect_both(w);
	dtls(w, IN, DTLS_CLIENT_HELLO);
	pass(w, 20 * SEC);
	expect(w, VERDICT_FAILED, WHERE_NONE, CAUSE_DTLS_TIMEOUT, STAGE_NOMINATED);
}

static void closed_early_waits_for_silence(void **state)
{
	struct world *w = *state;

	connect_both(w);
	pass(w, 8 * SEC);
	expect(w, VERDICT_PENDING, WHERE_NONE, CAUSE_NONE, STAGE_NOMINATED);
	pass(w, 8 * SEC);
	expect(w, VERDICT_FAILED, WHERE_NONE, CAUSE_CLOSED_EARLY, STAGE_NOMINATED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_cause_has_a_row),
		cmocka_unit_test(every_cause_has_its_sentences),
		cmocka_unit_test(every_cause_comes_of_its_trial),
		cmocka_unit_test(every_cause_has_a_scenario_or_a_reason),
		cmocka_unit_test(rows_are_in_the_order_of_phases),
		TEST(both_sides_stay_controlled),
		TEST(one_side_switches),
		TEST(a_conflict_that_is_settled_does_not_count),
		TEST(two_refusals_are_no_conflict),
		TEST(two_hosts_inside_have_two_roles),
		TEST(who_goes_on_is_not_closed),
		TEST(dtls_of_one_side_is_a_beginning),
		TEST(closed_early_waits_for_silence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
