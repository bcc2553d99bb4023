/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>

#include "engine/point_sides.h"
#include "engine/session_view.h"
#include "engine/state.h"
#include "p2pscope/flow.h"

#define POINTS_MAX 64

struct point_table {
	u8 side_of[POINT_SLOTS]; /* 1 + enum side, by ifindex % POINT_SLOTS */
	u32 ifindex[POINTS_MAX];
	u32 count; /* ever */
	struct point_cover cover[2]; /* by enum side */
};

int point_sides_begin(struct engine *e)
{
	e->points = calloc(1, sizeof(*e->points));
	return e->points ? 0 : -ENOMEM;
}

void point_sides_free(struct engine *e)
{
	free(e->points);
}

/* An interface that is deleted comes back with another index: the oldest one gives its place. */
static void point_remember(struct point_table *p, u32 ifindex)
{
	for (u32 i = 0; i < p->count && i < POINTS_MAX; i++)
		if (p->ifindex[i] == ifindex)
			return;
	p->ifindex[p->count++ % POINTS_MAX] = ifindex;
}

void point_set_side(struct engine *e, u32 ifindex, u8 side)
{
	point_remember(e->points, ifindex);
	e->points->side_of[ifindex % POINT_SLOTS] = 1 + side;
	if (side == SIDE_LAN)
		e->has_lan = 1;
}

int point_side(const struct engine *e, u32 ifindex)
{
	return e->points->side_of[ifindex % POINT_SLOTS] - 1;
}

void point_set_cover(struct engine *e, u8 side, const struct point_cover *cover)
{
	e->points->cover[side] = *cover;
}

const struct point_cover *point_cover(const struct engine *e, u8 side)
{
	return &e->points->cover[side];
}

const u32 *point_sides_known(const struct engine *e, u32 *count)
{
	*count = e->points->count < POINTS_MAX ? e->points->count : POINTS_MAX;
	return e->points->ifindex;
}
