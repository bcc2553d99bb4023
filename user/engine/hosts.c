/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The hosts that flows belong to. */
#include "engine/state.h"

#define HOST_IDLE_NS (3600 * NS_PER_S)
/* More hosts that nobody has answered are made up: the longest unheard of goes. */
#define LOOSE_HOSTS_MAX 4096

static void host_delete(struct engine *e, struct host *h)
{
	host_hold(e, h);
	nat_host_forgotten(e, h);
	if (h->troubled)
		DL_DELETE2(e->troubled, h, trouble_before, trouble_after);
	HASH_DEL(e->hosts, h);
	free(h->reflexive);
	free(h);
}

void host_trouble(struct engine *e, struct host *h)
{
	if (h->troubled)
		return;
	h->troubled = 1;
	DL_APPEND2(e->troubled, h, trouble_before, trouble_after);
}

void host_hold(struct engine *e, struct host *h)
{
	if (h->known)
		return;
	h->known = 1;
	nat_host_observed(e, h);
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

static void host_due(struct engine *e, const struct host *h)
{
	if (h->last_ns + HOST_IDLE_NS < e->hosts_due_ns)
		e->hosts_due_ns = h->last_ns + HOST_IDLE_NS;
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
	host_due(e, h);
	return h;
}

struct host *flow_host(struct engine *e, struct flow *f)
{
	f = flow_inside(f);
	return flow_is_stray(f, e->has_lan) ? NULL : host_get(e, &flow_local(f)->ip);
}

void hosts_expire(struct engine *e)
{
	struct host *h, *tmp;

	if (e->now < e->hosts_due_ns)
		return;
	e->hosts_due_ns = UINT64_MAX;
	HASH_ITER(hh, e->hosts, h, tmp) {
		if (h->gathering) /* until its session is forgotten */
			continue;
		if (h->last_ns + HOST_IDLE_NS > e->now)
			host_due(e, h);
		else
			host_delete(e, h);
	}
}

void hosts_free(struct engine *e)
{
	struct host *h, *tmp;

	HASH_ITER(hh, e->hosts, h, tmp)
		host_delete(e, h);
}
