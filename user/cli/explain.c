/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* `p2pscope explain ID`: one session in detail. */
#include <stdio.h>
#include <string.h>

#include "cli/client.h"
#include "cli/show.h"
#include "cli/command.h"
#include "util/log.h"

/* What is said of an entry of the timeline. The first stages need no words. */
static const struct {
	const char *state, *text;
} course_texts[] = {
	{"connected", "connected: a candidate pair is answered and in use"},
	{"secured", "secured: the DTLS handshake is complete"},
	{"media", "media or data flow"},
	{"ended", "ended: neither side sends any more"},
	{"verdict", "verdict"},
	{"cut", "cut: it worked, and does no more"},
	{"impaired", "impaired: part of the packets is lost"},
	{"recovered", "recovered: packets pass again"},
	{"reopened", "reopened: the verdict is taken back"},
};

static const char *course_text(const char *state)
{
	for (size_t i = 0; i < sizeof(course_texts) / sizeof(course_texts[0]); i++)
		if (!strcmp(course_texts[i].state, state))
			return course_texts[i].text;
	return NULL;
}

static void print_event(double since, const char *at, const char *what)
{
	printf("  %+10.3f s  %-8s %s\n", since, at, what);
}

static void print_entry(const json_t *entry, double first)
{
	const char *state = show_text(entry, "state"), *text = course_text(state);
	const char *where = show_text(entry, "where"), *cause = show_text(entry, "cause");
	char line[160];

	if (!text)
		return;
	if (*cause)
		snprintf(line, sizeof(line), "%s: %s%s%s, %s", text, show_text(entry, "verdict"),
			 *where ? " " : "", where, cause);
	print_event(show_number(entry, "t") - first, "=", *cause ? line : text);
}

/*
 * Prints the timeline up to `until`; it is in order of time. `next` is the first that is not
 * printed yet.
 */
static size_t print_timeline(const json_t *session, size_t next, double until)
{
	const json_t *list = json_object_get(session, "timeline");

	for (; next < json_array_size(list); next++) {
		const json_t *entry = json_array_get(list, next);

		if (show_number(entry, "t") > until)
			break;
		print_entry(entry, show_number(session, "times.first"));
	}
	return next;
}

static void print_evidence(const json_t *session)
{
	const json_t *list = json_object_get(session, "evidence");
	double first = show_number(session, "times.first");
	size_t next = 0;

	printf("Evidence, and the point where it was observed:\n");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *item = json_array_get(list, i);
		double t = show_number(item, "t");

		next = print_timeline(session, next, t);
		print_event(t - first, show_text(item, "at"), show_text(item, "what"));
	}
	print_timeline(session, next, 1e300);
}

static void print_other_pairs(const json_t *session)
{
	const json_t *pairs = json_object_get(session, "pairs");

	if (json_array_size(pairs) < 2)
		return;
	printf("All candidate pairs:\n");
	for (size_t i = 0; i < json_array_size(pairs); i++) {
		const json_t *pair = json_array_get(pairs, i);
		const char *local = show_text(pair, "local"), *mapped = show_text(pair, "mapped");
		const char *relay = show_text(pair, "relay");

		printf("  %s to %s%s%s: %s%s\n",
		       *local    ? local
		       : *mapped ? mapped
				 : "?",
		       show_text(pair, "remote"), *relay ? " through the relay " : "", relay,
		       show_text(pair, "state"),
		       json_is_true(json_object_get(pair, "nominated")) ? ", nominated" : "");
	}
	printf("\n");
}

static void print_dtls(const json_t *session)
{
	const char *state = show_text(session, "dtls.state"),
		   *version = show_text(session, "dtls.version");
	const char *profile = show_text(session, "dtls.srtp_profile");

	if (!*state || !strcmp(state, "none"))
		return;
	printf("\nDTLS%s%s: %s%s%s", *version ? " " : "", version, state, *profile ? ", " : "",
	       profile);
	if (show_number(session, "dtls.handshake_ms") > 0)
		printf(", handshake %.0f ms", show_number(session, "dtls.handshake_ms"));
	printf("\n");
}

static void print_advice(const char *verdict, const char *cause)
{
	const struct verdict_text *text = advice_for(verdict, cause);

	if (!text)
		return;
	printf("  %s\n", text->means);
	if (*text->advice)
		printf("  What to do: %s\n", text->advice);
}

