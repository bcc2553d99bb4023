/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How long a verdict waits, and when a session must be reviewed again although nothing happens to
 * it. Most of those that there are work, and are left alone until one of the times is near at which
 * they could be lost.
 */
#include "engine/hosts.h"
#include "engine/icmp_errors.h"
#include "engine/mapping_change.h"
#include "engine/refusals.h"
#include "engine/session_course.h"
#include "engine/state.h"
#include "engine/verdict/verdict.h"
#include "util/time.h"

#define CHECKS_NS (39500 * NS_PER_MS) /* RFC 8445 section 14.3, RFC 8489 section 6.2.1 */
#define QUIET_NS (10 * NS_PER_S) /* nobody tries any more */
#define HANDSHAKE_NS (15 * NS_PER_S) /* four flights: 1 + 2 + 4 + 8 s, RFC 6347 section 4.2.4.1 */
#define GATHERING_NS (10 * NS_PER_S) /* how long the first check may follow a refused allocation */
#define GATHERING_DROPS 3 /* fewer may be lost by chance */

/*
 * Consent is asked for each 5 s, 20 % more at most (RFC 7675 section 5.1): a session of which for
 * longer nothing passes has ended; sooner, when one side was seen to hang up.
 */
#define SILENT_NS (7500 * NS_PER_MS)
#define SILENT_HUNG_UP_NS (3 * NS_PER_S)

/* Checks that are unanswered for less tell nothing (cause_consent.c, cause_cut.c). */
#define CONSENT_LEAST_NS (6 * NS_PER_S)

/*
 * Nobody tries any more. Of checks that are not answered only each power of two is reported, so the
 * next may come as late again as the last one came.
 */
static bool is_quiet(const struct verdict_context *c)
{
	const struct session *s = &c->session->s;
	u64 last = c->facts->last_ns, gap = s->stage < STAGE_CONNECTED ? last - s->times.first : 0;

	return c->engine->now > last + (gap > QUIET_NS ? gap : QUIET_NS);
}

/*
 * Checks were answered once and are no more, while the host goes on asking: its consent lasts for
 * 30 s (RFC 7675 section 5.1), and who goes on has not hung up.
 */
static bool asks_in_vain(const struct verdict_context *c)
{
	const struct facts *f = c->facts;

	return !f->dtls[OUTBOUND] && !f->dtls[INBOUND] && f->request_ns > f->success_ns &&
	       c->engine->now <= f->success_ns + CONSENT_LOST_NS;
}

/* The timers of the RFCs are over, or it was told outright: after a fatal alert nothing follows. */
static bool is_time_over(const struct verdict_context *c)
{
	const struct session *s = &c->session->s;
	u64 now = c->engine->now, since = s->times.first;

	if (s->dtls.alert_seen)
		return true;
	/* a verdict that was taken back is waited for anew */
	time_advance(&since, session_course_of(c->session)->reopened_ns);
	if (s->stage < STAGE_CONNECTED || !c->facts->answers[INBOUND])
		return now > since + CHECKS_NS;
	time_advance(&since, s->times.connected);
	if (s->stage < STAGE_SECURED)
		return now > since + HANDSHAKE_NS && !asks_in_vain(c);
	return media_one_way(c) || media_dropped(c);
}

bool verdict_is_due(const struct verdict_context *c)
{
	return is_time_over(c) || is_quiet(c);
}

bool verdict_is_premature(const struct verdict_context *c)
{
	return !is_time_over(c);
}

/*
 * Three transmissions of a check go out in 1.5 s (RTO 500 ms, doubled: RFC 8489 section 6.2.1), of
 * a ClientHello in 3 s (RFC 6347 section 4.2.4.1): one packet lost by chance is not in vain.
 */
#define VAIN_TRIES 3
#define VAIN_CHECKS_NS (1500 * NS_PER_MS)
#define VAIN_HELLOS_NS (3 * NS_PER_S)

bool verdict_in_vain(const struct verdict_context *c)
{
	const struct facts *f = c->facts;
	u64 now = c->engine->now;

	if (!f->answers[INBOUND])
		return f->requests[OUTBOUND] >= VAIN_TRIES &&
		       now >= c->session->s.times.first + VAIN_CHECKS_NS;
	return (f->hellos[OUTBOUND] >= VAIN_TRIES || f->hellos[INBOUND] >= VAIN_TRIES) &&
	       now >= f->hello_ns + VAIN_HELLOS_NS;
}

bool verdict_hung_up(const struct session_state *s)
{
	return s->hung_up || (s->icmp && s->icmp->port.count);
}

bool verdict_is_silent(const struct verdict_context *c)
{
	u64 least = verdict_hung_up(c->session) ? SILENT_HUNG_UP_NS : SILENT_NS;

	/* packets that came since the last sample are not known of yet */
	if (c->engine->sampled_each_ns > NS_PER_S)
		least += c->engine->sampled_each_ns - NS_PER_S;
	return c->engine->now > c->session->s.times.last + least;
}

/* A row of cause_cut.c may rule at any time. */
static bool is_in_trouble(const struct session_state *s)
{
	return s->cut || s->impaired || s->drops || s->icmp;
}

