/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is observed of the gateway's own NAT. behaviour_summary.c says what it amounts to. */
#include <string.h>

#include "engine/flow.h"
#include "engine/nat/behaviour.h"
#include "util/address.h"

static bool same_address(const struct endpoint *a, const struct endpoint *b)
{
	return memcmp(&a->ip, &b->ip, sizeof(a->ip)) == 0;
}

/*
 * The remotes that a new one is compared with: the newest of another address, and the newest of the
 * same address and another port. More of them would count the same fact again.
 */
struct compared_remotes {
	const struct nat_remote *address, *port;
};

/* So many remotes are looked through for them. */
#define COMPARED_MAX 128

/* Takes `other` if it is one that `r` is to be compared with. Returns whether both are found. */
static bool compared_add(struct compared_remotes *found, const struct nat_remote *r,
			 const struct nat_remote *other)
{
	const struct endpoint *a = nat_remote_far(other), *b = nat_remote_far(r);

	if (other == r || other->inbound || addr_is_v4(&a->ip) != addr_is_v4(&b->ip))
		return false;
	if (!same_address(a, b)) {
		if (!found->address)
			found->address = other;
	} else if (!found->port && a->port != b->port) {
		found->port = other;
	}
	return found->address && found->port;
}

/*
 * From the newest one on, and not far: a host that scans has a mapping, or a remote, for each of
 * its packets.
 */
static void compared_find(const struct nat_table *table, const struct nat_remote *r,
			  struct compared_remotes *found)
{
	const struct nat_mapping *first =
		nat_mapping_by_inside(table, (u8)r->key.proto, &r->key.inside);
	const struct nat_mapping *m = first;
	u32 looked = 0;

	do {
		const struct nat_remote *other;

		m = m->before; /* of the first one the last */
		other = m->remotes;
		while (other && looked++ < COMPARED_MAX) {
			other = other->prev;
			if (compared_add(found, r, other))
				return;
			if (other == m->remotes)
				break;
		}
	} while (m != first && looked++ < COMPARED_MAX);
}

static void compare_remotes(struct nat_observations *o, const struct nat_remote *r,
			    const struct nat_remote *other)
{
	if (other)
		nat_observe_pair(o, nat_remote_far(r), nat_remote_far(other),
				 r->mapping == other->mapping);
}

static void observe_mapping(const struct profile_set *profiles, const struct nat_mapping *m)
{
	const struct addr *outside = &m->key.outside.ip;
	bool shared = addr_is_shared(outside);

	for (u32 i = 0; i < profiles->count; i++) {
		struct nat_profile *profile = profiles->of[i];

		nat_observe(&profile->observations[NAT_GATEWAY].translated, !m->plain);
		profile->outside_private |= !m->plain && addr_is_private(outside) && !shared;
		profile->outside_shared |= !m->plain && shared;
	}
	if (!m->plain && m->life.kind == MAPPING_DYNAMIC)
		nat_observe_ports(profiles, NAT_GATEWAY, &m->key.inside, &m->key.outside);
}

void behaviour_remote(struct nat_profiles *profiles, const struct nat_table *table,
		      const struct nat_remote *r, bool first)
{
	struct compared_remotes others = {0};
	struct profile_set set;

	if (r->key.proto != PROTO_UDP)
		return;
	set = nat_profiles_of(profiles, &r->key.inside.ip, false);
	if (!r->inbound && r->mapping->life.kind == MAPPING_DYNAMIC)
		compared_find(table, r, &others);
	if (first)
		observe_mapping(&set, r->mapping);
	for (u32 i = 0; i < set.count; i++) {
		compare_remotes(&set.of[i]->observations[NAT_GATEWAY], r, others.address);
		compare_remotes(&set.of[i]->observations[NAT_GATEWAY], r, others.port);
	}
}

/* Returns the mapping that packets of a WAN flow would find, if a packet from inside made it. */
static const struct nat_mapping *mapping_of_wan(const struct nat_table *table,
						const struct flow *wan)
{
	const struct nat_mapping *m =
		nat_mapping_by_outside(table, wan->key.proto, flow_local(wan));

	return m && m->life.kind == MAPPING_DYNAMIC ? m : NULL;
}

enum filter_test behaviour_filter_test(const struct nat_table *table, const struct flow *wan)
{
	const struct nat_mapping *m =
		wan->key.proto == PROTO_UDP ? mapping_of_wan(table, wan) : NULL;
	enum filter_test test = FILTER_ADDRESS;

	if (!m)
		return FILTER_NONE;
	for (const struct nat_remote *r = m->remotes; r; r = r->next) {
		if (endpoint_equal(nat_remote_far(r), flow_remote(wan)))
			return FILTER_NONE;
		if (same_address(nat_remote_far(r), flow_remote(wan)))
			test = FILTER_PORT;
	}
	return wan->filter_observed & 1u << test ? FILTER_NONE : test;
}

void behaviour_filtering(struct nat_profiles *profiles, const struct nat_table *table,
			 struct flow *wan, enum filter_test test, bool open)
{
	const struct nat_mapping *m = mapping_of_wan(table, wan);
	struct profile_set set = {.count = 0};

	if (m && !(wan->filter_observed & 1u << test))
		set = nat_profiles_of(profiles, &m->key.inside.ip, wan->own);
	wan->filter_observed |= 1u << test; /* a packet that is sent again says nothing new */
	for (u32 i = 0; i < set.count; i++) {
		struct nat_observations *o = &set.of[i]->observations[NAT_GATEWAY];

		nat_observe(test == FILTER_ADDRESS ? &o->open_to_address : &o->open_to_port, open);
	}
}

void behaviour_hairpinning(struct nat_profiles *profiles, const struct addr *inside,
			   bool hairpinned)
{
	struct profile_set set = nat_profiles_of(profiles, inside, false);

	for (u32 i = 0; i < set.count; i++)
		nat_observe(&set.of[i]->observations[NAT_GATEWAY].hairpinned, hairpinned);
}

void behaviour_lifetime(struct nat_profiles *profiles, const struct addr *inside,
			enum nat_place place, u64 silence_ns, bool kept)
{
	struct profile_set set = nat_profiles_of(profiles, inside, false);

	for (u32 i = 0; i < set.count; i++)
		nat_observe_lifetime(&set.of[i]->observations[place], silence_ns, kept);
}
