/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The table of mappings: what finds them, and which make room when it is full. */
#include <stddef.h>
#include <stdlib.h>
#include <utlist.h>

#include "engine/nat/nat_view.h"
#include "engine/nat/table.h"

/* More mappings that nobody has answered are a flood: the oldest makes room. */
#define UNANSWERED_MAX 32768
/* Ended mappings that can still be asked for. */
#define ENDED_MAX 32768
/* Remotes of a mapping: far more than any host checks from one socket. */
#define REMOTES_MAX 256

/* Half of a mapping's key: an endpoint and the protocol, whichever comes first. */
#define HALF_KEY (sizeof(u32) + sizeof(struct endpoint))
#define KEY_AT(type, key, link) ((s32)offsetof(type, key) - (s32)offsetof(type, link))

int nat_table_begin(struct nat_table *table)
{
	int err;

	timer_wheel_begin(&table->timers);
	err = index_begin(&table->by_key, KEY_AT(struct nat_mapping, key, link),
			  sizeof(struct nat_mapping_key));
	if (!err)
		err = index_begin(&table->by_outside,
				  KEY_AT(struct nat_mapping, key.proto, by_outside), HALF_KEY);
	if (!err)
		err = index_begin(&table->by_inside,
				  KEY_AT(struct nat_mapping, key.inside, by_inside), HALF_KEY);
	if (!err)
		err = index_begin(&table->remotes, KEY_AT(struct nat_remote, key, link),
				  sizeof(struct nat_remote_key));
	return err;
}

void nat_table_free(struct nat_table *table)
{
	while (table->mappings)
		nat_mapping_free(table, table->mappings);
	index_free(&table->by_key);
	index_free(&table->by_outside);
	index_free(&table->by_inside);
	index_free(&table->remotes);
}

/* --- lookups --- */

struct nat_remote *nat_remote_find(const struct nat_table *table, u8 proto,
				   const struct endpoint *inside, const struct endpoint *remote)
{
	struct nat_remote_key key = {.inside = *inside, .remote = *remote, .proto = proto};

	return INDEXED(index_find(&table->remotes, &key), struct nat_remote, link);
}

static struct nat_mapping *mapping_find(const struct nat_table *table,
					const struct nat_mapping_key *key)
{
	return INDEXED(index_find(&table->by_key, key), struct nat_mapping, link);
}

struct nat_mapping *nat_mapping_by_outside(const struct nat_table *table, u8 proto,
					   const struct endpoint *outside)
{
	struct nat_mapping_key key = {.proto = proto, .outside = *outside};

	return INDEXED(index_find(&table->by_outside, &key.proto), struct nat_mapping, by_outside);
}

struct nat_mapping *nat_mapping_by_inside(const struct nat_table *table, u8 proto,
					  const struct endpoint *inside)
{
	struct nat_mapping_key key = {.inside = *inside, .proto = proto};

	return INDEXED(index_find(&table->by_inside, &key), struct nat_mapping, by_inside);
}

/* --- mappings --- */

static struct nat_mapping *newest_of_outside(const struct nat_table *table,
					     const struct nat_mapping *m)
{
	return nat_mapping_by_outside(table, (u8)m->key.proto, &m->key.outside);
}

/*
 * Several mappings may share an outside endpoint, thousands where hosts are made up. The index
 * holds only one of them: an index takes as long to remove one of a key as there are others.
 */
static void outside_join(struct nat_table *table, struct nat_mapping *m)
{
	struct nat_mapping *newest = newest_of_outside(table, m);

	if (newest)
		index_remove(&table->by_outside, &newest->by_outside);
	DL_PREPEND2(newest, m, outside_before, outside_after);
	index_add(&table->by_outside, &m->by_outside);
}

static void outside_leave(struct nat_table *table, struct nat_mapping *m)
{
	struct nat_mapping *newest = newest_of_outside(table, m);
	bool leads = newest == m;

	DL_DELETE2(newest, m, outside_before, outside_after);
	if (!leads)
		return;
	index_remove(&table->by_outside, &m->by_outside);
	if (newest)
		index_add(&table->by_outside, &newest->by_outside);
}

