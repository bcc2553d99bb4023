/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Mappings, hosts and ports, copied for the outputs. */
#include "engine/state.h"

static bool copy_mapping(const struct engine *e, const struct nat_mapping *n, struct mapping *to)
{
	const struct endpoint *upstream = upstream_mapped(e, (u8)n->key.proto, &n->key.outside);
	const struct nat_remote *b;

	*to = (struct mapping){.proto = (u8)n->key.proto,
			       .kind = n->m.kind,
			       .sources = n->m.sources,
			       .ended_by = n->m.ended_by,
			       .inside = n->key.inside,
			       .outside = n->key.outside,
			       .created = n->m.created,
			       .refreshed = n->m.refreshed,
			       .ended = n->m.ended};
	to->remotes = calloc(n->nremotes + 1, sizeof(*to->remotes));
	if (!to->remotes)
		return false;
	if (upstream)
		to->upstream = *upstream;
	if (n->rare)
		to->conflict = n->rare->conflict;
	if (n->m.ended && n->rare)
		to->remotes[to->nremotes++] = n->rare->last_remote;
	else
		DL_FOREACH(n->remotes, b)
	to->remotes[to->nremotes++] = b->key.remote;
	return true;
}

bool nat_copy_mappings(const struct engine *e, struct engine_view *view)
{
	struct nat_mapping *n;

	view->mappings = calloc(e->nat->nentries + 1, sizeof(*view->mappings));
	if (!view->mappings)
		return false;
	for (n = e->nat->entries; n; n = n->next) {
		if (n->plain)
			continue;
		if (!copy_mapping(e, n, &view->mappings[view->nmappings]))
			return false;
		view->nmappings++;
	}
	return true;
}

static bool profile_is_empty(const struct nat_profile *profile)
{
	static const struct nat_observations none[NAT_PLACES];

	return memcmp(profile->observations, none, sizeof(none)) == 0;
}

/* Living mappings of an inside address. */
struct inside_use {
	struct addr ip;
	UT_hash_handle hh;
	u32 mappings;
};

static struct inside_use *use_get(struct inside_use **all, const struct addr *ip)
{
	struct inside_use *use;

	HASH_FIND(hh, *all, ip, sizeof(*ip), use);
	if (use)
		return use;
	use = calloc(1, sizeof(*use));
	if (!use)
		return NULL;
	use->ip = *ip;
	HASH_ADD(hh, *all, ip, sizeof(use->ip), use);
	return use;
}

static struct inside_use *uses_count(const struct engine *e)
{
	struct inside_use *all = NULL, *use;
	struct nat_mapping *n;

	for (n = e->nat->entries; n; n = n->next) {
		if (n->plain || n->m.ended)
			continue;
		use = use_get(&all, &n->key.inside.ip);
		if (use)
			use->mappings++;
	}
	return all;
}

static void uses_free(struct inside_use *all)
{
	struct inside_use *use, *tmp;

	HASH_ITER(hh, all, use, tmp) {
		HASH_DEL(all, use);
		free(use);
	}
}

static void copy_host(const struct host *h, struct inside_use *all, struct host_view *to)
{
	const struct inside_use *use;

	HASH_FIND(hh, all, &h->ip, sizeof(h->ip), use);
	to->ip = h->ip;
	to->last = h->last_ns;
	to->mappings = use ? use->mappings : 0;
	behaviour_view(&h->profile, &to->nat);
}

static bool copy_host_list(const struct engine *e, struct engine_view *view)
{
	struct inside_use *all = uses_count(e);
	struct host *h, *tmp;
	size_t room = HASH_COUNT(e->hosts);

	view->hosts = calloc(room ? room : 1, sizeof(*view->hosts));
	if (view->hosts)
		HASH_ITER(hh, e->hosts, h, tmp)
			if (h->known && !profile_is_empty(&h->profile))
				copy_host(h, all, &view->hosts[view->nhosts++]);
	uses_free(all);
	return view->hosts;
}

static bool copy_outsides(const struct engine *e, struct engine_view *view)
{
	struct outside_use *use, *tmp;
	size_t room = HASH_COUNT(e->nat->uses);

	view->outsides = calloc(room ? room : 1, sizeof(*view->outsides));
	if (view->outsides)
		HASH_ITER(hh, e->nat->uses, use, tmp)
			view->outsides[view->noutsides++] = (struct outside_view){
				.ip = use->ip, .ports = {use->ports[0], use->ports[1]}};
	return view->outsides;
}

bool nat_copy_hosts(const struct engine *e, struct engine_view *view)
{
	/* IPv6 has the word only where nothing of IPv4 was seen. */
	behaviour_view(&e->nat->all[profile_is_empty(&e->nat->all[0])], &view->nat);
	return copy_host_list(e, view) && copy_outsides(e, view);
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
	if (!h->known || profile_is_empty(&h->profile))
		return;
	behaviour_view(&h->profile, &nat);
	h->counted = 1;
	h->counted_mapping = nat.mapping;
	h->counted_filtering = nat.filtering;
	e->metrics->hosts[nat.mapping][nat.filtering]++;
}

void nat_hosts_recount(struct engine *e)
{
	struct host *h;

	while ((h = e->observed)) {
		e->observed = h->next_observed;
		h->observed = 0;
		host_recount(e, h);
	}
}

void nat_host_observed(struct engine *e, struct host *h)
{
	if (h->observed)
		return;
	h->observed = 1;
	h->next_observed = e->observed;
	e->observed = h;
}

void nat_host_forgotten(struct engine *e, struct host *h)
{
	nat_hosts_recount(e);
	host_uncount(e, h);
}

void nat_metrics(const struct engine *e, struct engine_metrics *m)
{
	const struct outside_use *use;

	for (int i = 0; i < 2; i++)
		m->mappings[i] = e->nat->alive[i];
	for (use = e->nat->uses; use; use = use->hh.next) {
		m->outside_addresses++;
		for (int i = 0; i < 2; i++)
			if (use->ports[i] > m->ports_used[i])
				m->ports_used[i] = use->ports[i];
	}
	m->conntrack = e->nat->table;
}
