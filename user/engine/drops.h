/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Sums of the packets that this gateway dropped, kept by flows, sessions and hosts. */
#ifndef P2PSCOPE_ENGINE_DROPS_H
#define P2PSCOPE_ENGINE_DROPS_H

#include "p2pscope/types.h"
#include "util/time.h"

struct rule_state;

/* What a drop, or a loss between two points, hit. */
enum blocked_kind { BLOCKED_CHECK, BLOCKED_DTLS, BLOCKED_MEDIA, BLOCKED_TURN, BLOCKED_KINDS };

/* Drops of one kind. */
struct drop_sum {
	u32 count;
	u32 reason; /* the kernel's number */
	u8 heading; /* enum heading */
	u8 cause; /* enum cause */
	u64 first_ns, last_ns;
	struct endpoint to; /* where the first dropped packet was going */
	struct rule_state *rule; /* the rule that dropped the first of them, NULL when not known */
};

#define DROP_HEADINGS 2 /* as in enum heading */

/* NULL stands for no drops, which is what most have. */
struct drop_sums {
	struct drop_sum of[BLOCKED_KINDS];
	/*
	 * of a session the same by heading, since the last time that there was none for
	 * DROP_RUN_NS; NULL: a flow's, of which there may be many
	 */
	struct drop_sum (*run)[DROP_HEADINGS];
};

#define DROP_RUN_NS (10 * NS_PER_S)

/* Returns the sum of one kind, which is all zero when `sums` is NULL. */
static inline const struct drop_sum *drops_of(const struct drop_sums *sums, enum blocked_kind kind)
{
	static const struct drop_sum none;

	return sums ? &sums->of[kind] : &none;
}

/* Returns the run of drops of one kind and heading, as drops_of(). */
static inline const struct drop_sum *drop_run_of(const struct drop_sums *sums,
						 enum blocked_kind kind, u8 heading)
{
	static const struct drop_sum none;

	return sums && sums->run ? &sums->run[kind][heading] : &none;
}

/* Adds one drop, or `what->count` of them, to a sum. */
void drop_add(struct drop_sum *sum, const struct drop_sum *what);

/* Does the same for one kind of `*sums`, which are made when there are none, for drops_free(). */
void drops_add(struct drop_sums **sums, enum blocked_kind kind, const struct drop_sum *what);
/* Does the same for a session's, with their runs. */
void drops_add_run(struct drop_sums **sums, enum blocked_kind kind, const struct drop_sum *what);
/* Frees sums, which may be NULL. */
void drops_free(struct drop_sums *sums);

#endif
