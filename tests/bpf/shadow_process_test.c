/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The processes of the shadow: what they may do, what they need for it, and that nothing is left of
 * them.
 */
#include "shadow.h"

#include <cap-ng.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static int lines_of(const char *command)
{
	FILE *out = popen(command, "r");
	char line[256];
	int count = 0;

	assert_non_null(out);
	while (fgets(line, sizeof(line), out))
		count++;
	pclose(out);
	return count;
}

/*
 * Asks once, in a process of its own with a helper of its own. Returns 0 when the rule was found.
 */
static int ask_alone(void)
{
	struct buf frame = {.len = 0};
	struct event event;

	if (attribution_start(&attribution, &engine, false))
		return 1;
	engine = (struct engine){0};
	frame_udp(&frame, OURS, SERVER, stun, sizeof(stun));
	event = drop_of(&frame, gateway.lan);
	attribution_ask(attribution, &event);
	return shadow_answered(1) && engine.found && strstr(engine.rule.text, "calls") ? 0 : 2;
}

/* Runs that in a session of its own, which then waits to be killed. */
static pid_t start_session(void)
{
	int ready[2];
	char byte = 1;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (!pid) {
		setsid();
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		byte = (char)ask_alone();
		if (write(ready[1], &byte, 1) == 1)
			pause();
		_exit(1);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_int_equal(byte, 0);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

/* The shadow's namespace is held by its process alone, so that it ends with it. */
static void nothing_is_left_after_a_kill(void **state)
{
	char members[64], holders[256];
	pid_t pid;

	(void)state;
	shadow_rules(one_rule);
	pid = start_session();
	snprintf(members, sizeof(members), "pgrep -r D,R,S,T -s %d", pid);
	assert_int_equal(lines_of(members), 3); /* itself, the helper, the shadow */
	snprintf(holders, sizeof(holders),
		 "here=$(readlink /proc/%d/ns/net); for p in $(pgrep -s %d); do readlink "
		 "/proc/$p/ns/net; done | "
		 "grep -vxF $here | while read n; do ls -l /proc/[0-9]*/ns/net /proc/[0-9]*/fd "
		 "2>/dev/null | grep -F "
		 "$n; "
		 "grep -F $n /proc/mounts; done",
		 pid, pid);
	assert_int_equal(lines_of(holders), 1);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	for (int i = 0; i < 100 && lines_of(members); i++)
		usleep(10000);
	assert_int_equal(lines_of(members), 0);
}

static void the_helper_may_do_little(void **state)
{
	char command[256];
	pid_t pid;

	(void)state;
	shadow_rules(one_rule);
	pid = start_session();
	/* the helper: CAP_NET_ADMIN, CAP_NET_RAW, CAP_SYS_ADMIN; the shadow: CAP_NET_ADMIN */
	snprintf(command, sizeof(command),
		 "grep -hE 'CapEff:.*0000000000(203000|001000)' $(pgrep -s %d | sed "
		 "'s|.*|/proc/&/status|')",
		 pid);
	assert_int_equal(lines_of(command), 2);
	snprintf(command, sizeof(command),
		 "grep -hE '^(Uid|Gid):.65534.65534|^NoNewPrivs:.1' $(pgrep -s %d | sed "
		 "'s|.*|/proc/&/status|')",
		 pid);
	assert_int_equal(lines_of(command), 6);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static int without_system_administration(void)
{
	if (capng_get_caps_process() ||
	    capng_update(CAPNG_DROP, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_SYS_ADMIN) ||
	    capng_apply(CAPNG_SELECT_CAPS))
		return 3;
	return ask_alone();
}

static int without_user_namespaces(void)
{
	FILE *limit;

	if (unshare(CLONE_NEWUSER))
		return 4;
	limit = fopen("/proc/sys/user/max_user_namespaces", "w");
	if (!limit || fputs("0", limit) < 0 || fclose(limit))
		return 5;
	if (capng_get_caps_process() ||
	    capng_update(CAPNG_DROP, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_SYS_ADMIN) ||
	    capng_apply(CAPNG_SELECT_CAPS))
		return 3;
	return attribution_start(&attribution, &engine, false) == -EPERM ? 0 : 6;
}

static int run_alone(int (*fn)(void))
{
	pid_t pid = fork();
	int status;

	if (!pid)
		_exit(fn());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void a_user_namespace_will_do(void **state)
{
	(void)state;
	shadow_rules(one_rule);
	assert_int_equal(run_alone(without_system_administration), 0);
}

static void without_either_there_is_no_shadow(void **state)
{
	(void)state;
	assert_int_equal(run_alone(without_user_namespaces), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_left_after_a_kill),
		cmocka_unit_test(the_helper_may_do_little),
		cmocka_unit_test(a_user_namespace_will_do),
		cmocka_unit_test(without_either_there_is_no_shadow),
	};

	if (!gateway_make(&gateway)) {
		printf("not ok 1 - there is a gateway: %s\n", strerror(errno));
		return 1;
	}
	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
