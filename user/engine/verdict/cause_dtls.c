/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Why the DTLS handshake is not over: RFC 6347, RFC 9147. */
#include "engine/cover.h"
#include "engine/icmp_errors.h"
#include "engine/refusals.h"
#include "engine/session_course.h"
#include "engine/state.h"
#include "engine/verdict/predicates.h"
#include "util/address.h"
#include "util/time.h"

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

static bool saw_dtls_step(u32 steps, enum dtls_step step)
{
	return steps & 1u << step;
}

static bool answered_since(const struct facts *f, u64 since)
{
	return f->success_ns > since;
}

static bool no_dtls(const struct facts *f)
{
	return !f->dtls[OUTBOUND] && !f->dtls[INBOUND];
}

/* Decisive where the host's checks were answered: both ends are seen then. */
enum finding alert_is_fatal(const struct verdict_context *c, struct ruling *r)
{
	const struct session_state *s = c->session;

	if (!s->s.dtls.alert_seen)
		return FINDING_NONE;
	r->since_ns = session_course_of(s)->alert_ns;
	ruling_say(r, r->since_ns, AT_GATEWAY, EVIDENCE_DTLS_ALERT, s->s.dtls.alert,
		   s->alert_heading == OUTBOUND ? "host" : "peer");
	return c->facts->answers[INBOUND] ? FINDING_DECISIVE : FINDING_HINT;
}

/* Clients repeat a flight after 1 s and 2 s more: RFC 6347 section 4.2.4.1. */
#define FLIGHT_LEAST 3
#define FLIGHT_NS (3 * NS_PER_S)

/* A kind of record came in at this gateway and never left it, or the host's own never did. */
static bool is_flight_kept(const struct verdict_context *c, enum heading heading)
{
	const struct facts *f = c->facts;

	if (!c->session->lan)
		return heading == OUTBOUND && !f->dtls[OUTBOUND];
	return heading == OUTBOUND ? f->dtls[OUTBOUND] & ~f->dtls_wan[OUTBOUND]
				   : f->dtls_wan[INBOUND] & ~f->dtls[INBOUND];
}

bool dtls_all_dropped(const struct verdict_context *c)
{
	const struct drop_sum *d = drops_of(c->session->drops, BLOCKED_DTLS);

	return d->count >= FLIGHT_LEAST && c->engine->now >= d->first_ns + FLIGHT_NS &&
	       is_flight_kept(c, d->heading);
}

/* The host's ClientHello came in at the LAN and never left, while the WAN was seen. */
static bool is_hello_kept(const struct verdict_context *c)
{
	const struct facts *f = c->facts;

	return f->hellos[OUTBOUND] > 1 && !f->dtls_wan[OUTBOUND] &&
	       side_is_covered(c->engine, SIDE_WAN, f->hello_ns, f->hello_ns + FLIGHT_NS);
}

/* The peer's DTLS came in at the WAN and never left at the LAN, which was seen all the time. */
static bool is_answer_kept(const struct verdict_context *c)
{
	const struct facts *f = c->facts;

	return f->dtls_wan[INBOUND] && !f->dtls[INBOUND] &&
	       side_is_covered(c->engine, SIDE_LAN, c->session->s.times.first, f->last_ns);
}

static bool is_dtls_kept(const struct verdict_context *c)
{
	return c->session->lan && c->facts->left && (is_hello_kept(c) || is_answer_kept(c));
}

bool dtls_all_kept(const struct verdict_context *c)
{
	const struct facts *f = c->facts;
	u64 since = f->hello_ns ? f->hello_ns : c->session->s.times.connected;

	return is_dtls_kept(c) && (!f->hello_ns || f->hellos[OUTBOUND] >= FLIGHT_LEAST) &&
	       answered_since(f, since + FLIGHT_NS);
}

enum finding dtls_dropped(const struct verdict_context *c, struct ruling *r)
{
	const struct drop_sum *d = drops_of(c->session->drops, BLOCKED_DTLS);

	if (!d->count)
		return FINDING_NONE;
	ruling_blame(r, d, BLOCKED_DTLS);
	ruling_say_drops(c, r, d, "DTLS packets");
	return dtls_all_dropped(c) ? FINDING_DECISIVE : FINDING_HINT;
}

enum finding dtls_stuck(const struct verdict_context *c, struct ruling *r)
{
	const struct facts *f = c->facts;

	if (!is_dtls_kept(c))
		return FINDING_NONE;
	r->since_ns = f->hello_ns;
	ruling_say(r, f->last_ns, AT_GATEWAY, EVIDENCE_DTLS_STUCK);
	return dtls_all_kept(c) ? FINDING_DECISIVE : FINDING_HINT;
}

enum finding icmp_says_too_big(const struct verdict_context *c, struct ruling *r)
{
	const struct icmp_sum *i = c->session->icmp ? &c->session->icmp->too_big : NULL;
	char sender[ENDPOINT_TEXT];

