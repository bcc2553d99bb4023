/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Mappings, hosts and ports, copied for the outputs. */
#include "engine/state.h"

static bool copy_mapping(const struct engine *e, const struct nat_entry *n, struct mapping *to)
{
	const struct endpoint *upstream = upstream_of(e, n->m.proto, &n->m.outside);
	u32 count = n->m.ended ? n->m.nremotes : n->nbindings;
	const struct binding *b;

	*to = n->m;
	to->nremotes = 0;
	to->remotes = calloc(count ? count : 1, sizeof(*to->remotes));
	if (!to->remotes)
		return false;
	if (upstream)
		to->upstream = *upstream;
	if (n->m.ended && count)
		memcpy(to->remotes, n->m.remotes, count * sizeof(*to->remotes));
	else
		DL_FOREACH(n->bindings, b)
	to->remotes[to->nremotes++] = b->key.remote;
	to->nremotes = count;
	return true;
}

bool nat_copy_mappings(const struct engine *e, struct engine_view *view)
{
	struct nat_entry *n, *tmp;
	size_t room = HASH_COUNT(e->nat.entries);

	view->mappings = calloc(room ? room : 1, sizeof(*view->mappings));
	if (!view->mappings)
		return false;
	HASH_ITER(hh, e->nat.entries, n, tmp) {
		if (n->plain)
			continue;
		if (!copy_mapping(e, n, &view->mappings[view->nmappings]))
			return false;
		view->nmappings++;
	}
	return true;
}

static bool box_is_empty(const struct nat_box *box)
{
	static const struct nat_tally none[NAT_PLACES];

	return memcmp(box->tally, none, sizeof(none)) == 0;
}

/* Living mappings of an inside address, or ports that are used of an outside one. */
struct ports {
	struct addr ip;
	UT_hash_handle hh;
	u32 used[2]; /* [0] UDP, [1] TCP */
};

/* Two mappings may share an outside endpoint: that is one port. */
static bool is_first_of_outside(const struct engine *e, const struct nat_entry *n)
{
	return nat_by_outside(e, n->m.proto, &n->key.outside) == n;
}

static struct ports *ports_get(struct ports **all, const struct addr *ip)
{
	struct ports *p;

	HASH_FIND(hh, *all, ip, sizeof(*ip), p);
	if (p)
		return p;
	p = calloc(1, sizeof(*p));
	if (!p)
		return NULL;
	p->ip = *ip;
	HASH_ADD(hh, *all, ip, sizeof(p->ip), p);
	return p;
}

static struct ports *ports_count(const struct engine *e, bool inside)
{
	struct ports *all = NULL, *p;
	struct nat_entry *n, *tmp;

	HASH_ITER(hh, e->nat.entries, n, tmp) {
		if (n->plain || n->m.ended || !(inside || is_first_of_outside(e, n)))
			continue;
		p = ports_get(&all, inside ? &n->key.inside.ip : &n->key.outside.ip);
		if (p)
			p->used[n->m.proto == PROTO_TCP]++;
	}
	return all;
}

static void ports_free(struct ports *all)
{
	struct ports *p, *tmp;

	HASH_ITER(hh, all, p, tmp) {
		HASH_DEL(all, p);
		free(p);
	}
}

static void copy_host(const struct host *h, struct ports *all, struct host_view *to)
{
	const struct ports *p;

	HASH_FIND(hh, all, &h->ip, sizeof(h->ip), p);
	to->ip = h->ip;
	to->last = h->last_ns;
	to->mappings = p ? p->used[0] + p->used[1] : 0;
	behaviour_view(&h->box, &to->nat);
}

static bool copy_host_list(const struct engine *e, struct engine_view *view)
{
	struct ports *all = ports_count(e, true);
	struct host *h, *tmp;
	size_t room = HASH_COUNT(e->hosts);

	view->hosts = calloc(room ? room : 1, sizeof(*view->hosts));
	if (view->hosts)
		HASH_ITER(hh, e->hosts, h, tmp)
			if (h->known && !box_is_empty(&h->box))
				copy_host(h, all, &view->hosts[view->nhosts++]);
	ports_free(all);
	return view->hosts;
}

static bool copy_outsides(const struct engine *e, struct engine_view *view)
{
	struct ports *all = ports_count(e, false), *p, *tmp;
	size_t room = HASH_COUNT(all);

	view->outsides = calloc(room ? room : 1, sizeof(*view->outsides));
	if (view->outsides)
		HASH_ITER(hh, all, p, tmp)
			view->outsides[view->noutsides++] =
				(struct outside_view){.ip = p->ip, .ports = {p->used[0], p->used[1]}};
	ports_free(all);
	return view->outsides;
}

bool nat_copy_hosts(const struct engine *e, struct engine_view *view)
{
	/* IPv6 has the word only where nothing of IPv4 was seen. */
	behaviour_view(&e->nat.all[box_is_empty(&e->nat.all[0])], &view->nat);
	return copy_host_list(e, view) && copy_outsides(e, view);
}

static void count_hosts(const struct engine *e, struct engine_metrics *m)
{
	struct nat_view nat;
	struct host *h, *tmp;

	HASH_ITER(hh, e->hosts, h, tmp) {
		if (!h->known || box_is_empty(&h->box))
			continue;
		memset(&nat, 0, sizeof(nat));
		behaviour_view(&h->box, &nat);
		m->hosts[nat.mapping][nat.filtering]++;
	}
}

void nat_metrics(const struct engine *e, struct engine_metrics *m)
{
	struct ports *all = ports_count(e, false), *p, *ptmp;
	struct nat_entry *n, *tmp;

	HASH_ITER(hh, e->nat.entries, n, tmp)
		if (!n->plain && !n->m.ended)
			m->mappings[n->m.proto == PROTO_TCP]++;
	HASH_ITER(hh, all, p, ptmp) {
		m->outside_addresses++;
		for (int i = 0; i < 2; i++)
			if (p->used[i] > m->ports_used[i])
				m->ports_used[i] = p->used[i];
	}
	ports_free(all);
	count_hosts(e, m);
	m->conntrack = e->nat.table;
}
