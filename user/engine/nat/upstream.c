/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What servers and peers see our outside endpoints as. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "engine/flow.h"
#include "engine/nat/behaviour.h"
#include "engine/nat/nat_state.h"
#include "engine/nat/upstream.h"
#include "util/address.h"
#include "util/time.h"

#define SOCKET_IDLE_NS (600 * NS_PER_S)
#define SOCKET_REMOTES 8

/* What one remote sees an outside endpoint of ours as. */
struct upstream_seen {
	struct endpoint remote, mapped;
	u64 heard_ns;
};

struct upstream_socket {
	struct hash_link link;
	struct endpoint outside;
	u32 proto; /* after `outside`: both are the key */
	struct upstream_socket *older, *newer; /* the longest unheard of first */
	u64 heard_ns;
	u32 nseen; /* ever */
	struct upstream_seen seen[]; /* SOCKET_REMOTES at most: the newest overwrite the oldest */
};

struct upstream_key {
	struct endpoint outside;
	u32 proto;
};

int upstream_begin(struct upstream_table *table)
{
	return index_begin(&table->sockets,
			   (s32)offsetof(struct upstream_socket, outside) -
				   (s32)offsetof(struct upstream_socket, link),
			   sizeof(struct upstream_key));
}

static struct upstream_socket *socket_find(const struct upstream_table *table, u8 proto,
					   const struct endpoint *outside)
{
	struct upstream_key key = {.outside = *outside, .proto = proto};

	return INDEXED(index_find(&table->sockets, &key), struct upstream_socket, link);
}

static void socket_add(struct upstream_table *table, struct upstream_socket *s)
{
	index_add(&table->sockets, &s->link);
	DL_APPEND2(table->heard, s, older, newer);
}

static void socket_remove(struct upstream_table *table, struct upstream_socket *s)
{
	DL_DELETE2(table->heard, s, older, newer);
	index_remove(&table->sockets, &s->link);
}

static void socket_free(struct upstream_table *table, struct upstream_socket *s)
{
	socket_remove(table, s);
	free(s);
}

static struct upstream_socket *socket_get(struct upstream_table *table, u8 proto,
					  const struct endpoint *outside)
{
	struct upstream_socket *s = socket_find(table, proto, outside);

	if (s)
		return s;
	s = calloc(1, sizeof(*s) + sizeof(*s->seen));
	if (!s)
		return NULL;
	s->outside = *outside;
	s->proto = proto;
	socket_add(table, s);
	return s;
}

static u32 seen_count(const struct upstream_socket *s)
{
	return s->nseen < SOCKET_REMOTES ? s->nseen : SOCKET_REMOTES;
}

static struct upstream_seen *seen_find(struct upstream_socket *s, const struct endpoint *remote)
{
	for (u32 i = 0; i < seen_count(s); i++)
		if (endpoint_equal(&s->seen[i].remote, remote))
			return &s->seen[i];
	return NULL;
}

/*
 * Returns room for one more remote of a socket that has just been heard of; NULL when memory is
 * out. The socket may move, and is where the room is.
 */
static struct upstream_seen *seen_room(struct upstream_table *table, struct upstream_socket *s)
{
	u32 at = s->nseen % SOCKET_REMOTES;
	struct upstream_socket *grown = s;

	if (s->nseen && s->nseen < SOCKET_REMOTES) { /* the first has its place already */
		socket_remove(table, s);
		grown = realloc(s, sizeof(*s) + (at + 1) * sizeof(*s->seen));
		socket_add(table, grown ? grown : s);
	}
	if (!grown)
		return NULL;
	grown->nseen++;
	return &grown->seen[at];
}

/* The same remote again: the mapping has outlived the silence, or not. */
static void seen_again(struct nat_profiles *profiles, const struct addr *inside,
		       struct upstream_seen *seen, const struct upstream_seen *now)
{
	if (now->heard_ns > seen->heard_ns + NAT_SILENCE_NS)
		behaviour_lifetime(profiles, inside, NAT_UPSTREAM, now->heard_ns - seen->heard_ns,
				   endpoint_equal(&seen->mapped, &now->mapped));
	*seen = *now;
}

