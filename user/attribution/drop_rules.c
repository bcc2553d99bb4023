/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <sys/socket.h>

#include "attribution/drop_rules.h"
#include "shadow/iptables_legacy.h"
#include "shadow/rule_text.h"

static int send_rules(int socket, const struct ruleset *running,
		      const struct helper_question *question)
{
	struct helper_answer end = {
		.serial = question->serial, .ends = 1, .generation = running->generation};
	u32 sent = 0;

	for (size_t i = 0; i < running->nrules; i++) {
		struct helper_answer answer = {.serial = question->serial, .found = 1};

		if (!rule_text_can_drop(running->rules[i].text))
			continue;
		if (sent == RULES_MAX) {
			end.left_out++;
			continue;
		}
		sent++;
		ruleset_describe(&running->rules[i], &answer.rule);
		if (send(socket, &answer, sizeof(answer), MSG_NOSIGNAL) != sizeof(answer))
			return -EPIPE;
	}
	return send(socket, &end, sizeof(end), MSG_NOSIGNAL) == sizeof(end) ? 0 : -EPIPE;
}

/* An unchanged ruleset is not read again. */
static int read_changed(struct ruleset *running, struct legacy_tables *legacy, u32 known)
{
	int err = ruleset_generation(&running->generation);

	if (err || running->generation == known)
		return err;
	err = ruleset_read(running);
	return err ? err : legacy_read(legacy, running);
}

int drop_rules_send(int socket, const struct helper_question *question, const int *files)
{
	struct helper_answer failed = {.serial = question->serial, .ends = 1};
	struct ruleset running = {0};
	struct legacy_tables legacy = {0};
	int err;

	memcpy(legacy.names, files, sizeof(legacy.names));
	failed.error = read_changed(&running, &legacy, question->generation);
	if (failed.error)
		err = send(socket, &failed, sizeof(failed), MSG_NOSIGNAL) == sizeof(failed)
			      ? 0
			      : -EPIPE;
	else
		err = send_rules(socket, &running, question);
	ruleset_free(&running);
	legacy_free(&legacy);
	return err;
}
