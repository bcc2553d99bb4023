/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A session worked, and from one moment on something of it does not pass any more. */
#include "engine/cover.h"
#include "engine/icmp_errors.h"
#include "engine/passage.h"
#include "engine/refusals.h"
#include "engine/state.h"
#include "engine/verdict/predicates.h"
#include "util/address.h"
#include "util/time.h"

/* So many packets of one stream do not stop by chance while others of its direction pass. */
#define STREAM_PACKETS 40
/* A stream that no packet came of for so long is over. */
#define STREAM_LIVES_NS (5 * NS_PER_S)

/* What has stopped of one direction. */
struct stopped {
	u64 since_ns, came_ns;
	u32 count;
};

struct stream_search {
	u64 newest_ns; /* the last packet that came of any stream */
	bool passes; /* a living stream does */
	struct stopped all, one; /* streams that have stopped; the one with most packets */
};

static u64 newest_came_ns(const struct session_state *s, enum heading heading)
{
	u64 newest = 0;

	for (const struct flow *f = s->flows; f; f = f->next) {
		const struct passages *list = passages_of(f);

		for (u32 i = 0; list && i < list->count; i++)
			if (list->of[i].heading == heading)
				time_advance(&newest, list->of[i].came_ns);
	}
	return newest;
}

static void search_add(struct stream_search *search, const struct stream_passage *p)
{
	struct stopped this = {.since_ns = passage_stopped_ns(p),
			       .came_ns = p->came_ns,
			       .count = p->came - p->came_before};

	if (p->came_ns + STREAM_LIVES_NS < search->newest_ns)
		return;
	if (!passage_is_stopped(p)) {
		search->passes |= p->passed_ns + PASSAGE_STOPPED_NS > search->newest_ns;
		return;
	}
	search->all.count += this.count;
	time_advance(&search->all.since_ns, this.since_ns);
	time_advance(&search->all.came_ns, this.came_ns);
	if (this.count > search->one.count)
		search->one = this;
}

/* Returns whether RTP of a heading has stopped here: all of it, or a stream of many packets. */
static bool rtp_stopped(const struct verdict_context *c, enum heading heading, struct stopped *out)
{
	const struct session_state *s = c->session;
	struct stream_search search = {.newest_ns = newest_came_ns(s, heading)};

	for (const struct flow *f = s->flows; f; f = f->next) {
		const struct passages *list = passages_of(f);

		for (u32 i = 0; list && i < list->count; i++)
			if (list->of[i].heading == heading)
				search_add(&search, &list->of[i]);
	}
	*out = search.passes ? search.one : search.all;
	return out->count >= (search.passes ? STREAM_PACKETS : PASSAGE_PACKETS);
}

/* The side at which packets of a heading leave was seen for as long. */
static bool way_out_is_seen(const struct verdict_context *c, enum heading heading, u64 from_ns,
			    u64 to_ns)
{
	return c->session->lan &&
	       side_is_covered(c->engine, heading == OUTBOUND ? SIDE_WAN : SIDE_LAN, from_ns,
			       to_ns);
}

static void say_stopped(struct ruling *r, enum heading heading, const struct stopped *stopped,
			const char *what)
{
	r->heading = heading;
	r->since_ns = stopped->since_ns;
	ruling_say(r, stopped->since_ns, AT_GATEWAY, EVIDENCE_STOPPED_HERE, stopped->count, what,
		   heading == OUTBOUND ? "from" : "to",
		   (double)(stopped->came_ns - stopped->since_ns) / NS_PER_S);
}

/*
 * Returns whether these drops are why packets stopped. A single one is not: NAT drops a packet when
 * another interface leads to the peer (nf_nat_oif_changed()), and the next ones leave there.
 */
static bool explains(const struct drop_sum *run, const struct stopped *stopped)
{
	return run->count && run->last_ns > stopped->since_ns && run->count * 2u >= stopped->count;
}

static bool cut_media(const struct verdict_context *c, enum heading heading, bool dropped,
		      struct ruling *r)
{
	const struct drop_sum *run = drop_run_of(c->session->drops, BLOCKED_MEDIA, heading);
	struct stopped stopped;

	if (!rtp_stopped(c, heading, &stopped) || (heading == INBOUND && mapping_went(c)))
		return false;
	if (dropped != explains(run, &stopped))
		return false;
	if (!dropped && (c->engine->sees_drops ||
			 !way_out_is_seen(c, heading, stopped.since_ns, stopped.came_ns)))
		return false;
	say_stopped(r, heading, &stopped, "media packets");
	if (dropped) {
		ruling_blame(r, run, BLOCKED_MEDIA);
		ruling_say_drops(c, r, run, "media packets");
	}
	return true;
}

enum finding media_cut_here(const struct verdict_context *c, struct ruling *r)
{
	return cut_media(c, OUTBOUND, true, r) || cut_media(c, INBOUND, true, r) ? FINDING_DECISIVE
										 : FINDING_NONE;
}