static u32 succeeded_pairs(const struct session *s)
{
	u32 count = 0;

	for (u32 i = 0; i < s->npairs; i++)
		count += s->pairs[i].state == PAIR_SUCCEEDED;
	return count;
}

/*
 * Only silence can change it: no other path takes over, nothing better is looked for, no media is
 * missing.
 */
static bool is_calm(const struct verdict_context *c)
{
	const struct session *s = &c->session->s;

	return s->times.media && s->verdict == VERDICT_SUCCEEDED && s->path_proto == PROTO_UDP &&
	       !s->path_relayed && succeeded_pairs(s) <= 1 && !is_in_trouble(c->session) &&
	       !media_silent(c->facts, OUTBOUND) && !media_silent(c->facts, INBOUND) &&
	       !mapping_went(c) && !session_is_offloaded(c->session);
}

u64 verdict_review_ns(const struct verdict_context *c)
{
	u64 again = c->session->s.times.last + SILENT_NS, success = c->facts->success_ns;

	if (c->session->s.over || !is_calm(c))
		return c->engine->now;
	return success && success + CONSENT_LEAST_NS < again ? success + CONSENT_LEAST_NS : again;
}

/* A way to STUN and TURN servers that is in trouble: since when, and when it last was. */
struct trouble {
	u64 since_ns, last_ns; /* 0: it is not */
};

/* What came before a server granted an allocation is over. */
static struct trouble trouble_of(const struct host *h, u64 since_ns, u64 last_ns)
{
	return h->turn_granted_ns < since_ns ? (struct trouble){since_ns, last_ns}
					     : (struct trouble){0, 0};
}

static struct trouble trouble_refused(const struct host *h)
{
	return trouble_of(h, h->turn_error_ns, h->turn_error_ns);
}

static struct trouble trouble_dropped(const struct host *h)
{
	return trouble_of(h, h->gather_drop.first_ns, h->gather_drop.last_ns);
}

static struct trouble trouble_reset(const struct host *h)
{
	return trouble_of(h, h->reset.last_ns, h->reset.last_ns);
}

static struct trouble trouble_peer_refused(const struct host *h)
{
	u64 at_ns = host_peers_refused_ns(h);

	return trouble_of(h, at_ns, at_ns);
}

static struct trouble trouble_prohibited(const struct host *h, u64 now)
{
	const struct icmp_sum *i = &gather_trouble(h)->prohibited;

	return servers_have_answered(&h->tries, now) ? (struct trouble){0, 0}
						     : trouble_of(h, i->first_ns, i->last_ns);
}

static bool trouble_waits(struct trouble t, u64 now)
{
	return t.since_ns && now <= t.last_ns + GATHERING_NS;
}

static bool trouble_failed(struct trouble t, u64 now)
{
	return t.since_ns && now > t.last_ns + GATHERING_NS;
}

u64 gathering_troubled_ns(const struct host *h, u64 now)
{
	if (trouble_waits(trouble_refused(h), now))
		return h->turn_error_ns;
	if (trouble_waits(trouble_dropped(h), now))
		return h->gather_drop.first_ns;
	if (trouble_waits(trouble_peer_refused(h), now))
		return gather_trouble(h)->peer_error_ns;
	if (trouble_waits(trouble_prohibited(h, now), now))
		return gather_trouble(h)->prohibited.first_ns;
	return trouble_waits(trouble_reset(h), now) ? h->reset.last_ns : 0;
}

/*
 * A refusal is final (RFC 8656 section 7.4). Of drops there are four: so often a client asks one
 * server within 3.5 s (RFC 8489 section 6.2.1).
 */
#define LOST_DROPS 4
#define LOST_DROPS_NS (3 * NS_PER_S)

bool gathering_is_lost(const struct host *h, u64 now)
{
	struct trouble dropped = trouble_dropped(h);

	if (!servers_are_lost(&h->tries, now))
		return false;
	if (trouble_waits(trouble_refused(h), now) || trouble_waits(trouble_reset(h), now))
		return true;
	return h->gather_drop.count >= LOST_DROPS && trouble_waits(dropped, now) &&
	       now >= dropped.since_ns + LOST_DROPS_NS;
}

u64 gathering_failed_ns(const struct host *h, u64 seen, u64 now)
{
	const struct server_try *silent = servers_are_silent(&h->tries, seen);

	if (trouble_failed(trouble_refused(h), now))
		return h->turn_error_ns;
	if (h->gather_drop.count >= GATHERING_DROPS && trouble_failed(trouble_dropped(h), now))
		return h->gather_drop.first_ns;
	if (trouble_failed(trouble_peer_refused(h), now))
		return gather_trouble(h)->peer_error_ns;
	if (trouble_failed(trouble_prohibited(h, seen), now))
		return gather_trouble(h)->prohibited.first_ns;
	if (trouble_failed(trouble_reset(h), now))
		return h->reset.last_ns;
	return silent && h->turn_granted_ns < silent->at_ns ? silent->at_ns : 0;
}
