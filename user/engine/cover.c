/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "engine/cover.h"
#include "engine/engine.h"
#include "engine/point_sides.h"
#include "engine/state.h"
#include "util/time.h"

/* A packet that comes in has left by then, if it leaves at all. */
#define CROSSING_NS (100 * NS_PER_MS)

void engine_covers(struct engine *e, u32 ifindex, u64 from_ns, u64 to_ns)
{
	int side = point_side(e, ifindex);

	if (side >= 0)
		point_set_cover(e, (u8)side, &(struct point_cover){from_ns, to_ns});
}

bool side_is_covered(const struct engine *e, u8 side, u64 from_ns, u64 to_ns)
{
	const struct point_cover *cover = point_cover(e, side);

	return !cover->to_ns || (from_ns >= cover->from_ns && to_ns + CROSSING_NS <= cover->to_ns);
}

static enum heading going_in(const struct flow *f)
{
	return f->side == SIDE_LAN ? OUTBOUND : INBOUND;
}

static void cover_begins(struct flow *f, u64 time_ns)
{
	if (!flow_more_get(f))
		return;
	f->more->cover.before = f->leg[going_in(f)].requests;
	f->more->cover.from_ns = time_ns;
}

static void cover_ends(struct flow *f, u32 before)
{
	if (!flow_more_get(f))
		return;
	f->more->cover.over = 1;
	f->more->cover.until = before;
	f->more->cover.to_ns = f->leg[going_in(f)].request_ns;
}

void flow_cover(struct engine *e, struct flow *f, u32 before, u64 time_ns)
{
	const struct point_cover *cover = point_cover(e, !f->side);

	if (!cover->to_ns || flow_more(f)->cover.over)
		return;
	if (time_ns < cover->from_ns)
		cover_begins(f, time_ns);
	else if (time_ns + CROSSING_NS > cover->to_ns)
		cover_ends(f, before);
}

struct covered_checks flow_covered_checks(const struct flow *f)
{
	const struct flow_cover *cover = &flow_more(f)->cover;
	const struct leg *leg = &f->leg[going_in(f)];
	struct covered_checks c = {.count = cover->over ? cover->until : leg->requests};

	c.count -= cover->before < c.count ? cover->before : c.count;
	if (!c.count)
		return (struct covered_checks){0};
	c.first_ns = cover->from_ns ? cover->from_ns : f->first_ns;
	c.last_ns = cover->over ? cover->to_ns : leg->request_ns;
	return c;
}
