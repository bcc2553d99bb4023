/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The hosts that flows belong to. */
#include "engine/nat/behaviour_summary.h"
#include "engine/state.h"

#define HOST_IDLE_NS (3600 * NS_PER_S)
/* More hosts that nobody has answered are made up: the longest unheard of goes. */
#define LOOSE_HOSTS_MAX 4096

/* --- how many hosts have which NAT behaviour --- */

static void host_observed(struct engine *e, struct host *h)
{
	if (h->observed)
		return;
	h->observed = 1;
	h->next_observed = e->observed;
	e->observed = h;
}

static void host_uncount(struct engine *e, struct host *h)
{
	if (h->counted)
		e->metrics->hosts[h->counted_mapping][h->counted_filtering]--;
	h->counted = 0;
}

static void host_recount(struct engine *e, struct host *h)
{
	struct nat_view nat = {0};

	host_uncount(e, h);
	if (!h->known || nat_profile_is_empty(&h->profile))
		return;
	behaviour_view(&h->profile, &nat);
	h->counted = 1;
	h->counted_mapping = nat.mapping;
	h->counted_filtering = nat.filtering;
	e->metrics->hosts[nat.mapping][nat.filtering]++;
}

void hosts_recount(struct engine *e)
{
	struct host *h;

	while ((h = e->observed)) {
		e->observed = h->next_observed;
		h->observed = 0;
		host_recount(e, h);
	}
}

/* --- which hosts there are --- */

static void host_delete(struct engine *e, struct host *h)
{
	host_hold(e, h);
	hosts_recount(e);
	host_uncount(e, h);
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

struct nat_profile *host_profile(void *engine, const struct addr *ip)
{
	struct engine *e = engine;
	struct host *h = host_get(e, ip);

	if (!h)
		return NULL;
	host_observed(e, h);
	return &h->profile;
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
