/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which rule a blocked or degraded session is told to owe it to, and what rules have done. */
#include "engine_fixture.h"

static struct rule rule_named(const char *text, u64 handle)
{
	struct rule rule = {
		.family = "inet", .table = "filter", .chain = "forward", .handle = handle};

	snprintf(rule.text, sizeof(rule.text), "%s", text);
	return rule;
}

/* The shadow names the rule for the drop that report_drop() tells. */
static void named_as(struct engine_fixture *w, enum side side, enum host_dir way, u8 cls,
		     const struct rule *rule, s32 queue)
{
	struct event ev = event_at_point(w, side, way, EVENT_DROP, cls);

	ev.drop.reason = 5;
	engine_rule(w->e, &ev, rule, queue, rule ? NULL : "the shadow lets it pass");
}

static void report_rule(struct engine_fixture *w, enum side side, enum host_dir way, u8 cls,
			const struct rule *rule)
{
	named_as(w, side, way, cls, rule, NOT_QUEUED);
}

static void try_in_vain(struct engine_fixture *w)
{
	w->outbound_drops = true;
	for (int i = 0; i < 10; i++) {
		ice_request(w, OUT, 0);
		report_drop(w, SIDE_LAN, OUT, CLASS_STUN);
		advance_time(w, 500 * MS);
	}
}

static void expect_rule(struct engine_fixture *w, const char *text, u64 handle, u64 blocked)
{
	struct engine_view *view = only_session(w);
	const struct session *s = &view->sessions[0];

	assert_int_equal(s->cause, CAUSE_RULE);
	assert_int_not_equal(s->rule, NO_RULE);
	assert_true(s->rule < view->nrules);
	assert_string_equal(view->rules[s->rule].rule.text, text);
	assert_int_equal(view->rules[s->rule].rule.handle, handle);
	assert_int_equal(view->rules[s->rule].blocked, blocked);
	assert_int_equal(view->rules[s->rule].hosts, 1);
	engine_view_free(view);
}

static void a_rule_reported_before_the_verdict_is_named(void **state)
{
	struct engine_fixture *w = *state;
	struct rule rule = rule_named("udp dport != 53 drop", 7);

	try_in_vain(w);
	report_rule(w, SIDE_LAN, OUT, CLASS_STUN, &rule);
	advance_time(w, 60 * SEC);
	expect_verdict(w, VERDICT_BLOCKED, WHERE_HERE, CAUSE_RULE, STAGE_CHECKING);
	expect_rule(w, "udp dport != 53 drop", 7, 1);
}

static void a_rule_reported_after_the_verdict_is_named(void **state)
{
	struct engine_fixture *w = *state;
	struct rule rule = rule_named("udp dport != 53 drop", 7);
	struct engine_view *view;

	try_in_vain(w);
	advance_time(w, 60 * SEC);
	view = only_session(w);
	assert_int_equal(view->sessions[0].rule, NO_RULE);
	engine_view_free(view);
	report_rule(w, SIDE_LAN, OUT, CLASS_STUN, &rule);
	report_rule(w, SIDE_LAN, OUT, CLASS_STUN, &rule);
	expect_rule(w, "udp dport != 53 drop", 7, 1);
}

static bool has_evidence(const struct session *s, const char *text)
{
	for (u32 i = 0; i < s->nevidence; i++)
		if (strstr(s->evidence[i].text, text))
			return true;
	return false;
}

static void expect_unknown(struct engine_fixture *w, enum cause cause, const char *why_not)
{
	struct engine_view *view = only_session(w);

	assert_int_equal(view->sessions[0].cause, cause);
	assert_int_equal(view->sessions[0].rule, NO_RULE);
	assert_true(has_evidence(&view->sessions[0], why_not));
	assert_int_equal(view->nrules, 0);
	engine_view_free(view);
}

static void a_rule_not_found_is_stated(void **state)
{
	struct engine_fixture *w = *state;

	try_in_vain(w);
	report_rule(w, SIDE_LAN, OUT, CLASS_STUN, NULL);
	advance_time(w, 60 * SEC);
	expect_unknown(w, CAUSE_RULE, "the shadow lets it pass");
}

/* The rule is the one that gives packets to the program that dropped them. */
static void a_program_behind_a_queue(void **state)
{
	struct engine_fixture *w = *state;
	struct rule rule = rule_named("udp dport != 53 queue num 5", 7);
	struct engine_view *view;

	engine_drop_reason(w->e, 5, CAUSE_QUEUE, "NFQUEUE");
	try_in_vain(w);
	named_as(w, SIDE_LAN, OUT, CLASS_STUN, &rule, 5);
	advance_time(w, 60 * SEC);
	view = only_session(w);
	assert_int_equal(view->sessions[0].cause, CAUSE_QUEUE);
	assert_int_equal(view->sessions[0].rule, 0);
	assert_string_equal(view->rules[0].rule.text, rule.text);
	assert_true(has_evidence(&view->sessions[0], "dropped by the program behind queue 5"));
	engine_view_free(view);
}

