/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What sessions there are: when each is looked at next, those that are over, and how many are at
 * which stage.
 */
#include "engine/changes.h"
#include "engine/state.h"

static void stand(struct engine *e, struct session_state *s, bool past)
{
	if (s->past == past)
		return;
	s->past = past;
	if (past)
		DL_APPEND2(e->past, s, before, after);
	else
		DL_DELETE2(e->past, s, before, after);
}

static void count(struct engine *e, struct session_state *s, u8 as)
{
	struct engine_metrics *m = &e->metrics;

	if (s->counted == as)
		return;
	if (s->counted)
		m->stage[s->counted - 1]--;
	if (as)
		m->stage[as - 1]++;
	m->active += !!as - !!s->counted;
	s->counted = as;
}

void session_settle(struct engine *e, struct session_state *s, u64 again_ns)
{
	stand(e, s, s->s.has_host && s->s.over);
	count(e, s, s->s.has_host && !s->s.over ? 1 + s->s.stage : 0);
	changes_note(e, s);
	timer_set(&e->looks, &s->timer, again_ns);
	session_revive(e, s);
}

void session_unsettle(struct engine *e, struct session_state *s)
{
	stand(e, s, false);
	count(e, s, 0);
	changes_note_forgotten(e, s);
	timer_cancel(&s->timer);
}

static u64 keep_until(const struct engine *e, const struct session_state *s)
{
	return s->s.times.last + (s->s.has_host ? e->limits.keep_ended_ns : 0);
}

static void look(void *arg, struct timer *timer)
{
	struct session_state *s =
		(struct session_state *)((char *)timer - offsetof(struct session_state, timer));
	struct engine *e = arg;

	if (!s->s.over)
		session_review(e, s);
	else if (e->now > keep_until(e, s))
		session_forget(e, s);
	else
		session_settle(e, s, keep_until(e, s));
}

void sessions_look(struct engine *e)
{
	timer_wheel_run(&e->looks, e->now, look, e);
}
