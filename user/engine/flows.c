/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The flows the engine has heard of. */
#include "engine/state.h"

/* As the daemon's sweep of the flow map: what is silent this long is forgotten. */
#define FLOW_IDLE_NS (120 * NS_PER_S)
/*
 * More flows without a session are a flood: the longest unheard of goes. Known ones are heard of
 * once a second.
 */
#define LOOSE_MAX 32768

int flows_begin(struct engine *e)
{
	s32 link_at = (s32)offsetof(struct flow, by_socket);
	s32 lan_at = (s32)offsetof(struct flow, key.far) - link_at;
	s32 wan_at = (s32)offsetof(struct flow, key.near) - link_at;
	int err = index_begin(&e->flows, (s32)offsetof(struct flow, key), sizeof(struct flow_key));

	if (!err)
		err = index_begin(&e->askers[SIDE_LAN], lan_at, sizeof(struct endpoint));
	if (!err)
		err = index_begin(&e->askers[SIDE_WAN], wan_at, sizeof(struct endpoint));
	return err ? err
		   : index_begin(&e->local_addrs, (s32)offsetof(struct local_addr, ip),
				 sizeof(struct addr));
}

struct flow *flow_find(const struct engine *e, const struct flow_key *key)
{
	return INDEXED(index_find(&e->flows, key), struct flow, link);
}

#define CACHE_LINE 64

/* Takes NULL, too. */
static void fetch(const void *from, size_t bytes)
{
	for (size_t at = 0; from && at < bytes; at += CACHE_LINE)
		__builtin_prefetch((const char *)from + at);
}

void flow_fetch(const struct flow *f)
{
	fetch(f, sizeof(*f));
}

void flow_fetch_behind(const struct flow *f)
{
	if (!f)
		return;
	fetch(f->inside, HEADINGS * sizeof(*f->inside));
	fetch(f->session, sizeof(f->session->s));
	fetch(f->twin, sizeof(*f));
}

static void leg_inside_free(struct flow *f)
{
	for (int heading = 0; f->inside && heading < HEADINGS; heading++)
		free(f->inside[heading].stream);
	free(f->inside);
	f->inside = NULL;
}

void leg_inside_keep(struct flow *f)
{
	if (flow_inside(f) != f)
		leg_inside_free(f);
}

static void flow_delete(struct engine *e, struct flow *f)
{
	if (f->twin)
		f->twin->twin = NULL;
	DL_DELETE2(e->loose, f, older, newer);
	e->nloose--;
	index_remove(&e->flows, &f->link);
	if (f->asked)
		index_remove(&e->askers[f->side], &f->by_socket);
	local_leave(e, f);
	leg_inside_free(f);
	if (f->more)
		free(f->more->drops);
	free(f->more);
	free(f);
}

void flow_loosen(struct engine *e, struct flow *f)
{
	f->session = NULL;
	DL_APPEND2(e->loose, f, older, newer);
	e->nloose++;
}

void flow_tie(struct engine *e, struct flow *f, struct session_state *s)
{
	DL_DELETE2(e->loose, f, older, newer);
	e->nloose--;
	f->session = s;
}

/* Far more than one session has from one socket; a server that asks its clients has thousands. */
#define ASKERS_MAX 64

/*
 * Of too many flows on which the host asks from the same socket the oldest is not looked for any
 * more, of those without a session first: answers that nobody asked for can be made up, and the
 * flows that they make have none.
 */
static void make_asker_room(struct engine *e, struct flow *f)
{
	struct index *askers = &e->askers[f->side];
	struct link *link = index_find(askers, flow_local(f));
	struct flow *oldest = NULL, *idle = NULL;
	u32 count = 0;

	for (; link; link = index_again(askers, link), count++) {
		oldest = INDEXED(link, struct flow, by_socket);
		if (!oldest->session)
			idle = oldest;
	}
	if (count < ASKERS_MAX)
		return;
	if (idle)
		oldest = idle;
	oldest->asked = 0;
	index_remove(askers, &oldest->by_socket);
}

void flow_asked(struct engine *e, struct flow *f)
{
	if (f->asked)
		return;
	make_asker_room(e, f);
	f->asked = 1;
	index_add(&e->askers[f->side], &f->by_socket);
}

