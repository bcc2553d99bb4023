/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The engine's entry points: what comes in goes to the file that knows it. */
#include "engine/changes.h"
#include "engine/state.h"

struct engine *engine_new(const struct engine_limits *limits)
{
	struct engine *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	e->limits = *limits;
	timer_wheel_begin(&e->looks);
	if (!changes_begin(e) && !flows_begin(e) && !sessions_begin(e) && !nat_begin(e))
		return e;
	engine_free(e);
	return NULL;
}

void engine_free(struct engine *e)
{
	if (!e)
		return;
	sessions_free(e);
	flows_free(e);
	hosts_free(e);
	crossings_free(e);
	nat_free(e);
	turn_free(e);
	rules_free(e);
	told_free(e);
	changes_free(e);
	free(e);
}

/* An interface that is deleted comes back with another index: the oldest gives its place. */
static void remember_point(struct engine *e, u32 ifindex)
{
	for (u32 i = 0; i < e->npoints && i < POINTS_MAX; i++)
		if (e->points[i] == ifindex)
			return;
	e->points[e->npoints++ % POINTS_MAX] = ifindex;
}

void engine_point(struct engine *e, u32 ifindex, enum side side)
{
	remember_point(e, ifindex);
	e->side_of[ifindex % POINT_SLOTS] = 1 + side;
	if (side == SIDE_LAN)
		e->has_lan = 1;
}

/*
 * A request that leaves the WAN from the gateway's own address, without having come in anywhere, is
 * the gateway's own: one that crossed has just been tied to its other side.
 */
static bool is_own(const struct engine *e, const struct flow *f, const struct event *event)
{
	return f->side == SIDE_WAN && !f->twin && event->dir == DIR_OUT &&
	       event->stun.cls == STUN_REQUEST && event->count == 1 &&
	       addr_is_outside(e, &flow_local(f)->ip);
}

/*
 * What an answer tells besides itself: that there is such a host, and what the other end sees of
 * its address.
 */
static void answered(struct engine *e, struct flow *f, const struct event *event)
{
	struct host *h = flow_host(e, f);

	f->answered = 1;
	if (engine_heading(f->side, event->dir) == INBOUND)
		flow_asked(e, f);
	if (h)
		host_hold(e, h);
	if (h && f->key.proto == PROTO_TCP)
		h->tcp_ns = event->time_ns;
	if (event->stun.cls == STUN_SUCCESS && engine_heading(f->side, event->dir) == INBOUND)
		upstream_seen(e, f, &event->stun.mapped);
}

/* What else of the host was answered while its request was not. */
static void others_answered(struct engine *e, struct flow *f, const struct event *event)
{
	struct host *h = flow_host(e, f);

	if (engine_heading(f->side, event->dir) != OUTBOUND || flow_inside(f) != f)
		return;
	if (h && event->stun.flags & STUN_F_TCP_ANSWERED)
		h->tcp_ns = event->time_ns;
	if (event->stun.flags & STUN_F_PORT_ANSWERED)
		f->port_answered = 1;
}

/*
 * An answer whose request was never seen. Those of a STUN server have no credentials (RFC 8489
 * section 9); those of a peer do, and so does what a TURN server says of a peer.
 */
static bool is_unasked(const struct stun_info *stun)
{
	return stun->cls == STUN_SUCCESS && !(stun->flags & STUN_F_MATCHED) &&
	       stun->flags & STUN_F_INTEGRITY &&
	       (stun->method == STUN_BINDING || stun->method == STUN_CHANNEL_BIND ||
		stun->method == STUN_CREATE_PERMISSION);
}

static void unasked(struct engine *e, struct flow *f, enum heading heading)
{
	f->leg[heading].unasked = 1;
	if (heading == INBOUND)
		flow_asked(e, f);
}

static void stun_event(struct engine *e, struct flow *f, const struct event *event)
{
	u8 method = event->stun.method & 0xff;

	nat_cross(e, f, event);
	f->own |= is_own(e, f, event);
	if (is_unasked(&event->stun))
		unasked(e, f, engine_heading(f->side, event->dir));
	if (event->stun.flags & STUN_F_MATCHED)
		answered(e, f, event);
	if (event->stun.flags & (STUN_F_TCP_ANSWERED | STUN_F_PORT_ANSWERED))
		others_answered(e, f, event);
	if (event->stun.method == STUN_BINDING || event->stun.method == STUN_GOOG_PING)
		ice_event(e, f, event);
	else if (method >= STUN_ALLOCATE && method <= STUN_CONNECTION_ATTEMPT)
		turn_event(e, f, event);
}

static void time_passes(struct engine *e, u64 now_ns)
{
	if (now_ns > e->now || e->ended)
		e->now = now_ns;
	e->ended = 0;
}

void engine_event(struct engine *e, const struct event *event)
{
	struct flow *f;

	e->metrics.events++;
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
		conntrack_learn(e, f, &event->conntrack, event->known);
		break;
	}
	local_heard(e, f);
	if (f->twin)
		local_heard(e, f->twin);
	if (f->session)
		session_review(e, f->session);
}

/* So many flows ahead: far enough for memory to answer, near enough for the cache to keep it. */
#define FETCH_BUCKET 14
#define FETCH_LINK 10
#define FETCH_FLOW 6
#define FETCH_BEHIND 3

void engine_expect(struct engine *e, const struct flow_key *keys, size_t count)
{
	if (count > FETCH_BUCKET)
		index_fetch(&e->flows, &keys[FETCH_BUCKET], false);
	if (count > FETCH_LINK)
		index_fetch(&e->flows, &keys[FETCH_LINK], true);
	if (count > FETCH_FLOW)
		flow_fetch(flow_find(e, &keys[FETCH_FLOW]));
	if (count > FETCH_BEHIND)
		flow_fetch_behind(flow_find(e, &keys[FETCH_BEHIND]));
}

void engine_sample(struct engine *e, const struct flow_key *key, const struct flow_record *record)
{
	struct flow *f = flow_find(e, key);

	if (!f)
		return;
	flow_touch(e, f);
	media_sample(e, f, record);
	local_heard(e, f);
	/* its event was lost */
	if (record->nat.state == CONNTRACK_FOUND && !f->conntrack_told)
		conntrack_learn(e, f, &record->nat, true);
	nat_sample(e, f);
}

void engine_tick(struct engine *e, u64 now_ns)
{
	struct host *h;

	time_passes(e, now_ns);
	sessions_look(e);
	DL_FOREACH2(e->troubled, h, trouble_after)
	host_review_gathering(e, h);
	crossings_expire(e);
	flows_expire(e);
	hosts_expire(e);
	nat_expire(e);
	hosts_recount(e);
}
