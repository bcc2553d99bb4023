/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * docs/verdicts.md: every verdict, stage and cause, and what is tried for them in which order. With
 * "man", the list of causes in the manual page.
 */
#include <stdio.h>
#include <string.h>

#include "engine/verdict/predicates.h"
#include "engine/verdict/texts.h"
#include "engine/names.h"

static const char verdicts_note[] =
	"\n`where` is `here` if this gateway blocked or broke the session, and `upstream` if "
	"something beyond it did. The two are told apart by one fact: whether the packet was seen "
	"leaving the WAN. "
	"`confidence` is `probable` where the evidence leaves another explanation. `degraded` "
	"names "
	"the cause that kept a working session from a better path.\n";

static const char stages_intro[] = "\n## Stages\n\nHow far a session came; a failure keeps the "
				   "stage at which it happened.\n\n";

static const char course_text[] =
	"\n## The course of a session\n\n"
	"`timeline` in JSON, and `p2pscope explain`, list when a session came to each stage, and "
	"what "
	"happened to it besides:\n\n"
	"- `verdict`: a verdict was given before it ever worked.\n"
	"- `cut`: it worked, and does no more. `worked_s` tells for how long it had.\n"
	"- `impaired`: it goes on while part of its media is lost. `impaired` tells where: `here` "
	"(with the cause and the rule), `upstream`, or null where packets of the host were missing "
	"when they came in; from seven packets and 1 %% on if this gateway dropped them, 5 %% for "
	"2 "
	"s "
	"if they were lost before.\n"
	"- `recovered`: packets pass again; `impaired` keeps what was lost from when to when.\n"
	"- `reopened`: the verdict was taken back, as more came.\n\n"
	"A session has ended when nothing of either side came for 7.5 s, or for 3 s behind an "
	"alert "
	"that closes DTLS or a port unreachable of the peer. If packets come after all, it goes "
	"on.\n";

static const char rows_intro[] =
	"\n## What is tried, in this order\n\n"
	"A failure is reported when the time of its phase is over: 39.5 s of checks (RFC 8489 "
	"section 6.2.1, with the RTO of RFC 8445 section 14.3), 15 s of handshake (RFC 6347 "
	"section 4.2.4.1), or 10 s after the host has stopped trying, and then *probable*. The "
	"first row of the phase "
	"whose evidence is there rules; where there is none the verdict is `unknown`. \"Only a "
	"part "
	"is seen, or the path is opaque\" is tried first in the three phases below it.\n\n"
	"A row marked \"by absence\" rests on something that did not come in. Where another XDP "
	"program is attached to an interface of the session, nobody sees what it drops: then the "
	"verdict is `unknown`, and the evidence names the interface.\n\n"
	"A row marked \"early\" does not wait where its evidence is decisive:\n\n"
	"- Checks: every pair that was tried is dropped here, seven packets at least and for 3 s; "
	"or ICMP prohibits every pair. One pair leads to a public address or to an address of this "
	"gateway's outside, unless no STUN or TURN server can be reached: drops toward private "
	"addresses of the peer alone decide nothing. No relay may come yet: none is being asked "
	"for, and one that was granted has been tried.\n"
	"- DTLS: three records of a flight at least are dropped here for 3 s, and none of that "
	"kind "
	"gets through; or there is a fatal alert.\n"
	"- Gathering: every STUN and TURN server that the host asked is lost: it refused an "
	"allocation for good, reset the connection, or four packets to it were dropped here within "
	"3 s.\n\n"
	"If something passes after all, or the host tries something else, the verdict is taken "
	"back: "
	"`reopened` in the timeline.\n\n"
	"Until there is a verdict `outlook` tells what the evidence speaks for so far. A row "
	"marked "
	"\"outlook\" is one as soon as its evidence is there; one marked \"outlook in vain\" once "
	"three transmissions of a check (1.5 s, RFC 8489 section 6.2.1) or of a ClientHello (3 s, "
	"RFC 6347 section 4.2.4.1) were not answered.\n";