	if (!i || !i->count)
		return FINDING_NONE;
	r->since_ns = i->first_ns;
	ruling_say(r, i->first_ns, AT_WAN_IN, EVIDENCE_ICMP_TOO_BIG, i->count, i->mtu,
		   addr_text(&i->sender, sender));
	return FINDING_HINT;
}

/*
 * A flight in several datagrams, of which the small ones came, and never the one it begins with:
 * the key share of post-quantum hellos makes that a large one.
 */
enum finding only_pieces_come(const struct verdict_context *c, struct ruling *r)
{
	const u32 pieces = 1u << DTLS_HELLO_PIECE | 1u << DTLS_HANDSHAKE;
	const u32 beginnings =
		1u << DTLS_CLIENT_HELLO | 1u << DTLS_SERVER_HELLO | 1u << DTLS_HELLO_VERIFY;
	const struct facts *f = c->facts;

	if (!(f->dtls[INBOUND] & pieces) || f->dtls[INBOUND] & beginnings)
		return FINDING_NONE;
	ruling_say(r, f->last_ns, AT_WAN_IN, EVIDENCE_DTLS_PIECES, f->dtls_max[INBOUND]);
	return FINDING_HINT;
}

/*
 * The client repeats itself though it was answered: what is small comes through, that flight does
 * not.
 */
enum finding large_flight_lost(const struct verdict_context *c, struct ruling *r)
{
	const struct facts *f = c->facts;
	bool ours = saw_dtls_step(f->dtls[OUTBOUND], DTLS_SERVER_HELLO) &&
		    f->hellos[INBOUND] >= OFTEN &&
		    !saw_dtls_step(f->dtls[INBOUND], DTLS_HANDSHAKE) &&
		    f->dtls_max[OUTBOUND] > SURELY_PASSES;
	bool theirs = saw_dtls_step(f->dtls[INBOUND], DTLS_HELLO_VERIFY) &&
		      f->hellos[OUTBOUND] >= OFTEN &&
		      !saw_dtls_step(f->dtls[INBOUND], DTLS_SERVER_HELLO);

	if ((!ours && !theirs) || !answered_since(f, f->hello_ns))
		return FINDING_NONE;
	if (ours)
		ruling_say(r, f->last_ns, AT_WAN_OUT, EVIDENCE_DTLS_LARGE_OUT,
			   f->dtls_max[OUTBOUND], f->hellos[INBOUND], f->check_max[OUTBOUND]);
	else
		ruling_say(r, f->last_ns, AT_WAN_IN, EVIDENCE_DTLS_LARGE_IN, f->dtls_max[INBOUND],
			   f->hellos[OUTBOUND]);
	r->probable = true;
	return FINDING_HINT;
}

/* A large ClientHello may be lost for its size as well. */
enum finding hello_unanswered(const struct verdict_context *c, struct ruling *r)
{
	const struct facts *f = c->facts;

	if (f->hellos[OUTBOUND] < 2 || f->dtls[INBOUND] || !answered_since(f, f->hello_ns))
		return FINDING_NONE;
	ruling_say(r, f->last_ns, AT_WAN_OUT, EVIDENCE_DTLS_UNANSWERED, f->hellos[OUTBOUND]);
	r->probable = f->dtls_max[OUTBOUND] > SURELY_PASSES;
	return FINDING_HINT;
}

enum finding hello_missing(const struct verdict_context *c, struct ruling *r)
{
	const struct session *s = &c->session->s;
	const struct facts *f = c->facts;

	if (!s->ufrag_len[0] || !no_dtls(f) || facts_payload(f) != PAYLOAD_NONE ||
	    !answered_since(f, s->times.connected + CONSENT_SEEN_NS))
		return FINDING_NONE;
	ruling_say(r, f->last_ns, AT_WAN_IN, EVIDENCE_DTLS_MISSING);
	r->probable = true;
	return FINDING_HINT;
}

enum finding dtls_never_over(const struct verdict_context *c, struct ruling *r)
{
	const struct facts *f = c->facts;

	if (no_dtls(f))
		return FINDING_NONE;
	ruling_say(r, f->last_ns, AT_GATEWAY, EVIDENCE_DTLS_UNFINISHED, f->hellos[OUTBOUND],
		   f->hellos[INBOUND]);
	return FINDING_HINT;
}

/*
 * ICE found a path, and before either side sent a DTLS record both fell silent: checks that had
 * gone on being answered would have been hello_missing(). What a session without ufrags was meant
 * for cannot be told.
 */
enum finding stopped_early(const struct verdict_context *c, struct ruling *r)
{
	(void)r;
	return c->session->s.ufrag_len[0] && no_dtls(c->facts) &&
			       facts_payload(c->facts) == PAYLOAD_NONE
		       ? FINDING_HINT
		       : FINDING_NONE;
}
