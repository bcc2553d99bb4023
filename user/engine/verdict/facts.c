/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <string.h>

#include "engine/cover.h"
#include "engine/verdict/facts.h"
#include "util/address.h"
#include "util/time.h"

static void earliest_ns(u64 *at, u64 than)
{
	if (than && (!*at || than < *at))
		*at = than;
}

static bool leg_has_media(const struct leg *leg, const struct leg_inside *inside)
{
	return leg->rtp || inside->data_packets || leg->dtls_seen & 1u << DTLS_DATA;
}

static void collect_leg(struct facts *facts, enum heading heading, const struct flow *f)
{
	const struct leg_inside *inside = leg_inside(f, heading);
	const struct leg *leg = &f->leg[heading];

	facts->requests[heading] += leg->requests;
	facts->answers[heading] += inside->successes;
	facts->hellos[heading] += inside->hellos;
	facts->dtls[heading] |= leg->dtls_seen;
	if (leg->dtls_seen & DTLS_THROUGH)
		earliest_ns(&facts->secured_ns[heading],
			    /* event lost */
			    inside->through_ns ? inside->through_ns : inside->last_ns);
	earliest_ns(&facts->hello_ns, inside->hello_ns);
	if (leg_has_media(leg, inside))
		facts->media[heading] = true;
	facts->rtp[heading] |= leg->rtp;
	earliest_ns(&facts->rtp_ns[heading], inside->rtp_first_ns);
	raise_size(&facts->dtls_max[heading], inside->dtls_max);
	raise_size(&facts->check_max[heading], leg->check_max);
	earliest_ns(&facts->media_ns[heading], inside->media_first_ns);
	facts->rtcp[heading] |= leg->rtcp;
	facts->opaque[heading] += inside->opaque;
	facts->unasked[heading] |= leg->unasked;
	time_advance(&facts->request_ns, leg->request_ns);
	time_advance(&facts->success_ns, leg->success_ns);
	time_advance(&facts->last_ns, inside->last_ns);
	if (leg->rtp)
		time_advance(&facts->rtp_last_ns[heading], inside->media_ns);
	time_advance(&facts->rtcp_ns[heading], inside->rtcp_ns);
	if (heading != INBOUND) {
		time_advance(&facts->outbound_ns, flow_heading_ns(f, OUTBOUND));
		return;
	}
	time_advance(&facts->inbound_ns, inside->last_ns);
	time_advance(&facts->heard_ns, inside->media_ns);
	time_advance(&facts->heard_ns, inside->data_ns);
}

/*
 * The host's checks on this path: did they leave the gateway? Where one side alone is watched, or
 * the other one was not at that time, they are taken to.
 */
static void collect_crossing(struct facts *facts, const struct flow *f)
{
	if (!f->leg[OUTBOUND].requests)
		return;
	if (f->side == SIDE_WAN || f->twin || !flow_covered_checks(f).count) {
		facts->left++;
		return;
	}
	facts->stuck++;
	if (!facts->stuck_flow || addr_is_private(&flow_remote(facts->stuck_flow)->ip))
		facts->stuck_flow = f;
}

/* What only the WAN can show, of all flows there. */
static void collect_wan(struct facts *facts, const struct flow *f)
{
	const struct leg *out = &f->leg[OUTBOUND], *in = &f->leg[INBOUND];

	facts->dtls_wan[OUTBOUND] |= out->dtls_seen;
	facts->dtls_wan[INBOUND] |= in->dtls_seen;
	facts->rtp_wan[OUTBOUND] |= out->rtp;
	facts->rtp_wan[INBOUND] |= in->rtp;
	time_advance(&facts->asked_wan_ns, out->request_ns);
	facts->requests_wan += out->requests;
	time_advance(&facts->success_wan_ns, in->success_ns);
}

static void collect_stray(struct facts *facts, const struct flow *f)
{
	if (!f->leg[INBOUND].requests)
		return;
	facts->strays += f->leg[INBOUND].requests;
	facts->stray_flow = f;
}

void facts_collect(struct facts *facts, const struct session_state *s)
{
	memset(facts, 0, sizeof(*facts));
	for (struct flow *f = s->flows; f; f = f->next) {
		time_advance(&facts->last_ns, f->last_ns);
		if (f->side == SIDE_WAN)
			collect_wan(facts, f);
		if (flow_is_stray(f, s->lan))
			collect_stray(facts, f);
		if (flow_inside(f) != f || flow_is_stray(f, s->lan))
			continue;
		collect_leg(facts, OUTBOUND, f);
		collect_leg(facts, INBOUND, f);
		collect_crossing(facts, f);
		facts->carries |= f->carries;
	}
}
