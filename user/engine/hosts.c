/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "engine/flow.h"
#include "engine/hosts.h"
#include "engine/local.h"
#include "engine/metrics.h"
#include "engine/nat/behaviour_summary.h"
#include "engine/state.h"
#include "util/time.h"

#define HOST_IDLE_NS (3600 * NS_PER_S)
/* More hosts that nobody has answered are made up: the one unheard of for longest goes. */
#define LOOSE_HOSTS_MAX 4096

struct host_table {
	struct host *by_ip;
	struct host *loose; /* of whom nobody has answered one: made-up ones are among them */
	u32 nloose;
	struct host *observed; /* whose NAT profile has changed */
	struct host *troubled; /* whose gathering may have failed */
	u64 due_ns; /* none is forgotten before */
};

int hosts_begin(struct engine *e)
{
	e->hosts = calloc(1, sizeof(*e->hosts));
	return e->hosts ? 0 : -ENOMEM;
}

/* --- what metrics count of their NATs --- */

static void host_observed(struct engine *e, struct host *h)
{
	if (h->observed)
		return;
	h->observed = 1;
	DL_APPEND2(e->hosts->observed, h, prev_observed, next_observed);
}

static void host_unobserve(struct engine *e, struct host *h)
{
	if (h->observed)
		DL_DELETE2(e->hosts->observed, h, prev_observed, next_observed);
	h->observed = 0;
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

	while ((h = e->hosts->observed)) {
		host_unobserve(e, h);
		host_recount(e, h);
	}
}

/* --- who there is --- */

static void host_unlist(struct engine *e, struct host *h)
{
	DL_DELETE2(e->hosts->loose, h, older, newer);
	e->hosts->nloose--;
}

static void host_delete(struct engine *e, struct host *h)
{
	if (!h->known)
		host_unlist(e, h);
	host_unobserve(e, h);
	host_uncount(e, h);
	if (h->troubled)
		DL_DELETE2(e->hosts->troubled, h, trouble_before, trouble_after);
	HASH_DEL(e->hosts->by_ip, h);
	free(h->reflexive);
	free(h->tries.list);
	free(h->trouble);
	free(h);
}

void host_hold(struct engine *e, struct host *h)
{
	if (h->known)
		return;
	h->known = 1;
	host_observed(e, h);
	host_unlist(e, h);
}

/* So many hosts are looked at to make room for a new one. */
#define HOSTS_LOOKED 16

/* Those that a session stands for stay until it is forgotten: they are put last. */
static void host_make_room(struct engine *e)
{
	struct host_table *t = e->hosts;

	for (u32 looked = 0; t->nloose >= LOOSE_HOSTS_MAX && looked < HOSTS_LOOKED; looked++) {
		struct host *h = t->loose;

		if (!h->gathering) {
			host_delete(e, h);
			continue;
		}
		DL_DELETE2(t->loose, h, older, newer);
		DL_APPEND2(t->loose, h, older, newer);
	}
}

struct host *host_find(const struct engine *e, const struct addr *ip)
{
	struct host *h;

	HASH_FIND(hh, e->hosts->by_ip, ip, sizeof(*ip), h);
	return h;
}

u32 hosts_count(const struct engine *e)
{
	return HASH_COUNT(e->hosts->by_ip);
}

struct host *hosts_next(const struct engine *e, const struct host *h)
{
	return h ? h->hh.next : e->hosts->by_ip;
}

/* Notes when a host can be forgotten at the earliest. */
static void host_due(struct engine *e, const struct host *h)
{
	if (h->last_ns + HOST_IDLE_NS < e->hosts->due_ns)
		e->hosts->due_ns = h->last_ns + HOST_IDLE_NS;
}

static struct host *host_new(struct engine *e, const struct addr *ip)
{
	struct host *h;

	host_make_room(e);
	h = calloc(1, sizeof(*h));
	if (!h)
		return NULL;
	h->ip = *ip;
	DL_APPEND2(e->hosts->loose, h, older, newer);
	e->hosts->nloose++;
	HASH_ADD(hh, e->hosts->by_ip, ip, sizeof(h->ip), h);
	return h;
}

struct host *host_get(struct engine *e, const struct addr *ip)
{
	struct host *h = host_find(e, ip);

	if (!h) {
		h = host_new(e, ip);
		if (!h)
			return NULL;
	} else if (!h->known) {
		DL_DELETE2(e->hosts->loose, h, older, newer);
		DL_APPEND2(e->hosts->loose, h, older, newer);
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

	if (e->now < e->hosts->due_ns)
		return;
	e->hosts->due_ns = ~0ull;
	HASH_ITER(hh, e->hosts->by_ip, h, tmp) {
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

	if (!e->hosts)
		return;
	HASH_ITER(hh, e->hosts->by_ip, h, tmp)
		host_delete(e, h);
	free(e->hosts);
}

/* --- what is known of one --- */

void host_trouble(struct engine *e, struct host *h)
{
	if (h->troubled)
		return;
	h->troubled = 1;
	DL_APPEND2(e->hosts->troubled, h, trouble_before, trouble_after);
}

const struct gather_trouble *gather_trouble(const struct host *h)
{
	static const struct gather_trouble none;

	return h->trouble ? h->trouble : &none;
}

struct gather_trouble *gather_trouble_get(struct host *h)
{
	if (!h->trouble)
		h->trouble = calloc(1, sizeof(*h->trouble));
	return h->trouble;
}

u64 host_peers_refused_ns(const struct host *h)
{
	const struct gather_trouble *t = gather_trouble(h);
	bool granted =
		t->peer_granted_ns && t->peer_granted_ns + VERDICT_WINDOW_NS > t->peer_error_ns;

	return granted ? 0 : t->peer_error_ns;
}

struct host *hosts_troubled(const struct engine *e)
{
	return e->hosts->troubled;
}

void host_gathering_over(struct engine *e, struct host *h)
{
	h->gathering = NULL;
	e->hosts->due_ns = 0;
}

bool host_is_reflexive(const struct host *h, const struct endpoint *local,
		       const struct endpoint *mapped)
{
	for (u32 i = 0; i < h->nreflexive && i < HOST_REFLEXIVES; i++)
		if (endpoint_equal(&h->reflexive[i].local, local) &&
		    endpoint_equal(&h->reflexive[i].mapped, mapped))
			return true;
	return false;
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
