/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>

#include "engine/changes.h"
#include "engine/session.h"
#include "engine/state.h"

/* The change of number n, from 0 on, is in the place n % CHANGES_KEPT. */
struct changes {
	u64 count; /* ever */
	struct session_change ring[CHANGES_KEPT];
};

int changes_begin(struct engine *e)
{
	e->changes = calloc(1, sizeof(*e->changes));
	return e->changes ? 0 : -ENOMEM;
}

void changes_free(struct engine *e)
{
	free(e->changes);
}

/* A session that is not listed has no outline. */
static struct session_outline outline_of(const struct session *s)
{
	struct session_outline outline = {0};

	if (s->has_host)
		outline = (struct session_outline){
			.verdict = s->verdict,
			.stage = s->stage,
			.where = s->where,
			.cause = s->cause,
			.degraded = s->degraded,
			.listed = 1,
			.probable = s->probable,
			.over = s->over,
			.rule_known = s->rule != NO_RULE || s->degraded_rule != NO_RULE,
		};
	return outline;
}

static bool same_outline(const struct session_outline *a, const struct session_outline *b)
{
	return a->verdict == b->verdict && a->stage == b->stage && a->where == b->where &&
	       a->cause == b->cause && a->degraded == b->degraded && a->listed == b->listed &&
	       a->probable == b->probable && a->over == b->over && a->rule_known == b->rule_known;
}

static void changes_append(struct engine *e, struct session_state *s, struct session_outline now)
{
	struct changes *changes = e->changes;

	if (same_outline(&s->outline, &now))
		return;
	s->outline = now;
	changes->ring[changes->count++ % CHANGES_KEPT] =
		(struct session_change){.id = s->s.id, .time_ns = e->now, .now = now};
}

void changes_note(struct engine *e, struct session_state *s)
{
	changes_append(e, s, outline_of(&s->s));
}

void changes_note_forgotten(struct engine *e, struct session_state *s)
{
	changes_append(e, s, (struct session_outline){0});
}

size_t engine_changes(const struct engine *e, struct change_cursor *cursor,
		      struct session_change *to, size_t room)
{
	const struct changes *changes = e->changes;
	size_t n;

	if (changes->count - cursor->seen > CHANGES_KEPT) {
		cursor->lost += changes->count - CHANGES_KEPT - cursor->seen;
		cursor->seen = changes->count - CHANGES_KEPT;
	}
	for (n = 0; n < room && cursor->seen < changes->count; n++)
		to[n] = changes->ring[cursor->seen++ % CHANGES_KEPT];
	return n;
}
