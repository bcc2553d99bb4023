/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The helper that keeps the shadow: what it leaves alone, what it follows, how much it is asked,
 * and what its loss means.
 */
#include "shadow.h"

#include <signal.h>

#include "attribution/helper.h"
#include "shadow/process.h"
#include "attribution/protocol.h"

#define QUESTIONS 100
#define RULES 5000
#define ELEMENTS 20000

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static double timed_ask(struct endpoint to)
{
	double begin = now_ms();

	ask_udp(OURS, to, gateway.lan, stun, sizeof(stun));
	return now_ms() - begin;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void take_note(const char *what, double *ms, size_t count)
{
	qsort(ms, count, sizeof(*ms), by_value);
	printf("# %s: median %.1f ms, worst %.1f ms of %zu\n", what, ms[count / 2], ms[count - 1],
	       count);
}

static void the_running_ruleset_stays_as_it_is(void **state)
{
	double ms[QUESTIONS];
	char *before, *after;

	(void)state;
	shadow_rules(one_rule);
	before = shadow_whole_ruleset();
	for (int i = 0; i < QUESTIONS; i++) {
		ms[i] = timed_ask(SERVER);
		assert_rule("inet", "filter", "forward", "calls");
	}
	after = shadow_whole_ruleset();
	assert_string_equal(before, after);
	free(before);
	free(after);
	take_note("from a question to its answer", ms, QUESTIONS);
}

/* The rule is the same and its handle is not. */
static void reloads_are_followed(void **state)
{
	double ms[20];

	(void)state;
	for (size_t i = 0; i < COUNT(ms); i++) {
		char text[512], version[32];

		snprintf(text, sizeof(text),
			 "table inet filter {\n chain forward { type filter hook forward priority "
			 "filter; policy "
			 "accept;\n"
			 "  udp dport { %zu, 3478 } drop comment \"version %zu\"\n }\n}",
			 i + 1, i);
		shadow_rules(text);
		assert_true(!system(
			"nft add rule inet filter forward udp dport 3478 drop comment last"));
		ms[i] = timed_ask(SERVER);
		snprintf(version, sizeof(version), "version %zu", i);
		assert_rule("inet", "filter", "forward", version);
	}
	take_note("the same behind a reload", ms, COUNT(ms));
}

/* An interface that appears is there when a packet comes in on it. */
static void interfaces_are_followed(void **state)
{
	(void)state;
	shadow_rules(
		"table inet filter {\n chain forward { type filter hook forward priority filter; "
		"policy accept;\n"
		"  iifname dmz udp dport 3478 drop comment \"of the new one\"\n }\n}");
	timed_ask(SERVER);
	assert_unknown("lets it pass");
	assert_true(!system(
		"ip link add dmz type veth peer name zmd && ip addr add 10.9.0.1/24 dev dmz && "
		"ip link set zmd up && ip link set dmz up"));
	ask_udp(ep("10.9.0.2", 7000), SERVER, (int)if_nametoindex("dmz"), stun, sizeof(stun));
	assert_rule("inet", "filter", "forward", "of the new one");
	assert_true(!system("ip link del dmz"));
}

/* Makes the helper list the rules that can drop, and waits for its answer. */
static void helper_tick(u64 seconds)
{
	attribution_tick(attribution, seconds * 1000000000ull);
	timed_ask(SERVER); /* answered behind it */
}

static void assert_listed(size_t i, const char *chain, const char *text)
{
	u64 handle = engine.listed[i].handle;

	assert_string_equal(engine.listed[i].family, "inet");
	assert_string_equal(engine.listed[i].table, "filter");
	assert_string_equal(engine.listed[i].chain, chain);
	assert_string_equal(engine.listed[i].text, text);
	assert_int_equal(!strcmp(text, "policy drop"), !handle);
}

static void rules_that_can_drop(void **state)
{
	u32 lists = engine.lists;

	(void)state;
	shadow_rules(
		"table inet filter {\n map m { type inet_service : verdict; elements = { 1 : drop "
		"}\n }\n"
		" chain calls { udp dport vmap { 1 : accept, 2 : drop }\n accept comment \"never "
		"drop\"\n }\n"
		" chain forward { type filter hook forward priority filter; policy drop;\n"
		"  jump calls comment \"; policy drop;\"\n log prefix \"reject {\" accept\n"
		"  ip daddr {\n   1.1.1.1, 2.2.2.2 } counter reject with icmp admin-prohibited\n "
		"}\n"
		" chain input { type filter hook input priority filter; policy accept;\n  drop "
		"comment \"all\"\n }\n}");
	helper_tick(100);
	assert_int_equal(engine.lists, lists + 1);
	assert_int_equal(engine.nlisted, 4);
	assert_listed(0, "calls", "udp dport vmap { 1 : accept, 2 : drop }");
	assert_listed(1, "forward", "policy drop");
	assert_listed(2, "forward",
		      "ip daddr { 1.1.1.1, 2.2.2.2 } counter reject with icmp admin-prohibited");
	assert_listed(3, "input", "drop comment \"all\"");
	helper_tick(111); /* the ruleset is still the same */
	assert_int_equal(engine.lists, lists + 1);
	shadow_rules(one_rule);
	helper_tick(120); /* not yet */
	assert_int_equal(engine.lists, lists + 1);
	helper_tick(121);
	assert_int_equal(engine.lists, lists + 2);
	assert_int_equal(engine.nlisted, 1);
	assert_int_equal(engine.left_out, 0);
}

static void print_large(FILE *nft)
{
	fprintf(nft, "flush ruleset\ntable inet filter {\n set bad { type ipv4_addr; elements = {");
	for (int i = 0; i < ELEMENTS; i++)
		fprintf(nft, "%s10.%d.%d.1", i ? ", " : "", i >> 8, i & 255);
	fprintf(nft, "}\n }\n chain forward { type filter hook forward priority filter; policy "
		     "accept;\n");
	for (int i = 0; i < RULES; i++)
		fprintf(nft, "udp dport %d drop comment \"rule %d.\"\n", 10000 + i, i);
	fprintf(nft, "ip saddr @bad drop comment \"by set\"\n }\n}\n");
}

static void thousands_of_rules(void **state)
{
	FILE *nft = popen("nft -f -", "w");
	double first;

	(void)state;
	assert_non_null(nft);
	print_large(nft);
	assert_int_equal(pclose(nft), 0);
	first = timed_ask(ep(PEER4, 10000 + RULES - 1));
	assert_rule("inet", "filter", "forward", "rule 4999.");
	printf("# %d rules and %d elements: %.0f ms the first time, %.1f ms then\n", RULES,
	       ELEMENTS, first, timed_ask(ep(PEER4, 10000 + 4321)));
	assert_rule("inet", "filter", "forward", "rule 4321.");
	ask_udp(ep("10.7.7.1", 7000), ep(PEER4, 1), gateway.lan, stun, sizeof(stun));
	assert_rule("inet", "filter", "forward", "by set");
	helper_tick(200);
	assert_int_equal(engine.nlisted, RULES_MAX);
	assert_int_equal(engine.left_out, RULES + 1 - RULES_MAX);
}

static void a_flow_is_asked_for_once(void **state)
{
	struct buf frame = {.len = 0};
	struct event event;
	u32 before = engine.answers;

	(void)state;
	shadow_rules(one_rule);
	frame_udp(&frame, OURS, SERVER, stun, sizeof(stun));
	event = drop_of(&frame, gateway.lan);
	shadow_ask(&event);
	assert_memory_equal(&engine.drop, &event, sizeof(event));
	attribution_ask(attribution, &event);
	event.time_ns += 9 * 1000000000ull; /* FORGET_NS of attribution.c is 10 s */
	attribution_ask(attribution, &event);
	event.cls = CLASS_DTLS;
	shadow_ask(&event);
	event.time_ns += 11 * 1000000000ull;
	shadow_ask(&event);
	assert_int_equal(engine.answers, before + 3);
}

#define CALLS 40
#define CALL_FLOWS 9

static u32 calls_named(void)
{
	u32 named = 0;

	for (u32 i = 0; i < CALLS; i++)
		named += engine.named[1 + i] > 0;
	return named;
}

/*
 * Forty calls are blocked in one moment, each on nine flows, one call after the other: the helper
 * is asked once for each of them before it is asked for any other flow.
 */
static void many_calls_at_once_have_their_rules_soon(void **state)
{
	struct pollfd fd = {.fd = attribution_fd(attribution), .events = POLLIN};
	struct buf frame = {.len = 0};
	struct event event;
	u32 before;
	u64 now;
	double begin, ms;

	(void)state;
	shadow_rules(one_rule);
	frame_udp(&frame, OURS, SERVER, stun, sizeof(stun));
	event = drop_of(&frame, gateway.lan);
	now = event.time_ns;
	shadow_ask(&event); /* the shadow follows the ruleset */
	before = engine.answers;
	begin = now_ms();
	memset(engine.named, 0, sizeof(engine.named));
	for (u32 i = 0; i < CALLS * CALL_FLOWS; i++) {
		event = drop_of(&frame, gateway.lan);
		event.time_ns = now;
		event.key.far.port = (u16)(1 + i / CALL_FLOWS);
		attribution_ask(attribution, &event);
	}
	while (calls_named() < CALLS && poll(&fd, 1, 1000) == 1)
		attribution_take(attribution, now);
	ms = now_ms() - begin;
	printf("# %u calls named after %u answers, %.1f ms\n", calls_named(),
	       engine.answers - before, ms);
	assert_int_equal(calls_named(), CALLS);
	assert_in_range(engine.answers - before, CALLS, CALLS + 64);
	while (poll(&fd, 1, 500) == 1) /* what is still under way is none of the next test's */
		attribution_take(attribution, now);
	memset(engine.named, 0, sizeof(engine.named));
}

/* Of a flood of drops as many are asked about as may wait, besides those that the helper has. */
static void questions_are_bounded(void **state)
{
	struct pollfd fd = {.fd = attribution_fd(attribution), .events = POLLIN};
	struct buf frame = {.len = 0};
	u32 before = engine.answers;
	struct event event;

	(void)state;
	frame_udp(&frame, OURS, SERVER, stun, sizeof(stun));
	for (u32 i = 0; i < 1000; i++) {
		event = drop_of(&frame, gateway.lan);
		attribution_ask(attribution, &event);
	}
	assert_true(shadow_answered(before + 64 + 512));
	/* and in one moment fewer, once a second's allowance is used up */
	for (u32 i = 0; i < 100; i++) {
		event.key.tag = 1000000 + i;
		attribution_ask(attribution, &event);
		attribution_take(attribution, 0);
		usleep(3000);
	}
	while (poll(&fd, 1, 500) == 1) /* what is still under way is none of the next test's */
		attribution_take(attribution, 0);
	assert_in_range(engine.answers, before + 64 + 512 + 6, before + 64 + 512 + 100);
}

static bool is_refused(int socket, const void *message, size_t length)
{
	struct helper_answer answer;

	return send(socket, message, length, 0) == (ssize_t)length &&
	       !process_receive(socket, &answer, sizeof(answer), 5000) && !answer.serial &&
	       !answer.found && !strcmp(answer.why_not, "this is no question");
}

static void what_is_no_question_is_refused(void **state)
{
	struct helper_question question = {.serial = 1,
					   .dropped = {.packet_len = 60, .packet_have = 60}};
	struct helper_answer answer;
	u8 long_one[sizeof(question) + 1] = {1};
	int socket;
	bool live = false;
	pid_t pid = process_start(helper_serve, &live, &socket);

	(void)state;
	assert_true(pid > 0);
	assert_int_equal(process_receive(socket, &answer, sizeof(answer), 5000), 0);
	assert_int_equal(answer.error, 0);
	assert_true(is_refused(socket, "x", 1));
	assert_true(is_refused(socket, &question, sizeof(question) - 1));
	assert_true(is_refused(socket, long_one, sizeof(long_one)));
	question.dropped.packet_have = DROP_KEPT + 1;
	question.dropped.packet_len = 60000;
	assert_true(is_refused(socket, &question, sizeof(question)));
	question.dropped.packet_have = 61;
	question.dropped.packet_len = 60;
	assert_true(is_refused(socket, &question, sizeof(question)));
	question.kind = QUESTION_KINDS;
	question.dropped.packet_have = 60;
	assert_true(is_refused(socket, &question, sizeof(question)));
	question.kind = QUESTION_DROP;
	/* a question without a packet is one, too */
	question.dropped.packet_have = 60;
	assert_int_equal(send(socket, &question, sizeof(question), 0), sizeof(question));
	assert_int_equal(process_receive(socket, &answer, sizeof(answer), 5000), 0);
	assert_int_equal(answer.serial, 1);
	assert_non_null(strstr(answer.why_not, "cannot be replayed"));
	process_end(pid, socket);
}

/* The last test: from then on there is no answer any more, which is reported once a flow. */
static void a_helper_that_ends(void **state)
{
	struct pollfd fd = {.fd = attribution_fd(attribution), .events = POLLIN};
	struct buf frame = {.len = 0};
	struct event event;
	u32 before = engine.answers;
	FILE *children = fopen("/proc/thread-self/children", "r");
	pid_t helper;

	(void)state;
	assert_non_null(children);
	assert_int_equal(fscanf(children, "%d", &helper), 1); /* the only one */
	fclose(children);
	assert_int_equal(kill(helper, SIGKILL), 0);
	assert_int_equal(poll(&fd, 1, 5000), 1);
	attribution_take(attribution, 0);
	frame_udp(&frame, OURS, SERVER, stun, sizeof(stun));
	event = drop_of(&frame, gateway.lan);
	attribution_ask(attribution, &event);
	attribution_ask(attribution, &event);
	assert_int_equal(engine.answers, before + 1);
	assert_unknown("no shadow");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_running_ruleset_stays_as_it_is),
		cmocka_unit_test(reloads_are_followed),
		cmocka_unit_test(interfaces_are_followed),
		cmocka_unit_test(rules_that_can_drop),
		cmocka_unit_test(thousands_of_rules),
		cmocka_unit_test(a_flow_is_asked_for_once),
		cmocka_unit_test(many_calls_at_once_have_their_rules_soon),
		cmocka_unit_test(questions_are_bounded),
		cmocka_unit_test(what_is_no_question_is_refused),
		cmocka_unit_test(a_helper_that_ends),
	};

	return scene_run(tests, COUNT(tests));
}
