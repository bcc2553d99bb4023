/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The entry points that drive the engine: events go to the module of their kind, then the session
 * is reviewed; time runs the timers.
 */
#include <stdlib.h>

#include "engine/changes.h"
#include "engine/dtls.h"
#include "engine/engine.h"
#include "engine/flows.h"
#include "engine/gathering_review.h"
#include "engine/gateway_info.h"
#include "engine/hosts.h"
#include "engine/icmp_errors.h"
#include "engine/local.h"
#include "engine/mapping_change.h"
#include "engine/media.h"
#include "engine/metrics.h"
#include "engine/nat/conntrack.h"
#include "engine/nat/mapping.h"
#include "engine/nat/nat.h"
#include "engine/nat/stitching.h"
#include "engine/pair.h"
#include "engine/point_sides.h"
#include "engine/refusals.h"
#include "engine/restart.h"
#include "engine/rules.h"
#include "engine/session.h"
#include "engine/session_review.h"
#include "engine/session_schedule.h"
#include "engine/session_ufrags.h"
#include "engine/state.h"
#include "engine/stun.h"
#include "engine/tls.h"
#include "engine/turn_servers.h"

static int parts_begin(struct engine *e)
{
	static int (*const begin[])(struct engine *) = {
		metrics_begin,
		changes_begin,
		point_sides_begin,
		gateway_info_begin,
		locals_begin,
		flows_begin,
		hosts_begin,
		session_ufrags_begin,
		rules_begin,
		refusals_begin,
		icmp_errors_begin,
		restarts_begin,
		session_schedule_begin,
	};
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(begin) / sizeof(begin[0]); i++)
		err = begin[i](e);
	return err;
}

struct engine *engine_new(const struct engine_limits *limits)
{
	struct engine *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	e->nat = nat_new(host_profile, mapping_changed, e);
	if (e->nat && !parts_begin(e) && !sessions_begin(e, limits))
		return e;
	engine_free(e);
	return NULL;
}

void engine_free(struct engine *e)
{
	if (!e)
		return;
	sessions_free(e);
	session_schedule_free(e);
	session_ufrags_free(e);
	flows_free(e);
	locals_free(e);
	hosts_free(e);
	nat_free(e->nat);
	turn_servers_free(e);
	rules_free(e);
	refusals_free(e);
	icmp_errors_free(e);
	restarts_free(e);
	gateway_info_free(e);
	point_sides_free(e);
	changes_free(e);
	metrics_free(e);
	free(e);
}

void engine_point(struct engine *e, u32 ifindex, enum side side)
{
	point_set_side(e, ifindex, side);
	if (side == SIDE_LAN)
		nat_has_lan(e->nat);
}

static void time_passes(struct engine *e, u64 now_ns)
{
	if (now_ns > e->now || e->ended)
		e->now = now_ns;
	e->ended = 0;
}

static void conntrack_event(struct engine *e, struct flow *f, const struct conntrack *ct,
			    bool known)
{
	if (conntrack_learn(e, f, ct, known) && f->session)
		session_name_pair(e, f->session, f);
}

void engine_event(struct engine *e, const struct event *event)
{
	struct flow *f;

	e->metrics->events++;
	time_passes(e, event->time_ns);
	f = flow_of_event(e, event);
	if (!f)
		return;
	switch (event->kind) {
	case EVENT_STUN:
		stun_event(e, f, event);
		break;
	case EVENT_TLS:
		tls_event(e, f, event);
		break;
	case EVENT_DTLS:
		dtls_event(e, f, event);
		break;
	case EVENT_STREAM:
		stream_event(e, f, event);
		break;
	case EVENT_DROP:
		drop_event(e, f, event);
		break;
	case EVENT_ICMP:
		icmp_event(e, f, event);
		break;
	case EVENT_TCP_CLOSE:
		close_event(e, f, event);
		break;
	case EVENT_CONNTRACK:
		conntrack_event(e, f, &event->conntrack, event->known);
		break;
	}
	local_heard(e, f);
	if (f->twin)
		local_heard(e, f->twin);
	if (!f->session)
		return;
	session_wake(e, f->session, f->last_ns);
	session_review(e, f->session);
}

/*
 * How many flows ahead to prefetch: far enough for memory to answer, near enough for the cache to
 * keep it.
 */
#define FETCH_BUCKET 14
#define FETCH_LINK 10
#define FETCH_FLOW 6
#define FETCH_BEHIND 3

void engine_expect(struct engine *e, const struct flow_key *keys, size_t count)
{
	if (count > FETCH_BUCKET)
		flows_fetch(e, &keys[FETCH_BUCKET], false);
	if (count > FETCH_LINK)
		flows_fetch(e, &keys[FETCH_LINK], true);
	if (count > FETCH_FLOW)
		flow_fetch(flow_find(e, &keys[FETCH_FLOW]));
	if (count > FETCH_BEHIND)
		flow_fetch_behind(flow_find(e, &keys[FETCH_BEHIND]));
}

/* More than a call has; a review looks at all flows of its session, and comes with each of them. */
#define AWAITED_FLOWS 16

/* Whether packets pass again is not to wait for the next tick. */
static bool is_awaited(const struct session_state *s)
{
	return (s->cut || s->impaired) && s->nflows <= AWAITED_FLOWS;
}

void engine_sample(struct engine *e, const struct flow_key *key, const struct flow_record *record)
{
	struct flow *f = flow_find(e, key);

	if (!f)
		return;
	flow_touch(e, f);
	drops_sample(e, f, record);
	media_sample(e, f, record);
	if (f->session)
		session_wake(e, f->session, f->last_ns);
	local_heard(e, f);
	/* its event was lost */
	if (record->nat.state == CONNTRACK_FOUND && !f->conntrack_known)
		conntrack_event(e, f, &record->nat, true);
	nat_mapping_sample(e->nat, f);
	if (f->session && is_awaited(f->session))
		session_review(e, f->session);
}

void engine_sampled_each(struct engine *e, u64 ns)
{
	e->sampled_each_ns = ns;
}

static void session_due(struct engine *e, struct session_state *s)
{
	if (s->s.over)
		session_expire(e, s);
	else
		session_review(e, s);
}

void engine_tick(struct engine *e, u64 now_ns)
{
	time_passes(e, now_ns);
	sessions_review(e, session_due);
	hosts_review_gathering(e);
	stitchings_expire(e);
	flows_expire(e);
	hosts_expire(e);
	nat_expire(e->nat, e->now);
	hosts_recount(e);
}
