/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The mapping table (RFC 4787 section 4.1). What conntrack says and what the packets show come here
 * alike. The packets are the truth: where conntrack says otherwise, that is kept beside as a
 * conflict.
 */
#include <stdlib.h>

#include "engine/flow.h"
#include "engine/metrics.h"
#include "engine/nat/nat.h"
#include "engine/state.h"
#include "util/time.h"

/*
 * Without conntrack: RFC 4787 REQ-5 wants two minutes at least; Linux keeps a UDP stream for 120 s.
 */
#define BINDING_IDLE_NS (120 * NS_PER_S)
/* An ended mapping can still be asked for. */
#define MAPPING_KEEP_NS (600 * NS_PER_S)
/*
 * A silence that says something of a nat_remote's lifetime: longer than consent checks and keepalives
 * leave.
 */
#define SILENCE_NS (15 * NS_PER_S)

/* NULL when memory is out. */
static struct nat_mapping_rare *mapping_rare_get(struct nat_mapping *n)
{
	if (!n->rare)
		n->rare = calloc(1, sizeof(*n->rare));
	return n->rare;
}

/*
 * A mapping begins: a new one, or an ended one of which the NAT has given the same endpoint again.
 */
static void mapping_begin(struct engine *e, struct nat_mapping *n, const struct translation *t)
{
	n->m = (struct nat_mapping_life){.kind = t->kind, .created = e->now, .refreshed = e->now};
	free(n->rare);
	n->rare = NULL;
	if (!n->plain)
		e->metrics->mappings_created[t->kind]++;
}

/* Of an ended mapping its last remotes can still be told. */
static void mapping_close(struct engine *e, struct nat_mapping *n, const struct nat_remote *last,
			  enum mapping_end by, u64 at_ns)
{
	n->m.ended = at_ns;
	n->m.ended_by = by;
	if (mapping_rare_get(n))
		n->rare->last_remote = last->key.remote;
	nat_mapping_retire(e, n);
	if (!n->plain)
		e->metrics->mappings_ended[by]++;
}

void nat_remote_end(struct engine *e, struct nat_remote *b, enum mapping_end by, u64 at_ns)
{
	struct nat_mapping *n = b->entry;

	if (by == MAPPING_TIMEOUT && b->longest_ns)
		behaviour_lifetime(e, &b->key.inside.ip, NAT_GATEWAY, b->longest_ns, false);
	if ((by == MAPPING_TIMEOUT || by == MAPPING_IDLE) && b->closing)
		by = b->closing;
	if (n->nremotes == 1)
		mapping_close(e, n, b, by, at_ns);
	nat_remote_free(e, b);
}

static struct nat_remote *remote_begin(struct engine *e, const struct translation *t)
{
	struct nat_mapping_key key = {
		.inside = t->inside, .proto = t->proto, .outside = t->outside};
	struct nat_mapping *n = nat_mapping_get(e, &key);
	struct nat_remote *b;
	bool first;

	if (!n)
		return NULL;
	first = !n->nremotes;
	b = nat_remote_new(e, n, t);
	if (!b)
		return NULL;
	if (first)
		mapping_begin(e, n, t);
	/*
	 * Only conntrack knows who began; by the packets alone, a host that sends on has made the
	 * mapping itself.
	 */
	if (n->m.kind == MAPPING_FORWARD && !t->inbound && !(n->m.sources & MAPPING_BY_CONNTRACK))
		n->m.kind = MAPPING_DYNAMIC;
	behaviour_remote(e, b, t->own, first);
	return b;
}

/* The packets, or conntrack, show another outside endpoint than before: the old mapping is over. */
static void remote_moved(struct engine *e, struct nat_remote *b)
{
	bool ran_out = !b->expires_ns || b->expires_ns <= e->now;

	if (e->now > b->heard_ns + SILENCE_NS)
		behaviour_lifetime(e, &b->key.inside.ip, NAT_GATEWAY, e->now - b->heard_ns, false);
	if (b->sources & MAPPING_BY_CONNTRACK)
		nat_remote_end(e, b, ran_out ? MAPPING_TIMEOUT : MAPPING_DELETED, e->now);
	else
		nat_remote_end(e, b, MAPPING_IDLE, e->now);
}

static void mapping_conflict(struct engine *e, struct nat_remote *b,
			     const struct endpoint *reported)
{
	struct nat_mapping_rare *rare = mapping_rare_get(b->entry);

	if (!rare || endpoint_equal(&rare->conflict, reported))
		return;
	rare->conflict = *reported;
	e->metrics->mapping_conflicts++;
}

static void remote_heard(struct engine *e, struct nat_remote *b, u8 source)
{
	if (source == MAPPING_BY_STUN && e->now > b->heard_ns + SILENCE_NS && b->heard_ns)
		behaviour_lifetime(e, &b->key.inside.ip, NAT_GATEWAY, e->now - b->heard_ns, true);
	if (source == MAPPING_BY_CONNTRACK && !(b->sources & MAPPING_BY_CONNTRACK))
		DL_APPEND2(e->nat->asked, b, asked_before, asked_after);
	b->sources |= source;
	b->heard_ns = e->now;
	if (source == MAPPING_BY_STUN || b->reported == REPORTED_OUTSIDE)
		b->entry->m.sources |= source;
	b->entry->m.refreshed = e->now;
}

