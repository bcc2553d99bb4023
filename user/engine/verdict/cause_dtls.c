/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Why the DTLS handshake is not over: causes in the order in which they are tried, each with the
 * evidence it needs.
 */
#include <stddef.h>

#include "engine/refusals.h"
#include "engine/session_evidence.h"
#include "engine/verdict/verdict.h"
#include "util/address.h"

/*
 * Two consent checks of RFC 7675 fit in here: long enough for a ClientHello and its first
 * repetitions.
 */
#define CONSENT_SEEN_NS (5 * NS_PER_S)
/*
 * Every IPv4 host takes datagrams of 576 bytes (RFC 791 section 3.1): less headers, this passes
 * where anything does.
 */
#define SURELY_PASSES (576 - 28)
/* A flight that was sent so often has had its answer, if it arrived: RFC 6347 section 4.2.4. */
#define OFTEN 3

static bool saw(u32 steps, enum dtls_step step)
{
	return steps & 1u << step;
}

static bool answered_since(const struct facts *f, u64 since)
{
	return f->success_ns > since;
}

static bool fatal_alert(struct engine *e, struct session_state *s, const struct facts *f)
{
	(void)e;
	(void)f;
	if (!s->s.dtls.alert_seen)
		return false;
	session_say(s, s->alert_ns, AT_GATEWAY, EVIDENCE_DTLS_ALERT, s->s.dtls.alert,
		    s->alert_heading == OUTBOUND ? "host" : "peer");
	judge_close(s, VERDICT_FAILED, WHERE_NONE, CAUSE_DTLS_ALERT);
	return true;
}

static bool dropped_here(struct engine *e, struct session_state *s, const struct facts *f)
{
	const struct drop_sum *d = drops_of(s->drops, BLOCKED_DTLS);

	(void)f;
	if (d->count)
		judge_blocked_here(e, s, d, BLOCKED_DTLS, "DTLS packets");
	return d->count;
}

/* The handshake's packets came in at one side of this gateway and never went out at the other. */
static bool stuck_here(struct engine *e, struct session_state *s, const struct facts *f)
{
	(void)e;
	if (!s->lan || !f->left)
		return false;
	if (!(f->hellos[OUTBOUND] > 1 && !f->dtls_wan[OUTBOUND]) &&
	    !(f->dtls_wan[INBOUND] && !f->dtls[INBOUND]))
		return false;
	session_say(s, f->last_ns, AT_GATEWAY, EVIDENCE_DTLS_STUCK);
	judge_close(s, VERDICT_BLOCKED, WHERE_HERE, CAUSE_DROP);
	return true;
}

static bool too_big(struct engine *e, struct session_state *s, const struct facts *f)
{
	const struct icmp_sum *i = s->icmp ? &s->icmp->too_big : NULL;
	char sender[ENDPOINT_TEXT];

	(void)e;
	(void)f;
	if (!i || !i->count)
		return false;
	session_say(s, i->first_ns, AT_WAN_IN, EVIDENCE_ICMP_TOO_BIG, i->count, i->mtu,
		    addr_text(&i->sender, sender));
	judge_close(s, VERDICT_BLOCKED, WHERE_UPSTREAM, CAUSE_MTU);
	return true;
}

/*
 * A flight in several datagrams, of which the small ones came, and never the one it begins with:
 * the key share of post-quantum hellos makes that a large one.
 */
static bool only_pieces_come(struct engine *e, struct session_state *s, const struct facts *f)
{
	const u32 pieces = 1u << DTLS_HELLO_PIECE | 1u << DTLS_HANDSHAKE;
	const u32 beginnings =
		1u << DTLS_CLIENT_HELLO | 1u << DTLS_SERVER_HELLO | 1u << DTLS_HELLO_VERIFY;

	if (!(f->dtls[INBOUND] & pieces) || f->dtls[INBOUND] & beginnings)
		return false;
	session_say(s, f->last_ns, AT_WAN_IN, EVIDENCE_DTLS_PIECES, f->dtls_max[INBOUND]);
	judge_absence(e, s, VERDICT_BLOCKED, WHERE_UPSTREAM, CAUSE_MTU);
	return true;
}