/* Prints a rule as nft(8) names it, if there is one. */
static void print_blocking_rule(const json_t *rule)
{
	if (json_is_object(rule))
		printf("  Rule: %s %s %s handle %.0f: %s\n", show_text(rule, "family"),
		       show_text(rule, "table"), show_text(rule, "chain"),
		       show_number(rule, "handle"), show_text(rule, "text"));
}

static void print_verdict(const json_t *session)
{
	const char *verdict = show_text(session, "verdict"), *where = show_text(session, "where");
	const char *cause = show_text(session, "cause"),
		   *degraded = show_text(session, "degraded.cause");
	const json_t *connect = json_object_get(session, "time_to_connect_ms");

	printf("\nVerdict: %s%s%s%s%s, stage %s", verdict, *where ? " " : "", where,
	       *cause ? ", cause " : "", cause, show_text(session, "stage"));
	if (!strcmp(show_text(session, "confidence"), "probable"))
		printf(", probable");
	if (json_is_number(connect))
		printf(", connected after %.0f ms", json_number_value(connect));
	printf("\n");
	print_blocking_rule(json_object_get(session, "rule"));
	print_advice(verdict, cause);
	if (*degraded) {
		printf("Degraded: a better path was blocked first, cause %s\n", degraded);
		print_blocking_rule(json_object_get(json_object_get(session, "degraded"), "rule"));
		print_advice(verdict, degraded);
	}
}

static const char *direction_text(const json_t *session)
{
	return strcmp(show_text(session, "impaired.direction"), "out") ? "to the host"
								       : "from the host";
}

static void print_course(const json_t *session)
{
	const char *outlook = show_text(session, "outlook.cause"),
		   *cause = show_text(session, "impaired.cause"),
		   *where = show_text(session, "impaired.where");
	const json_t *impaired = json_object_get(session, "impaired"),
		     *worked = json_object_get(session, "worked_s");

	if (*outlook) {
		printf("Outlook: so far it looks like %s %s\n", show_text(session, "outlook.where"),
		       outlook);
		print_blocking_rule(json_object_get(json_object_get(session, "outlook"), "rule"));
	}
	if (json_is_number(worked))
		printf("It worked for %.1f s before.\n", json_number_value(worked));
	if (!json_is_object(impaired))
		return;
	printf("Impaired: %.0f %s packets %s lost%s%s%s%s, %.1f %% of them, in %.1f s\n",
	       show_number(impaired, "dropped"), show_text(impaired, "kind"),
	       direction_text(session), *where ? " " : "", where, *cause ? ", cause " : "", cause,
	       100 * show_number(impaired, "share"),
	       show_number(impaired, "to") - show_number(impaired, "from"));
	print_blocking_rule(json_object_get(impaired, "rule"));
}

static void print_session(const json_t *session)
{
	const char *host = show_text(session, "host"), *peer = show_text(session, "peer");
	char when[64];

	printf("Session %s: %s and %s, first seen %s\n", show_text(session, "id"),
	       *host ? host : "?", *peer ? peer : "?",
	       show_moment(when, sizeof(when), show_number(session, "times.first")));
}

static void show_story(const json_t *session)
{
	print_session(session);
	show_picture(session);
	print_other_pairs(session);
	print_evidence(session);
	print_dtls(session);
	show_media(session);
	print_verdict(session);
	print_course(session);
}

/* Only an id, or the beginning of one, may become a part of the URL. */
static bool is_id(const char *text)
{
	size_t length = strlen(text);

	return length && length <= 16 && strspn(text, "0123456789abcdefABCDEF") == length;
}

int command_explain(const struct options *options)
{
	const char *id = options->words[0];
	char page[64];
	json_t *session = NULL;
	struct answer answer;
	int err;

	snprintf(page, sizeof(page), "/api/v1/sessions/%s", is_id(id) ? id : "-");
	err = client_get(options, page, &answer);
	if (err)
		return err;
	if (answer.status == 404) {
		log_error("there is no session '%s'; 'p2pscope sessions' lists them", id);
		err = EXIT_PROBLEM;
	} else {
		err = client_take(options, page, &answer, &session);
	}
	answer_free(&answer);
	if (!err && session && !json_is_string(json_object_get(session, "id")))
		err = client_bad_answer();
	if (!err && session)
		show_story(session);
	json_decref(session);
	return err;
}
