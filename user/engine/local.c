/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Local addresses: how many flows each has, and what became of the STUN that it sent out. A verdict
 * of one session rests on all flows of its host (cause_udp.c). They are summed up here as they are
 * heard of, so that it costs the same whether the host has one flow or 100,000.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/local.h"
#include "engine/metrics_view.h"
#include "engine/state.h"
#include "util/address.h"
#include "util/time.h"

struct local_table {
	struct hash_index by_ip;
};

int locals_begin(struct engine *e)
{
	e->locals = calloc(1, sizeof(*e->locals));
	if (!e->locals)
		return -ENOMEM;
	return index_begin(&e->locals->by_ip,
			   (s32)offsetof(struct local_addr, ip) -
				   (s32)offsetof(struct local_addr, link),
			   sizeof(struct addr));
}

void locals_free(struct engine *e)
{
	if (!e->locals)
		return;
	index_free(&e->locals->by_ip);
	free(e->locals);
}

const struct local_addr *local_find(const struct engine *e, const struct addr *ip)
{
	return INDEXED(index_find(&e->locals->by_ip, ip), struct local_addr, link);
}

static struct local_addr *local_of(struct engine *e, const struct flow *f)
{
	return INDEXED(index_find(&e->locals->by_ip, &flow_local(f)->ip), struct local_addr, link);
}

bool local_join(struct engine *e, const struct flow *f)
{
	struct local_addr *l = local_of(e, f);

	if (!l) {
		l = calloc(1, sizeof(*l));
		if (!l)
			return false;
		l->ip = flow_local(f)->ip;
		index_add(&e->locals->by_ip, &l->link);
	}
	l->nflows++;
	return true;
}

void local_leave(struct engine *e, const struct flow *f)
{
	struct local_addr *l = local_of(e, f);

	if (--l->nflows)
		return;
	index_remove(&e->locals->by_ip, &l->link);
	free(l->asked);
	free(l);
}

static u64 asked_remote_heard_ns(const struct asked_remote *r)
{
	return r->asked_ns > r->tcp_ns ? r->asked_ns : r->tcp_ns;
}

/* A server is worth more than a peer: it is kept as if it had been heard of one window later. */
static u64 asked_remote_worth(const struct asked_remote *r)
{
	return asked_remote_heard_ns(r) + (r->server_ns ? VERDICT_WINDOW_NS : 0);
}

/*
 * Returns the place of a new remote, NULL when memory is out. A host that asks more remotes within
 * a window than there is room for pushes out its own, and nobody else's, the longest unheard of
 * first. What it may lose by that is that a server which is silent over UDP answers over TCP: its
 * sessions then fail as `no-answer` where UDP is blocked. That it was answered over UDP is kept
 * apart (answered_ns), so that no flood makes a host look blocked that is not.
 */
static struct asked_remote *asked_remote_room(struct engine *e, struct local_addr *l)
{
	u32 count = l->asked ? l->asked->count : 0;
	struct asked_remotes *grown;
	struct asked_remote *least;

	if (count < REMOTES_ASKED) {
		grown = realloc(l->asked, sizeof(*grown) + (count + 1) * sizeof(*grown->remote));
		if (!grown)
			return NULL;
		if (!count)
			memset(grown, 0, sizeof(*grown));
		grown->count = count + 1;
		l->asked = grown;
		return &grown->remote[count];
	}
	e->metrics->bounds_reached[BOUND_ASKED_REMOTES]++;
	least = l->asked->remote;
	for (u32 i = 1; i < count; i++)
		if (asked_remote_worth(&l->asked->remote[i]) < asked_remote_worth(least))
			least = &l->asked->remote[i];
	return least;
}

static struct asked_remote *asked_remote_get(struct engine *e, struct local_addr *l,
					     const struct addr *ip)
{
	struct asked_remote *r;

	for (u32 i = 0; l->asked && i < l->asked->count; i++)
		if (memcmp(&l->asked->remote[i].ip, ip, sizeof(*ip)) == 0)
			return &l->asked->remote[i];
	r = asked_remote_room(e, l);
	if (r)
		*r = (struct asked_remote){.ip = *ip};
	return r;
}

static void asked_remote_heard(struct engine *e, struct local_addr *l, const struct flow *f)
{
	struct asked_remote *r = asked_remote_get(e, l, &flow_remote(f)->ip);

	if (!r)
		return;
	time_advance(f->key.proto == PROTO_TCP ? &r->tcp_ns : &r->asked_ns, f->last_ns);
	if (f->key.proto == PROTO_UDP && f->gathers)
		time_advance(&r->server_ns, f->last_ns);
	if (f->key.proto == PROTO_UDP && f->port_answered && f->last_ns >= l->asked->port_ns) {
		l->asked->port_ns = f->last_ns;
		l->asked->port = flow_remote(f)->port;
	}
	time_advance(&l->asked->newest_ns, f->last_ns);
}

/*
 * What is not newer than the answer proves nothing beside it, and goes: most hosts remember no
 * remote.
 */
static void local_answered(struct local_addr *l, u64 time_ns)
{
	l->answered_ns = time_ns;
	if (!l->asked || l->asked->newest_ns > time_ns)
		return;
	free(l->asked);
	l->asked = NULL;
}

/*
 * The host has asked somebody outside over UDP, or was answered over TCP, and this gateway let it
 * pass.
 */
static bool tells_of_outside(struct flow *f)
{
	bool asks = f->leg[OUTBOUND].requests || flow_more(f)->alloc.requests;

	return flow_inside(f) == f && !f->key.relayed && (f->twin || f->side == SIDE_WAN) &&
	       !addr_is_private(&flow_remote(f)->ip) &&
	       (f->key.proto == PROTO_TCP ? f->answered : asks);
}

void local_heard(struct engine *e, struct flow *f)
{
	struct local_addr *l = tells_of_outside(f) ? local_of(e, f) : NULL;

	if (!l || f->last_ns <= l->answered_ns)
		return;
	if (f->key.proto == PROTO_UDP && f->answered)
		local_answered(l, f->last_ns);
	else
		asked_remote_heard(e, l, f);
}