enum finding media_cut_between(const struct verdict_context *c, struct ruling *r)
{
	return cut_media(c, OUTBOUND, false, r) || cut_media(c, INBOUND, false, r)
		       ? FINDING_DECISIVE
		       : FINDING_NONE;
}

static bool never_passes(const struct verdict_context *c, enum heading heading)
{
	struct stopped stopped;
	bool ever = false;

	for (const struct flow *f = c->session->flows; f && !ever; f = f->next) {
		const struct passages *list = passages_of(f);

		for (u32 i = 0; list && i < list->count; i++)
			ever |= list->of[i].heading == heading && list->of[i].passed_ns;
	}
	return !ever && rtp_stopped(c, heading, &stopped) &&
	       way_out_is_seen(c, heading, stopped.since_ns, stopped.came_ns);
}

bool media_never_passes(const struct verdict_context *c)
{
	return never_passes(c, OUTBOUND) || never_passes(c, INBOUND);
}

/* --- all packets of one direction --- */

/* Checks and data come seldom; three of them in so long a time are all that there is. */
#define ALL_PACKETS 3
#define ALL_STOPPED_NS (5 * NS_PER_S)

/* Returns the last packet of that heading that passed on. */
static u64 passed_on_ns(const struct verdict_context *c, enum heading heading)
{
	const struct facts *f = c->facts;
	u64 last = 0;

	if (heading == INBOUND || !c->session->lan)
		return heading == INBOUND ? f->inbound_ns : f->success_ns;
	time_advance(&last, f->asked_wan_ns);
	for (const struct flow *i = c->session->flows; i; i = i->next) {
		const struct passages *list = passages_of(i);

		if (i->side == SIDE_WAN)
			time_advance(&last, i->leg[OUTBOUND].success_ns);
		for (u32 k = 0; list && k < list->count; k++)
			if (list->of[k].heading == OUTBOUND)
				time_advance(&last, list->of[k].passed_ns);
	}
	return last;
}

/* Returns the run of drops of any kind that came last, and the number of all, since a time. */
static const struct drop_sum *last_run(const struct verdict_context *c, enum heading heading,
				       u64 since_ns, u32 *count, enum blocked_kind *kind)
{
	const struct drop_sum *last = NULL;

	*count = 0;
	for (int k = 0; k < BLOCKED_KINDS; k++) {
		const struct drop_sum *run = drop_run_of(c->session->drops, k, heading);

		if (!run->count || run->last_ns <= since_ns)
			continue;
		*count += run->count;
		if (last && run->last_ns <= last->last_ns)
			continue;
		last = run;
		*kind = k;
	}
	return last;
}

static bool cut_all(const struct verdict_context *c, enum heading heading, struct ruling *r)
{
	u64 passed = passed_on_ns(c, heading);
	enum blocked_kind kind = BLOCKED_KINDS;
	struct stopped stopped = {.since_ns = passed};
	const struct drop_sum *run = last_run(c, heading, passed, &stopped.count, &kind);

	if (!run || !passed || (heading == INBOUND && mapping_went(c)) ||
	    stopped.count < ALL_PACKETS || run->last_ns < passed + ALL_STOPPED_NS)
		return false;
	stopped.came_ns = run->last_ns;
	say_stopped(r, heading, &stopped, "packets");
	ruling_blame(r, run, kind);
	ruling_say_drops(c, r, run, "packets");
	return true;
}

enum finding all_cut_here(const struct verdict_context *c, struct ruling *r)
{
	return cut_all(c, OUTBOUND, r) || cut_all(c, INBOUND, r) ? FINDING_DECISIVE : FINDING_NONE;
}

/* Checks go in at the LAN and leave no more, as the counts of both sides show. */
enum finding checks_cut_between(const struct verdict_context *c, struct ruling *r)
{
	const struct facts *f = c->facts;
	struct stopped stopped = {.since_ns = f->asked_wan_ns, .came_ns = f->request_ns};

	if (c->engine->sees_drops || !f->asked_wan_ns ||
	    f->request_ns < f->asked_wan_ns + ALL_STOPPED_NS ||
	    f->requests[OUTBOUND] < f->requests_wan + ALL_PACKETS ||
	    passed_on_ns(c, OUTBOUND) > f->asked_wan_ns ||
	    !way_out_is_seen(c, OUTBOUND, stopped.since_ns, stopped.came_ns))
		return FINDING_NONE;
	stopped.count = f->requests[OUTBOUND] - f->requests_wan;
	say_stopped(r, OUTBOUND, &stopped, "checks");
	return FINDING_DECISIVE;
}

/* --- refused from further out --- */

/* A check and its repetition: RFC 7675 section 5.1 has one each 5 s, libwebrtc one each 2.5 s. */
#define REFUSED_NS (3 * NS_PER_S)

enum finding icmp_prohibits_since(const struct verdict_context *c, struct ruling *r)
{
	const struct icmp_sum *i = c->session->icmp ? &c->session->icmp->prohibited : NULL;
	const struct facts *f = c->facts;
	char sender[ENDPOINT_TEXT], to[ENDPOINT_TEXT];

