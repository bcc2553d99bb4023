/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The life of mappings; table.c keeps them. */
#include <stddef.h>
#include <stdlib.h>
#include <utlist.h>

#include "engine/flow.h"
#include "engine/nat/behaviour.h"
#include "engine/nat/mapping.h"
#include "engine/nat/nat_state.h"
#include "util/time.h"

/*
 * Without conntrack: RFC 4787 REQ-5 wants two minutes at least, and Linux keeps a UDP stream for
 * 120 s.
 */
#define REMOTE_IDLE_NS (120 * NS_PER_S)
/* An ended mapping can still be asked for. */
#define MAPPING_KEEP_NS (600 * NS_PER_S)

/* NULL when memory is out. */
static struct nat_mapping_rare *mapping_rare_get(struct nat_mapping *m)
{
	if (!m->rare)
		m->rare = calloc(1, sizeof(*m->rare));
	return m->rare;
}

/* Begins a mapping: a new one, or an ended one whose outside endpoint was assigned again. */
static void mapping_begin(struct nat *nat, struct nat_mapping *m, const struct translation *t,
			  u64 now_ns)
{
	m->life =
		(struct nat_mapping_life){.kind = t->kind, .created = now_ns, .refreshed = now_ns};
	free(m->rare);
	m->rare = NULL;
	if (!m->plain)
		nat->created[t->kind]++;
}

/* An ended mapping remembers its last remote. */
static void mapping_close(struct nat *nat, struct nat_mapping *m, const struct nat_remote *last,
			  enum mapping_end by, u64 at_ns)
{
	m->life.ended = at_ns;
	m->life.ended_by = by;
	if (mapping_rare_get(m))
		m->rare->last_remote = last->key.remote;
	nat_mapping_retire(&nat->table, m);
	if (!m->plain)
		nat->ended[by]++;
}

static void remote_report(struct nat *nat, const struct nat_remote *r, struct mapping_change change)
{
	change.proto = (u8)r->key.proto;
	change.inside = r->key.inside;
	change.remote = r->key.remote;
	change.outside = r->mapping->key.outside;
	nat->changed(nat->changed_arg, &change);
}

void nat_remote_offload(struct nat *nat, struct nat_remote *r, u8 offload, u64 at_ns)
{
	if (offload || r->offload)
		remote_report(nat, r,
			      (struct mapping_change){.kind = MAPPING_OFFLOADED,
						      .offload = offload,
						      .at_ns = at_ns});
	r->offload = offload;
}

void nat_remote_end(struct nat *nat, struct nat_remote *r, enum mapping_end by, u64 at_ns)
{
	if (by == MAPPING_TIMEOUT && r->longest_ns)
		behaviour_lifetime(&nat->profiles, &r->key.inside.ip, NAT_GATEWAY, r->longest_ns,
				   false);
	if ((by == MAPPING_TIMEOUT || by == MAPPING_IDLE) && r->closing)
		by = r->closing;
	nat_remote_offload(nat, r, OFFLOAD_NONE, at_ns);
	if (r->mapping->nremotes == 1)
		mapping_close(nat, r->mapping, r, by, at_ns);
	nat_remote_free(&nat->table, r);
}

void nat_remote_lost(struct nat *nat, struct nat_remote *r, enum mapping_end by, u64 at_ns)
{
	if (!r->mapping->plain)
		remote_report(
			nat, r,
			(struct mapping_change){.kind = MAPPING_WENT, .by = by, .at_ns = at_ns});
	nat_remote_end(nat, r, by, at_ns);
}

static struct nat_remote *remote_begin(struct nat *nat, const struct translation *t, u64 now_ns)
{
	struct nat_mapping_key key = {
		.inside = t->inside, .proto = t->proto, .outside = t->outside};
	struct nat_mapping *m = nat_mapping_get(&nat->table, &key);
	struct nat_remote *r;
	bool first;

