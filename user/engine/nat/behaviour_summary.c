/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From observations to the properties that RFC 4787 defines. */
#include "engine/nat/behaviour_summary.h"

/* One packet may be lost and one port may be taken: two observations have to agree. */
#define SUFFICE 2
/* By chance every second port has the parity of any other. */
#define PARITY_SUFFICES 8

#define NOT(behaviour) (1u << (behaviour))

static struct trait trait_of(enum behaviour value, u32 samples, u32 contrary)
{
	return (struct trait){.value = (u8)value, .samples = samples, .contrary = contrary};
}

static u32 observed_sum(const struct observed *o)
{
	return o->yes + o->no;
}

/* What most observations say, when there are enough of them. */
static struct trait trait_by_majority(const struct observed *o, enum behaviour yes, u32 yes_needs,
				      enum behaviour no, u32 no_needs)
{
	if (o->yes >= o->no && o->yes >= yes_needs)
		return trait_of(yes, observed_sum(o), o->no);
	if (o->no > o->yes && o->no >= no_needs)
		return trait_of(no, observed_sum(o), o->yes);
	return trait_of(BEHAVIOUR_UNDETERMINED, observed_sum(o), 0);
}

/* What holds only if it always does: one observation against it outweighs all that speak for it. */
static struct trait trait_if_always(const struct observed *o, enum behaviour yes, u32 yes_needs,
				    enum behaviour no)
{
	const struct observed never = {.no = o->no};
	struct trait t = trait_by_majority(o->no ? &never : o, yes, yes_needs, no, SUFFICE);

	t.samples = observed_sum(o);
	return t;
}

static bool mostly_yes(const struct observed *o)
{
	return o->yes >= o->no && o->yes >= SUFFICE;
}

static bool mostly_no(const struct observed *o)
{
	return o->no > o->yes && o->no >= SUFFICE;
}

/*
 * Mapping (section 4.1) and filtering (section 5) have the same three degrees. `address` holds
 * observations of different addresses, `port` those of different ports of one address: what depends
 * on the port depends on the address, too.
 */
static struct trait trait_by_degree(const struct observed *address, const struct observed *port)
{
	u32 samples = observed_sum(address) + observed_sum(port);
	struct trait t = trait_of(BEHAVIOUR_UNDETERMINED, samples, 0);

	if (mostly_no(port))
		return trait_of(BEHAVIOUR_PORT_DEPENDENT, samples, address->yes + port->yes);
	if (mostly_yes(address))
		return trait_of(BEHAVIOUR_ENDPOINT_INDEPENDENT, samples, address->no + port->no);
	if (mostly_no(address) && mostly_yes(port))
		return trait_of(BEHAVIOUR_ADDRESS_DEPENDENT, samples, address->yes + port->no);
	if (mostly_no(address))
		t.excluded |= NOT(BEHAVIOUR_ENDPOINT_INDEPENDENT);
	if (mostly_yes(port))
		t.excluded |= NOT(BEHAVIOUR_PORT_DEPENDENT);
	return t;
}

static void behaviour_of_nat(const struct nat_observations *o, struct nat_behaviour *b)
{
	/* A translation shows in a single packet. */
	b->translates = trait_by_majority(&o->translated, BEHAVIOUR_YES, 1, BEHAVIOUR_NO, 1);
	b->mapping = trait_by_degree(&o->same_by_address, &o->same_by_port);
	b->filtering = trait_by_degree(&o->open_to_address, &o->open_to_port);
	b->port_preservation =
		trait_by_majority(&o->port_kept, BEHAVIOUR_YES, SUFFICE, BEHAVIOUR_NO, SUFFICE);
	b->parity = trait_if_always(&o->parity_kept, BEHAVIOUR_YES, PARITY_SUFFICES, BEHAVIOUR_NO);
	b->pooling =
		trait_if_always(&o->pool_paired, BEHAVIOUR_PAIRED, SUFFICE, BEHAVIOUR_ARBITRARY);
	b->hairpinning =
		trait_by_majority(&o->hairpinned, BEHAVIOUR_YES, SUFFICE, BEHAVIOUR_NO, SUFFICE);
	b->lifetime_samples = o->lifetimes;
	b->lifetime_at_least = o->at_least_s;
	b->lifetime_at_most = o->at_most_s;
}

/*
 * A peer on our side of the NAT further out sees our address untranslated. So one peer that sees
 * another address proves that NAT, and one that sees ours does not disprove it.
 */
static enum upstream upstream_kind(const struct nat_profile *profile)
{
	const struct observed *translated = &profile->observations[NAT_UPSTREAM].translated;

	if (profile->outside_shared)
		return UPSTREAM_CARRIER_GRADE;
	if (translated->yes)
		return profile->outside_private ? UPSTREAM_DOUBLE_NAT : UPSTREAM_NAT;
	return translated->no >= SUFFICE ? UPSTREAM_NONE : UPSTREAM_UNDETERMINED;
}

/*
 * Two NATs in a row do together what the stricter one does. If one is undetermined, so are both
 * together, unless the other one is as strict as can be.
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
	behaviour_of_nat(&profile->observations[NAT_GATEWAY], &view->gateway);
	behaviour_of_nat(&profile->observations[NAT_UPSTREAM], &view->upstream);
	view->upstream_kind = (u8)upstream_kind(profile);
	view->mapping = (u8)path_behaviour(view, &view->gateway.mapping, &view->upstream.mapping);
	view->filtering =
		(u8)path_behaviour(view, &view->gateway.filtering, &view->upstream.filtering);
	view->meaning = (u8)path_meaning(view->mapping, view->filtering);
}
