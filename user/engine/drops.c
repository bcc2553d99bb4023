/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <stdlib.h>

#include "engine/drops.h"

void drop_add(struct drop_sum *sum, const struct drop_sum *what)
{
	if (!what->count)
		return;
	if (!sum->count) {
		*sum = *what;
		return;
	}
	sum->count += what->count;
	if (!sum->rule)
		sum->rule = what->rule;
	if (what->last_ns > sum->last_ns)
		sum->last_ns = what->last_ns;
}

void drops_add(struct drop_sums **sums, enum blocked_kind kind, const struct drop_sum *what)
{
	if (what->count && !*sums)
		*sums = calloc(1, sizeof(**sums));
	if (what->count && *sums)
		drop_add(&(*sums)->of[kind], what);
}

static void drop_run_add(struct drop_sum *run, const struct drop_sum *what)
{
	if (run->last_ns + DROP_RUN_NS < what->first_ns)
		run->count = 0;
	drop_add(run, what);
}

void drops_add_run(struct drop_sums **sums, enum blocked_kind kind, const struct drop_sum *what)
{
	drops_add(sums, kind, what);
	if (!what->count || !*sums)
		return;
	if (!(*sums)->run)
		(*sums)->run = calloc(BLOCKED_KINDS, sizeof(*(*sums)->run));
	if ((*sums)->run)
		drop_run_add(&(*sums)->run[kind][what->heading], what);
}

void drops_free(struct drop_sums *sums)
{
	if (sums)
		free(sums->run);
	free(sums);
}