/* Returns whether no living mapping has this one's outside endpoint. */
static bool outside_is_free(const struct nat_table *table, const struct nat_mapping *m)
{
	return !m->plain && !newest_of_outside(table, m);
}

/* While it is alive, a mapping is found by its outside endpoint, and counted. */
static void mapping_wake(struct nat_table *table, struct nat_mapping *m)
{
	if (!m->plain)
		table->alive[m->key.proto == PROTO_TCP]++;
	if (outside_is_free(table, m))
		outside_use_begins(&table->uses, &m->key.outside.ip, m->key.proto);
	outside_join(table, m);
}

static void mapping_die(struct nat_table *table, struct nat_mapping *m)
{
	outside_leave(table, m);
	if (!m->plain)
		table->alive[m->key.proto == PROTO_TCP]--;
	if (outside_is_free(table, m))
		outside_use_ends(&table->uses, &m->key.outside.ip, m->key.proto);
}

static struct nat_mapping *first_of_inside(const struct nat_table *table,
					   const struct nat_mapping *m)
{
	return nat_mapping_by_inside(table, (u8)m->key.proto, &m->key.inside);
}

static void inside_join(struct nat_table *table, struct nat_mapping *m)
{
	struct nat_mapping *first = first_of_inside(table, m);

	if (!first)
		index_add(&table->by_inside, &m->by_inside);
	DL_APPEND2(first, m, before, after);
}

static void inside_leave(struct nat_table *table, struct nat_mapping *m)
{
	struct nat_mapping *first = first_of_inside(table, m);
	bool leads = first == m;

	DL_DELETE2(first, m, before, after);
	if (!leads)
		return;
	index_remove(&table->by_inside, &m->by_inside);
	if (first)
		index_add(&table->by_inside, &first->by_inside);
}

/* Takes it out of its list, and puts it at the end of another one; NAT_HELD has none. */
static void list_move(struct nat_table *table, struct nat_mapping *m, enum nat_list list)
{
	if (m->list != NAT_HELD) {
		DL_DELETE2(table->list[m->list], m, older, newer);
		table->listed[m->list]--;
	}
	m->list = (u8)list;
	if (list != NAT_HELD) {
		DL_APPEND2(table->list[list], m, older, newer);
		table->listed[list]++;
	}
}

void nat_mapping_hold(struct nat_table *table, struct nat_mapping *m)
{
	if (m->list != NAT_HELD)
		list_move(table, m, NAT_HELD);
}

void nat_mapping_retire(struct nat_table *table, struct nat_mapping *m)
{
	if (m->list != NAT_HELD)
		return;
	if (table->listed[NAT_ENDED] >= ENDED_MAX)
		nat_mapping_free(table, table->list[NAT_ENDED]);
	list_move(table, m, NAT_ENDED);
}

void nat_mapping_free(struct nat_table *table, struct nat_mapping *m)
{
	while (m->remotes)
		nat_remote_free(table, m->remotes);
	list_move(table, m, NAT_HELD);
	inside_leave(table, m);
	index_remove(&table->by_key, &m->link);
	DL_DELETE(table->mappings, m);
	table->nmappings--;
	free(m->rare);
	free(m);
}

static void nat_table_make_room(struct nat_table *table)
{
	struct nat_mapping *m = table->list[NAT_UNANSWERED];

	if (table->listed[NAT_UNANSWERED] < UNANSWERED_MAX)
		return;
	if (!m->plain && !m->life.ended)
		table->evicted++;
	nat_mapping_free(table, m);
}

static struct nat_mapping *mapping_new(struct nat_table *table, const struct nat_mapping_key *key)
{
	struct nat_mapping *m;

	nat_table_make_room(table);
	m = calloc(1, sizeof(*m));
	if (!m)
		return NULL;
	m->key = *key;
	m->plain = endpoint_equal(&key->inside, &key->outside);
	m->list = NAT_HELD; /* in no list yet */
	inside_join(table, m);
	index_add(&table->by_key, &m->link);
	DL_APPEND(table->mappings, m);
	table->nmappings++;
	list_move(table, m, NAT_UNANSWERED);
	return m;
}

