/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "engine/hosts.h"
#include "engine/nat/behaviour_summary.h"
#include "engine/nat/copy.h"
#include "engine/nat/nat_state.h"
#include "engine/state.h"
#include "engine/view.h"

static bool copy_mapping(const struct nat *nat, const struct nat_mapping *m, struct mapping *to)
{
	const struct endpoint *upstream =
		upstream_mapped(&nat->upstream, (u8)m->key.proto, &m->key.outside);

	*to = (struct mapping){.proto = (u8)m->key.proto,
			       .kind = m->life.kind,
			       .sources = m->life.sources,
			       .ended_by = m->life.ended_by,
			       .inside = m->key.inside,
			       .outside = m->key.outside,
			       .created = m->life.created,
			       .refreshed = m->life.refreshed,
			       .ended = m->life.ended};
	to->remotes = calloc(m->nremotes + 1, sizeof(*to->remotes));
	if (!to->remotes)
		return false;
	if (upstream)
		to->upstream = *upstream;
	if (m->rare)
		to->conflict = m->rare->conflict;
	if (m->life.ended && m->rare)
		to->remotes[to->nremotes++] = m->rare->last_remote;
	else
		for (const struct nat_remote *r = m->remotes; r; r = r->next)
			to->remotes[to->nremotes++] = r->key.remote;
	return true;
}

bool nat_copy_mappings(const struct nat *nat, struct engine_view *view)
{
	const struct nat_mapping *m;

	view->mappings = calloc(nat->table.nmappings + 1, sizeof(*view->mappings));
	if (!view->mappings)
		return false;
	for (m = nat->table.mappings; m; m = m->next) {
		if (m->plain)
			continue;
		if (!copy_mapping(nat, m, &view->mappings[view->nmappings]))
			return false;
		view->nmappings++;
	}
	return true;
}

/* Living mappings of an inside address. */
struct inside_use {
	struct addr ip;
	UT_hash_handle hh;
	u32 mappings;
};

static struct inside_use *inside_use_get(struct inside_use **all, const struct addr *ip)
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

static struct inside_use *inside_uses_count(const struct nat_table *table)
{
	struct inside_use *all = NULL, *use;
	const struct nat_mapping *m;

	for (m = table->mappings; m; m = m->next) {
		if (m->plain || m->life.ended)
			continue;
		use = inside_use_get(&all, &m->key.inside.ip);
		if (use)
			use->mappings++;
	}
	return all;
}

static void inside_uses_free(struct inside_use *all)
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
	struct inside_use *all = inside_uses_count(&e->nat->table);
	struct host *h = NULL;
	u32 room = hosts_count(e);

	view->hosts = calloc(room ? room : 1, sizeof(*view->hosts));
	while (view->hosts && (h = hosts_next(e, h)))
		if (h->known && !nat_profile_is_empty(&h->profile))
			copy_host(h, all, &view->hosts[view->nhosts++]);
	inside_uses_free(all);
	return view->hosts;
}

static bool copy_outsides(const struct nat_table *table, struct engine_view *view)
{
	struct outside_use *use, *tmp;
	size_t room = HASH_COUNT(table->uses);

	view->outsides = calloc(room ? room : 1, sizeof(*view->outsides));
	if (view->outsides)
		HASH_ITER(hh, table->uses, use, tmp)
			view->outsides[view->noutsides++] = (struct outside_view){
				.ip = use->ip, .ports = {use->ports[0], use->ports[1]}};
	return view->outsides;
}

bool nat_copy_hosts(const struct engine *e, struct engine_view *view)
{
	const struct nat_profile *all = e->nat->profiles.all;

	/* That of IPv6 is shown only where nothing of IPv4 was observed. */
	behaviour_view(&all[nat_profile_is_empty(&all[0])], &view->nat);
	return copy_host_list(e, view) && copy_outsides(&e->nat->table, view);
}

void nat_metrics(const struct nat *nat, struct engine_metrics *m)
{
	const struct outside_use *use;

	for (int i = 0; i < 2; i++)
		m->mappings[i] = nat->table.alive[i];
	memcpy(m->mappings_created, nat->created, sizeof(nat->created));
	memcpy(m->mappings_ended, nat->ended, sizeof(nat->ended));
	m->mappings_evicted = nat->table.evicted;
	m->remotes_lost = nat->table.remotes_lost;
	m->mapping_conflicts = nat->conflicts;
	for (use = nat->table.uses; use; use = use->hh.next) {
		m->outside_addresses++;
		for (int i = 0; i < 2; i++)
			if (use->ports[i] > m->ports_used[i])
				m->ports_used[i] = use->ports[i];
	}
	m->conntrack = nat->conntrack;
}
