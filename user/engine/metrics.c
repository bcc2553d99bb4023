/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>

#include "engine/metrics.h"
#include "engine/session.h"
#include "p2pscope/words.h"

const double engine_bounds[HISTOGRAM_BUCKETS] = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
						 0.5,   1,    2.5,   5,    10,  30};

const double jitter_bounds[HISTOGRAM_BUCKETS] = {0.0005, 0.001, 0.002, 0.005, 0.01, 0.02,
						 0.03,   0.05,  0.1,   0.2,   0.5,  1};

int metrics_begin(struct engine *e)
{
	e->metrics = calloc(1, sizeof(*e->metrics));
	return e->metrics ? 0 : -ENOMEM;
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
	struct engine_metrics *m = e->metrics;
	u32 i;

	for (i = 0; i < m->nturn; i++)
		if (m->turn[i].method == method && m->turn[i].code == code)
			break;
	if (i == TURN_COUNTS)
		return;
	if (i == m->nturn)
		m->turn[m->nturn++] = (struct turn_count){.method = method, .code = code};
	m->turn[i].responses++;
}

static bool is_counted_in(const struct verdict_count *c, const struct session *s)
{
	return c->verdict == s->verdict && c->where == s->where && c->cause == s->cause &&
	       c->relayed == s->path_relayed && c->path_known == s->path_known &&
	       c->proto == s->path_proto && c->family == s->family;
}

/* A verdict counts when it is given, and again only if it turns into another one. */
void metrics_verdict(struct engine *e, struct session_state *s)
{
	struct engine_metrics *m = e->metrics;
	u32 i;

	if (s->counted_verdict == s->s.verdict || s->s.verdict == VERDICT_PENDING)
		return;
	s->counted_verdict = s->s.verdict;
	for (i = 0; i < m->nverdicts; i++)
		if (is_counted_in(&m->verdicts[i], &s->s))
			break;
	if (i == VERDICT_COUNTS)
		return;
	if (i == m->nverdicts)
		m->verdicts[m->nverdicts++] = (struct verdict_count){
			.verdict = s->s.verdict,
			.where = s->s.where,
			.cause = s->s.cause,
			.relayed = s->s.path_relayed,
			.path_known = s->s.path_known,
			.proto = s->s.path_proto,
			.family = s->s.family,
		};
	m->verdicts[i].sessions++;
}
