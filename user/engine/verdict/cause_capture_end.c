/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What can be said of a session of which only a part is in a capture. */
#include "engine/engine.h"
#include "engine/state.h"
#include "engine/verdict/predicates.h"
#include "util/time.h"

/* Two consent checks of RFC 7675 section 5.1: whose handshake failed does not go on so long. */
#define CONSENT_SEEN_NS (5 * NS_PER_S)

static bool is_pending(const struct verdict_context *c)
{
	return c->session->s.verdict == VERDICT_PENDING;
}

/* A capture of checks alone: they are all that there is to go by. */
static bool is_stun_alone(const struct verdict_context *c)
{
	return c->lacks & LACKS_ALL_BUT_STUN && c->session->s.stage >= STAGE_CONNECTED &&
	       c->session->s.verdict != VERDICT_SUCCEEDED;
}

static void say_stun_alone(const struct verdict_context *c, struct ruling *r, const char *checks)
{
	ruling_say(r, c->facts->last_ns, AT_GATEWAY, EVIDENCE_CAPTURE_STUN_ONLY, checks);
	r->probable = true;
}

enum finding stun_alone_goes_on(const struct verdict_context *c, struct ruling *r)
{
	u64 nominated = c->session->nominated_ns;

	if (!is_stun_alone(c) || !nominated || c->facts->success_ns <= nominated + CONSENT_SEEN_NS)
		return FINDING_NONE;
	say_stun_alone(c, r, "went on being answered after the nomination");
	return FINDING_HINT;
}

enum finding stun_alone(const struct verdict_context *c, struct ruling *r)
{
	if (!is_stun_alone(c))
		return FINDING_NONE;
	say_stun_alone(c, r, "were answered");
	return FINDING_HINT;
}

enum finding one_end_seen_at_end(const struct verdict_context *c, struct ruling *r)
{
	return is_pending(c) ? one_end_seen(c, r) : FINDING_NONE;
}

/*
 * Keys are agreed on and media comes; a report that would go back is not due yet (RFC 3550 section
 * 6.2).
 */
enum finding media_comes_at_end(const struct verdict_context *c, struct ruling *r)
{
	const struct facts *f = c->facts;

	if (!is_pending(c) || !facts_secured(f) || !(f->rtp[OUTBOUND] || f->rtp[INBOUND]) ||
	    drops_of(c->session->drops, BLOCKED_MEDIA)->count)
		return FINDING_NONE;
	ruling_say(r, f->last_ns, AT_GATEWAY, EVIDENCE_CAPTURE_MEDIA,
		   f->rtp[OUTBOUND] ? "host" : "peer");
	r->probable = true;
	return FINDING_HINT;
}

/*
 * ICE and DTLS are connected, which is what the client itself calls connected (W3C WebRTC section
 * 5.6.3), and nothing speaks against it: media is not due yet.
 */
enum finding handshake_over_at_end(const struct verdict_context *c, struct ruling *r)
{
	if (!is_pending(c) || !c->session->nominated_ns || !facts_secured(c->facts) ||
	    drops_of(c->session->drops, BLOCKED_MEDIA)->count)
		return FINDING_NONE;
	ruling_say(r, c->facts->last_ns, AT_GATEWAY, EVIDENCE_CAPTURE_SECURED);
	r->probable = true;
	return FINDING_HINT;
}

/* Complete evidence: nothing that comes later makes it untrue. */
enum finding checks_kept_at_end(const struct verdict_context *c, struct ruling *r)
{
	bool kept = is_pending(c) && c->session->s.stage == STAGE_CHECKING &&
		    !c->facts->answers[INBOUND] &&
		    (checks_dropped(c, r) == FINDING_DECISIVE ||
		     checks_stuck(c, r) == FINDING_DECISIVE ||
		     peers_checks_stuck(c, r) == FINDING_DECISIVE);

	r->probable = true;
	return kept ? FINDING_HINT : FINDING_NONE;
}

enum finding dtls_kept_at_end(const struct verdict_context *c, struct ruling *r)
{
	r->probable = true;
	return is_pending(c) && c->facts->answers[INBOUND] && c->session->s.stage < STAGE_SECURED &&
			       (dtls_all_dropped(c) || dtls_all_kept(c))
		       ? FINDING_HINT
		       : FINDING_NONE;
}

/*
 * A hard ICMP error fails the transaction (RFC 8489 section 6.2.1): what comes later does not make
 * it untrue.
 */
