/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The mapping table (RFC 4787 section 4.1). What conntrack says and what the packets show come here alike. The packets
 * are the truth: where conntrack says otherwise, that is kept beside as a conflict.
 */
#include "engine/state.h"

/* Without conntrack: RFC 4787 REQ-5 wants two minutes at least; Linux keeps a UDP stream for 120 s. */
#define BINDING_IDLE_NS (120 * NS_PER_S)
/* An ended mapping can still be asked for. */
#define MAPPING_KEEP_NS (600 * NS_PER_S)
/* More mappings on which nobody has answered are a flood: the oldest goes. */
#define LOOSE_MAX 32768
/* Bindings of a mapping: far more remotes than any host checks from one socket. */
#define BINDINGS_MAX 256
/* A silence that says something of a binding's lifetime: longer than consent checks and keepalives leave. */
#define SILENCE_NS (15 * NS_PER_S)

/* --- the indexes --- */

struct binding *nat_binding(const struct engine *e, u8 proto, const struct endpoint *inside,
			    const struct endpoint *remote)
{
	struct binding_key key = {.inside = *inside, .remote = *remote, .proto = proto};
	struct binding *b;

	HASH_FIND(hh, e->nat.bindings, &key, sizeof(key), b);
	return b;
}

static struct nat_entry *entry_find(const struct engine *e, const struct nat_key *key)
{
	struct nat_entry *n;

	HASH_FIND(hh, e->nat.entries, key, sizeof(*key), n);
	return n;
}

#define OUTSIDE_KEY (sizeof(u32) + sizeof(struct endpoint))

struct nat_entry *nat_by_outside(const struct engine *e, u8 proto, const struct endpoint *outside)
{
	struct nat_key key = {.proto = proto, .outside = *outside};
	struct nat_entry *n;

	HASH_FIND(by_outside, e->nat.by_outside, &key.proto, OUTSIDE_KEY, n);
	return n && !n->m.ended ? n : NULL;
}

static struct nat_socket *socket_find(const struct engine *e, u8 proto, const struct endpoint *inside)
{
	struct nat_key key = {.inside = *inside, .proto = proto};
	struct nat_socket *s;

	HASH_FIND(hh, e->nat.sockets, &key, sizeof(key.inside) + sizeof(key.proto), s);
	return s;
}

static struct nat_socket *socket_get(struct engine *e, u8 proto, const struct endpoint *inside)
{
	struct nat_socket *s = socket_find(e, proto, inside);

	if (s)
		return s;
	s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->inside = *inside;
	s->proto = proto;
	HASH_ADD(hh, e->nat.sockets, inside, sizeof(s->inside) + sizeof(s->proto), s);
	return s;
}

/* --- mappings --- */

static void entry_loosen(struct engine *e, struct nat_entry *n)
{
	n->held = 0;
	DL_APPEND2(e->nat.loose, n, older, newer);
	e->nat.nloose++;
}

static void entry_tighten(struct engine *e, struct nat_entry *n)
{
	if (n->held)
		return;
	n->held = 1;
	DL_DELETE2(e->nat.loose, n, older, newer);
	e->nat.nloose--;
}

static void binding_free(struct engine *e, struct binding *b)
{
	DL_DELETE(b->entry->bindings, b);
	b->entry->nbindings--;
	if (b->sources & MAPPING_BY_CONNTRACK)
		DL_DELETE2(e->nat.asked, b, asked_before, asked_after);
	HASH_DEL(e->nat.bindings, b);
	free(b);
}

static void entry_free(struct engine *e, struct nat_entry *n)
{
	while (n->bindings)
		binding_free(e, n->bindings);
	entry_tighten(e, n);
	DL_DELETE2(n->socket->entries, n, before, after);
	if (!n->socket->entries) {
		HASH_DEL(e->nat.sockets, n->socket);
		free(n->socket);
	}
	HASH_DELETE(by_outside, e->nat.by_outside, n);
	HASH_DEL(e->nat.entries, n);
	free(n->m.remotes);
	free(n);
}

static void make_room(struct engine *e)
{
	struct nat_entry *n = e->nat.loose;

	if (e->nat.nloose < LOOSE_MAX)
		return;
	if (!n->plain && !n->m.ended)
		e->metrics.mappings_evicted++;
	entry_free(e, n);
}

static struct nat_entry *entry_new(struct engine *e, const struct nat_key *key)
{
	struct nat_entry *n;

	make_room(e);
	n = calloc(1, sizeof(*n));
	if (!n)
		return NULL;
	n->socket = socket_get(e, (u8)key->proto, &key->inside);
	if (!n->socket) {
		free(n);
		return NULL;
	}
	n->key = *key;
	n->plain = endpoint_equal(&key->inside, &key->outside);
	DL_APPEND2(n->socket->entries, n, before, after);
	HASH_ADD(hh, e->nat.entries, key, sizeof(n->key), n);
	HASH_ADD(by_outside, e->nat.by_outside, key.proto, OUTSIDE_KEY, n);
	entry_loosen(e, n);
	return n;
}

/* A mapping begins: a new one, or an ended one of which the NAT has given the same endpoint again. */
static void entry_begin(struct engine *e, struct nat_entry *n, const struct translation *t)
{
	free(n->m.remotes);
	n->m = (struct mapping){.proto = t->proto,
				.kind = t->kind,
				.inside = t->inside,
				.outside = t->outside,
				.created = e->now,
				.refreshed = e->now};
	if (!n->plain)
		e->metrics.mappings_created[t->kind]++;
}

/* --- bindings --- */

