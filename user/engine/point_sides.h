/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The observed interfaces: on which side of the gateway each of them lies. */
#ifndef P2PSCOPE_ENGINE_POINT_SIDES_H
#define P2PSCOPE_ENGINE_POINT_SIDES_H

#include "p2pscope/types.h"

struct engine;

/* Returns 0 or -ENOMEM. */
int point_sides_begin(struct engine *e);
void point_sides_free(struct engine *e);

/* Takes in on which side, enum side, an interface lies; again with another side changes it. */
void point_set_side(struct engine *e, u32 ifindex, u8 side);
/* Returns the side of an interface, enum side, or -1 when it is not known. */
int point_side(const struct engine *e, u32 ifindex);

/* Between which times the packets of a side are seen; both 0: always. */
struct point_cover {
	u64 from_ns, to_ns;
};

/* Sets and returns that of a side, enum side. */
void point_set_cover(struct engine *e, u8 side, const struct point_cover *cover);
const struct point_cover *point_cover(const struct engine *e, u8 side);

/*
 * Returns the indexes of the interfaces that were said to be there, `count` of them, in no
 * particular order. They belong to the engine.
 */
const u32 *point_sides_known(const struct engine *e, u32 *count);

#endif
