/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The time for which packets of a side of the gateway are seen. Live that is always; of two
 * captures one may begin later or end sooner than the other. That a packet came in at one side and
 * never left at the other can be told only of the time for which the other is seen.
 */
#ifndef P2PSCOPE_ENGINE_COVER_H
#define P2PSCOPE_ENGINE_COVER_H

#include "engine/flow.h"

struct engine;

/* Returns whether an interface on that side, enum side, is seen all the time between the two. */
bool side_is_covered(const struct engine *e, u8 side, u64 from_ns, u64 to_ns);

/*
 * Takes in that the checks of a flow, going in at its side of the gateway, are more than the
 * `before` that were known, as of that time.
 */
void flow_cover(struct engine *e, struct flow *f, u32 before, u64 time_ns);

/* The checks that went in at a flow's side while the other side was seen. */
struct covered_checks {
	u32 count;
	u64 first_ns, last_ns; /* 0 when there are none */
};

struct covered_checks flow_covered_checks(const struct flow *f);

#endif
