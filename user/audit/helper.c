/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "audit/changes.h"
#include "audit/copy.h"
#include "audit/frame.h"
#include "audit/helper.h"
#include "audit/helper_rights.h"
#include "audit/netlink.h"
#include "audit/running.h"
#include "audit/shadow.h"

#define REST 3 /* times as long as a copy took to make nothing is done before the next one */
#define FRESH_MS 10000 /* a copy this young is not made again as it finds no rule, nor at once as the network changed */

struct helper {
	struct network network;
	struct ruleset running;
	struct requests messages;
	struct copy copy;
	struct mnl_socket *changes, *conntrack;
	int legacy[2]; /* which tables of iptables-legacy there are: IPv4, IPv6; -1: not known */
	bool changed;
	s64 built_ms; /* when */
	s64 took_ms; /* for how long */
};

static s64 now_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000ll + time.tv_nsec / 1000000;
}

static bool is_fresh(const struct helper *helper)
{
	return helper->copy.pid && now_ms() - helper->built_ms < FRESH_MS;
}

static void discard(struct helper *helper)
{
	copy_end(&helper->copy);
	network_free(&helper->network);
	ruleset_free(&helper->running);
	requests_free(&helper->messages);
}

/* A ruleset that changes all the time must not keep a processor busy. */
static void rest(const struct helper *helper)
{
	s64 left = helper->built_ms + REST * helper->took_ms - now_ms();

	if (left > 0)
		usleep((useconds_t)left * 1000);
}

static int build(struct helper *helper)
{
	s64 begin;
	int err;

	rest(helper);
	begin = now_ms();
	discard(helper);
	helper->changed = false;
	err = running_network(&helper->network);
	if (!err)
		err = running_ruleset(&helper->running, &helper->messages);
	if (!err)
		err = copy_start(&helper->copy);
	helper->built_ms = now_ms();
	helper->took_ms = helper->built_ms - begin;
	return err;
}

/* A gateway with a routing protocol changes its routes all the time, and few of its rules look at them. */
static int follow(struct helper *helper)
{
	u32 generation = 0;
	int err = ruleset_generation(&generation);

	if (err)
		return err;
	helper->changed |= changes_seen(helper->changes);
	if (helper->copy.pid && generation == helper->running.generation && (!helper->changed || is_fresh(helper)))
		return 0;
	return build(helper);
}

/* A packet that was translated mirrors a tuple of its entry instead of being one. */
static int read_entry(const struct helper *helper, const struct dropped *dropped, struct entry *entry)
{
	struct conntrack packet, mirrored;
	int err;

	*entry = (struct entry){0};
	if (!frame_tuple(dropped, &packet))
		return 0;
	err = entry_read(helper->conntrack, &packet, entry);
	if (err || entry->conntrack.state == CONNTRACK_FOUND)
		return err;
	mirrored = packet;
	mirrored.orig_src = packet.orig_dst;
	mirrored.orig_dst = packet.orig_src;
	return entry_read(helper->conntrack, &mirrored, entry);
}

static int ask_copy(struct helper *helper, const struct question *question, struct answer *answer)
{
	struct entry entry;
	int err = read_entry(helper, &question->dropped, &entry);

	if (err) {
		snprintf(answer->why_not, sizeof(answer->why_not), "conntrack cannot be asked: %s", strerror(-err));
		return 0;
	}
	err = copy_ask(&helper->copy, &question->dropped, &entry, answer);
	if (err)
		copy_end(&helper->copy);
	return err;
}

static bool has_legacy(const struct helper *helper)
{
	char byte;

	return pread(helper->legacy[0], &byte, 1, 0) > 0 || pread(helper->legacy[1], &byte, 1, 0) > 0;
}

static void explain(const struct helper *helper, int err, struct answer *answer)
{
	if (err)
		snprintf(answer->why_not, sizeof(answer->why_not), "no shadow: %s", running_error(err));
	else if (!answer->found && has_legacy(helper))
		snprintf(answer->why_not, sizeof(answer->why_not),
			 "no rule of nftables drops it, and those of iptables-legacy are not in the shadow");
}

/* Sets that rules fill as packets come change without a new generation: a copy that is not fresh may lack an element. */
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
	explain(helper, err, answer);
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

	helper->copy =
		(struct copy){.network = &helper->network, .running = &helper->running, .messages = &helper->messages};
	/* only root can open them */
	helper->legacy[0] = open("/proc/net/ip_tables_names", O_RDONLY | O_CLOEXEC);
	helper->legacy[1] = open("/proc/net/ip6_tables_names", O_RDONLY | O_CLOEXEC);
	err = helper_rights();
	if (!err)
		err = try_to_enter();
	if (!err)
		err = changes_watch(&helper->changes);
	if (!err)
		err = netlink_open(&helper->conntrack, NETLINK_NETFILTER);
	return err;
}

static bool reply(int socket, const struct answer *answer)
{
	return send(socket, answer, sizeof(*answer), MSG_NOSIGNAL) == sizeof(*answer);
}

int helper_serve(int socket, void *unused)
{
	static struct helper helper;
	struct question question;
	struct answer answer = {.error = prepare(&helper)};
	ssize_t length;

	(void)unused;
	if (!reply(socket, &answer) || answer.error)
		return -EPIPE;
	while ((length = recv(socket, &question, sizeof(question), MSG_TRUNC)) > 0) {
		memset(&answer, 0, sizeof(answer));
		if (question_valid(&question, (size_t)length)) {
			find(&helper, &question, &answer);
			answer.serial = question.serial;
		} else {
			strcpy(answer.why_not, "this is no question");
		}
		if (!reply(socket, &answer))
			break;
	}
	discard(&helper);
	return 0;
}