/* What would have dropped the packet is not what did. */
static void a_queue_is_no_rule_that_drops(void **state)
{
	struct engine_fixture *w = *state;
	struct rule rule = rule_named("udp dport != 53 queue num 5", 7);

	try_in_vain(w);
	named_as(w, SIDE_LAN, OUT, CLASS_STUN, &rule, 5);
	advance_time(w, 60 * SEC);
	expect_unknown(w, CAUSE_RULE, "comes to a queue first");
}

static void a_rule_that_drops_is_no_queue(void **state)
{
	struct engine_fixture *w = *state;
	struct rule rule = rule_named("udp dport != 53 drop", 7);

	engine_drop_reason(w->e, 5, CAUSE_QUEUE, "NFQUEUE");
	try_in_vain(w);
	report_rule(w, SIDE_LAN, OUT, CLASS_STUN, &rule);
	advance_time(w, 60 * SEC);
	expect_unknown(w, CAUSE_QUEUE, "comes to no queue");
}

static u32 rule_id(struct engine_fixture *w, size_t number)
{
	struct engine_view *view = engine_view(w->e, VIEW_METRICS, NULL);
	u32 id;

	assert_non_null(view);
	assert_true(number < view->ndropping);
	id = view->rules[number].id;
	engine_view_free(view);
	return id;
}

static void rules_have_identifiers_of_their_own(void **state)
{
	struct engine_fixture *w = *state;
	struct rule rules[] = {rule_named("drop", 7), rule_named("drop", 7), rule_named("drop", 7),
			       rule_named("udp drop", 7)};

	strcpy(rules[1].chain, "input");
	/* the same letters, parted elsewhere */
	strcpy(rules[2].table, "filterf");
	strcpy(rules[2].chain, "orward");
	try_in_vain(w);
	for (size_t i = 0; i < 4; i++)
		report_rule(w, SIDE_LAN, OUT, CLASS_STUN, &rules[i]);
	for (size_t i = 0; i < 4; i++)
		for (size_t j = 0; j < i; j++)
			assert_int_not_equal(rule_id(w, i), rule_id(w, j));
}

/* The handle is another one after a reload; place and text are the rule. */
static void a_reload_keeps_the_history(void **state)
{
	struct engine_fixture *w = *state;
	struct rule before = rule_named("udp dport != 53 drop", 7),
		    after = rule_named("udp dport != 53 drop", 70);
	u32 id;

	/* what stands behind a string is no part of it */
	memset(after.text + strlen(after.text) + 1, 'x', 20);
	try_in_vain(w);
	report_rule(w, SIDE_LAN, OUT, CLASS_STUN, &before);
	advance_time(w, 60 * SEC);
	id = rule_id(w, 0);
	report_rule(w, SIDE_LAN, OUT, CLASS_STUN, &after);
	expect_rule(w, "udp dport != 53 drop", 70, 1);
	assert_int_equal(rule_id(w, 0), id);
}

/* The n-th drop of an inbound check at the WAN. */
static struct event inbound_drop(struct engine_fixture *w, u32 n)
{
	struct event ev = event_at_point(w, SIDE_WAN, IN, EVENT_DROP, CLASS_STUN);

	ev.drop.reason = 5;
	ev.drop.count = n;
	return ev;
}

static void drop_inbound_check(struct engine_fixture *w, u32 n)
{
	struct event ev = inbound_drop(w, n);

	w->inbound_drops = true;
	ice_request(w, IN, 0);
	engine_event(w->e, &ev);
	w->inbound_drops = false;
}

/*
 * The peer is the first to send, as one of both always is, and the policy of the input chain drops
 * it: that is how every NAT filters, also when the shadow has found the policy only after the host
 * has sent, too.
 */
static void an_early_check_of_the_peer_counts_for_no_rule(void **state)
{
	struct engine_fixture *w = *state;
	struct rule policy = rule_named("policy drop", 0);
	struct event ev = inbound_drop(w, 1);
	struct engine_view *view;

	drop_inbound_check(w, 1);
	assert_false(engine_rule_matters(w->e, &ev));
	connect_peers(w);
	assert_false(engine_rule_matters(w->e, &ev));
	engine_rule(w->e, &ev, &policy, NOT_QUEUED, NULL);
	engine_rule(w->e, &ev, NULL, NOT_QUEUED, "the shadow lets it pass");
	complete_dtls(w);
	rtp_stream(w, OUT, 1);
	rtp_stream(w, IN, 2);
	expect_verdict(w, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE, STAGE_MEDIA);
	view = only_session(w);
	assert_false(has_evidence(&view->sessions[0], "drop"));
	assert_int_equal(view->sessions[0].rule, NO_RULE);
	assert_int_equal(view->nrules, 0);
	engine_view_free(view);
}

