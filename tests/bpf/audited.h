/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Audits the ruleset of a gateway as the command does. */
#ifndef P2PSCOPE_TESTS_AUDITED_H
#define P2PSCOPE_TESTS_AUDITED_H

#include "shadow.h"

#include "audit/audit.h"
#include "shadow/ruleset_copy.h"

#define OTHER4 "5.7.1.9"
#define OTHER6 "2001:db8:9::9"
#define STRANGER6 "2001:db8:7::66"

#define NAT                                                                    \
	"table inet nat {\n"                                                   \
	" chain out { type nat hook postrouting priority srcnat;\n"            \
	"  oifname wan meta l4proto { tcp, udp } masquerade to :40000-49999\n" \
	" }\n}\n"

#define BIT(need) (1u << (need))

/* What begins with a check. */
#define CHECKED                                                                                   \
	(BIT(NEED_CHECKS) | BIT(NEED_CHECKS_IN) | BIT(NEED_DTLS) | BIT(NEED_DTLS_LARGE) |         \
	 BIT(NEED_SRTP) | BIT(NEED_SRTCP) | BIT(NEED_DATA) | BIT(NEED_TOO_BIG) | BIT(NEED_IDLE) | \
	 BIT(NEED_MTU))

static struct finding findings[NEED_COUNT];

static const char *const need_words[] = {
#define WORD(name, word, text) word,
	P2PSCOPE_NEEDS(WORD)
#undef WORD
};

/* Through the gateway; of family 4 or 6. */
static inline struct way way_out(u8 version)
{
	bool v4 = version == 4;

	return (struct way){
		.lan = (u32)gateway.lan,
		.wan = (u32)gateway.wan,
		.version = version,
		.host = ep(v4 ? HOST4 : HOST6, 0).ip,
		.server = ep(v4 ? PEER4 : PEER6, 0).ip,
		.peer = ep(v4 ? STRANGER4 : STRANGER6, 0).ip,
		.other = ep(v4 ? OTHER4 : OTHER6, 0).ip,
	};
}

/* From the gateway itself. */
static inline struct way way_own(u8 version)
{
	struct way way = way_out(version);

	way.lan = 0;
	way.host = ep(version == 4 ? OUTSIDE4 : OUTSIDE6, 0).ip;
	return way;
}

static inline void audit_in(struct shadow *shadow, const struct network *network,
			    const struct requests *messages, const struct ruleset *listed_now,
			    const struct way *way)
{
	assert_int_equal(shadow_build(shadow, network), 0);
	assert_int_equal(ruleset_copy_load(messages), 0);
	assert_int_equal(shadow_watch(shadow), 0);
	assert_int_equal(audit_way(shadow, listed_now, way, findings), 0);
}

/* Audits the running ruleset of the gateway. */
static inline void audit_running(const struct way *way)
{
	struct requests messages = {0};
	struct ruleset running;
	struct network network;
	struct shadow shadow;

	assert_int_equal(network_read(&network), 0);
	network.own_mtu = true;
	assert_int_equal(ruleset_read(&running), 0);
	assert_int_equal(ruleset_copy_read(&messages), 0);
	audit_in(&shadow, &network, &messages, &running, way);
	assert_int_equal(setns(gateway.ns[GATEWAY], CLONE_NEWNET), 0);
	shadow_free(&shadow);
	requests_free(&messages);
	ruleset_free(&running);
	network_free(&network);
}

static inline void audit_ruleset(const char *text, struct way way)
{
	shadow_rules(text);
	audit_running(&way);
}

static inline void assert_result(int need, u8 result, u8 cause)
{
	const struct finding *finding = &findings[need];

	if (finding->result != result || finding->cause != cause)
		fail_msg("%s: result %d, cause %d, %s, %s, %s", need_words[need], finding->result,
			 finding->cause, finding->step, finding->rule.text, finding->why);
}

/* All tests pass but those whose bits are set. */
static inline void assert_others_pass(u32 but)
{
	for (int need = 0; need < NEED_COUNT; need++)
		if (!(but & 1u << need))
			assert_result(need, RESULT_PASSES, 0);
}

/* The rule is the one in the running ruleset that has this in its text. */
static inline void assert_stopped(int need, u8 cause, const char *step, const char *what)
{
	const struct finding *finding = &findings[need];
	char text[RULE_TEXT];
	u64 handle = shadow_listed(what, text, sizeof(text));

	assert_result(need, RESULT_BLOCKED, cause);
	assert_string_equal(finding->step, step);
	assert_string_equal(finding->why, "");
	assert_true(finding->has_rule);
	assert_string_equal(finding->rule.text, text);
	assert_int_equal(finding->rule.handle, handle);
	assert_true(handle > 0);
}

/* The policy of that chain in table inet filter. */
static inline void assert_policy(int need, const char *step, const char *chain)
{
	const struct finding *finding = &findings[need];

	assert_result(need, RESULT_BLOCKED, CAUSE_RULE);
	assert_string_equal(finding->step, step);
	assert_true(finding->has_rule);
	assert_string_equal(finding->rule.family, "inet");
	assert_string_equal(finding->rule.table, "filter");
	assert_string_equal(finding->rule.chain, chain);
	assert_string_equal(finding->rule.text, "policy drop");
	assert_int_equal(finding->rule.handle, 0);
}

static inline void assert_why(int need, u8 result, u8 cause, const char *why)
{
	assert_result(need, result, cause);
	assert_false(findings[need].has_rule);
	assert_string_equal(findings[need].why, why);
}

#endif
