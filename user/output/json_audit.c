/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "output/json_audit.h"
#include "output/json_value.h"

#define CHANGE_TEXT 160

#define WORD(name, word, ...) [name] = word,

static const char *const needs[] = {P2PSCOPE_NEEDS(WORD)};
static const char *const results[] = {P2PSCOPE_RESULTS(WORD)};

static json_t *words_or_null(const char *text)
{
	return *text ? json_words(text) : json_null();
}

static json_t *json_finding(const struct audited *audited, enum need need)
{
	const struct finding *finding = &audited->findings[need];
	bool queued = finding->result == RESULT_BLOCKED && finding->cause == CAUSE_QUEUE;
	char change[CHANGE_TEXT];

	return json_pack("{ss ss so so so so so so}", "need", needs[need], "result",
			 results[finding->result], "cause",
			 json_list_word(WORDS_CAUSES, finding->cause), "rule",
			 finding->has_rule ? json_rule(&finding->rule) : json_null(), "queue",
			 queued ? json_integer(finding->queue) : json_null(), "step",
			 words_or_null(finding->step), "why", words_or_null(finding->why), "change",
			 words_or_null(report_change(change, sizeof(change), audited, need)));
}

static json_t *json_media_paths(const struct finding *findings)
{
	struct media media = report_media(findings);

	return json_pack("{sb sb sb sb}", "direct", media.direct, "relay_udp", media.relay_udp,
			 "relay_tcp", media.relay_tcp, "relay_tls", media.relay_tls);
}

static json_t *json_way(const struct audited *audited)
{
	const struct way *way = &audited->way;
	json_t *list = json_array();

	for (unsigned int need = 0; need < NEED_COUNT; need++)
		json_append(&list, json_finding(audited, need));
	return json_pack("{so so ss so so so so}", "lan", words_or_null(audited->lan), "wan",
			 json_words(audited->wan), "family", way->version == 4 ? "ipv4" : "ipv6",
			 "host", *audited->absent ? json_null() : json_addr(&way->host), "server",
			 json_addr(&way->server), "media", json_media_paths(audited->findings),
			 "needs", list);
}

json_t *json_audit(const struct report *report)
{
	json_t *ways = json_array();

	for (size_t i = 0; i < report->count; i++)
		json_append(&ways, json_way(&report->ways[i]));
	return json_pack("{so so so sI}", "ruleset", json_words(report->ruleset), "ways", ways,
			 "hidden", json_word(report->hidden), "blocked",
			 (json_int_t)report_blocked(report));
}