enum finding icmp_prohibits_at_end(const struct verdict_context *c, struct ruling *r)
{
	if (!is_pending(c) || c->facts->answers[INBOUND] || c->facts->requests[INBOUND])
		return FINDING_NONE;
	return icmp_prohibits(c, r);
}

/* Four transmissions of one request, the last of which had its time: RFC 8489 section 6.2.1. */
#define TRIED_NS (7500 * NS_PER_MS)

/* The host's checks went on for long enough to be answered, and none was. */
static bool tried_in_vain(const struct verdict_context *c)
{
	const struct facts *f = c->facts;

	return is_pending(c) && f->requests[OUTBOUND] && !f->answers[INBOUND] &&
	       f->request_ns >= c->session->s.times.first + TRIED_NS;
}

enum finding nats_do_not_meet_at_end(const struct verdict_context *c, struct ruling *r)
{
	r->probable = true;
	return tried_in_vain(c) ? nats_do_not_meet(c, r) : FINDING_NONE;
}

enum finding stun_unlike_udp_at_end(const struct verdict_context *c, struct ruling *r)
{
	r->probable = true;
	return tried_in_vain(c) && !c->facts->requests[INBOUND] ? stun_unanswered_unlike_udp(c, r)
								: FINDING_NONE;
}

enum finding stun_unlike_tcp_at_end(const struct verdict_context *c, struct ruling *r)
{
	r->probable = true;
	return tried_in_vain(c) && !c->facts->requests[INBOUND] ? stun_unanswered_unlike_tcp(c, r)
								: FINDING_NONE;
}

#define TRANSMISSIONS 7 /* Rc of RFC 8489 section 6.2.1: the eighth would have been told */
#define LAST_WAITS_LEAST_NS (1500 * NS_PER_MS)

/*
 * Each check was sent seven times, and its last transmission had its time: Rm (16) of 63 times the
 * RTO that lie between the first and the last (RFC 8489 section 6.2.1).
 */
static bool is_transmitted(const struct verdict_context *c)
{
	u32 paths = 0;

	for (struct flow *f = c->session->flows; f; f = f->next) {
		const struct leg *out = &f->leg[OUTBOUND];
		u64 waits = (out->request_ns - f->first_ns) * 16 / 63;

		if (flow_inside(f) != f || !out->requests)
			continue;
		if (waits < LAST_WAITS_LEAST_NS)
			waits = LAST_WAITS_LEAST_NS;
		if (out->requests != TRANSMISSIONS || c->engine->now < out->request_ns + waits)
			return false;
		paths++;
	}
	return paths > 0;
}

/*
 * The next check is overdue. Unanswered ones are reported at each power of two, so that at a steady
 * pace the next report comes as late again as the last one; where each try waits twice as long as
 * the one before (RFC 8489 section 6.2.1), by a fourteenth later at most, once 7.5 s are over.
 */
enum finding gave_up_at_end(const struct verdict_context *c, struct ruling *r)
{
	u64 last = c->facts->last_ns, tried = last - c->session->s.times.first;

	r->probable = true;
	if (c->facts->requests[INBOUND])
		return FINDING_NONE;
	if (is_pending(c) && !c->facts->answers[INBOUND] && is_transmitted(c))
		return FINDING_HINT;
	return tried_in_vain(c) && c->engine->now > last + tried + tried / 14 ? FINDING_HINT
									      : FINDING_NONE;
}

enum finding tls_carries_media_at_end(const struct verdict_context *c, struct ruling *r)
{
	return is_pending(c) ? tls_carries_media(c, r) : FINDING_NONE;
}

/*
 * A ClientHello is repeated when its answer does not come (RFC 6347 section 4.2.4), and nothing
 * else ever came.
 */
static bool calls_in_vain(const struct facts *f, enum heading heading)
{
	return f->hellos[heading] > 1 && !f->requests[heading] && !facts_heard(f, !heading);
}

enum finding hello_in_vain_at_end(const struct verdict_context *c, struct ruling *r)
{
	const struct facts *f = c->facts;

	(void)r;
	return is_pending(c) && (calls_in_vain(f, OUTBOUND) || calls_in_vain(f, INBOUND))
		       ? FINDING_HINT
		       : FINDING_NONE;
}

enum finding one_direction_at_end(const struct verdict_context *c, struct ruling *r)
{
	if (!(c->lacks & LACKS_A_DIRECTION) ||
	    (!is_pending(c) && c->session->s.cause != CAUSE_NO_ANSWER))
		return FINDING_NONE;
	ruling_say(r, c->facts->last_ns, AT_GATEWAY, EVIDENCE_CAPTURE_ONE_DIRECTION);
	return FINDING_HINT;
}
