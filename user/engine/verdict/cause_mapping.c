/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A session worked, and the NAT mapping that its peer sends to is no more: conntrack was flushed,
 * the WAN address changed, or another WAN took over. What the peer sends finds no way in then, and
 * may be dropped by this gateway's own input rules: the mapping is the cause of that.
 */
#include "engine/names.h"
#include "engine/nat/nat.h"
#include "engine/state.h"
#include "engine/verdict/predicates.h"
#include "util/address.h"
#include "util/time.h"

/* Packets that were on their way, and the time between a packet and when conntrack was asked. */
#define ON_THE_WAY_NS (1 * NS_PER_S)
/* So long nothing comes of a peer that had sent media, which reports go with. */
#define OUTAGE_NS (5 * NS_PER_S)
/* A peer that sends nothing else answers checks, which come 6 s apart (RFC 7675 section 5.1). */
#define OUTAGE_CHECKS_NS (7 * NS_PER_S)
/* Packets of media come closer together than this; those of data come as they like. */
#define SPEAKS_NS (2 * NS_PER_S)
/*
 * The kernel drops the packet that finds that its entry is of another interface
 * (nf_nat_oif_changed() in net/netfilter/nf_nat_core.c). It is another matter when drops go on.
 */
#define DROPS_NS (2 * NS_PER_S)

/* Returns the outside endpoint that the lost one's inside has by now, NULL when it has none. */
static const struct endpoint *outside_now(const struct engine *e, const struct flow *f)
{
	const struct mapping_loss *lost = flow_more(f)->lost;

	return nat_outside_of(e->nat, f->key.proto, &lost->inside, &lost->remote);
}

/* An entry that was removed and has come back as it was does no harm. */
static bool is_restored(const struct engine *e, const struct flow *f)
{
	const struct endpoint *now = outside_now(e, f);

	return now && endpoint_equal(now, &flow_more(f)->lost->outside);
}

/* Returns when media of the peer came last. */
static u64 media_heard_ns(const struct session_state *s)
{
	u64 last = 0;

	for (const struct flow *f = s->flows; f; f = f->next)
		time_advance(&last, leg_inside(f, INBOUND)->media_ns);
	return last;
}

/*
 * The peer's media flowed until the mapping went, and never came again, though its checks and
 * answers follow the host: it goes on sending to the old outside endpoint.
 */
static bool is_media_left(const struct session_state *s, u64 lost_ns)
{
	u64 heard = media_heard_ns(s);

	return heard + SPEAKS_NS + ON_THE_WAY_NS > lost_ns && heard <= lost_ns + ON_THE_WAY_NS;
}

/* Returns whether what the peer sends has come in on some path since then. */
static bool is_followed(const struct verdict_context *c, u64 lost_ns)
{
	return session_heading_ns(c->session, INBOUND) > lost_ns + ON_THE_WAY_NS &&
	       !is_media_left(c->session, lost_ns);
}

/*
 * Returns the path that has lost its mapping and came last before that, if the peer has not
 * followed. NULL when there is none.
 */
static const struct flow *lost_path(const struct verdict_context *c)
{
	const struct flow *path = NULL;
	u64 best = 0;

	for (struct flow *f = c->session->flows; f; f = f->next) {
		const struct mapping_loss *lost = flow_more(f)->lost;
		u64 heard = flow_heading_ns(f, INBOUND);

		if (!lost || heard + CONSENT_LOST_NS < lost->at_ns || heard <= best ||
		    flow_inside(f) != f || is_followed(c, lost->at_ns) || is_restored(c->engine, f))
			continue;
		best = heard;
		path = f;
	}
	return path;
}

bool mapping_went(const struct verdict_context *c)
{
	return lost_path(c);
}

/* What the host sends does not leave, for reasons of its own. */
static bool is_dropped_here(const struct session_state *s, u64 lost_ns)
{
	for (int kind = 0; kind < BLOCKED_KINDS; kind++) {
		const struct drop_sum *d = drop_run_of(s->drops, kind, OUTBOUND);

		if (d->count && d->last_ns > lost_ns + DROPS_NS)
			return true;
	}
	return false;
}

/* The host goes on, and has sent for long enough to be answered; or other packets alone come. */
static bool is_in_vain(const struct verdict_context *c, u64 lost_ns)
{
	u64 last = session_heading_ns(c->session, INBOUND), since = last > lost_ns ? last : lost_ns;
	bool speaks = media_heard_ns(c->session) + SPEAKS_NS > last;

	if (last > lost_ns + ON_THE_WAY_NS)
		return last >= lost_ns + OUTAGE_NS;
	return session_heading_ns(c->session, OUTBOUND) >=
	       since + (speaks ? OUTAGE_NS : OUTAGE_CHECKS_NS);
}

static void say_mapping(const struct verdict_context *c, struct ruling *r, const struct flow *f)
{
	const struct mapping_loss *lost = flow_more(f)->lost;
	const struct endpoint *now = outside_now(c->engine, f);
	char inside[ENDPOINT_TEXT], was[ENDPOINT_TEXT], is[ENDPOINT_TEXT];

	endpoint_text(&lost->inside, inside);
	endpoint_text(&lost->outside, was);
	if (now)
		ruling_say(r, lost->at_ns, AT_GATEWAY, EVIDENCE_MAPPING_CHANGED, inside, was,
			   endpoint_text(now, is), words_name(WORDS_MAPPING_ENDS, lost->by));
	else
		ruling_say(r, lost->at_ns, AT_GATEWAY, EVIDENCE_MAPPING_GONE, inside, was,
			   words_name(WORDS_MAPPING_ENDS, lost->by));
}

static void say_silence(const struct verdict_context *c, struct ruling *r, u64 lost_ns)
{
	u64 out = session_heading_ns(c->session, OUTBOUND),
	    in = session_heading_ns(c->session, INBOUND);

	if (in > lost_ns + ON_THE_WAY_NS)
		ruling_say(r, in, AT_GATEWAY, EVIDENCE_MAPPING_MEDIA,
			   (in - media_heard_ns(c->session)) / NS_PER_S);
	else
		ruling_say(r, out, AT_GATEWAY, EVIDENCE_MAPPING_SILENCE, (out - in) / NS_PER_S);
}

/*
 * The host has not hung up, as it goes on sending. Nor has a peer whose own firewall answers the
 * new outside endpoint with a port unreachable.
 */
enum finding mapping_lost(const struct verdict_context *c, struct ruling *r)
{
	const struct flow *f = lost_path(c);
	u64 lost_ns = f ? flow_more(f)->lost->at_ns : 0;

	if (!f || !is_in_vain(c, lost_ns) || is_dropped_here(c->session, lost_ns))
		return FINDING_NONE;
	say_mapping(c, r, f);
	r->since_ns = lost_ns;
	say_silence(c, r, lost_ns);
	return FINDING_HINT;
}
