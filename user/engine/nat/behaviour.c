/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is observed of the NATs: RFC 4787 sections 4 to 6, without a packet of our own.
 * behaviour_summary.c draws the sum.
 */
#include <string.h>

#include "engine/flow.h"
#include "engine/hosts.h"
#include "engine/nat/nat.h"
#include "engine/state.h"
#include "util/address.h"
#include "util/time.h"

static bool same_address(const struct endpoint *a, const struct endpoint *b)
{
	return memcmp(&a->ip, &b->ip, sizeof(a->ip)) == 0;
}

u32 behaviour_profiles(struct engine *e, const struct addr *inside, bool own,
		       struct nat_profile *profiles[PROFILES])
{
	struct host *h = host_get(e, inside);
	u32 n = 0;

	if (h) {
		host_observed(e, h);
		profiles[n++] = &h->profile;
	}
	/* What this machine sends itself says nothing of what it does to others. */
	if (!own || !e->has_lan)
		profiles[n++] = &e->nat->all[!addr_is_v4(inside)];
	return n;
}

/* When there are so many, all count half from then on. */
#define OBSERVATIONS_MAX 64

void nat_observe(u32 votes[VOTES], bool speaks_for)
{
	votes[speaks_for ? FOR : AGAINST]++;
	if (votes[FOR] + votes[AGAINST] < OBSERVATIONS_MAX)
		return;
	votes[FOR] /= 2;
	votes[AGAINST] /= 2;
}

void behaviour_pair(struct nat_observations *observations, const struct endpoint *a,
		    const struct endpoint *b, bool same)
{
	nat_observe(same_address(a, b) ? observations->same_by_port : observations->same_by_address,
		    same);
}

static bool addr_any(const struct addr *a)
{
	static const struct addr none;

	return memcmp(a, &none, sizeof(none)) != 0;
}

void behaviour_ports(struct nat_profile *const profiles[], u32 count, enum nat_place place,
		     const struct endpoint *inside, const struct endpoint *outside)
{
	struct addr *last = count ? &profiles[0]->last_outside[place] : NULL; /* of the host */

	for (u32 i = 0; i < count; i++) {
		struct nat_observations *t = &profiles[i]->observations[place];

		nat_observe(t->port_kept, inside->port == outside->port);
		nat_observe(t->parity_kept, inside->port % 2 == outside->port % 2);
		if (addr_any(last))
			nat_observe(t->pool_paired, memcmp(last, &outside->ip, sizeof(*last)) == 0);
	}
	if (last)
		*last = outside->ip;
}

/*
 * The remotes to compare_remotes with: the newest of another address, and the newest of the same address
 * with another port. More would count the same fact again.
 */
struct others {
	const struct nat_remote *address, *port;
};

#define OTHERS_LOOKED 128

static bool others_look(const struct nat_remote *b, const struct nat_remote *i,
			struct others *others)
{
	const struct endpoint *one = nat_remote_far(i), *other = nat_remote_far(b);

	if (i == b || i->inbound || addr_is_v4(&one->ip) != addr_is_v4(&other->ip))
		return false;
	if (!same_address(one, other)) {
		if (!others->address)
			others->address = i;
	} else if (!others->port && one->port != other->port) {
		others->port = i;
	}
	return others->address && others->port;
}

/*
 * From the newest on, and not far: a host that scans has a mapping, or a remote, for each of its
 * packets.
 */
static void others_find(const struct engine *e, const struct nat_remote *b, struct others *others)
{
	const struct nat_mapping *first =
					 nat_mapping_by_inside(e, (u8)b->key.proto, &b->key.inside),
				 *n = first;
	u32 looked = 0;

	do {
		const struct nat_remote *i;

		n = n->before; /* of the first one the last */
		i = n->remotes;
		while (i && looked++ < OTHERS_LOOKED) {
			i = i->prev;
			if (others_look(b, i, others))
				return;
			if (i == n->remotes)
				break;
		}
	} while (n != first && looked++ < OTHERS_LOOKED);
}

static void compare_remotes(struct nat_observations *observations, const struct nat_remote *b,
			    const struct nat_remote *other)
{
	if (other)
		behaviour_pair(observations, nat_remote_far(b), nat_remote_far(other),
			       b->entry == other->entry);
}