/* Of the five drops of the flow the first two blocked nothing. */
static void early_drops_are_not_counted_later(void **state)
{
	struct engine_fixture *w = *state;
	struct rule rule = rule_named("udp dport != 53 drop", 7);
	struct event ev;
	struct engine_view *view;

	drop_inbound_check(w, 1);
	drop_inbound_check(w, 2);
	for (u32 i = 0; i < 3; i++) {
		ice_request(w, OUT, 0);
		ev = inbound_drop(w, 3 + i);
		drop_inbound_check(w, 3 + i);
		assert_true(engine_rule_matters(w->e, &ev));
		advance_time(w, SEC);
	}
	engine_rule(w->e, &ev, &rule, NOT_QUEUED, NULL);
	advance_time(w, 60 * SEC);
	expect_verdict(w, VERDICT_BLOCKED, WHERE_HERE, CAUSE_RULE, STAGE_CHECKING);
	expect_rule(w, "udp dport != 53 drop", 7, 1);
	view = only_session(w);
	assert_true(has_evidence(&view->sessions[0], "3 checks from"));
	engine_view_free(view);
}

static void media_has_its_own_rule(void **state)
{
	struct engine_fixture *w = *state;
	struct rule rule = rule_named("@th,64,8 & 0xc0 == 0x80 drop", 9);

	connect_peers(w);
	complete_dtls(w);
	report_drop(w, SIDE_LAN, OUT, CLASS_RTP);
	report_rule(w, SIDE_LAN, OUT, CLASS_RTP, &rule);
	advance_time(w, 60 * SEC);
	expect_verdict(w, VERDICT_BLOCKED, WHERE_HERE, CAUSE_RULE, STAGE_SECURED);
	expect_rule(w, "@th,64,8 & 0xc0 == 0x80 drop", 9, 1);
}

static void the_number_of_rules_is_bounded(void **state)
{
	struct engine_fixture *w = *state;
	struct engine_view *view;

	try_in_vain(w);
	for (int i = 0; i < 1000; i++) {
		char text[32];
		struct rule rule;

		snprintf(text, sizeof(text), "udp dport %d drop", i);
		rule = rule_named(text, (u64)i + 1);
		report_rule(w, SIDE_LAN, OUT, CLASS_STUN, &rule);
	}
	view = only_session(w);
	assert_int_equal(view->nrules, 256);
	engine_view_free(view);
}

/* Rules that can drop are told beside those that did, each once, and sessions keep theirs. */
static void rules_that_blocked_nothing_are_not_listed(void **state)
{
	struct engine_fixture *w = *state;
	struct rule drops = rule_named("udp dport != 53 drop", 7);
	struct rule there[] = {rule_named("tcp dport 25 drop", 6),
			       rule_named("udp dport != 53 drop", 70)};
	struct engine_view *view;

	engine_rules(w->e, there, 2, 5);
	view = engine_view(w->e, VIEW_METRICS, NULL);
	assert_int_equal(view->ndropping, 0);
	assert_int_equal(view->nrules, 2);
	assert_int_equal(view->rules[1].rule.handle, 70);
	assert_int_equal(view->rules_left_out, 5);
	engine_view_free(view);
	try_in_vain(w);
	report_rule(w, SIDE_LAN, OUT, CLASS_STUN, &drops);
	advance_time(w, 60 * SEC);
	view = only_session(w);
	assert_int_equal(view->ndropping, 1);
	assert_int_equal(view->nrules, 2);
	assert_int_equal(view->sessions[0].rule, 0);
	assert_string_equal(view->rules[1].rule.text, "tcp dport 25 drop");
	assert_int_equal(view->rules[1].blocked, 0);
	assert_int_equal(view->rules[1].last, 0);
	engine_view_free(view);
	engine_rules(w->e, there + 1, 1, 0);
	expect_rule(w, "udp dport != 53 drop", 70, 1);
	engine_rules(w->e, NULL, 0, 0);
	expect_rule(w, "udp dport != 53 drop", 70, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rules_have_identifiers_of_their_own),
		TEST(a_rule_reported_before_the_verdict_is_named),
		TEST(a_rule_reported_after_the_verdict_is_named),
		TEST(a_rule_not_found_is_stated),
		TEST(a_program_behind_a_queue),
		TEST(a_queue_is_no_rule_that_drops),
		TEST(a_rule_that_drops_is_no_queue),
		TEST(a_reload_keeps_the_history),
		TEST(an_early_check_of_the_peer_counts_for_no_rule),
		TEST(early_drops_are_not_counted_later),
		TEST(media_has_its_own_rule),
		TEST(the_number_of_rules_is_bounded),
		TEST(rules_that_blocked_nothing_are_not_listed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