static void print_verdicts(void)
{
	printf("## Verdicts\n\n");
	for (unsigned int v = 0; v < VERDICT_COUNT; v++)
		printf("- `%s`: %s%s%s\n", words_name(WORDS_VERDICTS, v), verdict_text(v)->means,
		       *verdict_text(v)->advice ? " What to do: " : "", verdict_text(v)->advice);
	printf(verdicts_note);
}

static void print_stages(void)
{
	printf(stages_intro);
	for (unsigned int s = 0; s < STAGE_COUNT; s++)
		printf("- `%s`: %s Evidence: %s\n", words_name(WORDS_STAGES, s),
		       stage_text(s)->means, stage_text(s)->evidence);
}

static void print_session_course(void)
{
	printf(course_text);
}

static void print_cause(unsigned int cause)
{
	printf("%s%s%s: `%s`", words_name(WORDS_VERDICTS, cause_verdict(cause)),
	       cause_where(cause) ? ", " : "", words_name(WORDS_WHERES, cause_where(cause)),
	       words_name(WORDS_CAUSES, cause));
}

static void print_outcome(const struct row_text *row)
{
	bool degraded = row->phase == PHASE_DEGRADED || row->phase == PHASE_DEGRADED_TCP;

	if (row->outcome == OUTCOME_DROP_REASON)
		printf("%s: the cause that the kernel's drop reason means",
		       degraded ? "degraded" : "blocked, here");
	else if (row->outcome == OUTCOME_UNKNOWN)
		printf("%s", degraded ? "nothing; it is reported as evidence" : "unknown");
	else if (row->outcome == OUTCOME_SUCCEEDED)
		printf("succeeded");
	else if (row->outcome == OUTCOME_TIME_OVER)
		printf("as if its time were over");
	else if (degraded)
		printf("degraded: `%s`", words_name(WORDS_CAUSES, row->outcome));
	else
		print_cause(row->outcome);
	printf("**%s%s", row->flags & ROW_ABSENCE ? " (by absence)" : "",
	       row->flags & ROW_EARLY ? " (early)" : "");
	if (row->flags & (ROW_OUTLOOK | ROW_OUTLOOK_VAIN))
		printf(" (outlook%s)", row->flags & ROW_OUTLOOK_VAIN ? " in vain" : "");
}

static void print_rows(void)
{
	const struct row_text *row;
	const char *title = NULL;

	printf(rows_intro);
	for (size_t i = 0; (row = row_text(i)); i++) {
		if (title != row->title)
			printf("\n### %s\n\n", row->title);
		title = row->title;
		printf("1. %s: **", row->evidence);
		print_outcome(row);
		printf("\n");
	}
}

static void print_causes(void)
{
	printf("\n## Causes\n");
	for (unsigned int cause = CAUSE_NONE + 1; cause < CAUSE_COUNT; cause++) {
		const struct verdict_text *text = cause_text(cause);

		printf("\n### `%s`\n\n", words_name(WORDS_CAUSES, cause));
		print_cause(cause);
		printf(". %s\n\n- Evidence: %s\n- What to do: %s\n", text->means, text->evidence,
		       text->advice);
	}
}

/* A word in bold, its hyphens those that can be searched for. */
static void print_roff_word(const char *word)
{
	printf(".B ");
	for (; *word; word++)
		printf(*word == '-' ? "\\-" : "%c", *word);
	printf("\n");
}

static void print_man(void)
{
	for (unsigned int cause = CAUSE_NONE + 1; cause < CAUSE_COUNT; cause++) {
		printf(".TP\n");
		print_roff_word(words_name(WORDS_CAUSES, cause));
		printf("%s\n", cause_text(cause)->means);
	}
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "man")) {
		print_man();
		return 0;
	}
	printf("# Verdicts, stages and causes\n\n");
	print_verdicts();
	print_stages();
	print_session_course();
	print_rows();
	print_causes();
	return 0;
}
