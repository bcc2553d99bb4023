/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From observations to RFC 4787's words. What too few of them tell stays undetermined; what it is
 * not is told.
 */
#include <string.h>

#include "engine/nat/profile.h"

/* One packet may be lost and one port may be taken: two observations that speak the same way. */
#define SUFFICE 2
/* By chance every second port has the parity of any other. */
#define PARITY_SUFFICES 8

#define NOT(behaviour) (1u << (behaviour))

static struct trait trait_of(enum behaviour value, u32 samples, u32 contrary)
{
	return (struct trait){.value = (u8)value, .samples = samples, .contrary = contrary};
}

static u32 vote_sum(const u32 votes[VOTES])
{
	return votes[FOR] + votes[AGAINST];
}

/* What most observations say, when there are enough for that word. */
static struct trait trait_by_majority(const u32 votes[VOTES], enum behaviour yes, u32 yes_needs,
				      enum behaviour no, u32 no_needs)
{
	if (votes[FOR] >= votes[AGAINST] && votes[FOR] >= yes_needs)
		return trait_of(yes, vote_sum(votes), votes[AGAINST]);
	if (votes[AGAINST] > votes[FOR] && votes[AGAINST] >= no_needs)
		return trait_of(no, vote_sum(votes), votes[FOR]);
	return trait_of(BEHAVIOUR_UNDETERMINED, vote_sum(votes), 0);
}

/* One that speaks against it is no chance: what is trait_if_always so, once is not. */
static struct trait trait_if_always(const u32 votes[VOTES], enum behaviour yes, u32 yes_needs,
				    enum behaviour no)
{
	const u32 never[VOTES] = {[AGAINST] = votes[AGAINST]};
	struct trait t =
		trait_by_majority(votes[AGAINST] ? never : votes, yes, yes_needs, no, SUFFICE);

	t.samples = vote_sum(votes);
	return t;
}

static bool mostly_for(const u32 votes[VOTES])
{
	return votes[FOR] >= votes[AGAINST] && votes[FOR] >= SUFFICE;
}

static bool mostly_against(const u32 votes[VOTES])
{
	return votes[AGAINST] > votes[FOR] && votes[AGAINST] >= SUFFICE;
}

/*
 * Mapping and filtering have the same three degrees. `address` speaks of other addresses, `port` of
 * other ports of one address: what depends on the port depends on the address, too.
 */
static struct trait trait_by_degree(const u32 address[VOTES], const u32 port[VOTES])
{
	u32 samples = vote_sum(address) + vote_sum(port);
	struct trait t = trait_of(BEHAVIOUR_UNDETERMINED, samples, 0);

	if (mostly_against(port))
		return trait_of(BEHAVIOUR_PORT_DEPENDENT, samples, address[FOR] + port[FOR]);
	if (mostly_for(address))
		return trait_of(BEHAVIOUR_ENDPOINT_INDEPENDENT, samples,
				address[AGAINST] + port[AGAINST]);
	if (mostly_against(address) && mostly_for(port))
		return trait_of(BEHAVIOUR_ADDRESS_DEPENDENT, samples, address[FOR] + port[AGAINST]);
	if (mostly_against(address))
		t.excluded |= NOT(BEHAVIOUR_ENDPOINT_INDEPENDENT);
	if (mostly_for(port))
		t.excluded |= NOT(BEHAVIOUR_PORT_DEPENDENT);
	return t;
}

