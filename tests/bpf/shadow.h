/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A gateway whose ruleset is a test's own, drops as the data plane reports them, and an engine that
 * records the answer.
 */
#ifndef P2PSCOPE_TESTS_SHADOW_H
#define P2PSCOPE_TESTS_SHADOW_H

#include <errno.h>
#include <poll.h>
#include <time.h>

#include "../unit/suite.h"

#include "attribution/attribution.h"
#include "gateway.h"

#define STRANGER4 "5.7.0.66"
#define OURS ep(HOST4, 7000)
#define SERVER ep(PEER4, 3478)
#define THEIRS ep(PEER4, 9000)
#define LISTED "nft -s -a list ruleset" /* without what counters have counted */

static const __maybe_unused u8 stun[20] = {0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1,  2,
					   3, 4, 5, 6, 7,    8,    9,    10,   11, 12};
static const __maybe_unused u8 dtls[60] = {22, 0xfe, 0xfd};
static const __maybe_unused u8 srtp[60] = {0x80, 111};

static const __maybe_unused char one_rule[] =
	"table inet filter {\n chain forward { type filter hook forward priority filter; policy "
	"accept;\n"
	"  udp dport 3478 counter drop comment \"calls\"\n }\n}";

#define SHADOW_SESSIONS 64

struct engine {
	u32 answers, found;
	struct event drop;
	struct rule rule;
	s32 queue;
	char why_not[128];
	u32 lists;
	size_t nlisted;
	u64 left_out;
	struct rule listed[RULES_MAX];
	/* answers with a rule, by session: the far port of its flows is its number */
	u8 named[SHADOW_SESSIONS];
};

static struct gateway gateway;
static struct engine engine;
static struct attribution *attribution;

void engine_rule(struct engine *e, const struct event *drop, const struct rule *rule, s32 queue,
		 const char *why_not)
{
	e->answers++;
	e->queue = queue;
	e->drop = *drop;
	e->found += !!rule;
	e->named[drop->key.far.port % SHADOW_SESSIONS] += !!rule;
	memset(&e->rule, 0, sizeof(e->rule));
	e->why_not[0] = '\0';
	if (rule)
		e->rule = *rule;
	else
		snprintf(e->why_not, sizeof(e->why_not), "%s", why_not);
}

struct rule_wanted engine_rule_wanted(const struct engine *e, const struct event *drop)
{
	return (struct rule_wanted){.by = drop->key.far.port,
				    .known = e->named[drop->key.far.port % SHADOW_SESSIONS]};
}

void engine_rules(struct engine *e, const struct rule *rules, size_t count, u64 left_out)
{
	e->lists++;
	e->nlisted = count;
	e->left_out = left_out;
	memcpy(e->listed, rules, count * sizeof(*rules));
}

/* Replaces the running ruleset. */
static inline void shadow_rules(const char *text)
{
	FILE *nft = popen("nft -f -", "w");

	assert_non_null(nft);
	fprintf(nft, "flush ruleset\n%s\n", text);
	assert_int_equal(pclose(nft), 0);
	assert_true(!system("conntrack -F 2>/dev/null"));
}

/*
 * Finds the line of the running ruleset's listing that has this in it, without its handle, which is
 * returned.
 */
static inline u64 shadow_listed(const char *what, char *text, size_t size)
{
	static const char mark[] = " # handle ";
	FILE *nft = popen(LISTED, "r");
	char line[4096], *end;
	u64 handle = 0;

	snprintf(text, size, "%s is not listed", what);
	assert_non_null(nft);
	while (fgets(line, sizeof(line), nft)) {
		end = strstr(line, what) ? strrchr(line, '#') : NULL;
		if (!end || strncmp(--end, mark, strlen(mark)))
			continue;
		handle = strtoull(end + strlen(mark), NULL, 10);
		*end = '\0';
		snprintf(text, size, "%s", line + strspn(line, "\t "));
	}
	assert_int_equal(pclose(nft), 0);
	return handle;
}

/* Returns the offset of the transport's checksum in a frame. */
static inline u32 shadow_checksum_at(const struct buf *frame)
{
	bool v4 = frame->b[14] >> 4 == 4;

	return v4 ? 34 + (frame->b[23] == 6 ? 16u : 6u) : 54 + (frame->b[20] == 6 ? 16u : 6u);
}

