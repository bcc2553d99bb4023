/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Packets on their way through the gateway. */
#include <stdlib.h>
#include <string.h>

#include "engine/flows.h"
#include "engine/nat/behaviour.h"
#include "engine/nat/mapping.h"
#include "engine/nat/nat_state.h"
#include "engine/nat/stitching.h"
#include "engine/state.h"
#include "util/time.h"

/* A packet passes a gateway in far less time; later the same id is another packet. */
#define STITCHING_NS (2 * NS_PER_S)
/*
 * A request that its sender repeats, half a second later at the earliest, may find open what was
 * shut before.
 */
#define STITCHING_AT_ONCE_NS (100 * NS_PER_MS)
#define STITCHINGS_MAX 65536

/* A transaction that was seen at one point so far. */
struct stitching {
	u8 id[12];
	UT_hash_handle hh;
	struct flow_key seen; /* where */
	u64 time_ns;
	u8 cls; /* enum stun_class */
	u8 test; /* enum filter_test: what it says if it comes through, and if not */
	u8 hairpin; /* it goes to an outside endpoint of our own */
};

/* Counts that the packet came through, or did not: filtering and hairpinning. */
static void stitching_settle(struct engine *e, const struct stitching *s, bool through)
{
	struct nat_profiles *profiles = &e->nat->profiles;
	struct flow *f = s->test || s->hairpin ? flow_find(e, &s->seen) : NULL;

	if (!f)
		return;
	if (s->test)
		behaviour_filtering(profiles, &e->nat->table, f, s->test, through);
	if (s->hairpin)
		behaviour_hairpinning(profiles, &flow_local(f)->ip, through);
}

static void stitching_drop(struct nat *nat, struct stitching *s)
{
	HASH_DEL(nat->stitchings, s);
	free(s);
}

/* uthash keeps the order of insertion, so the oldest come first. */
void stitchings_expire(struct engine *e)
{
	struct stitching *s, *tmp;

	HASH_ITER(hh, e->nat->stitchings, s, tmp) {
		if (s->time_ns + STITCHING_NS > e->now &&
		    HASH_COUNT(e->nat->stitchings) < STITCHINGS_MAX)
			break;
		stitching_settle(e, s, false);
		stitching_drop(e->nat, s);
	}
}

void stitchings_free(struct nat *nat)
{
	struct stitching *s, *tmp;

	HASH_ITER(hh, nat->stitchings, s, tmp)
		stitching_drop(nat, s);
}

static bool is_hairpin(const struct nat *nat, const struct flow *f)
{
	const struct nat_mapping *m =
		nat_mapping_by_outside(&nat->table, f->key.proto, flow_remote(f));

	return m && !m->plain;
}

static void stitching_new(struct engine *e, const struct flow *f, const struct event *event)
{
	struct stitching *s = calloc(1, sizeof(*s));

	if (!s)
		return;
	memcpy(s->id, event->stun.id, sizeof(s->id));
	s->seen = f->key;
	s->time_ns = event->time_ns;
	s->cls = event->stun.cls;
	if (event->dir == DIR_IN && s->cls == STUN_REQUEST && !f->key.relayed) {
		s->test = f->side == SIDE_WAN ? behaviour_filter_test(&e->nat->table, f)
					      : FILTER_NONE;
		s->hairpin = f->side == SIDE_LAN && is_hairpin(e->nat, f);
	}
	HASH_ADD(hh, e->nat->stitchings, id, sizeof(s->id), s);
}

/*
 * Works out the translation of a packet that came in on `first` and left on `second`. An answer
 * goes back to who began.
 */
static struct translation stitching_translation(const struct nat *nat, const struct flow *first,
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
		/* hairpinned into the LAN: the other host sees whom it came from */
		t.inbound = false;
		t.outside = *flow_remote(second);
		t.far = *flow_local(second);
		t.kind = is_hairpin(nat, first) ? MAPPING_HAIRPIN : MAPPING_DYNAMIC;
	}
	return t;
}

static void make_twins(struct flow *a, struct flow *b)
{
	if (a->twin == b)
		return;
	if (a->twin)
		a->twin->twin = NULL;
	if (b->twin)
		b->twin->twin = NULL;
	a->own = b->own = 0;
	a->twin = b;
	b->twin = a;
	leg_inside_trim(a);
	leg_inside_trim(b);
}

void stitching_join(struct engine *e, struct flow *seen, struct flow *f, const struct event *event)
{
	struct translation t;
	struct nat_remote *r;

	make_twins(seen, f);
	/*
	 * A pair inside TURN has the mapping of the flow that carries it; between two points of the
	 * WAN there is none.
	 */
	if (f->key.relayed || (seen->side != SIDE_LAN && f->side != SIDE_LAN))
		return;
	t = stitching_translation(e->nat, seen, f, event->stun.cls >= STUN_SUCCESS);
	r = nat_mapping_learn(e->nat, &t, e->now);
	if (r && event->known)
		nat_mapping_hold(&e->nat->table, r->mapping);
}

/* The same id again. Returns the flow of its first point if it was the same packet, else NULL. */
static struct flow *stitching_met(struct engine *e, struct stitching *s, struct flow *f,
				  const struct event *event)
{
	struct flow *seen = s->cls == event->stun.cls ? flow_find(e, &s->seen) : NULL;
	bool through = seen && seen != f && event->time_ns < s->time_ns + STITCHING_AT_ONCE_NS;

	stitching_settle(e, s, through);
	stitching_drop(e->nat, s);
	if (!seen || seen == f)
		return NULL;
	stitching_join(e, seen, f, event);
	return seen;
}

struct flow *stitching_event(struct engine *e, struct flow *f, const struct event *event)
{
	struct flow *seen = NULL;
	struct stitching *s;

	stitchings_expire(e);
	HASH_FIND(hh, e->nat->stitchings, event->stun.id, sizeof(event->stun.id), s);
	if (s)
		seen = stitching_met(e, s, f, event);
	if (!seen)
		stitching_new(e, f, event);
	return seen;
}