/* The first remote of a socket. */
static void observe_first(const struct profile_set *profiles, const struct endpoint *outside,
			  const struct endpoint *mapped)
{
	bool translated = !endpoint_equal(outside, mapped);

	for (u32 i = 0; i < profiles->count; i++)
		nat_observe(&profiles->of[i]->observations[NAT_UPSTREAM].translated, translated);
	if (translated)
		nat_observe_ports(profiles, NAT_UPSTREAM, outside, mapped);
}

/* A new remote of a socket: what it sees, beside what the last other ones see. */
static void observe_new(struct nat_observations *o, const struct upstream_socket *s,
			const struct upstream_seen *now)
{
	const struct upstream_seen *address = NULL, *port = NULL;

	for (u32 i = 0; i < seen_count(s); i++) {
		if (memcmp(&s->seen[i].remote.ip, &now->remote.ip, sizeof(now->remote.ip)))
			address = &s->seen[i];
		else
			port = &s->seen[i];
	}
	if (address)
		nat_observe_pair(o, &address->remote, &now->remote,
				 endpoint_equal(&address->mapped, &now->mapped));
	if (port)
		nat_observe_pair(o, &port->remote, &now->remote,
				 endpoint_equal(&port->mapped, &now->mapped));
}

/*
 * Finds out whose packets these are: those of the host behind our own NAT, or of this machine.
 * Returns false when that is not known.
 */
static bool inside_of(const struct nat *nat, const struct flow *wan, struct addr *inside)
{
	const struct nat_mapping *m =
		nat_mapping_by_outside(&nat->table, wan->key.proto, flow_local(wan));
	bool own = wan->own || !nat->profiles.has_lan;

	if (m)
		*inside = m->key.inside.ip;
	else if (own)
		*inside = flow_local(wan)->ip;
	return m || own;
}

static void socket_report(struct nat *nat, struct upstream_socket *s, const struct addr *inside,
			  bool own, const struct upstream_seen *now)
{
	struct upstream_seen *seen = seen_find(s, &now->remote);
	struct profile_set set;

	if (seen) {
		seen_again(&nat->profiles, inside, seen, now);
		return;
	}
	set = nat_profiles_of(&nat->profiles, inside, own);
	if (!s->nseen)
		observe_first(&set, &s->outside, &now->mapped);
	for (u32 i = 0; i < set.count; i++)
		observe_new(&set.of[i]->observations[NAT_UPSTREAM], s, now);
	seen = seen_room(&nat->upstream, s);
	if (seen)
		*seen = *now;
}

void upstream_report(struct nat *nat, const struct flow *wan, const struct endpoint *mapped,
		     u64 now_ns)
{
	const struct upstream_seen now = {
		.remote = *flow_remote(wan), .mapped = *mapped, .heard_ns = now_ns};
	struct upstream_socket *s;
	struct addr inside;

	if (wan->side != SIDE_WAN || wan->key.relayed || wan->key.proto != PROTO_UDP ||
	    !endpoint_known(mapped) ||
	    addr_is_v4(&mapped->ip) != addr_is_v4(&flow_local(wan)->ip) ||
	    !inside_of(nat, wan, &inside))
		return;
	s = socket_get(&nat->upstream, wan->key.proto, flow_local(wan));
	if (!s)
		return;
	s->heard_ns = now_ns;
	DL_DELETE2(nat->upstream.heard, s, older, newer);
	DL_APPEND2(nat->upstream.heard, s, older, newer);
	socket_report(nat, s, &inside, wan->own, &now);
}

const struct endpoint *upstream_mapped(const struct upstream_table *table, u8 proto,
				       const struct endpoint *outside)
{
	const struct upstream_socket *s = socket_find(table, proto, outside);
	const struct endpoint *mapped =
		s && s->nseen ? &s->seen[(s->nseen - 1) % SOCKET_REMOTES].mapped : NULL;

	return mapped && !endpoint_equal(mapped, outside) ? mapped : NULL;
}

void upstream_expire(struct upstream_table *table, u64 now_ns)
{
	while (table->heard && table->heard->heard_ns + SOCKET_IDLE_NS <= now_ns)
		socket_free(table, table->heard);
}

void upstream_free(struct upstream_table *table)
{
	while (table->heard)
		socket_free(table, table->heard);
	index_free(&table->sockets);
}
