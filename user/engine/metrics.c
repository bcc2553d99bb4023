/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Counters over all sessions. */
#include "engine/label_sets.h"
#include "engine/state.h"

const double engine_bounds[HISTOGRAM_BUCKETS] = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
						 0.5,   1,    2.5,   5,    10,  30};

const double jitter_bounds[HISTOGRAM_BUCKETS] = {0.0005, 0.001, 0.002, 0.005, 0.01, 0.02,
						 0.03,   0.05,  0.1,   0.2,   0.5,  1};

void metrics_observe(struct histogram *h, const double *bounds, double seconds)
{
	unsigned int i = 0;

	while (i < HISTOGRAM_BUCKETS && seconds > bounds[i])
		i++;
	h->bucket[i]++;
	h->count++;
	h->sum += seconds;
}

void metrics_turn(struct engine *e, u16 method, u16 code)
{
	label_sets_turn(&e->metrics, method, code);
}

/* A verdict counts when it is given, and again only if it turns into another one. */
void metrics_verdict(struct engine *e, struct session_state *s)
{
	if (s->counted_verdict == s->s.verdict || s->s.verdict == VERDICT_PENDING)
		return;
	s->counted_verdict = s->s.verdict;
	label_sets_verdict(&e->metrics, &s->s);
}