	if (!m)
		return NULL;
	first = !m->nremotes;
	r = nat_remote_new(&nat->table, m, t, now_ns);
	if (!r)
		return NULL;
	if (first)
		mapping_begin(nat, m, t, now_ns);
	/*
	 * Only conntrack knows who began. By the packets alone, a host that sends to another remote
	 * has made the mapping itself.
	 */
	if (m->life.kind == MAPPING_FORWARD && !t->inbound &&
	    !(m->life.sources & MAPPING_BY_CONNTRACK))
		m->life.kind = MAPPING_DYNAMIC;
	behaviour_remote(&nat->profiles, &nat->table, r, first);
	return r;
}

/* Another outside endpoint shows than before: the old mapping is over. */
static void remote_moved(struct nat *nat, struct nat_remote *r, u64 now_ns)
{
	bool ran_out = !r->expires_ns || r->expires_ns <= now_ns;

	if (now_ns > r->heard_ns + NAT_SILENCE_NS)
		behaviour_lifetime(&nat->profiles, &r->key.inside.ip, NAT_GATEWAY,
				   now_ns - r->heard_ns, false);
	if (r->sources & MAPPING_BY_CONNTRACK)
		nat_remote_lost(nat, r, ran_out ? MAPPING_TIMEOUT : MAPPING_DELETED, now_ns);
	else
		nat_remote_lost(nat, r, MAPPING_IDLE, now_ns);
}

static void mapping_conflict(struct nat *nat, struct nat_mapping *m,
			     const struct endpoint *reported)
{
	struct nat_mapping_rare *rare = mapping_rare_get(m);

	if (!rare || endpoint_equal(&rare->conflict, reported))
		return;
	rare->conflict = *reported;
	nat->conflicts++;
}

static void remote_heard(struct nat *nat, struct nat_remote *r, u8 source, u64 now_ns)
{
	if (source == MAPPING_BY_STUN && now_ns > r->heard_ns + NAT_SILENCE_NS && r->heard_ns)
		behaviour_lifetime(&nat->profiles, &r->key.inside.ip, NAT_GATEWAY,
				   now_ns - r->heard_ns, true);
	nat_remote_add_source(&nat->table, r, source);
	r->heard_ns = now_ns;
	if (source == MAPPING_BY_STUN || r->reported == REPORTED_OUTSIDE)
		r->mapping->life.sources |= source;
	r->mapping->life.refreshed = now_ns;
}

/*
 * Conntrack does not know who translates between the families (NAT64): what it reports is the path
 * to that translator.
 */
static bool same_family(const struct endpoint *a, const struct endpoint *b)
{
	return addr_is_v4(&a->ip) == addr_is_v4(&b->ip);
}

/*
 * Conntrack reports another outside endpoint than the packets showed. If it did so before, a third
 * endpoint means that the mapping has moved.
 */
static struct nat_remote *conntrack_differs(struct nat *nat, struct nat_remote *r,
					    const struct translation *t, u64 now_ns)
{
	bool seen = r->sources & MAPPING_BY_STUN;

	if (seen && r->reported == REPORTED_NONE)
		mapping_conflict(nat, r->mapping, &t->outside);
	if (seen &&
	    (r->reported == REPORTED_NONE || endpoint_equal(nat_remote_reported(r), &t->outside)))
		return r;
	remote_moved(nat, r, now_ns);
	return remote_begin(nat, t, now_ns);
}

static struct nat_remote *packets_differ(struct nat *nat, struct nat_remote *r,
					 const struct translation *t, u64 now_ns)
{
	bool seen = r->sources & MAPPING_BY_STUN;
	struct endpoint reported = *nat_remote_reported(r);

	remote_moved(nat, r, now_ns);
	r = remote_begin(nat, t, now_ns);
	if (r && !seen && same_family(&reported, &t->outside))
		mapping_conflict(nat, r->mapping, &reported);
	return r;
}

