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

struct worker_task {
	struct dropped_packet dropped;
	struct ct_entry entry;
	bool burst; /* as for replay_drop() */
};

/* A part of the legacy tables would be worse than none, for they translate addresses, too. */
static int load_rules(const struct shadow_worker *worker)
{
	int err = running_load(worker->running, worker->messages);

	if (err || legacy_load(worker->legacy))
		return err;
	err = ruleset_load("flush ruleset");
	return err ? err : running_load(worker->running, worker->messages);
}

static int build_shadow(struct shadow *shadow, const struct shadow_worker *worker)
{
	int err = shadow_build(shadow, worker->network);

	if (!err)
		err = load_rules(worker);
	if (!err)
		err = shadow_watch(shadow);
	return err ? err : worker_drop_capabilities();
}

static int worker_serve(int socket, void *arg)
{
	const struct shadow_worker *worker = arg;
	struct shadow shadow;
	struct worker_task task;
	int err = build_shadow(&shadow, worker);

	if (send(socket, &err, sizeof(err), MSG_NOSIGNAL) != sizeof(err) || err)
		return err;
	while (recv(socket, &task, sizeof(task), 0) == sizeof(task)) {
		struct helper_answer answer = {0};

		replay_drop(&shadow, worker->running, &task.dropped, &task.entry, task.burst,
			    &answer);
		if (!answer.found && worker->legacy->why_not[0])
			strcpy(answer.why_not, worker->legacy->why_not);
		if (send(socket, &answer, sizeof(answer), MSG_NOSIGNAL) < 0)
			break;
	}
	shadow_free(&shadow);
	return 0;
}

int worker_start(struct shadow_worker *worker)
{
	pid_t pid = process_start(worker_serve, worker, &worker->socket);
	int built, err;

	if (pid < 0)
		return pid;
	worker->pid = pid;
	err = process_receive(worker->socket, &built, sizeof(built), BUILD_MS);
	if (!err)
		err = built;
	if (err)
		worker_stop(worker);
	return err;
}

void worker_stop(struct shadow_worker *worker)
{
	if (worker->pid)
		process_end(worker->pid, worker->socket);
	worker->pid = 0;
}

int worker_ask(const struct shadow_worker *worker, const struct dropped_packet *dropped,
	       const struct ct_entry *entry, bool burst, struct helper_answer *answer)
{
	struct worker_task task = {.dropped = *dropped, .entry = *entry, .burst = burst};

	if (send(worker->socket, &task, sizeof(task), MSG_NOSIGNAL) != sizeof(task))
		return -EPIPE;
	return process_receive(worker->socket, answer, sizeof(*answer), ANSWER_MS);
}