/*
 * Returns the sum of the 16-bit words from `at` on and of those before that the transport's
 * checksum covers, as if it were 0.
 */
static inline u16 words_from(const struct buf *frame, u32 at)
{
	bool v4 = frame->b[14] >> 4 == 4;
	u32 sum = frame->len - (v4 ? 34 : 54) + frame->b[v4 ? 23 : 20];

	for (u32 i = v4 ? 26 : 22; i < frame->len; i++)
		if ((i < (v4 ? 34 : 54) || i >= at) && (i & ~1u) != shadow_checksum_at(frame))
			sum += i & 1 ? frame->b[i] : frame->b[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (u16)sum;
}

static inline void put_checksum(struct buf *frame)
{
	set16(frame, shadow_checksum_at(frame), (u16)~words_from(frame, 0));
}

/* A drop of a packet, which begins with an Ethernet header; of a flow that no other test has. */
static inline struct event drop_of(const struct buf *frame, int came_in)
{
	static u32 flows;
	struct event event = {
		.kind = EVENT_DROP, .cls = CLASS_STUN, .time_ns = (1000 + ++flows) * 1000000000ull};
	struct drop_info *drop = &event.drop;

	event.key.tag = flows;
	drop->came_in = (u32)came_in;
	drop->packet_len = (u16)(frame->len - 14);
	drop->packet_have = drop->packet_len < DROP_KEPT ? drop->packet_len : DROP_KEPT;
	memcpy(drop->packet, frame->b + 14, drop->packet_have);
	return event;
}

/* Waits until there are so many answers in all. Returns whether there are. */
static inline bool shadow_answered(u32 answers)
{
	struct pollfd fd = {.fd = attribution_fd(attribution), .events = POLLIN};

	while (engine.answers < answers && poll(&fd, 1, 60000) == 1)
		attribution_take(attribution, 0);
	return engine.answers == answers;
}

static inline void shadow_ask(const struct event *event)
{
	u32 before = engine.answers;

	attribution_ask(attribution, event);
	assert_true(shadow_answered(before + 1));
}

static inline void ask_frame(const struct buf *frame, int came_in)
{
	struct event event = drop_of(frame, came_in);

	shadow_ask(&event);
}

static inline void ask_udp(struct endpoint src, struct endpoint dst, int came_in, const void *data,
			   u32 length)
{
	struct buf frame = {.len = 0};

	frame_udp(&frame, src, dst, data, length);
	ask_frame(&frame, came_in);
}

/* Expects the rule of the running ruleset that has this in its text as the answer. */
static inline void assert_rule(const char *family, const char *table, const char *chain,
			       const char *what)
{
	char text[RULE_TEXT];
	u64 handle = shadow_listed(what, text, sizeof(text));

	assert_string_equal(engine.why_not, "");
	assert_string_equal(engine.rule.family, family);
	assert_string_equal(engine.rule.table, table);
	assert_string_equal(engine.rule.chain, chain);
	assert_string_equal(engine.rule.text, text);
	assert_int_equal(engine.rule.handle, handle);
	assert_true(handle > 0);
}

static inline void assert_unknown(const char *why_not)
{
	assert_string_equal(engine.rule.text, "");
	if (!strstr(engine.why_not, why_not))
		fail_msg("'%s' is not in '%s'", why_not, engine.why_not);
}

/* Runs tests on one gateway. Returns the program's exit status. */
static inline int scene_run(const struct CMUnitTest *tests, size_t count)
{
	int failed = 1,
	    err = gateway_make(&gateway) ? attribution_start(&attribution, &engine, false) : -errno;

	if (err)
		printf("not ok 1 - a gateway has a shadow: %s\n", strerror(-err));
	else
		failed = _cmocka_run_group_tests("shadow", tests, count, NULL, NULL);
	attribution_stop(attribution);
	return failed != 0;
}

/* Returns the whole ruleset as nft lists it, with handles but no counters. The caller frees it. */
static inline char *shadow_whole_ruleset(void)
{
	static const char command[] = "nft -s -j list ruleset; nft -s -a list ruleset";
	FILE *nft = popen(command, "r");
	char *text = calloc(1, 1 << 20);

	assert_non_null(nft);
	assert_non_null(text);
	assert_true(fread(text, 1, (1 << 20) - 1, nft) > 100);
	assert_int_equal(pclose(nft), 0);
	return text;
}

#endif
