/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>
#include <utlist.h>

#include "engine/flows.h"
#include "engine/local.h"
#include "engine/metrics_view.h"
#include "engine/point_sides.h"
#include "engine/state.h"
#include "util/time.h"

/* What is silent this long is forgotten, as by the daemon's sweep of the flow map. */
#define FLOW_IDLE_NS (120 * NS_PER_S)
/*
 * More flows without a session are a flood: the one that was heard of longest ago goes. Known ones
 * are heard of once a second.
 */
#define LOOSE_MAX 32768

struct flow_table {
	struct hash_index by_key;
	/* of each side, enum side, the flows on which the host has asked, by its socket */
	struct hash_index askers[SIDE_WAN + 1];
	struct flow *loose; /* those without a session, the longest unheard of first */
	u32 nloose;
};

#define FLOW_AT(field, link) ((s32)offsetof(struct flow, field) - (s32)offsetof(struct flow, link))

int flows_begin(struct engine *e)
{
	struct flow_table *t = calloc(1, sizeof(*t));
	int err;

	if (!t)
		return -ENOMEM;
	e->flows = t;
	err = index_begin(&t->by_key, FLOW_AT(key, link), sizeof(struct flow_key));
	if (!err)
		err = index_begin(&t->askers[SIDE_LAN], FLOW_AT(key.far, by_socket),
				  sizeof(struct endpoint));
	if (!err)
		err = index_begin(&t->askers[SIDE_WAN], FLOW_AT(key.near, by_socket),
				  sizeof(struct endpoint));
	return err;
}

struct flow *flow_find(const struct engine *e, const struct flow_key *key)
{
	return INDEXED(index_find(&e->flows->by_key, key), struct flow, link);
}

void flows_fetch(const struct engine *e, const struct flow_key *key, bool bucket_is_there)
{
	index_fetch(&e->flows->by_key, key, bucket_is_there);
}

static void flow_list(struct flow_table *t, struct flow *f)
{
	DL_APPEND2(t->loose, f, older, newer);
	t->nloose++;
}

static void flow_unlist(struct flow_table *t, struct flow *f)
{
	DL_DELETE2(t->loose, f, older, newer);
	t->nloose--;
}

static void flow_delete(struct engine *e, struct flow *f)
{
	if (f->twin)
		f->twin->twin = NULL;
	flow_unlist(e->flows, f);
	index_remove(&e->flows->by_key, &f->link);
	if (f->asked)
		index_remove(&e->flows->askers[f->side], &f->by_socket);
	local_leave(e, f);
	flow_free(f);
}

void flow_loosen(struct engine *e, struct flow *f)
{
	f->session = NULL;
	flow_list(e->flows, f);
}

void flow_tie(struct engine *e, struct flow *f, struct session_state *s)
{
	flow_unlist(e->flows, f);
	f->session = s;
}

struct flow *flows_loose(const struct engine *e)
{
	return e->flows->loose;
}

struct flow *flow_find_asker(const struct engine *e, u8 side, const struct endpoint *local)
{
	return INDEXED(index_find(&e->flows->askers[side], local), struct flow, by_socket);
}

struct flow *flow_next_asker(const struct engine *e, const struct flow *f)
{
	return INDEXED(index_again(&e->flows->askers[f->side], &f->by_socket), struct flow,
		       by_socket);
}

/* Far more than one session has from one socket; a server that asks its clients has thousands. */
#define ASKERS_MAX 64

/*
 * Of too many flows on which the host asks from one socket the oldest is not found by it any more,
 * one without a session first: unsolicited answers can be made up, and the flows that they make
 * have none.
 */
static void asker_make_room(struct engine *e, struct flow *f)
{
	struct flow *i = flow_find_asker(e, f->side, flow_local(f)), *oldest = NULL, *idle = NULL;
	u32 count = 0;

	for (; i; i = flow_next_asker(e, i), count++) {
		oldest = i;
		if (!i->session)
			idle = i;
	}
	if (count < ASKERS_MAX)
		return;
	e->metrics->bounds_reached[BOUND_SOCKET_FLOWS]++;
	if (idle)
		oldest = idle;
	oldest->asked = 0;
	index_remove(&e->flows->askers[f->side], &oldest->by_socket);
}

void flow_asked(struct engine *e, struct flow *f)
{
	if (f->asked)
		return;
	asker_make_room(e, f);
	f->asked = 1;
	index_add(&e->flows->askers[f->side], &f->by_socket);
}

void flow_touch(struct engine *e, struct flow *f)
{
	if (f->session)
		return;
	DL_DELETE2(e->flows->loose, f, older, newer);
	DL_APPEND2(e->flows->loose, f, older, newer);
}

static struct flow *flow_new(struct engine *e, const struct event *event, u8 side)
{
	struct flow *f;

	if (e->flows->nloose >= LOOSE_MAX)
		flow_delete(e, e->flows->loose);
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
		flow_free(f);
		return NULL;
	}
	index_add(&e->flows->by_key, &f->link);
	flow_loosen(e, f);
	return f;
}

struct flow *flow_of_event(struct engine *e, const struct event *event)
{
	int side = point_side(e, event->ifindex);
	struct flow *f;

	if (side < 0)
		return NULL;
	f = flow_find(e, &event->key);
	if (!f)
		f = flow_new(e, event, (u8)side);
	if (!f)
		return NULL;
	if (event->time_ns > f->last_ns)
		f->last_ns = event->time_ns;
	flow_touch(e, f);
	return f;
}

void flows_expire(struct engine *e)
{
	struct flow *f, *tmp;

	DL_FOREACH_SAFE2(e->flows->loose, f, tmp, newer)
		if (f->last_ns + FLOW_IDLE_NS < e->now)
			flow_delete(e, f);
}

void flows_free(struct engine *e)
{
	struct flow_table *t = e->flows;

	if (!t)
		return;
	while (t->loose)
		flow_delete(e, t->loose);
	index_free(&t->by_key);
	index_free(&t->askers[SIDE_LAN]);
	index_free(&t->askers[SIDE_WAN]);
	free(t);
}