/* Of an ended mapping its last remotes can still be told. */
static void entry_close(struct engine *e, struct nat_entry *n, const struct binding *last, enum mapping_end by,
			u64 at_ns)
{
	n->m.ended = at_ns;
	n->m.ended_by = by;
	n->m.remotes = malloc(sizeof(*n->m.remotes));
	n->m.nremotes = n->m.remotes ? 1 : 0;
	if (n->m.remotes)
		n->m.remotes[0] = last->key.remote;
	if (n->held)
		entry_loosen(e, n);
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
	binding_free(e, b);
}

static struct binding *binding_new(struct engine *e, struct nat_entry *n, const struct translation *t)
{
	struct binding *b = n->nbindings < BINDINGS_MAX ? calloc(1, sizeof(*b)) : NULL;

	if (!b)
		return NULL;
	b->key = (struct binding_key){.inside = t->inside, .remote = t->remote, .proto = t->proto};
	b->entry = n;
	b->beyond = t->beyond;
	b->inward = t->inward;
	DL_APPEND(n->bindings, b);
	n->nbindings++;
	HASH_ADD(hh, e->nat.bindings, key, sizeof(b->key), b);
	return b;
}

static struct binding *binding_begin(struct engine *e, const struct translation *t)
{
	struct nat_key key = {.inside = t->inside, .proto = t->proto, .outside = t->outside};
	struct nat_entry *n = entry_find(e, &key);
	struct binding *b;
	bool first;

	if (!n)
		n = entry_new(e, &key);
	if (!n)
		return NULL;
	first = !n->nbindings;
	b = binding_new(e, n, t);
	if (!b)
		return NULL;
	if (first)
		entry_begin(e, n, t);
	/* Only conntrack knows who began; by the packets alone, a host that sends on has made the mapping itself. */
	if (n->m.kind == MAPPING_FORWARD && !t->inward && !(n->m.sources & MAPPING_BY_CONNTRACK))
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
	if (endpoint_equal(&b->entry->m.conflict, said))
		return;
	b->entry->m.conflict = *said;
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
	b->entry->m.sources |= source;
	b->entry->m.refreshed = e->now;
}

/* Conntrack says another outside endpoint than the packets showed: news if it said so before of another one. */
static struct binding *conntrack_differs(struct engine *e, struct binding *b, const struct translation *t)
{
	bool seen = b->sources & MAPPING_BY_STUN;

	if (seen && !endpoint_known(&b->said))
		binding_conflict(e, b, &t->outside);
	if (seen && (!endpoint_known(&b->said) || endpoint_equal(&b->said, &t->outside)))
		return b;
	binding_moved(e, b);
	return binding_begin(e, t);
}

static struct binding *packets_differ(struct engine *e, struct binding *b, const struct translation *t)
{
	bool seen = b->sources & MAPPING_BY_STUN;
	struct endpoint said = b->said;

	binding_moved(e, b);
	b = binding_begin(e, t);
	if (b && !seen)
		binding_conflict(e, b, &said);
	return b;
}

/* Who began is what conntrack knows best: the packets may have been joined late. */
static void conntrack_said(struct binding *b, const struct translation *t)
{
	b->said = t->outside;
	b->inward = t->inward;
	if (!(b->entry->m.sources & MAPPING_BY_CONNTRACK))
		b->entry->m.kind = t->kind;
}

struct binding *nat_learn(struct engine *e, const struct translation *t)
{
	struct binding *b = nat_binding(e, t->proto, &t->inside, &t->remote);

	if (!b)
		b = binding_begin(e, t);
	else if (!endpoint_equal(&b->entry->key.outside, &t->outside))
		b = t->source == MAPPING_BY_CONNTRACK ? conntrack_differs(e, b, t) : packets_differ(e, b, t);
	if (!b)
		return NULL;
	if (t->source == MAPPING_BY_CONNTRACK)
		conntrack_said(b, t);
	binding_heard(e, b, t->source);
	return b;
}

void nat_hold(struct engine *e, struct binding *b)
{
	entry_tighten(e, b->entry);
}

u32 nat_outsides(const struct engine *e, u8 proto, const struct endpoint *inside)
{
	struct nat_socket *s = socket_find(e, proto, inside);
	struct nat_entry *n;
	u32 count = 0;

	if (s)
		DL_FOREACH2(s->entries, n, after)
	count += !n->plain;
	return count;
}

static struct binding *binding_of(const struct engine *e, const struct eflow *f)
{
	const struct eflow *lan = f->side == SIDE_LAN ? f : f->twin;

	return lan && !lan->key.relayed ? nat_binding(e, lan->key.proto, &lan->local, &lan->remote) : NULL;
}

void nat_closing(struct engine *e, const struct eflow *f, enum mapping_end by)
{
	struct binding *b = binding_of(e, f);

	if (b)
		b->closing = (u8)by;
}

/* --- time --- */

/* A mapping lives as long as one of its flows is heard of. */
void nat_sample(struct engine *e, const struct eflow *f)
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

/* Those that conntrack knows are over when it says so; until it was asked, or without it, silence ends them. */
static void expire_silent(struct engine *e)
{
	struct binding *b, *tmp;

	HASH_ITER(hh, e->nat.bindings, b, tmp)
		if (!b->expires_ns && b->heard_ns + BINDING_IDLE_NS < e->now)
			nat_end(e, b, MAPPING_IDLE, e->now);
}

void nat_expire(struct engine *e)
{
	struct nat_entry *n, *tmp;

	expire_silent(e);
	DL_FOREACH_SAFE2(e->nat.loose, n, tmp, newer)
		if (n->m.ended && n->m.ended + MAPPING_KEEP_NS < e->now)
			entry_free(e, n);
	upstream_expire(e);
}

void nat_free(struct engine *e)
{
	struct nat_entry *n, *tmp;

	HASH_ITER(hh, e->nat.entries, n, tmp)
		entry_free(e, n);
	upstream_free(e);
}
