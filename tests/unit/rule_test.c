/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which rule a blocked or degraded session is told to owe it to, and what rules have done. */
#include "world.h"

static struct rule rule_named(const char *text, u64 handle)
{
	struct rule rule = {.family = "inet", .table = "filter", .chain = "forward", .handle = handle};

	snprintf(rule.text, sizeof(rule.text), "%s", text);
	return rule;
}

/* The shadow names the rule for the drop that dropped() tells. */
static void named(struct world *w, enum side side, enum way way, u8 cls, const struct rule *rule)
{
	struct event ev = at_point(w, side, way, EVENT_DROP, cls);

	ev.drop.reason = 5;
	engine_rule(w->e, &ev, rule, rule ? NULL : "the shadow lets it pass");
}

static void try_in_vain(struct world *w)
{
	w->outward_drops = true;
	for (int i = 0; i < 10; i++) {
		check(w, OUT, 0);
		dropped(w, SIDE_LAN, OUT, CLASS_STUN);
		pass(w, 500 * MS);
	}
}

static void expect_rule(struct world *w, const char *text, u64 handle, u64 blocked)
{
	struct engine_view *view = only(w);
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

static void named_before_the_verdict(void **state)
{
	struct world *w = *state;
	struct rule rule = rule_named("udp dport != 53 drop", 7);

	try_in_vain(w);
	named(w, SIDE_LAN, OUT, CLASS_STUN, &rule);
	pass(w, 60 * SEC);
	expect(w, VERDICT_BLOCKED, WHERE_HERE, CAUSE_RULE, STAGE_CHECKING);
	expect_rule(w, "udp dport != 53 drop", 7, 1);
}

static void named_after_the_verdict(void **state)
{
	struct world *w = *state;
	struct rule rule = rule_named("udp dport != 53 drop", 7);
	struct engine_view *view;

	try_in_vain(w);
	pass(w, 60 * SEC);
	view = only(w);
	assert_int_equal(view->sessions[0].rule, NO_RULE);
	engine_view_free(view);
	named(w, SIDE_LAN, OUT, CLASS_STUN, &rule);
	named(w, SIDE_LAN, OUT, CLASS_STUN, &rule);
	expect_rule(w, "udp dport != 53 drop", 7, 1);
}

static void not_found_is_said(void **state)
{
	struct world *w = *state;
	struct engine_view *view;
	bool said = false;

	try_in_vain(w);
	named(w, SIDE_LAN, OUT, CLASS_STUN, NULL);
	pass(w, 60 * SEC);
	view = only(w);
	assert_int_equal(view->sessions[0].cause, CAUSE_RULE);
	assert_int_equal(view->sessions[0].rule, NO_RULE);
	for (u32 i = 0; i < view->sessions[0].nevidence; i++)
		said |= strstr(view->sessions[0].evidence[i].text, "the shadow lets it pass") != NULL;
	assert_true(said);
	assert_int_equal(view->nrules, 0);
	engine_view_free(view);
}

/* The handle is another one after a reload; place and text are the rule. */
static void a_reload_keeps_the_history(void **state)
{
	struct world *w = *state;
	struct rule before = rule_named("udp dport != 53 drop", 7), after = rule_named("udp dport != 53 drop", 70);

	memset(after.text + strlen(after.text) + 1, 'x', 20); /* what stands behind a string is no part of it */
	try_in_vain(w);
	named(w, SIDE_LAN, OUT, CLASS_STUN, &before);
	pass(w, 60 * SEC);
	named(w, SIDE_LAN, OUT, CLASS_STUN, &after);
	expect_rule(w, "udp dport != 53 drop", 70, 1);
}

static void media_has_its_own_rule(void **state)
{
	struct world *w = *state;
	struct rule rule = rule_named("@th,64,8 & 0xc0 == 0x80 drop", 9);

	connect_both(w);
	handshake(w);
	dropped(w, SIDE_LAN, OUT, CLASS_RTP);
	named(w, SIDE_LAN, OUT, CLASS_RTP, &rule);
	pass(w, 60 * SEC);
	expect(w, VERDICT_BLOCKED, WHERE_HERE, CAUSE_RULE, STAGE_SECURED);
	expect_rule(w, "@th,64,8 & 0xc0 == 0x80 drop", 9, 1);
}

static void there_is_an_end_of_rules(void **state)
{
	struct world *w = *state;
	struct engine_view *view;

	try_in_vain(w);
	for (int i = 0; i < 1000; i++) {
		char text[32];
		struct rule rule;

		snprintf(text, sizeof(text), "udp dport %d drop", i);
		rule = rule_named(text, (u64)i + 1);
		named(w, SIDE_LAN, OUT, CLASS_STUN, &rule);
	}
	view = only(w);
	assert_int_equal(view->nrules, 256);
	engine_view_free(view);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(named_before_the_verdict),   TEST(named_after_the_verdict), TEST(not_found_is_said),
		TEST(a_reload_keeps_the_history), TEST(media_has_its_own_rule),  TEST(there_is_an_end_of_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
