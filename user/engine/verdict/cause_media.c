/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Why nothing comes although the handshake is over. */
#include "engine/session_evidence.h"
#include "engine/state.h"
#include "engine/verdict/verdict.h"

/*
 * A receiver's first report comes within half of 5 s, the others within half as much again: RFC
 * 3550 section 6.2.
 */
#define REPORTS_NS (7500 * NS_PER_MS)

bool media_silent(const struct facts *f, enum heading heading)
{
	return f->rtp[!heading] && !f->rtp[heading] && !f->rtcp[heading];
}

/* A handful of packets may be lost while rules are changed. */
#define DROPPED_NS (3 * NS_PER_S)

bool media_dropped(const struct engine *e, const struct session_state *s, const struct facts *f)
{
	const struct drop_sum *d = drops_of(s->drops, BLOCKED_MEDIA);
	bool kept = (f->rtp[OUTBOUND] && !f->rtp_wan[OUTBOUND]) ||
		    (f->rtp_wan[INBOUND] && !f->rtp[INBOUND]);

	return s->lan && d->count && kept && e->now > d->first_ns + DROPPED_NS;
}

/*
 * While media flows some send no checks: then data tells that the path still passes other things.
 */
static bool long_silent(const struct facts *f, enum heading heading)
{
	u64 since = f->rtp_ns[!heading],
	    passes = f->success_ns > f->inbound_ns ? f->success_ns : f->inbound_ns;

	return media_silent(f, heading) && since && passes > since + REPORTS_NS;
}

bool media_one_way(const struct session_state *s, const struct facts *f)
{
	return s->s.times.secured && (long_silent(f, INBOUND) || long_silent(f, OUTBOUND));
}

static void lost_beyond(const struct engine *e, struct session_state *s, const struct facts *f)
{
	session_say(s, f->success_ns, AT_WAN_IN, EVIDENCE_MEDIA_MISSING);
	judge_absence(e, s, VERDICT_BLOCKED, WHERE_UPSTREAM, CAUSE_MEDIA_FILTERED);
}

/* Seen at one side of this gateway only. */
static bool stuck_here(const struct session_state *s, const struct facts *f)
{
	return s->lan && f->left &&
	       ((f->rtp[OUTBOUND] && !f->rtp_wan[OUTBOUND]) ||
		(f->rtp_wan[INBOUND] && !f->rtp[INBOUND]));
}

void judge_silence(struct engine *e, struct session_state *s, const struct facts *f)
{
	const struct drop_sum *d = drops_of(s->drops, BLOCKED_MEDIA);

	if (d->count) {
		judge_blocked_here(e, s, d, BLOCKED_MEDIA, "media packets");
	} else if (media_one_way(s, f) && stuck_here(s, f)) {
		session_say(s, f->last_ns, AT_GATEWAY, EVIDENCE_MEDIA_STUCK);
		judge_close(s, VERDICT_BLOCKED, WHERE_HERE, CAUSE_DROP);
	} else if (media_one_way(s, f) && media_silent(f, INBOUND)) {
		lost_beyond(e, s, f);
	} else {
		judge_close(s, VERDICT_UNKNOWN, WHERE_NONE, CAUSE_NONE);
	}
}