/*
 * Between families translates somebody whom conntrack does not know (NAT64): it speaks of the way
 * to him.
 */
static bool same_family(const struct endpoint *a, const struct endpoint *b)
{
	return addr_is_v4(&a->ip) == addr_is_v4(&b->ip);
}

/*
 * Conntrack says another outside endpoint than the packets showed: news if it reported so before of
 * another one.
 */
static struct nat_remote *conntrack_differs(struct engine *e, struct nat_remote *b,
					    const struct translation *t)
{
	bool seen = b->sources & MAPPING_BY_STUN;

	if (seen && b->reported == REPORTED_NONE)
		mapping_conflict(e, b, &t->outside);
	if (seen &&
	    (b->reported == REPORTED_NONE || endpoint_equal(nat_remote_reported(b), &t->outside)))
		return b;
	remote_moved(e, b);
	return remote_begin(e, t);
}

static struct nat_remote *packets_differ(struct engine *e, struct nat_remote *b,
					 const struct translation *t)
{
	bool seen = b->sources & MAPPING_BY_STUN;
	struct endpoint reported = *nat_remote_reported(b);

	remote_moved(e, b);
	b = remote_begin(e, t);
	if (b && !seen && same_family(&reported, &t->outside))
		mapping_conflict(e, b, &reported);
	return b;
}

/* Who began is what conntrack knows best: the packets may have been joined late. */
static void conntrack_reported(struct nat_remote *b, const struct translation *t)
{
	nat_remote_report(b, &t->outside);
	b->inbound = t->inbound;
	if (!(b->entry->m.sources & MAPPING_BY_CONNTRACK))
		b->entry->m.kind = t->kind;
}

struct nat_remote *nat_mapping_learn(struct engine *e, const struct translation *t)
{
	struct nat_remote *b = nat_remote_find(e, t->proto, &t->inside, &t->remote);

	if (b && t->source == MAPPING_BY_CONNTRACK &&
	    !same_family(&b->entry->key.outside, &t->outside))
		return b;
	if (!b)
		b = remote_begin(e, t);
	else if (!endpoint_equal(&b->entry->key.outside, &t->outside))
		b = t->source == MAPPING_BY_CONNTRACK ? conntrack_differs(e, b, t)
						      : packets_differ(e, b, t);
	if (!b)
		return NULL;
	if (t->source == MAPPING_BY_CONNTRACK)
		conntrack_reported(b, t);
	remote_heard(e, b, t->source);
	return b;
}

static struct nat_remote *remote_of_flow(const struct engine *e, const struct flow *f)
{
	const struct flow *lan = f->side == SIDE_LAN ? f : f->twin;

	return lan && !lan->key.relayed
		       ? nat_remote_find(e, lan->key.proto, flow_local(lan), flow_remote(lan))
		       : NULL;
}

void nat_mapping_closing(struct engine *e, const struct flow *f, enum mapping_end by)
{
	struct nat_remote *b = remote_of_flow(e, f);

	if (b)
		b->closing = (u8)by;
}

/* --- time --- */

/* A mapping lives as long as one of its flows is heard of. */
void nat_mapping_sample(struct engine *e, const struct flow *f)
{
	struct nat_remote *b = f->side == SIDE_LAN ? remote_of_flow(e, f) : NULL;

	if (!b)
		return;
	nat_mapping_hold(e, b);
	if (f->last_ns > b->heard_ns)
		b->heard_ns = f->last_ns;
	if (b->heard_ns > b->entry->m.refreshed)
		b->entry->m.refreshed = b->heard_ns;
}

/*
 * Those that conntrack knows are over when it says so; until it was asked, or where it does not
 * answer, silence ends them.
 */
u64 nat_remote_silent_ns(const struct nat_remote *b)
{
	return (b->expires_ns ? b->expires_ns : b->heard_ns) + BINDING_IDLE_NS;
}

static void remote_timer(void *arg, struct timer *timer)
{
	struct nat_remote *b =
		(struct nat_remote *)((char *)timer - offsetof(struct nat_remote, timer));
	struct engine *e = arg;

	if (nat_remote_silent_ns(b) < e->now)
		nat_remote_end(e, b, MAPPING_IDLE, e->now);
	else
		timer_set(&e->nat->timers, &b->timer, nat_remote_silent_ns(b));
}

static void expire_past(struct engine *e, struct nat_mapping *list)
{
	struct nat_mapping *n, *tmp;

	DL_FOREACH_SAFE2(list, n, tmp, newer)
		if (n->m.ended && n->m.ended + MAPPING_KEEP_NS < e->now)
			nat_mapping_free(e, n);
}

void nat_expire(struct engine *e)
{
	timer_wheel_run(&e->nat->timers, e->now, remote_timer, e);
	for (int standing = 0; standing < NAT_HELD; standing++)
		expire_past(e, e->nat->list[standing]);
	upstream_expire(e);
}

void nat_free(struct engine *e)
{
	if (!e->nat)
		return;
	nat_table_free(e);
	upstream_free(e);
	free(e->nat);
}
