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

#define BIT(test) (1u << (test))

/* What begins with a check. */
#define CHECKED                                                                                   \
	(BIT(TEST_CHECKS) | BIT(TEST_CHECKS_IN) | BIT(TEST_DTLS) | BIT(TEST_DTLS_LARGE) |         \
	 BIT(TEST_SRTP) | BIT(TEST_SRTCP) | BIT(TEST_DATA) | BIT(TEST_TOO_BIG) | BIT(TEST_IDLE) | \
	 BIT(TEST_MTU))

static struct test_result results[TEST_COUNT];

static const char *const test_words[] = {
#define WORD(name, word, text) word,
	P2PSCOPE_AUDIT_TESTS(WORD)
#undef WORD
};

/* Through the gateway; of family 4 or 6. */
static inline struct audit_path path_out(u8 version)
{
	bool v4 = version == 4;

	return (struct audit_path){
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
static inline struct audit_path path_own(u8 version)
{
	struct audit_path path = path_out(version);

	path.lan = 0;
	path.host = ep(version == 4 ? OUTSIDE4 : OUTSIDE6, 0).ip;
	return path;
}

static inline void audit_in(struct shadow *shadow, const struct network *network,
			    const struct netlink_batch *messages, const struct ruleset *listed_now,
			    const struct audit_path *path)
{
	assert_int_equal(shadow_build(shadow, network), 0);
	assert_int_equal(ruleset_copy_load(messages), 0);
	assert_int_equal(shadow_watch(shadow), 0);
	assert_int_equal(audit_path_run(shadow, listed_now, path, results), 0);
}

/* Audits the running ruleset of the gateway. */
static inline void audit_running(const struct audit_path *path)
{
	struct netlink_batch messages = {0};
	struct ruleset running;
	struct network network;
	struct shadow shadow;

	assert_int_equal(network_read(&network), 0);
	network.own_mtu = true;
	assert_int_equal(ruleset_read(&running), 0);
	assert_int_equal(ruleset_copy_read(&messages), 0);
	audit_in(&shadow, &network, &messages, &running, path);
	assert_int_equal(setns(gateway.ns[GATEWAY], CLONE_NEWNET), 0);
	shadow_free(&shadow);
	netlink_batch_free(&messages);
	ruleset_free(&running);
	network_free(&network);
}

static inline void audit_ruleset(const char *text, struct audit_path path)
{
	shadow_rules(text);
	audit_running(&path);
}

static inline void assert_result(int test, u8 kind, u8 cause)
{
	const struct test_result *result = &results[test];

	if (result->kind != kind || result->cause != cause)
		fail_msg("%s: result %d, cause %d, %s, %s, %s", test_words[test], result->kind,
			 result->cause, result->step, result->rule.text, result->why);
}

/* All tests pass but those whose bits are set. */
static inline void assert_others_pass(u32 but)
{
	for (int test = 0; test < TEST_COUNT; test++)
		if (!(but & 1u << test))
			assert_result(test, RESULT_PASSES, 0);
}

/* The rule is that of the running ruleset that has this in its text. */
static inline void assert_stopped(int test, u8 cause, const char *step, const char *what)
{
	const struct test_result *result = &results[test];
	char text[RULE_TEXT];
	u64 handle = shadow_listed(what, text, sizeof(text));

	assert_result(test, RESULT_BLOCKED, cause);
	assert_string_equal(result->step, step);
	assert_string_equal(result->why, "");
	assert_true(result->has_rule);
	assert_string_equal(result->rule.text, text);
	assert_int_equal(result->rule.handle, handle);
	assert_true(handle > 0);
}

/* The policy of that chain in table inet filter. */
static inline void assert_policy(int test, const char *step, const char *chain)
{
	const struct test_result *result = &results[test];

	assert_result(test, RESULT_BLOCKED, CAUSE_RULE);
	assert_string_equal(result->step, step);
	assert_true(result->has_rule);
	assert_string_equal(result->rule.family, "inet");
	assert_string_equal(result->rule.table, "filter");
	assert_string_equal(result->rule.chain, chain);
	assert_string_equal(result->rule.text, "policy drop");
	assert_int_equal(result->rule.handle, 0);
}

static inline void assert_why(int test, u8 result, u8 cause, const char *why)
{
	assert_result(test, result, cause);
	assert_false(results[test].has_rule);
	assert_string_equal(results[test].why, why);
}

#endif
