/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Counting of observations, and which profiles they count for. */
#include <string.h>

#include "engine/nat/profile.h"
#include "util/time.h"

struct profile_set nat_profiles_of(struct nat_profiles *profiles, const struct addr *inside,
				   bool own)
{
	struct nat_profile *host = profiles->of_host(profiles->arg, inside);
	struct profile_set set = {.count = 0};

	if (host)
		set.of[set.count++] = host;
	if (!own || !profiles->has_lan)
		set.of[set.count++] = &profiles->all[!addr_is_v4(inside)];
	return set;
}

/* When there are so many, all of them count half from then on. */
#define OBSERVATIONS_MAX 64

void nat_observe(struct observed *observed, bool yes)
{
	if (yes)
		observed->yes++;
	else
		observed->no++;
	if (observed->yes + observed->no < OBSERVATIONS_MAX)
		return;
	observed->yes /= 2;
	observed->no /= 2;
}

void nat_observe_pair(struct nat_observations *o, const struct endpoint *a,
		      const struct endpoint *b, bool same)
{
	bool one_address = memcmp(&a->ip, &b->ip, sizeof(a->ip)) == 0;

	nat_observe(one_address ? &o->same_by_port : &o->same_by_address, same);
}

/* Of two observations that exclude each other the newer one holds: the timer may have changed. */
void nat_observe_lifetime(struct nat_observations *o, u64 silence_ns, bool kept)
{
	u32 seconds = (u32)((silence_ns + NS_PER_S / 2) / NS_PER_S);

	o->lifetimes++;
	if (kept && seconds > o->at_least_s)
		o->at_least_s = seconds;
	if (!kept && (!o->at_most_s || seconds < o->at_most_s))
		o->at_most_s = seconds;
	if (o->at_most_s && o->at_least_s > o->at_most_s)
		*(kept ? &o->at_most_s : &o->at_least_s) = 0;
}

static bool is_set(const struct addr *a)
{
	static const struct addr none;

	return memcmp(a, &none, sizeof(none)) != 0;
}

void nat_observe_ports(const struct profile_set *profiles, enum nat_place place,
		       const struct endpoint *inside, const struct endpoint *outside)
{
	/* Pooling is a property of one host's mappings: the last one is that of the host. */
	struct addr *last = profiles->count ? &profiles->of[0]->last_outside[place] : NULL;

	for (u32 i = 0; i < profiles->count; i++) {
		struct nat_observations *o = &profiles->of[i]->observations[place];

		nat_observe(&o->port_kept, inside->port == outside->port);
		nat_observe(&o->parity_kept, inside->port % 2 == outside->port % 2);
		if (is_set(last))
			nat_observe(&o->pool_paired, !memcmp(last, &outside->ip, sizeof(*last)));
	}
	if (last)
		*last = outside->ip;
}

bool nat_profile_is_empty(const struct nat_profile *profile)
{
	static const struct nat_observations none[NAT_PLACES];

	return memcmp(profile->observations, none, sizeof(none)) == 0;
}
