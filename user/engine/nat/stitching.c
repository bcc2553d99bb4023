/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Stitching: a STUN transaction id is unique (RFC 8489 section 5), so the same one at a second
 * point is the same packet, and its two 5-tuples are the two sides of one mapping. A packet that
 * came in from outside and shows at no second point was kept out.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/flows.h"
#include "engine/nat/nat.h"
#include "engine/state.h"
#include "util/time.h"

/* A packet crosses a gateway in far less; longer, and an id that comes again is another packet. */
#define STITCHING_NS (2 * NS_PER_S)
/*
 * Repeated by its sender, a request may find open what was shut before: half a second later at the
 * earliest.
 */
#define AT_ONCE_NS (100 * NS_PER_MS)
#define STITCHINGS_MAX 65536

/*
 * A transaction on its way through the gateway: the first point that showed it. RFC 8489 section 5:
 * the id is unique.
 */
struct stitching {
	u8 id[12];
	UT_hash_handle hh;
	struct flow_key seen; /* where */
	u64 time_ns;
	u8 cls;
	u8 test; /* enum filter_test: what it says if it comes through, and if not */
	u8 hairpin; /* it goes to an outside endpoint of our own */
};

/* What it says of filtering and hairpinning when a packet did or did not come through. */
static void stitching_settle(struct engine *e, const struct stitching *c, bool through)
{
	struct flow *f = c->test || c->hairpin ? flow_find(e, &c->seen) : NULL;

	if (!f)
		return;
	if (c->test)
		behaviour_filtering(e, f, c->test, through);
	if (c->hairpin)
		behaviour_hairpinning(e, f, through);
}

static void stitching_drop(struct engine *e, struct stitching *c)
{
	HASH_DEL(e->stitchings, c);
	free(c);
}

/* uthash keeps the order of insertion, so the oldest come first. */
void stitchings_expire(struct engine *e)
{
	struct stitching *c, *tmp;

	HASH_ITER(hh, e->stitchings, c, tmp) {
		if (c->time_ns + STITCHING_NS > e->now &&
		    HASH_COUNT(e->stitchings) < STITCHINGS_MAX)
			break;
		stitching_settle(e, c, false);
		stitching_drop(e, c);
	}
}

void stitchings_free(struct engine *e)
{
	struct stitching *c, *tmp;

	HASH_ITER(hh, e->stitchings, c, tmp)
		stitching_drop(e, c);
}

static bool is_hairpin(const struct engine *e, const struct flow *f)
{
	struct nat_mapping *n = nat_mapping_by_outside(e, f->key.proto, flow_remote(f));

	return n && !n->plain;
}

static void stitching_new(struct engine *e, const struct flow *f, const struct event *event)
{
	struct stitching *c = calloc(1, sizeof(*c));

	if (!c)
		return;
	memcpy(c->id, event->stun.id, sizeof(c->id));
	c->seen = f->key;
	c->time_ns = event->time_ns;
	c->cls = event->stun.cls;
	if (event->dir == DIR_IN && c->cls == STUN_REQUEST && !f->key.relayed) {
		c->test = f->side == SIDE_WAN ? behaviour_filter_test(e, f) : FILTER_NONE;
		c->hairpin = f->side == SIDE_LAN && is_hairpin(e, f);
	}
	HASH_ADD(hh, e->stitchings, id, sizeof(c->id), c);
}

/*
 * From one side of the NAT to the other; `first` is where the packet came in. An answer goes back
 * to who began.
 */
static struct nat_remote *stitching_mapping(struct engine *e, const struct flow *first,
					    const struct flow *second, bool answer)
{
	struct translation t = {.proto = first->key.proto, .source = MAPPING_BY_STUN};
	const struct flow *lan = first->side == SIDE_LAN ? first : second;

	t.inside = *flow_local(lan);
	t.remote = *flow_remote(lan);
	t.inbound = (first->side == SIDE_WAN) != answer;
	t.kind = t.inbound ? MAPPING_FORWARD : MAPPING_DYNAMIC;
	if (first->side != second->side) {
		const struct flow *wan = first->side == SIDE_WAN ? first : second;

		t.outside = *flow_local(wan);
		t.far = *flow_remote(wan);
	} else {
		/* hairpinned back into the LAN: the other host sees whom it came from */
		t.inbound = false;
		t.outside = *flow_remote(second);
		t.far = *flow_local(second);
		t.kind = is_hairpin(e, first) ? MAPPING_HAIRPIN : MAPPING_DYNAMIC;
	}
	return nat_mapping_learn(e, &t);
}

static void stitch_flows(struct engine *e, struct flow *seen, struct flow *f,
			 const struct event *event)
{
	struct nat_remote *b;

	if (seen->twin != f) {
		if (seen->twin)
			seen->twin->twin = NULL;
		if (f->twin)
			f->twin->twin = NULL;
		seen->own = f->own = 0;
		seen->twin = f;
		f->twin = seen;
		leg_inside_trim(seen);
		leg_inside_trim(f);
	}
	/*
	 * A pair inside TURN has the mapping of the flow that carries it; between two points of the
	 * WAN there is none.
	 */
	if (!f->key.relayed && (seen->side == SIDE_LAN || f->side == SIDE_LAN)) {
		b = stitching_mapping(e, seen, f, event->stun.cls >= STUN_SUCCESS);
		if (b && event->known)
			nat_mapping_hold(e, b);
	}
}

/*
 * The same id again. Returns the flow of the first point when it was the same packet, at its second
 * point, else NULL.
 */
static struct flow *stitching_met(struct engine *e, struct stitching *c, struct flow *f,
				  const struct event *event)
{
	struct flow *seen = c->cls == event->stun.cls ? flow_find(e, &c->seen) : NULL;
	bool through = seen && seen != f && event->time_ns < c->time_ns + AT_ONCE_NS;

	stitching_settle(e, c, through);
	stitching_drop(e, c);
	if (!seen || seen == f)
		return NULL;
	stitch_flows(e, seen, f, event);
	return seen;
}

struct flow *stitching_event(struct engine *e, struct flow *f, const struct event *event)
{
	struct flow *first;
	struct stitching *c;

	stitchings_expire(e);
	HASH_FIND(hh, e->stitchings, event->stun.id, sizeof(event->stun.id), c);
	first = c ? stitching_met(e, c, f, event) : NULL;
	if (!first)
		stitching_new(e, f, event);
	return first;
}
