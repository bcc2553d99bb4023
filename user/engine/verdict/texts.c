/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "engine/verdict/texts.h"
#include "engine/verdict/predicates.h"

static const struct verdict_text stages[STAGE_COUNT] = {
	[STAGE_GATHERING] = {"The host asks STUN and TURN servers; no check was seen yet.",
			     "A gathering that failed, or a peer that was let in at a TURN server.",
			     ""},
	[STAGE_CHECKING] =
		{"Connectivity checks are sent.",
		 "A Binding request with the ufrags of both sides (RFC 8445 section 7.2.2).", ""},
	[STAGE_CONNECTED] =
		{"A path was found.",
		 "A check of the host was answered; of an ICE-lite host, which makes none, "
		 "the peer's.",
		 ""},
	[STAGE_NOMINATED] = {"The path is chosen.",
			     "An answered check had USE-CANDIDATE (RFC 8445 section 8.1.1).", ""},
	[STAGE_SECURED] =
		{"Keys are agreed on.",
		 "Both sides have sent what only the new keys can make (RFC 6347, RFC 9147).", ""},
	[STAGE_MEDIA] = {"Media or data flows.", "RTP, data or reports went both ways.", ""},
	[STAGE_ENDED] = {"The session worked and is over.",
			 "Nothing of either side came for 7.5 s.", ""},
};

static const struct verdict_text verdicts[VERDICT_COUNT] = {
	[VERDICT_PENDING] = {"It is under way: the timers that decide it are still running.", "",
			     "Ask again in a minute."},
	[VERDICT_SUCCEEDED] =
		{"Checks were answered both ways, the handshake is over, and media or data flow; "
		 "or nobody sends any, and nothing is dropped (*probable*).",
		 "", ""},
	[VERDICT_FAILED] = {"It was not established, and nothing shows that somebody blocked it.",
			    "", ""},
	[VERDICT_BLOCKED] = {"Something dropped its packets.", "", ""},
	[VERDICT_UNKNOWN] =
		{"It was seen only in part, so nothing is claimed.", "",
		 "Observe from before its start, on an interface where both directions pass."},
};

#define CAUSE_TEXT(name, word, verdict, where, means, evidence, advice) \
	[name] = {means, evidence, advice},

static const struct verdict_text causes[CAUSE_COUNT] = {P2PSCOPE_CAUSES(CAUSE_TEXT)};

#define CAUSE_PLACE(name, word, verdict, where, means, evidence, advice) [name] = {verdict, where},

static const struct {
	enum verdict verdict;
	enum where where;
} places[CAUSE_COUNT] = {P2PSCOPE_CAUSES(CAUSE_PLACE)};

#define ROW_TEXT(phase, name, outcome, flags, evidence) \
	{phase, phase##_TITLE, outcome, flags, evidence},
#define PHASE_TITLE(name, title) static const char name##_TITLE[] = title;

VERDICT_PHASES(PHASE_TITLE)

static const struct row_text rows[] = {VERDICT_ROWS(ROW_TEXT)};

const struct verdict_text *stage_text(enum stage stage)
{
	return &stages[stage];
}

const struct verdict_text *verdict_text(enum verdict verdict)
{
	return &verdicts[verdict];
}

const struct verdict_text *cause_text(enum cause cause)
{
	return &causes[cause];
}

enum verdict cause_verdict(enum cause cause)
{
	return places[cause].verdict;
}

enum where cause_where(enum cause cause)
{
	return places[cause].where;
}

bool verdict_is_listed(enum verdict verdict, enum where where, enum cause cause)
{
	if (cause == CAUSE_NONE)
		return where == WHERE_NONE &&
		       (verdict == VERDICT_SUCCEEDED || verdict == VERDICT_UNKNOWN);
	if (verdict == cause_verdict(cause) && where == cause_where(cause))
		return true;
	/* the kernel's PKT_TOO_BIG; the other drops have no other place */
	return cause == CAUSE_MTU && verdict == VERDICT_BLOCKED && where == WHERE_HERE;
}

bool cause_is_absence(enum cause cause)
{
	switch (cause) {
	case CAUSE_UDP_BLOCKED:
	case CAUSE_STUN_FILTERED:
	case CAUSE_DTLS_FILTERED:
	case CAUSE_MEDIA_FILTERED:
	case CAUSE_NO_ANSWER:
	case CAUSE_NAT_INCOMPATIBLE:
	case CAUSE_DTLS_TIMEOUT:
	case CAUSE_CONSENT_LOST:
	case CAUSE_ROLE_CONFLICT:
	case CAUSE_CLOSED_EARLY:
	case CAUSE_SERVER_SILENT:
	case CAUSE_CHECK_REFUSED:
		return true;
	default:
		return false;
	}
}

const struct row_text *row_text(size_t number)
{
	return number < sizeof(rows) / sizeof(rows[0]) ? &rows[number] : NULL;
}
