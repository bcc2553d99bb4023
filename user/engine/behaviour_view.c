/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From observations to RFC 4787's words. What too few of them tell stays undetermined; what it is not is told. */
#include "engine/state.h"

/* One packet may be lost and one port may be taken: two observations that speak the same way. */
#define SUFFICE 2
/* By chance every second port has the parity of any other. */
#define PARITY_SUFFICES 8

#define NOT(behaviour) (1u << (behaviour))

static struct trait trait_of(enum behaviour value, u32 samples, u32 contrary)
{
	return (struct trait){.value = (u8)value, .samples = samples, .contrary = contrary};
}

/* What most observations say, when there are enough. */
static struct trait majority(u32 yes, u32 no, u32 enough, enum behaviour if_yes, enum behaviour if_no)
{
	if (yes >= no && yes >= enough)
		return trait_of(if_yes, yes + no, no);
	if (no > yes && no >= enough)
		return trait_of(if_no, yes + no, yes);
	return trait_of(BEHAVIOUR_UNDETERMINED, yes + no, 0);
}

/*
 * Mapping and filtering have the same three degrees. `free`/`bound` speak of other addresses, `port_free`/`port_bound` of
 * other ports of one address: what is bound to a port is bound to an address, too.
 */
static struct trait degree(u32 free, u32 bound, u32 port_free, u32 port_bound)
{
	u32 samples = free + bound + port_free + port_bound;
	struct trait t = trait_of(BEHAVIOUR_UNDETERMINED, samples, 0);

	if (port_bound > port_free && port_bound >= SUFFICE)
		return trait_of(BEHAVIOUR_PORT_DEPENDENT, samples, port_free + free);
	if (free >= bound && free >= SUFFICE)
		return trait_of(BEHAVIOUR_ENDPOINT_INDEPENDENT, samples, bound + port_bound);
	if (bound > free && bound >= SUFFICE) {
		t.excluded = NOT(BEHAVIOUR_ENDPOINT_INDEPENDENT);
		if (port_free >= SUFFICE)
			return trait_of(BEHAVIOUR_ADDRESS_DEPENDENT, samples, free + port_bound);
	}
	if (port_free > port_bound && port_free >= SUFFICE)
		t.excluded |= NOT(BEHAVIOUR_PORT_DEPENDENT);
	return t;
}

static void behaviours(const struct nat_tally *t, struct nat_behaviour *b)
{
	b->translates = majority(t->translated, t->untranslated, 1, BEHAVIOUR_YES, BEHAVIOUR_NO);
	b->mapping = degree(t->address_same, t->address_differs, t->port_same, t->port_differs);
	b->filtering = degree(t->address_open, t->address_shut, t->port_open, t->port_shut);
	b->port_preservation = majority(t->port_kept, t->port_changed, SUFFICE, BEHAVIOUR_YES, BEHAVIOUR_NO);
	b->parity = t->parity_changed ? majority(0, t->parity_changed, SUFFICE, BEHAVIOUR_YES, BEHAVIOUR_NO)
				      : majority(t->parity_kept, 0, PARITY_SUFFICES, BEHAVIOUR_YES, BEHAVIOUR_NO);
	b->parity.samples = t->parity_kept + t->parity_changed;
	/* One mapping elsewhere is no pool that pairs. */
	b->pooling = t->pool_differs ? majority(0, t->pool_differs, SUFFICE, BEHAVIOUR_PAIRED, BEHAVIOUR_ARBITRARY)
				     : majority(t->pool_same, 0, SUFFICE, BEHAVIOUR_PAIRED, BEHAVIOUR_ARBITRARY);
	b->pooling.samples = t->pool_same + t->pool_differs;
	b->hairpinning = majority(t->turned, t->not_turned, SUFFICE, BEHAVIOUR_YES, BEHAVIOUR_NO);
	b->lifetime_samples = t->lifetimes;
	b->lifetime_at_least = t->at_least_s;
	b->lifetime_at_most = t->at_most_s;
}

/* A peer on our side of the NAT further out sees our address as it is: one that sees another is enough. */
static enum upstream upstream_kind(const struct nat_box *box)
{
	const struct nat_tally *t = &box->tally[NAT_UPSTREAM];

	if (box->outside_shared)
		return UPSTREAM_CARRIER_GRADE;
	if (t->translated)
		return box->outside_private ? UPSTREAM_DOUBLE_NAT : UPSTREAM_NAT;
	return t->untranslated >= SUFFICE ? UPSTREAM_NONE : UPSTREAM_UNDETERMINED;
}

/* The stricter of two NATs in a row is what the way does; of one that is not known only the strictest says all. */
static enum behaviour stricter(enum behaviour a, enum behaviour b)
{
	if (a == BEHAVIOUR_PORT_DEPENDENT || b == BEHAVIOUR_PORT_DEPENDENT)
		return BEHAVIOUR_PORT_DEPENDENT;
	if (a == BEHAVIOUR_UNDETERMINED || b == BEHAVIOUR_UNDETERMINED)
		return BEHAVIOUR_UNDETERMINED;
	return a > b ? a : b;
}

static enum behaviour of_way(const struct nat_view *view, const struct trait *gateway, const struct trait *upstream)
{
	if (view->upstream_kind == UPSTREAM_NONE)
		return gateway->value;
	return stricter(gateway->value, upstream->value);
}

static enum meaning meaning_of(enum behaviour mapping, enum behaviour filtering)
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

void behaviour_view(const struct nat_box *box, struct nat_view *view)
{
	behaviours(&box->tally[NAT_GATEWAY], &view->gateway);
	behaviours(&box->tally[NAT_UPSTREAM], &view->upstream);
	view->upstream_kind = (u8)upstream_kind(box);
	view->mapping = (u8)of_way(view, &view->gateway.mapping, &view->upstream.mapping);
	view->filtering = (u8)of_way(view, &view->gateway.filtering, &view->upstream.filtering);
	view->meaning = (u8)meaning_of(view->mapping, view->filtering);
}