void flow_touch(struct engine *e, struct flow *f)
{
	if (f->session)
		return;
	DL_DELETE2(e->loose, f, older, newer);
	DL_APPEND2(e->loose, f, older, newer);
}

static struct flow *flow_new(struct engine *e, const struct event *event, u8 side)
{
	struct flow *f;

	if (e->nloose >= LOOSE_MAX)
		flow_delete(e, e->loose);
	f = calloc(1, sizeof(*f));
	if (!f)
		return NULL;
	f->key = event->key;
	f->ifindex = event->ifindex;
	/*
	 * For a pair inside TURN the key names client and peer in the same order as the carrying
	 * flow.
	 */
	f->side = side;
	if (event->key.relayed && flow_more_get(f))
		f->more->server = event->server;
	f->first_ns = event->time_ns;
	if (!local_join(e, f)) {
		free(f->more);
		free(f);
		return NULL;
	}
	index_add(&e->flows, &f->link);
	flow_loosen(e, f);
	return f;
}

struct flow *flow_of_event(struct engine *e, const struct event *event)
{
	u8 side = e->side_of[event->ifindex % POINT_SLOTS];
	struct flow *f;

	if (!side)
		return NULL;
	f = flow_find(e, &event->key);
	if (!f)
		f = flow_new(e, event, side - 1);
	if (!f)
		return NULL;
	if (event->time_ns > f->last_ns)
		f->last_ns = event->time_ns;
	flow_touch(e, f);
	return f;
}

enum heading engine_heading(u8 side, u8 dir)
{
	return (side == SIDE_LAN) == (dir == DIR_IN) ? OUTBOUND : INBOUND;
}

enum point engine_at(u8 side, u8 dir)
{
	if (side == SIDE_LAN)
		return dir == DIR_IN ? AT_LAN_IN : AT_LAN_OUT;
	return dir == DIR_IN ? AT_WAN_IN : AT_WAN_OUT;
}

struct flow *flow_inside(struct flow *f)
{
	return f->side == SIDE_WAN && f->twin && f->twin->side == SIDE_LAN ? f->twin : f;
}

bool flow_is_stray(const struct flow *f, bool lan)
{
	return lan && f->side == SIDE_WAN && !f->twin && !f->own;
}

bool flow_told_here(const struct flow *f, u8 dir)
{
	return dir == DIR_IN || !f->twin;
}

void drop_add(struct drop_sum *sum, const struct drop_sum *what)
{
	if (!what->count)
		return;
	if (!sum->count) {
		*sum = *what;
		return;
	}
	sum->count += what->count;
	if (!sum->rule)
		sum->rule = what->rule;
	if (what->last_ns > sum->last_ns)
		sum->last_ns = what->last_ns;
}

void drops_add(struct drop_sums **sums, enum blocked_kind kind, const struct drop_sum *what)
{
	if (what->count && !*sums)
		*sums = calloc(1, sizeof(**sums));
	if (what->count && *sums)
		drop_add(&(*sums)->of[kind], what);
}

const struct flow_more *flow_more(const struct flow *f)
{
	static const struct flow_more none;

	return f->more ? f->more : &none;
}

struct flow_more *flow_more_get(struct flow *f)
{
	if (!f->more)
		f->more = calloc(1, sizeof(*f->more));
	return f->more;
}

const struct leg_inside *leg_inside(const struct flow *f, enum heading heading)
{
	static const struct leg_inside none;

	return f->inside ? &f->inside[heading] : &none;
}

struct leg_inside *leg_inside_get(struct flow *f, enum heading heading)
{
	if (!f->inside && flow_inside(f) == f)
		f->inside = calloc(HEADINGS, sizeof(*f->inside));
	return f->inside ? &f->inside[heading] : NULL;
}

void flows_expire(struct engine *e)
{
	struct flow *f, *tmp;

	DL_FOREACH_SAFE2(e->loose, f, tmp, newer)
		if (f->last_ns + FLOW_IDLE_NS < e->now)
			flow_delete(e, f);
}

void flows_free(struct engine *e)
{
	while (e->loose)
		flow_delete(e, e->loose);
	index_free(&e->flows);
	index_free(&e->askers[SIDE_LAN]);
	index_free(&e->askers[SIDE_WAN]);
	index_free(&e->local_addrs);
}
