/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a shadow cannot repeat, traced in the running ruleset: the rule, and that nothing is left
 * there.
 */
#include "shadow.h"

#include <signal.h>

#define THEIRS ep(PEER4, 9000)
#define TABLES "nft list tables | grep -q p2pscope_live"

static const char limited[] = "table inet filter {\n chain forward { type filter hook forward "
			      "priority filter; policy accept;\n"
			      "  udp dport 9000 limit rate over 1/hour burst 1 packets counter "
			      "drop comment \"at this rate\"\n"
			      "  udp dport 9001 counter accept comment \"any rate\"\n }\n}";

static bool is_traced(void)
{
	return !system(TABLES);
}

static bool await_traced(bool traced)
{
	for (int i = 0; i < 200 && is_traced() != traced; i++)
		usleep(20000);
	return is_traced() == traced;
}

static void send_from(int from, struct endpoint to)
{
	struct sockaddr_storage peer;
	socklen_t size = socket_address(&to, &peer);

	assert_int_equal(sendto(from, stun, sizeof(stun), 0, (struct sockaddr *)&peer, size),
			 sizeof(stun));
}

static void drop_asked(struct endpoint to)
{
	struct buf frame = {.len = 0};
	struct event event;

	frame_udp(&frame, OURS, to, stun, sizeof(stun));
	event = drop_of(&frame, gateway.lan);
	attribution_ask(attribution, &event);
}

/*
 * The shadow has the whole limit before it; the next packet of the flow shows the rule, a flow that
 * passes shows none.
 */
static void a_limit(void **state)
{
	int host = gateway_socket(&gateway, HOST, SOCK_DGRAM, OURS);
	char *before, *after;

	(void)state;
	shadow_rules(limited);
	before = shadow_whole_ruleset();
	send_from(host, THEIRS);
	engine.answers = 0;
	drop_asked(THEIRS);
	assert_true(await_traced(true));
	assert_int_equal(engine.answers, 0);
	send_from(host, ep(PEER4, 9001));
	send_from(host, THEIRS);
	assert_true(shadow_answered(1));
	assert_rule("inet", "filter", "forward", "at this rate");
	assert_true(await_traced(false));
	after = shadow_whole_ruleset();
	assert_string_equal(before, after);
	free(before);
	free(after);
	close(host);
}

static void nothing_dropped(void **state)
{
	int host = gateway_socket(&gateway, HOST, SOCK_DGRAM, OURS);

	(void)state;
	shadow_rules(limited);
	engine.answers = 0;
	drop_asked(ep(PEER4, 9001));
	assert_true(await_traced(true));
	send_from(host, ep(PEER4, 9001));
	assert_true(shadow_answered(1));
	assert_unknown("the shadow lets it pass: a limit, quota, time, or a state that it does not "
		       "have; traced in vain");
	assert_true(await_traced(false));
	close(host);
}

/* More flows than are traced at once; changes of somebody else's meanwhile are followed. */
static void many_flows(void **state)
{
	(void)state;
	shadow_rules(limited);
	engine.answers = 0;
	for (u16 i = 0; i < 12; i++)
		drop_asked(ep(PEER4, (u16)(9001 + i)));
	assert_true(shadow_answered(4));
	assert_unknown("the shadow lets it pass: ");
	assert_true(!system("nft add rule inet filter forward udp dport 3478 drop comment later"));
	ask_udp(OURS, SERVER, gateway.lan, stun, sizeof(stun));
	assert_rule("inet", "filter", "forward", "later");
	assert_true(shadow_answered(13));
	assert_true(await_traced(false));
}

/* Last: the helper is gone. */
static void a_sudden_end(void **state)
{
	FILE *children = fopen("/proc/thread-self/children", "r");
	char *before, *after;
	pid_t helper;

	(void)state;
	shadow_rules(limited);
	before = shadow_whole_ruleset();
	assert_non_null(children);
	assert_int_equal(fscanf(children, "%d", &helper), 1);
	fclose(children);
	drop_asked(ep(PEER4, 9001));
	assert_true(await_traced(true));
	assert_int_equal(kill(helper, SIGKILL), 0);
	assert_true(await_traced(false));
	after = shadow_whole_ruleset();
	assert_string_equal(before, after);
	free(before);
	free(after);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_limit),
		cmocka_unit_test(nothing_dropped),
		cmocka_unit_test(many_flows),
		cmocka_unit_test(a_sudden_end),
	};
	int failed = 1, err = -EOPNOTSUPP;

	if (gateway_make(&gateway))
		err = attribution_start(&attribution, &engine, true);
	if (err)
		printf("not ok 1 - a gateway has a shadow: %s\n", strerror(-err));
	else
		failed = cmocka_run_group_tests(tests, NULL, NULL);
	attribution_stop(attribution);
	return failed != 0;
}
