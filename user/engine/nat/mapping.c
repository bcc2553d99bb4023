/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The mapping table (RFC 4787 section 4.1). What conntrack says and what the packets show come here
 * alike. The packets are the truth: where conntrack says otherwise, that is kept beside as a
 * conflict.
 */
#include "engine/state.h"

/*
 * Without conntrack: RFC 4787 REQ-5 wants two minutes at least; Linux keeps a UDP stream for 120 s.
 */
#define BINDING_IDLE_NS (120 * NS_PER_S)
/* An ended mapping can still be asked for. */
#define MAPPING_KEEP_NS (600 * NS_PER_S)
/*
 * A silence that says something of a binding's lifetime: longer than consent checks and keepalives
 * leave.
 */
#define SILENCE_NS (15 * NS_PER_S)

/* NULL when memory is out. */
static struct nat_rare *rare_get(struct nat_entry *n)
{
	if (!n->rare)
		n->rare = calloc(1, sizeof(*n->rare));
	return n->rare;
}

/*
 * A mapping begins: a new one, or an ended one of which the NAT has given the same endpoint again.
 */
static void entry_begin(struct engine *e, struct nat_entry *n, const struct translation *t)
{
	n->m = (struct nat_life){.kind = t->kind, .created = e->now, .refreshed = e->now};
	free(n->rare);
	n->rare = NULL;
	if (!n->plain)
		e->metrics.mappings_created[t->kind]++;
}

/* Of an ended mapping its last remotes can still be told. */
static void entry_close(struct engine *e, struct nat_entry *n, const struct binding *last,
			enum mapping_end by, u64 at_ns)
{
	n->m.ended = at_ns;
	n->m.ended_by = by;
	if (rare_get(n))
		n->rare->last_remote = last->key.remote;
	nat_past(e, n);
	if (!n->plain)
		e->metrics.mappings_ended[by]++;
}

void nat_end(struct engine *e, struct binding *b, enum mapping_end by, u64 at_ns)
{
	struct nat_entry *n = b->entry;

	if (by == MAPPING_TIMEOUT && b->longest_ns)
		behaviour_lifetime(e, &b->key.inside.ip, NAT_GATEWAY, b->longest_ns, false);
	if ((by == MAPPING_TIMEOUT || by == MAPPING_IDLE) && b->closing)
		by = b->closing;
	if (n->nbindings == 1)
		entry_close(e, n, b, by, at_ns);
	nat_binding_free(e, b);
}

static struct binding *binding_begin(struct engine *e, const struct translation *t)
{
	struct nat_key key = {.inside = t->inside, .proto = t->proto, .outside = t->outside};
	struct nat_entry *n = nat_entry_get(e, &key);
	struct binding *b;
	bool first;

	if (!n)
		return NULL;
	first = !n->nbindings;
	b = nat_binding_new(e, n, t);
	if (!b)
		return NULL;
	if (first)
		entry_begin(e, n, t);
	/*
	 * Only conntrack knows who began; by the packets alone, a host that sends on has made the
	 * mapping itself.
	 */
	if (n->m.kind == MAPPING_FORWARD && !t->inbound && !(n->m.sources & MAPPING_BY_CONNTRACK))
		n->m.kind = MAPPING_DYNAMIC;
	behaviour_binding(e, b, t->own, first);
	return b;
}

/* The packets, or conntrack, show another outside endpoint than before: the old mapping is over. */
static void binding_moved(struct engine *e, struct binding *b)
{
	bool ran_out = !b->expires_ns || b->expires_ns <= e->now;

	if (e->now > b->heard_ns + SILENCE_NS)
		behaviour_lifetime(e, &b->key.inside.ip, NAT_GATEWAY, e->now - b->heard_ns, false);
	if (b->sources & MAPPING_BY_CONNTRACK)
		nat_end(e, b, ran_out ? MAPPING_TIMEOUT : MAPPING_DELETED, e->now);
	else
		nat_end(e, b, MAPPING_IDLE, e->now);
}

static void binding_conflict(struct engine *e, struct binding *b, const struct endpoint *said)
{
	struct nat_rare *rare = rare_get(b->entry);

	if (!rare || endpoint_equal(&rare->conflict, said))
		return;
	rare->conflict = *said;
	e->metrics.mapping_conflicts++;
}