static void count_mapping(struct nat_profile *const profiles[], u32 count,
			  const struct nat_mapping *n)
{
	const struct addr *outside = &n->key.outside.ip;

	for (u32 i = 0; i < count; i++) {
		nat_observe(profiles[i]->observations[NAT_GATEWAY].translated, !n->plain);
		profiles[i]->outside_private |=
			!n->plain && addr_is_private(outside) && !addr_is_shared(outside);
		profiles[i]->outside_shared |= !n->plain && addr_is_shared(outside);
	}
	if (!n->plain && n->m.kind == MAPPING_DYNAMIC)
		behaviour_ports(profiles, count, NAT_GATEWAY, &n->key.inside, &n->key.outside);
}

void behaviour_remote(struct engine *e, const struct nat_remote *b, bool own, bool first)
{
	struct nat_profile *profiles[PROFILES];
	struct others others = {0};
	u32 count;

	if (b->key.proto != PROTO_UDP)
		return;
	count = behaviour_profiles(e, &b->key.inside.ip, own, profiles);
	if (!b->inbound && b->entry->m.kind == MAPPING_DYNAMIC)
		others_find(e, b, &others);
	if (first)
		count_mapping(profiles, count, b->entry);
	for (u32 i = 0; i < count; i++) {
		compare_remotes(&profiles[i]->observations[NAT_GATEWAY], b, others.address);
		compare_remotes(&profiles[i]->observations[NAT_GATEWAY], b, others.port);
	}
}

/* The mapping that packets of a WAN flow would find. */
static const struct nat_mapping *mapping_of_wan(const struct engine *e, const struct flow *wan)
{
	const struct nat_mapping *n = nat_mapping_by_outside(e, wan->key.proto, flow_local(wan));

	return n && n->m.kind == MAPPING_DYNAMIC ? n : NULL;
}

enum filter_test behaviour_filter_test(const struct engine *e, const struct flow *wan)
{
	const struct nat_mapping *n = wan->key.proto == PROTO_UDP ? mapping_of_wan(e, wan) : NULL;
	enum filter_test test = FILTER_ADDRESS;
	const struct nat_remote *b;

	if (!n)
		return FILTER_NONE;
	DL_FOREACH(n->remotes, b)
	{
		if (endpoint_equal(nat_remote_far(b), flow_remote(wan)))
			return FILTER_NONE;
		if (same_address(nat_remote_far(b), flow_remote(wan)))
			test = FILTER_PORT;
	}
	return wan->filter_observed & 1u << test ? FILTER_NONE : test;
}

void behaviour_filtering(struct engine *e, struct flow *wan, enum filter_test test, bool open)
{
	const struct nat_mapping *n = mapping_of_wan(e, wan);
	struct nat_profile *profiles[PROFILES];
	u32 count = n && !(wan->filter_observed & 1u << test)
			    ? behaviour_profiles(e, &n->key.inside.ip, wan->own, profiles)
			    : 0;

	wan->filter_observed |= 1u << test; /* a packet that is sent again says nothing new */
	for (u32 i = 0; i < count; i++) {
		struct nat_observations *t = &profiles[i]->observations[NAT_GATEWAY];

		nat_observe(test == FILTER_ADDRESS ? t->open_to_address : t->open_to_port, open);
	}
}

void behaviour_hairpinning(struct engine *e, const struct flow *lan, bool hairpinned)
{
	struct nat_profile *profiles[PROFILES];
	u32 count = behaviour_profiles(e, &flow_local(lan)->ip, false, profiles);

	for (u32 i = 0; i < count; i++)
		nat_observe(profiles[i]->observations[NAT_GATEWAY].hairpinned, hairpinned);
}

/* Of two that exclude each other the newer one holds: the timer may have been changed. */
static void observe_lifetime(struct nat_observations *t, u32 seconds, bool kept)
{
	t->lifetimes++;
	if (kept && seconds > t->at_least_s)
		t->at_least_s = seconds;
	if (!kept && (!t->at_most_s || seconds < t->at_most_s))
		t->at_most_s = seconds;
	if (t->at_most_s && t->at_least_s > t->at_most_s)
		*(kept ? &t->at_most_s : &t->at_least_s) = 0;
}

void behaviour_lifetime(struct engine *e, const struct addr *inside, enum nat_place place,
			u64 silence_ns, bool kept)
{
	struct nat_profile *profiles[PROFILES];
	u32 count = behaviour_profiles(e, inside, false, profiles);

	for (u32 i = 0; i < count; i++)
		observe_lifetime(&profiles[i]->observations[place],
				 (u32)((silence_ns + NS_PER_S / 2) / NS_PER_S), kept);
}
