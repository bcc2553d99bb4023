/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "attribution/helper_caps.h"
#include "attribution/replay_drop.h"
#include "attribution/worker.h"
#include "shadow/process.h"
#include "shadow/ruleset_running.h"

#define BUILD_MS 60000
#define ANSWER_MS 5000

struct task {
	struct dropped_packet dropped;
	struct ct_entry entry;
};

/* Half of the legacy tables would be worse than none: packets are translated there, too. */
static int load(const struct copy *copy)
{
	int err = running_load(copy->running, copy->messages);

	if (err || legacy_load(copy->legacy))
		return err;
	err = ruleset_load("flush ruleset");
	return err ? err : running_load(copy->running, copy->messages);
}

static int build(struct shadow *shadow, const struct copy *copy)
{
	int err = shadow_build(shadow, copy->network);

	if (!err)
		err = load(copy);
	if (!err)
		err = shadow_watch(shadow);
	return err ? err : copy_rights();
}

static int serve(int socket, void *arg)
{
	const struct copy *copy = arg;
	struct shadow shadow;
	struct task task;
	int err = build(&shadow, copy);

	if (send(socket, &err, sizeof(err), MSG_NOSIGNAL) != sizeof(err) || err)
		return err;
	while (recv(socket, &task, sizeof(task), 0) == sizeof(task)) {
		struct answer answer = {0};

		attempt_all(&shadow, copy->running, &task.dropped, &task.entry, &answer);
		if (!answer.found && copy->legacy->why_not[0])
			strcpy(answer.why_not, copy->legacy->why_not);
		if (send(socket, &answer, sizeof(answer), MSG_NOSIGNAL) < 0)
			break;
	}
	shadow_free(&shadow);
	return 0;
}

int copy_start(struct copy *copy)
{
	pid_t pid = process_start(serve, copy, &copy->socket);
	int built, err;

	if (pid < 0)
		return pid;
	copy->pid = pid;
	err = process_receive(copy->socket, &built, sizeof(built), BUILD_MS);
	if (!err)
		err = built;
	if (err)
		copy_end(copy);
	return err;
}

void copy_end(struct copy *copy)
{
	if (copy->pid)
		process_end(copy->pid, copy->socket);
	copy->pid = 0;
}

int copy_ask(const struct copy *copy, const struct dropped_packet *dropped,
	     const struct ct_entry *entry, struct answer *answer)
{
	struct task task = {.dropped = *dropped, .entry = *entry};

	if (send(copy->socket, &task, sizeof(task), MSG_NOSIGNAL) != sizeof(task))
		return -EPIPE;
	return process_receive(copy->socket, answer, sizeof(*answer), ANSWER_MS);
}