/*
 * The client repeats itself though it was answered: what is small comes through, that flight does
 * not.
 */
static bool large_flight_lost(struct engine *e, struct session_state *s, const struct facts *f)
{
	bool ours = saw(f->dtls[OUTBOUND], DTLS_SERVER_HELLO) && f->hellos[INBOUND] >= OFTEN &&
		    !saw(f->dtls[INBOUND], DTLS_HANDSHAKE) && f->dtls_max[OUTBOUND] > SURELY_PASSES;
	bool theirs = saw(f->dtls[INBOUND], DTLS_HELLO_VERIFY) && f->hellos[OUTBOUND] >= OFTEN &&
		      !saw(f->dtls[INBOUND], DTLS_SERVER_HELLO);

	if ((!ours && !theirs) || !answered_since(f, f->hello_ns))
		return false;
	if (ours)
		session_say(s, f->last_ns, AT_WAN_OUT, EVIDENCE_DTLS_LARGE_OUT,
			    f->dtls_max[OUTBOUND], f->hellos[INBOUND], f->check_max[OUTBOUND]);
	else
		session_say(s, f->last_ns, AT_WAN_IN, EVIDENCE_DTLS_LARGE_IN, f->dtls_max[INBOUND],
			    f->hellos[OUTBOUND]);
	s->s.probable = 1;
	judge_absence(e, s, VERDICT_BLOCKED, WHERE_UPSTREAM, CAUSE_MTU);
	return true;
}

/* A large ClientHello may be lost for its size as well. */
static bool never_answered(struct engine *e, struct session_state *s, const struct facts *f)
{
	if (f->hellos[OUTBOUND] < 2 || f->dtls[INBOUND] || !answered_since(f, f->hello_ns))
		return false;
	session_say(s, f->last_ns, AT_WAN_OUT, EVIDENCE_DTLS_UNANSWERED, f->hellos[OUTBOUND]);
	s->s.probable = f->dtls_max[OUTBOUND] > SURELY_PASSES;
	judge_absence(e, s, VERDICT_BLOCKED, WHERE_UPSTREAM, CAUSE_DTLS_FILTERED);
	return true;
}

static bool never_came(struct engine *e, struct session_state *s, const struct facts *f)
{
	if (!s->s.ufrag_len[0] || f->dtls[OUTBOUND] || f->dtls[INBOUND] ||
	    !answered_since(f, s->s.times.connected + CONSENT_SEEN_NS))
		return false;
	session_say(s, f->last_ns, AT_WAN_IN, EVIDENCE_DTLS_MISSING);
	s->s.probable = 1;
	judge_absence(e, s, VERDICT_BLOCKED, WHERE_UPSTREAM, CAUSE_DTLS_FILTERED);
	return true;
}

static bool never_over(struct engine *e, struct session_state *s, const struct facts *f)
{
	(void)e;
	if (!f->dtls[OUTBOUND] && !f->dtls[INBOUND])
		return false;
	session_say(s, f->last_ns, AT_GATEWAY, EVIDENCE_DTLS_UNFINISHED, f->hellos[OUTBOUND],
		    f->hellos[INBOUND]);
	judge_close(s, VERDICT_FAILED, WHERE_NONE, CAUSE_DTLS_TIMEOUT);
	return true;
}

void judge_handshake(struct engine *e, struct session_state *s, const struct facts *f)
{
	static bool (*const causes[])(struct engine *, struct session_state *,
				      const struct facts *) = {
		fatal_alert,       dropped_here,   stuck_here, too_big,    only_pieces_come,
		large_flight_lost, never_answered, never_came, never_over,
	};

	s->s.dtls.state = f->hello_ns ? DTLS_FAILED : DTLS_NONE;
	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++)
		if (causes[i](e, s, f))
			return;
	if (s->s.ufrag_len[0])
		judge_close(s, VERDICT_FAILED, WHERE_NONE, CAUSE_CLOSED_EARLY);
	else
		judge_close(s, VERDICT_UNKNOWN, WHERE_NONE, CAUSE_NONE);
}