struct nat_mapping *nat_mapping_get(struct nat_table *table, const struct nat_mapping_key *key)
{
	struct nat_mapping *m = mapping_find(table, key);

	return m ? m : mapping_new(table, key);
}

/* --- remotes --- */

/*
 * Most remotes are addressed outside as inside, and conntrack reports what the packets show: only
 * the others pay for this. NULL when memory is out.
 */
static struct nat_remote_rare *remote_rare_get(struct nat_remote *r)
{
	if (r->rare)
		return r->rare;
	r->rare = calloc(1, sizeof(*r->rare));
	if (r->rare)
		r->rare->far = r->key.remote;
	return r->rare;
}

const struct endpoint *nat_remote_far(const struct nat_remote *r)
{
	return r->rare ? &r->rare->far : &r->key.remote;
}

const struct endpoint *nat_remote_reported(const struct nat_remote *r)
{
	static const struct endpoint none;

	if (r->reported == REPORTED_OTHER)
		return &r->rare->reported;
	return r->reported == REPORTED_OUTSIDE ? &r->mapping->key.outside : &none;
}

void nat_remote_report(struct nat_remote *r, const struct endpoint *outside)
{
	if (endpoint_equal(outside, &r->mapping->key.outside)) {
		r->reported = REPORTED_OUTSIDE;
	} else if (remote_rare_get(r)) {
		r->rare->reported = *outside;
		r->reported = REPORTED_OTHER;
	}
}

void nat_remote_add_source(struct nat_table *table, struct nat_remote *r, u8 source)
{
	if (source == MAPPING_BY_CONNTRACK && !(r->sources & MAPPING_BY_CONNTRACK)) {
		DL_APPEND2(table->asked, r, asked_before, asked_after);
		table->nasked++;
	}
	r->sources |= source;
}

struct nat_remote *nat_remote_ask(struct nat_table *table)
{
	struct nat_remote *r = table->asked;

	if (!r)
		return NULL;
	DL_DELETE2(table->asked, r, asked_before, asked_after);
	DL_APPEND2(table->asked, r, asked_before, asked_after);
	return r;
}

void nat_remote_wait(struct nat_table *table, struct nat_remote *r, u64 until_ns)
{
	timer_set(&table->timers, &r->timer, until_ns);
}

/* Returns a remote that is in no table yet; NULL when memory is out. */
static struct nat_remote *remote_make(struct nat_mapping *m, const struct translation *t)
{
	struct nat_remote *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->key = (struct nat_remote_key){
		.inside = t->inside, .remote = t->remote, .proto = t->proto};
	r->mapping = m;
	r->inbound = t->inbound;
	if (endpoint_equal(&t->far, &t->remote))
		return r;
	if (!remote_rare_get(r)) {
		free(r);
		return NULL;
	}
	r->rare->far = t->far;
	return r;
}

struct nat_remote *nat_remote_new(struct nat_table *table, struct nat_mapping *m,
				  const struct translation *t, u64 now_ns)
{
	struct nat_remote *r = m->nremotes < REMOTES_MAX ? remote_make(m, t) : NULL;

	if (!r) {
		table->remotes_lost++;
		return NULL;
	}
	DL_APPEND(m->remotes, r);
	if (!m->nremotes++) {
		mapping_wake(table, m);
		list_move(table, m, NAT_UNANSWERED);
	}
	nat_remote_wait(table, r, now_ns);
	index_add(&table->remotes, &r->link);
	return r;
}

void nat_remote_free(struct nat_table *table, struct nat_remote *r)
{
	DL_DELETE(r->mapping->remotes, r);
	if (!--r->mapping->nremotes)
		mapping_die(table, r->mapping);
	timer_cancel(&r->timer);
	if (r->sources & MAPPING_BY_CONNTRACK) {
		DL_DELETE2(table->asked, r, asked_before, asked_after);
		table->nasked--;
	}
	index_remove(&table->remotes, &r->link);
	free(r->rare);
	free(r);
}
