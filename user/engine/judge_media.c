/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Why nothing comes although the handshake is over. */
#include "engine/judge.h"

/* Twice the longest time between a receiver's reports (RFC 3550 section 6.2): who gets media has told so by then. */
#define REPORTS_NS (10 * NS_PER_S)

/* Not a word from one side, no report either, while the other one sends and checks are answered all the while. */
static bool silent(const struct facts *f, enum heading heading)
{
	return f->media[!heading] && !f->media[heading] && !f->rtcp[heading];
}

bool media_one_way(const struct session_state *s, const struct facts *f)
{
	u64 since = f->media_ns[OUTWARD] ? f->media_ns[OUTWARD] : f->media_ns[INWARD];

	if (!silent(f, INWARD) && !silent(f, OUTWARD))
		return false;
	return s->s.times.secured && since && f->success_ns > since + REPORTS_NS;
}

static void lost_beyond(struct session_state *s, const struct facts *f)
{
	session_say(s, f->success_ns, AT_WAN_IN,
		    "the host's media leaves, neither media nor a report of the peer comes, checks are answered");
	judge_close(s, VERDICT_BLOCKED, WHERE_UPSTREAM, CAUSE_MEDIA_FILTERED);
}

/* Seen at one side of this gateway only. */
static bool stuck_here(const struct session_state *s, const struct facts *f)
{
	return s->lan && f->left &&
	       ((f->media[OUTWARD] && !f->media_wan[OUTWARD]) || (f->media_wan[INWARD] && !f->media[INWARD]));
}

void judge_silence(struct engine *e, struct session_state *s, const struct facts *f)
{
	const struct drop_sum *d = &s->drops[BLOCKED_MEDIA];

	if (d->count) {
		judge_blocked_here(e, s, d, BLOCKED_MEDIA, "media packets");
	} else if (media_one_way(s, f) && stuck_here(s, f)) {
		session_say(s, f->last_ns, AT_GATEWAY, "media came in at one side and never went out at the other");
		judge_close(s, VERDICT_BLOCKED, WHERE_HERE, CAUSE_DROP);
	} else if (media_one_way(s, f) && silent(f, INWARD)) {
		lost_beyond(s, f);
	} else {
		judge_close(s, VERDICT_UNKNOWN, WHERE_NONE, CAUSE_NONE);
	}
}
