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
#include "source/live/clock.h"
#include "util/netlink.h"

#define REST 3 /* times as long as a copy took to make nothing is done before the next one */
/* a copy this young is not made again as it finds no rule, nor at once as the network changed */
#define FRESH_MS 10000

struct helper {
	struct network network;
	struct ruleset running;
	struct netlink_batch messages;
	struct copy copy;
	struct mnl_socket *changes, *conntrack;
	struct legacy_tables legacy;
	bool may_trace;
	struct live live; /* with may_trace */
	bool changed;
	s64 built_ms; /* when */
	s64 took_ms; /* for how long */
};

static bool is_fresh(const struct helper *helper)
{
	return helper->copy.pid && clock_monotonic_ms() - helper->built_ms < FRESH_MS;
}

static void discard(struct helper *helper)
{
	copy_end(&helper->copy);
	network_free(&helper->network);
	ruleset_free(&helper->running);
	netlink_batch_free(&helper->messages);
	legacy_free(&helper->legacy);
}

/* A ruleset that changes all the time must not keep a processor busy. */
static void rest(const struct helper *helper)
{
	s64 left = helper->built_ms + REST * helper->took_ms - clock_monotonic_ms();

	if (left > 0)
		usleep((useconds_t)left * 1000);
}

static int build(struct helper *helper)
{
	s64 begin;
	int err;

	rest(helper);
	begin = clock_monotonic_ms();
	discard(helper);
	helper->changed = false;
	err = running_network(&helper->network);
	if (!err)
		err = running_ruleset(&helper->running, &helper->messages);
	if (!err)
		err = legacy_read(&helper->legacy, &helper->running);
	if (!err)
		err = copy_start(&helper->copy);
	helper->built_ms = clock_monotonic_ms();
	helper->took_ms = helper->built_ms - begin;
	return err;
}

/*
 * A gateway with a routing protocol changes its routes all the time, and few of its rules look at
 * them.
 */
static int follow(struct helper *helper)
{
	u32 generation = 0;
	int err = ruleset_generation(&generation);

	if (err)
		return err;
	helper->changed |= running_network_changed(helper->changes);
	if (helper->copy.pid && generation == helper->running.generation &&
	    (!helper->changed || is_fresh(helper)))
		return 0;
	return build(helper);
}

static int ask_copy(struct helper *helper, const struct question *question, struct answer *answer)
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
	err = copy_ask(&helper->copy, &question->dropped, &entry, answer);
	if (err)
		copy_end(&helper->copy);
	return err;
}

static void explain(int err, struct answer *answer)
{
	if (err)
		snprintf(answer->why_not, sizeof(answer->why_not), "no shadow: %s",
			 running_error(err));
}

/*
 * Sets that rules fill as packets come change without a new generation, and so do rules of
 * iptables-legacy: a copy that is not fresh may lack an element or a rule.
 */
static void find(struct helper *helper, const struct question *question, struct answer *answer)
{
	int err = follow(helper);

	if (!err)
		err = ask_copy(helper, question, answer);
	if (!err && !answer->found && (helper->changed || !is_fresh(helper))) {
		err = build(helper);
		if (!err)
			err = ask_copy(helper, question, answer);
	}
	explain(err, answer);
}

/* In a process that ends at once, and its namespace with it. */
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

static int prepare(struct helper *helper)
{
	int err;

	helper->copy = (struct copy){.network = &helper->network,
				     .running = &helper->running,
				     .messages = &helper->messages,
				     .legacy = &helper->legacy};
	legacy_open(&helper->legacy);
	err = helper_rights();
	if (!err)
		err = try_to_enter();
	if (!err)
		err = running_watch(&helper->changes);
	if (!err)
		err = netlink_open(&helper->conntrack, NETLINK_NETFILTER);
	return err;
}

static bool reply(int socket, const struct answer *answer)
{
	return send(socket, answer, sizeof(*answer), MSG_NOSIGNAL) == sizeof(*answer);
}

/* Gives whether the answer is left to what the flow's next packets show. */
static bool trace(struct helper *helper, const struct question *question,
		  const struct answer *unfound)
{
	struct conntrack packet, as;
	struct ct_entry entry;

	if (!helper->may_trace || !frame_tuple(&question->dropped, &packet) ||
	    ct_entry_find(helper->conntrack, &packet, &entry))
		return false;
	ct_entry_arrival(&entry, &packet, &as);
	return live_start(&helper->live, unfound, &as);
}

/* Tells what was traced. Gives whether there is still somebody to tell it to. */
static bool tell_traced(struct helper *helper, int socket)
{
	struct answer answer;

	while (live_next(&helper->live, &answer)) {
		if (answer.found) {
			follow(helper);
			answer.found =
				ruleset_translate(&helper->running, &helper->running, &answer.rule);
			if (!answer.found)
				strcpy(answer.why_not,
				       "the rule that dropped the flow's next packet is gone");
		}
		if (!reply(socket, &answer))
			return false;
	}
	return true;
}

/* Waits for a question. False when there will be none any more. */
static bool await(struct helper *helper, int socket)
{
	struct pollfd fds[] = {{.fd = socket, .events = POLLIN}, {.events = POLLIN}};

	do {
		fds[1].fd = live_fd(&helper->live);
		if (poll(fds, 2, live_wait_ms(&helper->live)) < 0 && errno != EINTR)
			return false;
		if (!tell_traced(helper, socket))
			return false;
	} while (!fds[0].revents);
	return true;
}

/* Gives whether there is still somebody to serve. */
static bool serve(struct helper *helper, int socket, const struct question *question, size_t length)
{
	struct answer answer = {0};

	if (!question_valid(question, length)) {
		strcpy(answer.why_not, "this is no question");
		return reply(socket, &answer);
	}
	if (question->kind == QUESTION_RULES)
		return !droppers_tell(socket, question, helper->legacy.names);
	find(helper, question, &answer);
	answer.serial = question->serial;
	return (!answer.found && trace(helper, question, &answer)) || reply(socket, &answer);
}

int helper_serve(int socket, void *live)
{
	static struct helper helper;
	struct question question;
	struct answer answer = {.error = prepare(&helper)};
	ssize_t length;

	helper.may_trace = *(const bool *)live;
	if (!reply(socket, &answer) || answer.error)
		return -EPIPE;
	while (await(&helper, socket) &&
	       (length = recv(socket, &question, sizeof(question), MSG_TRUNC)) > 0)
		if (!serve(&helper, socket, &question, (size_t)length))
			break;
	discard(&helper);
	return 0;
}
