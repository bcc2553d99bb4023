/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>

#include "engine/label_sets.h"
#include "engine/metrics.h"
#include "engine/session.h"
#include "engine/session_course.h"
#include "engine/state.h"
#include "p2pscope/words.h"
#include "util/time.h"

const double engine_bounds[HISTOGRAM_BUCKETS] = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
						 0.5,   1,    2.5,   5,    10,  30};

const double jitter_bounds[HISTOGRAM_BUCKETS] = {0.0005, 0.001, 0.002, 0.005, 0.01, 0.02,
						 0.03,   0.05,  0.1,   0.2,   0.5,  1};

int metrics_begin(struct engine *e)
{
	e->metrics = calloc(1, sizeof(*e->metrics));
	if (!e->metrics)
		return -ENOMEM;
	label_sets_begin(e->metrics);
	return 0;
}

void metrics_free(struct engine *e)
{
	free(e->metrics);
}

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
	label_sets_turn(e->metrics, method, code);
}

/* Only of the first one, as later ones rest on the same packets, or on some that passed before. */
static void metrics_time_to_verdict(struct engine *e, struct session_state *s)
{
	bool blocked = s->s.verdict == VERDICT_BLOCKED;
	u64 since = session_course_of(s)->decisive_ns;

	if (s->verdict_timed || (!blocked && s->s.verdict != VERDICT_FAILED))
		return;
	s->verdict_timed = 1;
	if (since && since <= e->now)
		metrics_observe(&e->metrics->time_to_verdict[blocked][s->s.cause], engine_bounds,
				(double)(e->now - since) / NS_PER_S);
}

void metrics_verdict(struct engine *e, struct session_state *s)
{
	const struct session *is = &s->s;

	if (is->verdict == VERDICT_PENDING ||
	    (s->counted_verdict == is->verdict && s->counted_where == is->where &&
	     s->counted_cause == is->cause))
		return;
	s->counted_verdict = is->verdict & 7;
	s->counted_where = is->where & 3;
	s->counted_cause = is->cause & 63;
	e->metrics->verdicts[is->verdict][is->where][is->cause]++;
	metrics_time_to_verdict(e, s);
}

void metrics_reopened(struct engine *e, struct session_state *s)
{
	if (s->counted_verdict == VERDICT_PENDING)
		return;
	s->counted_verdict = VERDICT_PENDING;
	e->metrics->reopened++;
}

void metrics_session_over(struct engine *e, struct session_state *s)
{
	if (s->over_counted || !s->s.has_host)
		return;
	s->over_counted = 1;
	label_sets_session(e->metrics, &s->s);
}
