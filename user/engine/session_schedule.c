/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>
#include <utlist.h>

#include "engine/changes.h"
#include "engine/metrics.h"
#include "engine/session_schedule.h"
#include "engine/session_ufrags.h"
#include "engine/state.h"

struct session_schedule {
	struct timer_wheel wheel;
	struct session_state *over; /* of known hosts, those over for longest first */
};

int session_schedule_begin(struct engine *e)
{
	e->schedule = calloc(1, sizeof(*e->schedule));
	if (!e->schedule)
		return -ENOMEM;
	timer_wheel_begin(&e->schedule->wheel);
	return 0;
}

void session_schedule_free(struct engine *e)
{
	free(e->schedule);
}

struct session_state *session_over_longest(const struct engine *e)
{
	return e->schedule->over;
}

static void session_list_over(struct engine *e, struct session_state *s, bool over)
{
	if (s->past == over)
		return;
	s->past = over;
	if (over)
		DL_APPEND2(e->schedule->over, s, before, after);
	else
		DL_DELETE2(e->schedule->over, s, before, after);
}

/* Counts a session in the metrics under 1 + its stage, or under nothing for 0. */
static void session_count(struct engine *e, struct session_state *s, u8 as)
{
	struct engine_metrics *m = e->metrics;

	if (s->counted == as)
		return;
	if (s->counted)
		m->stage[s->counted - 1]--;
	if (as)
		m->stage[as - 1]++;
	m->active += !!as - !!s->counted;
	s->counted = as;
}

/* The same for its outlook, by cause, or under nothing for CAUSE_NONE. */
static void session_count_outlook(struct engine *e, struct session_state *s, u8 as)
{
	if (s->counted_outlook)
		e->metrics->outlook[s->counted_outlook]--;
	if (as)
		e->metrics->outlook[as]++;
	s->counted_outlook = as;
}

void session_settle(struct engine *e, struct session_state *s, u64 again_ns)
{
	session_list_over(e, s, s->s.has_host && s->s.over);
	if (s->s.over)
		metrics_session_over(e, s);
	session_count(e, s, s->s.has_host && !s->s.over ? 1 + s->s.stage : 0);
	session_count_outlook(e, s, s->s.outlook.cause);
	changes_note(e, s);
	timer_set(&e->schedule->wheel, &s->timer, again_ns);
	session_list_ufrags(e, s);
}

void session_unsettle(struct engine *e, struct session_state *s)
{
	session_list_over(e, s, false);
	if (s->s.verdict != VERDICT_PENDING)
		metrics_session_over(e, s);
	session_count(e, s, 0);
	session_count_outlook(e, s, CAUSE_NONE);
	changes_note_forgotten(e, s);
	timer_cancel(&s->timer);
}

void session_review_soon(struct engine *e, struct session_state *s)
{
	if (!s->s.over)
		timer_set(&e->schedule->wheel, &s->timer, e->now);
}

struct session_reviewer {
	struct engine *e;
	void (*review)(struct engine *e, struct session_state *s);
};

static void session_timer_due(void *arg, struct timer *timer)
{
	const struct session_reviewer *reviewer = arg;

	reviewer->review(
		reviewer->e,
		(struct session_state *)((char *)timer - offsetof(struct session_state, timer)));
}

void sessions_review(struct engine *e, void (*review)(struct engine *e, struct session_state *s))
{
	struct session_reviewer reviewer = {.e = e, .review = review};

	timer_wheel_run(&e->schedule->wheel, e->now, session_timer_due, &reviewer);
}
