/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The flows the engine has heard of, and the hosts they belong to. */
#include "engine/state.h"

/* As the daemon's sweep of the flow map: what is silent this long is forgotten. */
#define FLOW_IDLE_NS (120 * NS_PER_S)
#define HOST_IDLE_NS (3600 * NS_PER_S)
/* More flows without a session are a flood: the longest unheard of goes. Known ones are heard of once a second. */
#define LOOSE_MAX 32768

struct eflow *flow_find(const struct engine *e, const struct flow_key *key)
{
	struct eflow *f;

	HASH_FIND(hh, e->flows, key, sizeof(*key), f);
	return f;
}

static void flow_delete(struct engine *e, struct eflow *f)
{
	if (f->twin)
		f->twin->twin = NULL;
	DL_DELETE2(e->loose, f, older, newer);
	e->nloose--;
	HASH_DEL(e->flows, f);
	streams_free(f);
	free(f->alloc);
	free(f->drops);
	free(f);
}

void flow_loosen(struct engine *e, struct eflow *f)
{
	f->session = NULL;
	DL_APPEND2(e->loose, f, older, newer);
	e->nloose++;
}

void flow_tie(struct engine *e, struct eflow *f, struct session_state *s)
{
	DL_DELETE2(e->loose, f, older, newer);
	e->nloose--;
	f->session = s;
}

void flow_touch(struct engine *e, struct eflow *f)
{
	if (f->session)
		return;
	DL_DELETE2(e->loose, f, older, newer);
	DL_APPEND2(e->loose, f, older, newer);
}

static struct eflow *flow_new(struct engine *e, const struct event *event, u8 side)
{
	struct eflow *f;

	if (e->nloose >= LOOSE_MAX)
		flow_delete(e, e->loose);
	f = calloc(1, sizeof(*f));
	if (!f)
		return NULL;
	f->key = event->key;
	f->ifindex = event->ifindex;
	f->side = side;
	f->local = side == SIDE_LAN ? event->key.beyond : event->key.behind;
	f->remote = side == SIDE_LAN ? event->key.behind : event->key.beyond;
	/* For a pair inside TURN the key names client and peer in the same order as the carrying flow. */
	f->server = event->server;
	f->first_ns = event->time_ns;
	HASH_ADD(hh, e->flows, key, sizeof(f->key), f);
	flow_loosen(e, f);
	return f;
}

struct eflow *flow_of_event(struct engine *e, const struct event *event)
{
	u8 side = e->side_of[event->ifindex % POINT_SLOTS];
	struct eflow *f;

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

struct eflow *flow_inside(struct eflow *f)
{
	return f->side == SIDE_WAN && f->twin && f->twin->side == SIDE_LAN ? f->twin : f;
}

bool flow_is_stray(const struct eflow *f, bool lan)
{
	return lan && f->side == SIDE_WAN && !f->twin && !f->own;
}

bool flow_told_here(const struct eflow *f, u8 dir)
{
	return dir == DIR_IN || !f->twin;
}

/* More hosts that nobody has answered are made up: the longest unheard of goes. */
#define LOOSE_HOSTS_MAX 4096

static void host_delete(struct engine *e, struct host *h)
{
	host_hold(e, h);
	host_forgotten(e, h);
	HASH_DEL(e->hosts, h);
	free(h->reflexive);
	free(h);
}

void host_hold(struct engine *e, struct host *h)
{
	if (h->known)
		return;
	h->known = 1;
	host_observed(e, h);
	DL_DELETE2(e->loose_hosts, h, older, newer);
	e->nloose_hosts--;
}

void host_reflexive(struct host *h, const struct endpoint *local, const struct endpoint *mapped)
{
	u32 at = h->nreflexive % HOST_REFLEXIVES;
	struct reflexive *grown = h->reflexive;

	if (h->nreflexive < HOST_REFLEXIVES)
		grown = realloc(grown, (at + 1) * sizeof(*grown));
	if (!grown)
		return;
	h->reflexive = grown;
	h->reflexive[at] = (struct reflexive){.local = *local, .mapped = *mapped};
	h->nreflexive++;
}

static void make_host_room(struct engine *e)
{
	struct host *h;

	if (e->nloose_hosts < LOOSE_HOSTS_MAX)
		return;
	DL_FOREACH2(e->loose_hosts, h, newer)
	if (!h->gathering)
		break;
	if (h)
		host_delete(e, h);
}

struct host *host_find(const struct engine *e, const struct addr *ip)
{
	struct host *h;

	HASH_FIND(hh, e->hosts, ip, sizeof(*ip), h);
	return h;
}

struct host *host_get(struct engine *e, const struct addr *ip)
{
	struct host *h;

	HASH_FIND(hh, e->hosts, ip, sizeof(*ip), h);
	if (!h) {
		make_host_room(e);
		h = calloc(1, sizeof(*h));
		if (!h)
			return NULL;
		h->ip = *ip;
		DL_APPEND2(e->loose_hosts, h, older, newer);
		e->nloose_hosts++;
		HASH_ADD(hh, e->hosts, ip, sizeof(h->ip), h);
	} else if (!h->known) {
		DL_DELETE2(e->loose_hosts, h, older, newer);
		DL_APPEND2(e->loose_hosts, h, older, newer);
	}
	h->last_ns = e->now;
	return h;
}

struct host *flow_host(struct engine *e, struct eflow *f)
{
	f = flow_inside(f);
	return flow_is_stray(f, e->has_lan) ? NULL : host_get(e, &f->local.ip);
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

const struct allocation *flow_alloc(const struct eflow *f)
{
	static const struct allocation none;

	return f->alloc ? f->alloc : &none;
}

static void hosts_expire(struct engine *e)
{
	struct host *h, *tmp;

	HASH_ITER(hh, e->hosts, h, tmp) {
		if (h->last_ns + HOST_IDLE_NS > e->now || h->gathering)
			continue;
		host_delete(e, h);
	}
}

void flows_expire(struct engine *e)
{
	struct eflow *f, *tmp;

	DL_FOREACH_SAFE2(e->loose, f, tmp, newer)
		if (f->last_ns + FLOW_IDLE_NS < e->now)
			flow_delete(e, f);
	hosts_expire(e);
}

void flows_free(struct engine *e)
{
	struct host *h, *tmp;

	while (e->loose)
		flow_delete(e, e->loose);
	HASH_ITER(hh, e->hosts, h, tmp)
		host_delete(e, h);
}