static void binding_heard(struct engine *e, struct binding *b, u8 source)
{
	if (source == MAPPING_BY_STUN && e->now > b->heard_ns + SILENCE_NS && b->heard_ns)
		behaviour_lifetime(e, &b->key.inside.ip, NAT_GATEWAY, e->now - b->heard_ns, true);
	if (source == MAPPING_BY_CONNTRACK && !(b->sources & MAPPING_BY_CONNTRACK))
		DL_APPEND2(e->nat.asked, b, asked_before, asked_after);
	b->sources |= source;
	b->heard_ns = e->now;
	if (source == MAPPING_BY_STUN || b->said == SAID_OUTSIDE)
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
 * Conntrack says another outside endpoint than the packets showed: news if it said so before of
 * another one.
 */
static struct binding *conntrack_differs(struct engine *e, struct binding *b,
					 const struct translation *t)
{
	bool seen = b->sources & MAPPING_BY_STUN;

	if (seen && b->said == SAID_NONE)
		binding_conflict(e, b, &t->outside);
	if (seen && (b->said == SAID_NONE || endpoint_equal(binding_said(b), &t->outside)))
		return b;
	binding_moved(e, b);
	return binding_begin(e, t);
}

static struct binding *packets_differ(struct engine *e, struct binding *b,
				      const struct translation *t)
{
	bool seen = b->sources & MAPPING_BY_STUN;
	struct endpoint said = *binding_said(b);

	binding_moved(e, b);
	b = binding_begin(e, t);
	if (b && !seen && same_family(&said, &t->outside))
		binding_conflict(e, b, &said);
	return b;
}

/* Who began is what conntrack knows best: the packets may have been joined late. */
static void conntrack_said(struct binding *b, const struct translation *t)
{
	binding_say(b, &t->outside);
	b->inbound = t->inbound;
	if (!(b->entry->m.sources & MAPPING_BY_CONNTRACK))
		b->entry->m.kind = t->kind;
}

struct binding *nat_learn(struct engine *e, const struct translation *t)
{
	struct binding *b = nat_binding(e, t->proto, &t->inside, &t->remote);

	if (b && t->source == MAPPING_BY_CONNTRACK &&
	    !same_family(&b->entry->key.outside, &t->outside))
		return b;
	if (!b)
		b = binding_begin(e, t);
	else if (!endpoint_equal(&b->entry->key.outside, &t->outside))
		b = t->source == MAPPING_BY_CONNTRACK ? conntrack_differs(e, b, t)
						      : packets_differ(e, b, t);
	if (!b)
		return NULL;
	if (t->source == MAPPING_BY_CONNTRACK)
		conntrack_said(b, t);
	binding_heard(e, b, t->source);
	return b;
}

static struct binding *binding_of(const struct engine *e, const struct flow *f)
{
	const struct flow *lan = f->side == SIDE_LAN ? f : f->twin;

	return lan && !lan->key.relayed
		       ? nat_binding(e, lan->key.proto, flow_local(lan), flow_remote(lan))
		       : NULL;
}

void nat_closing(struct engine *e, const struct flow *f, enum mapping_end by)
{
	struct binding *b = binding_of(e, f);

	if (b)
		b->closing = (u8)by;
}

/* --- time --- */

/* A mapping lives as long as one of its flows is heard of. */
void nat_sample(struct engine *e, const struct flow *f)
{
	struct binding *b = f->side == SIDE_LAN ? binding_of(e, f) : NULL;

	if (!b)
		return;
	nat_hold(e, b);
	if (f->last_ns > b->heard_ns)
		b->heard_ns = f->last_ns;
	if (b->heard_ns > b->entry->m.refreshed)
		b->entry->m.refreshed = b->heard_ns;
}

/*
 * Those that conntrack knows are over when it says so; until it was asked, or where it does not
 * answer, silence ends them.
 */
u64 binding_silent_ns(const struct binding *b)
{
	return (b->expires_ns ? b->expires_ns : b->heard_ns) + BINDING_IDLE_NS;
}

static void look(void *arg, struct timer *timer)
{
	struct binding *b = (struct binding *)((char *)timer - offsetof(struct binding, timer));
	struct engine *e = arg;

	if (binding_silent_ns(b) < e->now)
		nat_end(e, b, MAPPING_IDLE, e->now);
	else
		timer_set(&e->nat.looks, &b->timer, binding_silent_ns(b));
}

static void expire_past(struct engine *e, struct nat_entry *list)
{
	struct nat_entry *n, *tmp;

	DL_FOREACH_SAFE2(list, n, tmp, newer)
		if (n->m.ended && n->m.ended + MAPPING_KEEP_NS < e->now)
			nat_entry_free(e, n);
}

void nat_expire(struct engine *e)
{
	timer_wheel_run(&e->nat.looks, e->now, look, e);
	for (int standing = 0; standing < NAT_HELD; standing++)
		expire_past(e, e->nat.list[standing]);
	upstream_expire(e);
}

void nat_free(struct engine *e)
{
	nat_table_free(e);
	upstream_free(e);
}
