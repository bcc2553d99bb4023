/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "output/json_audit.h"
#include "output/json_value.h"

#define CHANGE_TEXT 160

#define WORD(name, word, ...) [name] = word,

static const char *const tests[] = {P2PSCOPE_AUDIT_TESTS(WORD)};
static const char *const results[] = {P2PSCOPE_AUDIT_RESULTS(WORD)};

static json_t *words_or_null(const char *text)
{
	return *text ? json_words(text) : json_null();
}

static json_t *json_test_result(const struct audited_path *audited, enum audit_test test)
{
	const struct test_result *result = &audited->results[test];
	bool queued = result->kind == RESULT_BLOCKED && result->cause == CAUSE_QUEUE;
	char change[CHANGE_TEXT];

	return json_pack("{ss ss so so so so so so}", "need", tests[test], "result",
			 results[result->kind], "cause",
			 json_list_word(WORDS_CAUSES, result->cause), "rule",
			 result->has_rule ? json_rule(&result->rule) : json_null(), "queue",
			 queued ? json_integer(result->queue) : json_null(), "step",
			 words_or_null(result->step), "why", words_or_null(result->why), "change",
			 words_or_null(report_change(change, sizeof(change), audited, test)));
}

static json_t *json_media_paths(const struct test_result *results)
{
	struct media_paths media = report_media(results);

	return json_pack("{sb sb sb sb}", "direct", media.direct, "relay_udp", media.relay_udp,
			 "relay_tcp", media.relay_tcp, "relay_tls", media.relay_tls);
}

static json_t *json_path(const struct audited_path *audited)
{
	const struct audit_path *path = &audited->path;
	json_t *list = json_array();

	for (unsigned int test = 0; test < TEST_COUNT; test++)
		json_append(&list, json_test_result(audited, test));
	return json_pack("{so so ss so so so so}", "lan", words_or_null(audited->lan), "wan",
			 json_words(audited->wan), "family", path->version == 4 ? "ipv4" : "ipv6",
			 "host", *audited->absent ? json_null() : json_addr(&path->host), "server",
			 json_addr(&path->server), "media", json_media_paths(audited->results),
			 "needs", list);
}

json_t *json_audit(const struct audit_report *report)
{
	json_t *paths = json_array();

	for (size_t i = 0; i < report->count; i++)
		json_append(&paths, json_path(&report->paths[i]));
	return json_pack("{so so so sI}", "ruleset", json_words(report->ruleset), "ways", paths,
			 "hidden", json_word(report->hidden), "blocked",
			 (json_int_t)report_blocked(report));
}
