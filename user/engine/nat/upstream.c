/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The NAT further out. XOR-MAPPED-ADDRESS (RFC 8489 section 14.2) tells what a server or peer saw:
 * where that is not what left our WAN, somebody beyond has translated it (RFC 4787 REQ-9, RFC
 * 6888).
 */
#include <stdlib.h>
#include <string.h>

#include "engine/flow.h"
#include "engine/nat/nat.h"
#include "engine/state.h"
#include "util/address.h"
#include "util/time.h"

#define SOCKET_IDLE_NS (600 * NS_PER_S)
/* Longer than consent checks and keepalives leave. */
#define SILENCE_NS (15 * NS_PER_S)

static struct upstream_socket *socket_find(const struct engine *e, u8 proto,
					   const struct endpoint *outside)
{
	struct nat_mapping_key key = {.inside = *outside, .proto = proto};

	return INDEXED(index_find(&e->nat->upstream, &key), struct upstream_socket, link);
}

static void socket_add(struct engine *e, struct upstream_socket *s)
{
	index_add(&e->nat->upstream, &s->link);
	DL_APPEND2(e->nat->upstream_heard, s, older, newer);
}

static void socket_remove(struct engine *e, struct upstream_socket *s)
{
	DL_DELETE2(e->nat->upstream_heard, s, older, newer);
	index_remove(&e->nat->upstream, &s->link);
}

static struct upstream_socket *socket_get(struct engine *e, u8 proto,
					  const struct endpoint *outside)
{
	struct upstream_socket *s = socket_find(e, proto, outside);

	if (s)
		return s;
	s = calloc(1, sizeof(*s) + sizeof(*s->seen));
	if (!s)
		return NULL;
	s->outside = *outside;
	s->proto = proto;
	socket_add(e, s);
	return s;
}

static u32 seen_count(const struct upstream_socket *s)
{
	return s->nseen < UPSTREAM_REMOTES ? s->nseen : UPSTREAM_REMOTES;
}

static struct upstream_report *seen_find(struct upstream_socket *s, const struct endpoint *remote)
{
	for (u32 i = 0; i < seen_count(s); i++)
		if (endpoint_equal(&s->seen[i].remote, remote))
			return &s->seen[i];
	return NULL;
}

/*
 * Room for one more of a socket that has just been heard of, and may lie elsewhere then; NULL when
 * memory is out.
 */
static struct upstream_report *seen_room(struct engine *e, struct upstream_socket *s)
{
	u32 at = s->nseen % UPSTREAM_REMOTES;
	struct upstream_socket *grown = s;

	if (s->nseen && s->nseen < UPSTREAM_REMOTES) { /* the first has its place already */
		socket_remove(e, s);
		grown = realloc(s, sizeof(*s) + (at + 1) * sizeof(*s->seen));
		socket_add(e, grown ? grown : s);
	}
	if (!grown)
		return NULL;
	grown->nseen++;
	return &grown->seen[at];
}

/* The same remote again: the mapping has outlived the silence, or not. */
static void seen_again(struct engine *e, const struct addr *inside, struct upstream_report *seen,
		       const struct endpoint *mapped)
{
	if (e->now > seen->heard_ns + SILENCE_NS)
		behaviour_lifetime(e, inside, NAT_UPSTREAM, e->now - seen->heard_ns,
				   endpoint_equal(&seen->mapped, mapped));
	seen->mapped = *mapped;
	seen->heard_ns = e->now;
}

static void count_first(struct nat_profile *const profiles[], u32 count,
			const struct endpoint *outside, const struct endpoint *mapped)
{
	bool translated = !endpoint_equal(outside, mapped);

	for (u32 i = 0; i < count; i++)
		nat_observe(profiles[i]->observations[NAT_UPSTREAM].translated, translated);
	if (translated)
		behaviour_ports(profiles, count, NAT_UPSTREAM, outside, mapped);
}

/* A remote that had not been heard before: what it sees beside what the last other ones see. */
static void count_new(struct nat_profile *profile, const struct upstream_socket *s,
		      const struct endpoint *remote, const struct endpoint *mapped)
{
	const struct upstream_report *address = NULL, *port = NULL;

	for (u32 i = 0; i < seen_count(s); i++) {
		if (memcmp(&s->seen[i].remote.ip, &remote->ip, sizeof(remote->ip)))
			address = &s->seen[i];
		else
			port = &s->seen[i];
	}
	if (address)
		behaviour_pair(&profile->observations[NAT_UPSTREAM], &address->remote, remote,
			       endpoint_equal(&address->mapped, mapped));
	if (port)
		behaviour_pair(&profile->observations[NAT_UPSTREAM], &port->remote, remote,
			       endpoint_equal(&port->mapped, mapped));
}

/* Whose packets these are: the host behind our own NAT, or this machine. */
static bool inside_of(const struct engine *e, const struct flow *wan, struct addr *inside)
{
	const struct nat_mapping *n = nat_mapping_by_outside(e, wan->key.proto, flow_local(wan));

	if (n)
		*inside = n->key.inside.ip;
	else if (wan->own || !e->has_lan)
		*inside = flow_local(wan)->ip;
	return n || wan->own || !e->has_lan;
}

void upstream_report(struct engine *e, struct flow *wan, const struct endpoint *mapped)
{
	struct nat_profile *profiles[PROFILES];
	struct upstream_socket *s;
	struct upstream_report *seen;
	struct addr inside;
	u32 count;

	if (wan->side != SIDE_WAN || wan->key.relayed || wan->key.proto != PROTO_UDP ||
	    !endpoint_known(mapped) ||
	    addr_is_v4(&mapped->ip) != addr_is_v4(&flow_local(wan)->ip) ||
	    !inside_of(e, wan, &inside))
		return;
	s = socket_get(e, wan->key.proto, flow_local(wan));
	if (!s)
		return;
	s->heard_ns = e->now;
	DL_DELETE2(e->nat->upstream_heard, s, older, newer);
	DL_APPEND2(e->nat->upstream_heard, s, older, newer);
	seen = seen_find(s, flow_remote(wan));
	if (seen) {
		seen_again(e, &inside, seen, mapped);
		return;
	}
	count = behaviour_profiles(e, &inside, wan->own, profiles);
	if (!s->nseen)
		count_first(profiles, count, &s->outside, mapped);
	for (u32 i = 0; i < count; i++)
		count_new(profiles[i], s, flow_remote(wan), mapped);
	seen = seen_room(e, s);
	if (seen)
		*seen = (struct upstream_report){
			.remote = *flow_remote(wan), .mapped = *mapped, .heard_ns = e->now};
}

const struct endpoint *upstream_mapped(const struct engine *e, u8 proto,
				       const struct endpoint *outside)
{
	const struct upstream_socket *s = socket_find(e, proto, outside);
	const struct endpoint *mapped =
		s && s->nseen ? &s->seen[(s->nseen - 1) % UPSTREAM_REMOTES].mapped : NULL;

	return mapped && !endpoint_equal(mapped, outside) ? mapped : NULL;
}

static void socket_free(struct engine *e, struct upstream_socket *s)
{
	socket_remove(e, s);
	free(s);
}

void upstream_expire(struct engine *e)
{
	while (e->nat->upstream_heard &&
	       e->nat->upstream_heard->heard_ns + SOCKET_IDLE_NS <= e->now)
		socket_free(e, e->nat->upstream_heard);
}

void upstream_free(struct engine *e)
{
	while (e->nat->upstream_heard)
		socket_free(e, e->nat->upstream_heard);
	index_free(&e->nat->upstream);
}
