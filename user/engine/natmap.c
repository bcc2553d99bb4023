/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * NAT mappings by stitching: a STUN transaction id is unique (RFC 8489 section 5), so the same one at a second point is
 * the same packet, and its two 5-tuples are the two sides of one mapping (RFC 4787 section 4.1).
 */
#include "engine/state.h"

/* A packet crosses a gateway in far less; longer, and an id that comes again is another packet. */
#define CROSSING_NS (2 * NS_PER_S)
#define CROSSINGS_MAX 65536
/* RFC 4787 REQ-5 wants two minutes at least; Linux keeps a UDP stream for 120 s. */
#define MAPPING_IDLE_NS (120 * NS_PER_S)
/* An ended mapping can still be asked for. */
#define MAPPING_KEEP_NS (600 * NS_PER_S)

struct nat_key {
	struct endpoint inside, outside;
	u32 proto;
};

struct nat_entry {
	struct nat_key key;
	UT_hash_handle hh;
	struct mapping m;
};

static void crossing_drop(struct engine *e, struct crossing *c)
{
	HASH_DEL(e->crossings, c);
	free(c);
}

/* uthash keeps the order of insertion, so the oldest come first. */
static void crossings_expire(struct engine *e)
{
	struct crossing *c, *tmp;

	HASH_ITER(hh, e->crossings, c, tmp) {
		if (c->time_ns + CROSSING_NS > e->now && HASH_COUNT(e->crossings) < CROSSINGS_MAX)
			break;
		crossing_drop(e, c);
	}
}

static void remote_add(struct mapping *m, const struct endpoint *remote)
{
	for (u8 i = 0; i < m->nremotes; i++)
		if (endpoint_equal(&m->remotes[i], remote))
			return;
	if (m->nremotes < MAPPING_REMOTES)
		m->remotes[m->nremotes++] = *remote;
}

static void mapping_learn(struct engine *e, const struct eflow *lan, const struct eflow *wan)
{
	struct nat_key key = {.inside = lan->local, .outside = wan->local, .proto = lan->key.proto};
	struct nat_entry *n;

	/* A pair inside TURN has the mapping of the flow that carries it; the same address twice is no NAT. */
	if (lan->key.relayed || endpoint_equal(&lan->local, &wan->local))
		return;
	HASH_FIND(hh, e->nat, &key, sizeof(key), n);
	if (!n) {
		n = calloc(1, sizeof(*n));
		if (!n)
			return;
		n->key = key;
		n->m = (struct mapping){.proto = lan->key.proto, .inside = key.inside, .outside = key.outside};
		n->m.created = e->now;
		HASH_ADD(hh, e->nat, key, sizeof(n->key), n);
	}
	n->m.sources |= MAPPING_BY_STUN;
	n->m.refreshed = e->now;
	n->m.ended = 0;
	n->m.ended_by = MAPPING_ALIVE;
	remote_add(&n->m, &wan->remote);
}

static void stitch(struct engine *e, struct eflow *a, struct eflow *b)
{
	struct eflow *lan = a->side == SIDE_LAN ? a : b, *wan = a->side == SIDE_WAN ? a : b;

	if (a->twin != b) {
		if (a->twin)
			a->twin->twin = NULL;
		if (b->twin)
			b->twin->twin = NULL;
		a->own = b->own = 0;
		a->twin = b;
		b->twin = a;
	}
	if (lan->side == SIDE_LAN && wan->side == SIDE_WAN)
		mapping_learn(e, lan, wan);
	session_stitch(e, a, b);
}

void nat_cross(struct engine *e, struct eflow *f, const struct event *event)
{
	struct crossing *c;
	struct eflow *seen;

	crossings_expire(e);
	HASH_FIND(hh, e->crossings, event->stun.id, sizeof(event->stun.id), c);
	if (c) {
		seen = c->cls == event->stun.cls ? flow_find(e, &c->seen) : NULL;
		crossing_drop(e, c);
		if (seen && seen != f) {
			stitch(e, seen, f);
			return;
		}
	}
	c = calloc(1, sizeof(*c));
	if (!c)
		return;
	memcpy(c->id, event->stun.id, sizeof(c->id));
	c->seen = f->key;
	c->time_ns = event->time_ns;
	c->cls = event->stun.cls;
	HASH_ADD(hh, e->crossings, id, sizeof(c->id), c);
}

/* A mapping lives as long as one of its flows is heard of. */
static void mapping_refresh(struct engine *e, const struct eflow *f)
{
	struct nat_key key = {.inside = f->local, .outside = f->twin->local, .proto = f->key.proto};
	struct nat_entry *n;
	u64 last = f->last_ns > f->twin->last_ns ? f->last_ns : f->twin->last_ns;

	HASH_FIND(hh, e->nat, &key, sizeof(key), n);
	if (n && last > n->m.refreshed)
		n->m.refreshed = last;
}

void nat_expire(struct engine *e)
{
	struct nat_entry *n, *tmp;
	struct eflow *f, *ftmp;

	crossings_expire(e);
	HASH_ITER(hh, e->flows, f, ftmp)
		if (f->side == SIDE_LAN && f->twin)
			mapping_refresh(e, f);
	HASH_ITER(hh, e->nat, n, tmp) {
		if (!n->m.ended && n->m.refreshed + MAPPING_IDLE_NS < e->now) {
			n->m.ended = e->now;
			n->m.ended_by = MAPPING_IDLE;
		} else if (n->m.ended && n->m.ended + MAPPING_KEEP_NS < e->now) {
			HASH_DEL(e->nat, n);
			free(n);
		}
	}
}

void nat_free(struct engine *e)
{
	struct crossing *c, *ctmp;
	struct nat_entry *n, *tmp;

	HASH_ITER(hh, e->crossings, c, ctmp)
		crossing_drop(e, c);
	HASH_ITER(hh, e->nat, n, tmp) {
		HASH_DEL(e->nat, n);
		free(n);
	}
}

u32 nat_outsides(const struct engine *e, u8 proto, const struct endpoint *inside)
{
	struct nat_entry *n, *tmp;
	u32 count = 0;

	HASH_ITER(hh, e->nat, n, tmp)
		count += n->key.proto == proto && endpoint_equal(&n->key.inside, inside);
	return count;
}

size_t nat_count(const struct engine *e)
{
	return HASH_COUNT(e->nat);
}

void nat_alive(const struct engine *e, u64 alive[2])
{
	struct nat_entry *n, *tmp;

	HASH_ITER(hh, e->nat, n, tmp)
		if (!n->m.ended)
			alive[n->m.proto == PROTO_TCP]++;
}

size_t nat_copy(const struct engine *e, struct mapping *to, size_t room)
{
	struct nat_entry *n, *tmp;
	size_t count = 0;

	HASH_ITER(hh, e->nat, n, tmp)
		if (count < room)
			to[count++] = n->m;
	return count;
}
