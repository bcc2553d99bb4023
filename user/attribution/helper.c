/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attribution/drop_rules.h"
#include "attribution/helper.h"
#include "attribution/helper_caps.h"
#include "attribution/live_trace.h"
#include "attribution/worker.h"
#include "shadow/frame.h"
#include "shadow/ruleset_running.h"
#include "shadow/shadow.h"
#include "util/netlink.h"
#include "util/time.h"

#define REST 3 /* a worker is replaced after at least this many times as long as it took to build */
/* a worker younger than this is not replaced because it finds no rule or the network changed */
#define FRESH_MS 10000

struct helper {
	struct network network;
	struct ruleset running;
	struct netlink_batch messages;
	struct shadow_worker worker;
	struct mnl_socket *changes, *conntrack;
	struct legacy_tables legacy;
	bool may_trace;
	struct live_trace live; /* with may_trace */
	bool changed;
	s64 built_ms; /* when the worker was built, monotonic */
	s64 took_ms; /* how long that took */
};

static bool is_fresh(const struct helper *helper)
{
	return helper->worker.pid && time_monotonic_ms() - helper->built_ms < FRESH_MS;
}

static void discard_worker(struct helper *helper)
{
	worker_stop(&helper->worker);
	network_free(&helper->network);
	ruleset_free(&helper->running);
	netlink_batch_free(&helper->messages);
	legacy_free(&helper->legacy);
}

/* A ruleset that changes all the time must not keep a processor busy. */
static void pause_between_builds(const struct helper *helper)
{
	s64 left = helper->built_ms + REST * helper->took_ms - time_monotonic_ms();

	if (left > 0)
		usleep((useconds_t)left * 1000);
}

static int build_worker(struct helper *helper)
{
	s64 begin;
	int err;

	pause_between_builds(helper);
	begin = time_monotonic_ms();
	discard_worker(helper);
	helper->changed = false;
	err = running_network(&helper->network);
	if (!err)
		err = running_ruleset(&helper->running, &helper->messages);
	if (!err)
		err = legacy_read(&helper->legacy, &helper->running);
	if (!err)
		err = worker_start(&helper->worker);
	helper->built_ms = time_monotonic_ms();
	helper->took_ms = helper->built_ms - begin;
	return err;
}

/*
 * The network alone does not replace a fresh worker: a routing protocol changes routes all the
 * time, and few rules look at them.
 */
static int follow_gateway(struct helper *helper)
{
	u32 generation = 0;
	int err = ruleset_generation(&generation);

	if (err)
		return err;
	helper->changed |= running_network_changed(helper->changes);
	if (helper->worker.pid && generation == helper->running.generation &&
	    (!helper->changed || is_fresh(helper)))
		return 0;
	return build_worker(helper);
}

static int ask_worker(struct helper *helper, const struct helper_question *question,
		      struct helper_answer *answer)
{
	struct ct_entry entry = {0};
	struct conntrack packet;
	int err = frame_tuple(&question->dropped, &packet)
			  ? ct_entry_find(helper->conntrack, &packet, &entry)
			  : 0;

	if (err) {
		snprintf(answer->why_not, sizeof(answer->why_not), "conntrack cannot be asked: %s",
			 strerror(-err));
		return 0;
	}
	/* where the running ruleset may be traced, it tells what a limit drops, and for certain */
	err = worker_ask(&helper->worker, &question->dropped, &entry, !helper->may_trace, answer);
	if (err)
		worker_stop(&helper->worker);
	return err;
}

static void explain_failure(int err, struct helper_answer *answer)
{
	if (err)
		snprintf(answer->why_not, sizeof(answer->why_not), "no shadow: %s",
			 running_error(err));
}

/*
 * A set that rules fill from packets changes without a new generation, and so do the rules of
 * iptables-legacy: a worker that is not fresh may lack an element or a rule.
 */
static void find_rule(struct helper *helper, const struct helper_question *question,
		      struct helper_answer *answer)
{
	int err = follow_gateway(helper);