	if (!i || i->count < 2 || i->last_ns <= f->inbound_ns ||
	    f->outbound_ns < f->inbound_ns + REFUSED_NS || c->session->hung_up)
		return FINDING_NONE;
	r->since_ns = i->first_ns > f->inbound_ns ? i->first_ns : f->inbound_ns;
	ruling_say(r, i->last_ns, AT_WAN_IN, EVIDENCE_ICMP_ERRORS, i->count, i->v6 ? "v6" : "",
		   i->type, i->code, addr_text(&i->sender, sender), endpoint_text(&i->to, to));
	return FINDING_DECISIVE;
}

/* --- the peer is gone --- */

/* One error can be made by anybody who has seen a packet; so can two, but silence cannot. */
#define ERRORS_LEAST 2
/* The host goes on for longer than it takes to be told, on another way, that the peer hung up. */
#define GOES_ON_NS (1200 * NS_PER_MS)
/* Without an error of its own: a check is unanswered (consent: each 6 s at most, RFC 7675). */
#define GOES_ON_UNTOLD_NS (7500 * NS_PER_MS)
/* The last packets of the peer and the first error may overtake one another. */
#define OVERTAKEN_NS (500 * NS_PER_MS)
/* An answer that was missing for so long before tells more than that the peer gave up then, too. */
#define ANSWERED_NS (10 * NS_PER_S)

struct closed_port {
	u64 at_ns, last_ns; /* 0: none */
	bool own; /* a packet of this session was answered so */
};

static struct closed_port closed_port_of(const struct verdict_context *c)
{
	const struct icmp_sum *port = c->session->icmp ? &c->session->icmp->port : NULL;
	struct closed_peer peer = peer_closed(c->engine, &c->session->s.peer);

	if (peer.count < ERRORS_LEAST)
		return (struct closed_port){.at_ns = 0};
	if (port && port->count && port->last_ns + OVERTAKEN_NS > c->facts->inbound_ns)
		return (struct closed_port){port->first_ns, port->last_ns, .own = true};
	return (struct closed_port){peer.last_ns, peer.last_ns, .own = false};
}

/* Only a packet of the host makes such an error, so it tells of one, too. */
static bool host_goes_on(const struct verdict_context *c, struct closed_port closed)
{
	const struct facts *f = c->facts;
	u64 least = closed.own ? closed.at_ns + GOES_ON_NS : f->inbound_ns + GOES_ON_UNTOLD_NS;
	u64 outbound = f->outbound_ns;

	if (closed.own)
		time_advance(&outbound, closed.last_ns);
	else if (!f->success_ns || f->request_ns <= f->inbound_ns)
		return false;
	return c->engine->now >= least && outbound >= least;
}

enum finding peer_is_gone(const struct verdict_context *c, struct ruling *r)
{
	struct closed_port closed = closed_port_of(c);
	const struct facts *f = c->facts;
	char peer[ENDPOINT_TEXT];

	if (!closed.at_ns || closed.last_ns + OVERTAKEN_NS < f->inbound_ns || c->session->hung_up ||
	    mapping_went(c) || !host_goes_on(c, closed) ||
	    (f->success_ns && closed.at_ns > f->success_ns + ANSWERED_NS))
		return FINDING_NONE;
	r->since_ns = closed.at_ns;
	ruling_say(r, closed.at_ns, AT_WAN_IN, EVIDENCE_PEER_CLOSED,
		   addr_text(&c->session->s.peer, peer), closed.own ? "" : ", of another session",
		   (double)(f->outbound_ns - f->inbound_ns) / NS_PER_S);
	return FINDING_DECISIVE;
}

/* --- media is lost further out --- */

/* Two reports of a receiver: at most 7.5 s each (RFC 3550 section 6.2). */
#define MEDIA_GONE_NS (15 * NS_PER_S)
#define STILL_NS (6 * NS_PER_S) /* one check of RFC 7675 section 5.1 */

/* The peer's RTP and reports have stopped, while its answers come and the host's media goes out. */
enum finding media_stops_coming(const struct verdict_context *c, struct ruling *r)
{
	const struct facts *f = c->facts;
	u64 heard = f->rtp_last_ns[INBOUND], now = c->engine->now;

	time_advance(&heard, f->rtcp_ns[INBOUND]);
	if (!f->rtp_last_ns[INBOUND] || !f->rtcp_ns[INBOUND] || c->session->hung_up ||
	    f->rtp_last_ns[OUTBOUND] < heard + MEDIA_GONE_NS || f->success_ns + STILL_NS < now ||
	    f->success_ns < heard + MEDIA_GONE_NS - STILL_NS)
		return FINDING_NONE;
	r->heading = INBOUND;
	r->since_ns = heard;
	ruling_say(r, heard, AT_WAN_IN, EVIDENCE_MEDIA_STOPS,
		   (f->rtp_last_ns[OUTBOUND] - heard) / NS_PER_S);
	return FINDING_HINT;
}