static void behaviour_traits(const struct nat_observations *t, struct nat_behaviour *b)
{
	/* a translation is seen as it is, and needs no second one */
	b->translates = trait_by_majority(t->translated, BEHAVIOUR_YES, 1, BEHAVIOUR_NO, 1);
	b->mapping = trait_by_degree(t->same_by_address, t->same_by_port);
	b->filtering = trait_by_degree(t->open_to_address, t->open_to_port);
	b->port_preservation =
		trait_by_majority(t->port_kept, BEHAVIOUR_YES, SUFFICE, BEHAVIOUR_NO, SUFFICE);
	b->parity = trait_if_always(t->parity_kept, BEHAVIOUR_YES, PARITY_SUFFICES, BEHAVIOUR_NO);
	b->pooling =
		trait_if_always(t->pool_paired, BEHAVIOUR_PAIRED, SUFFICE, BEHAVIOUR_ARBITRARY);
	b->hairpinning =
		trait_by_majority(t->hairpinned, BEHAVIOUR_YES, SUFFICE, BEHAVIOUR_NO, SUFFICE);
	b->lifetime_samples = t->lifetimes;
	b->lifetime_at_least = t->at_least_s;
	b->lifetime_at_most = t->at_most_s;
}

/*
 * A peer on our side of the NAT further out sees our address as it is: one that sees another is
 * enough.
 */
static enum upstream upstream_kind(const struct nat_profile *profile)
{
	const struct nat_observations *t = &profile->observations[NAT_UPSTREAM];

	if (profile->outside_shared)
		return UPSTREAM_CARRIER_GRADE;
	if (t->translated[FOR])
		return profile->outside_private ? UPSTREAM_DOUBLE_NAT : UPSTREAM_NAT;
	return t->translated[AGAINST] >= SUFFICE ? UPSTREAM_NONE : UPSTREAM_UNDETERMINED;
}

/*
 * The stricter_behaviour of two NATs in a row is what the way does; of one that is not known only the
 * strictest says all.
 */
static enum behaviour stricter_behaviour(enum behaviour a, enum behaviour b)
{
	if (a == BEHAVIOUR_PORT_DEPENDENT || b == BEHAVIOUR_PORT_DEPENDENT)
		return BEHAVIOUR_PORT_DEPENDENT;
	if (a == BEHAVIOUR_UNDETERMINED || b == BEHAVIOUR_UNDETERMINED)
		return BEHAVIOUR_UNDETERMINED;
	return a > b ? a : b;
}

static enum behaviour path_behaviour(const struct nat_view *view, const struct trait *gateway,
				     const struct trait *upstream)
{
	if (view->upstream_kind == UPSTREAM_NONE)
		return gateway->value;
	return stricter_behaviour(gateway->value, upstream->value);
}

static enum meaning path_meaning(enum behaviour mapping, enum behaviour filtering)
{
	if (mapping == BEHAVIOUR_UNDETERMINED)
		return MEANING_UNDETERMINED;
	if (mapping != BEHAVIOUR_ENDPOINT_INDEPENDENT)
		return MEANING_SYMMETRIC;
	switch (filtering) {
	case BEHAVIOUR_ENDPOINT_INDEPENDENT:
		return MEANING_OPEN;
	case BEHAVIOUR_ADDRESS_DEPENDENT:
		return MEANING_ADDRESS_FILTER;
	case BEHAVIOUR_PORT_DEPENDENT:
		return MEANING_PORT_FILTER;
	default:
		return MEANING_ANY_FILTER;
	}
}

void behaviour_view(const struct nat_profile *profile, struct nat_view *view)
{
	behaviour_traits(&profile->observations[NAT_GATEWAY], &view->gateway);
	behaviour_traits(&profile->observations[NAT_UPSTREAM], &view->upstream);
	view->upstream_kind = (u8)upstream_kind(profile);
	view->mapping = (u8)path_behaviour(view, &view->gateway.mapping, &view->upstream.mapping);
	view->filtering =
		(u8)path_behaviour(view, &view->gateway.filtering, &view->upstream.filtering);
	view->meaning = (u8)path_meaning(view->mapping, view->filtering);
}

bool nat_profile_is_empty(const struct nat_profile *profile)
{
	static const struct nat_observations none[NAT_PLACES];

	return memcmp(profile->observations, none, sizeof(none)) == 0;
}
