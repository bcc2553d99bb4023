/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <sys/socket.h>

#include "attribution/drop_rules.h"
#include "shadow/iptables_legacy.h"

#define BETWEEN " \t\n,;:{}"

static bool is_verdict(const struct span *word, bool legacy)
{
	if (legacy)
		return span_equal(word, "DROP") || span_equal(word, "REJECT") ||
		       span_equal(word, "NFQUEUE");
	return span_equal(word, "drop") || span_equal(word, "reject") || span_equal(word, "queue");
}

/* The next word that is not in quotes; empty at the end. */
static struct span next_word(struct span *text)
{
	size_t length = 0;

	while (text->length && strchr(BETWEEN "\"", *text->at)) {
		const char *end =
			*text->at == '"' ? memchr(text->at + 1, '"', text->length - 1) : text->at;

		span_take(text, end ? (size_t)(end - text->at) + 1 : text->length);
	}
	while (length < text->length && !strchr(BETWEEN "\"", text->at[length]))
		length++;
	return span_take(text, length);
}

/* Also a policy that is listed. What a map of verdicts with a name says is not looked at. */
static bool can_drop(const struct listed_rule *rule)
{
	bool legacy = span_begins(&rule->text, "-A ");
	struct span rest = rule->text, word;

	while ((word = next_word(&rest)).length)
		if (is_verdict(&word, legacy))
			return true;
	return false;
}

static int send_rules(int socket, const struct ruleset *running,
		      const struct helper_question *question)
{
	struct helper_answer end = {
		.serial = question->serial, .ends = 1, .generation = running->generation};
	u32 told = 0;

	for (size_t i = 0; i < running->nrules; i++) {
		struct helper_answer answer = {.serial = question->serial, .found = 1};

		if (!can_drop(&running->rules[i]))
			continue;
		if (told == RULES_MAX) {
			end.left_out++;
			continue;
		}
		told++;
		ruleset_describe(&running->rules[i], &answer.rule);
		if (send(socket, &answer, sizeof(answer), MSG_NOSIGNAL) != sizeof(answer))
			return -EPIPE;
	}
	return send(socket, &end, sizeof(end), MSG_NOSIGNAL) == sizeof(end) ? 0 : -EPIPE;
}

/* Reading a ruleset that is known already would be for nothing. */
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