	if (!err)
		err = ask_worker(helper, question, answer);
	if (!err && !answer->found && (helper->changed || !is_fresh(helper))) {
		err = build_worker(helper);
		if (!err)
			err = ask_worker(helper, question, answer);
	}
	explain_failure(err, answer);
}

/* Tries it in a process that ends at once, and its namespace with it. */
static int try_to_enter(void)
{
	pid_t pid = fork();
	int status;

	if (!pid)
		_exit(shadow_enter() ? 1 : 0);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -errno;
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -EPERM;
}

static int helper_prepare(struct helper *helper)
{
	int err;

	helper->worker = (struct shadow_worker){.network = &helper->network,
						.running = &helper->running,
						.messages = &helper->messages,
						.legacy = &helper->legacy};
	legacy_open(&helper->legacy);
	err = helper_drop_capabilities();
	if (!err)
		err = try_to_enter();
	if (!err)
		err = running_watch(&helper->changes);
	if (!err)
		err = netlink_open(&helper->conntrack, NETLINK_NETFILTER);
	return err;
}

static bool send_answer(int socket, const struct helper_answer *answer)
{
	return send(socket, answer, sizeof(*answer), MSG_NOSIGNAL) == sizeof(*answer);
}

/* Returns whether the flow's next packets are traced, and the answer is postponed. */
static bool trace_next_packets(struct helper *helper, const struct helper_question *question,
			       const struct helper_answer *unfound)
{
	struct conntrack packet, as;
	struct ct_entry entry;

	if (!helper->may_trace || !frame_tuple(&question->dropped, &packet) ||
	    ct_entry_find(helper->conntrack, &packet, &entry))
		return false;
	ct_entry_arrival(&entry, &packet, &as);
	return live_trace_start(&helper->live, unfound, &as);
}

/* Sends the answers of finished traces. Returns whether the daemon is still there. */
static bool tell_traced(struct helper *helper, int socket)
{
	struct helper_answer answer;

	while (live_trace_next(&helper->live, &answer)) {
		if (answer.found) {
			follow_gateway(helper);
			answer.found =
				ruleset_translate(&helper->running, &helper->running, &answer.rule);
			if (!answer.found)
				strcpy(answer.why_not,
				       "the rule that dropped the flow's next packet is gone");
		}
		if (!send_answer(socket, &answer))
			return false;
	}
	return true;
}

/* Waits for a question. Returns false when there will be none any more. */
static bool wait_for_question(struct helper *helper, int socket)
{
	struct pollfd fds[] = {{.fd = socket, .events = POLLIN}, {.events = POLLIN}};

	do {
		fds[1].fd = live_trace_fd(&helper->live);
		if (poll(fds, 2, live_trace_wait_ms(&helper->live)) < 0 && errno != EINTR)
			return false;
		if (!tell_traced(helper, socket))
			return false;
	} while (!fds[0].revents);
	return true;
}

/* Answers a question. Returns whether the daemon is still there. */
static bool serve_question(struct helper *helper, int socket,
			   const struct helper_question *question, size_t length)
{
	struct helper_answer answer = {0};

	if (!question_valid(question, length)) {
		strcpy(answer.why_not, "this is no question");
		return send_answer(socket, &answer);
	}
	if (question->kind == QUESTION_RULES)
		return !drop_rules_send(socket, question, helper->legacy.names);
	find_rule(helper, question, &answer);
	answer.serial = question->serial;
	return (!answer.found && trace_next_packets(helper, question, &answer)) ||
	       send_answer(socket, &answer);
}

int helper_serve(int socket, void *live)
{
	static struct helper helper;
	struct helper_question question;
	struct helper_answer answer = {.error = helper_prepare(&helper)};
	ssize_t length;

	helper.may_trace = *(const bool *)live;
	if (!send_answer(socket, &answer) || answer.error)
		return -EPIPE;
	while (wait_for_question(&helper, socket) &&
	       (length = recv(socket, &question, sizeof(question), MSG_TRUNC)) > 0)
		if (!serve_question(&helper, socket, &question, (size_t)length))
			break;
	discard_worker(&helper);
	return 0;
}