/* Who began is what conntrack knows best: the packets may have been joined late. */
static void conntrack_reported(struct nat_remote *r, const struct translation *t)
{
	nat_remote_report(r, &t->outside);
	r->inbound = t->inbound;
	if (!(r->mapping->life.sources & MAPPING_BY_CONNTRACK))
		r->mapping->life.kind = t->kind;
}

struct nat_remote *nat_mapping_learn(struct nat *nat, const struct translation *t, u64 now_ns)
{
	struct nat_remote *r = nat_remote_find(&nat->table, t->proto, &t->inside, &t->remote);

	if (r && t->source == MAPPING_BY_CONNTRACK &&
	    !same_family(&r->mapping->key.outside, &t->outside))
		return r;
	if (!r)
		r = remote_begin(nat, t, now_ns);
	else if (!endpoint_equal(&r->mapping->key.outside, &t->outside))
		r = t->source == MAPPING_BY_CONNTRACK ? conntrack_differs(nat, r, t, now_ns)
						      : packets_differ(nat, r, t, now_ns);
	if (!r)
		return NULL;
	if (t->source == MAPPING_BY_CONNTRACK)
		conntrack_reported(r, t);
	remote_heard(nat, r, t->source, now_ns);
	return r;
}

static struct nat_remote *remote_of_flow(const struct nat *nat, const struct flow *f)
{
	const struct flow *lan = f->side == SIDE_LAN ? f : f->twin;

	if (!lan || lan->key.relayed)
		return NULL;
	return nat_remote_find(&nat->table, lan->key.proto, flow_local(lan), flow_remote(lan));
}

void nat_mapping_closing(struct nat *nat, const struct flow *f, enum mapping_end by)
{
	struct nat_remote *r = remote_of_flow(nat, f);

	if (r)
		r->closing = (u8)by;
}

/* --- time --- */

void nat_mapping_sample(struct nat *nat, const struct flow *f)
{
	struct nat_remote *r = f->side == SIDE_LAN ? remote_of_flow(nat, f) : NULL;

	if (!r)
		return;
	nat_mapping_hold(&nat->table, r->mapping);
	if (f->last_ns > r->heard_ns)
		r->heard_ns = f->last_ns;
	if (r->heard_ns > r->mapping->life.refreshed)
		r->mapping->life.refreshed = r->heard_ns;
}

u64 nat_remote_silent_ns(const struct nat_remote *r)
{
	return (r->expires_ns ? r->expires_ns : r->heard_ns) + REMOTE_IDLE_NS;
}

/* What the timers of remotes need. */
struct mapping_clock {
	struct nat *nat;
	u64 now_ns;
};

static void remote_timer(void *arg, struct timer *timer)
{
	struct nat_remote *r =
		(struct nat_remote *)((char *)timer - offsetof(struct nat_remote, timer));
	const struct mapping_clock *clock = arg;

	if (nat_remote_silent_ns(r) < clock->now_ns)
		nat_remote_end(clock->nat, r, MAPPING_IDLE, clock->now_ns);
	else
		nat_remote_wait(&clock->nat->table, r, nat_remote_silent_ns(r));
}

static void mappings_forget(struct nat_table *table, struct nat_mapping *list, u64 now_ns)
{
	struct nat_mapping *m, *tmp;

	DL_FOREACH_SAFE2(list, m, tmp, newer)
		if (m->life.ended && m->life.ended + MAPPING_KEEP_NS < now_ns)
			nat_mapping_free(table, m);
}

void nat_mappings_expire(struct nat *nat, u64 now_ns)
{
	struct mapping_clock clock = {.nat = nat, .now_ns = now_ns};

	timer_wheel_run(&nat->table.timers, now_ns, remote_timer, &clock);
	for (int list = 0; list < NAT_HELD; list++)
		mappings_forget(&nat->table, nat->table.list[list], now_ns);
}
