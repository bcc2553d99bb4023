/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The copy that outputs read. */
#include <stdlib.h>
#include <string.h>

#include "engine/hosts.h"
#include "engine/media.h"
#include "engine/metrics.h"
#include "engine/nat/copy.h"
#include "engine/rules.h"
#include "engine/session.h"
#include "engine/session_course.h"
#include "engine/state.h"
#include "engine/view.h"

static bool view_wants(const struct session_state *s, const struct view_filter *filter)
{
	if (filter && filter->id_digits && (filter->id ^ s->s.id) >> (64 - 4 * filter->id_digits))
		return false;
	return !filter || !filter->by_verdict || filter->verdict == s->s.verdict;
}

static void *memory_copy(const void *from, size_t bytes)
{
	void *to = bytes ? malloc(bytes) : NULL;

	if (to)
		memcpy(to, from, bytes);
	return to;
}

static void copy_line(const struct engine *e, struct session *to, struct session_state *from)
{
	(void)e;
	*to = from->s;
	to->ufrags =
		memory_copy(from->s.ufrags, (size_t)from->s.ufrag_len[0] + from->s.ufrag_len[1]);
	if (!to->ufrags)
		to->ufrag_len[0] = to->ufrag_len[1] = 0;
	to->pairs = NULL;
	to->npairs = to->nevidence = 0;
	to->evidence_lost = from->evidence.lost;
	to->course = course_copy(from->s.course);
}

static void copy_session(const struct engine *e, struct session *to, struct session_state *from)
{
	media_collect(e, from); /* for the copy alone */
	copy_line(e, to, from);
	from->s.media = NULL;
	from->s.nmedia = 0;
	to->pairs = memory_copy(from->s.pairs, from->s.npairs * sizeof(*to->pairs));
	to->npairs = to->pairs ? from->s.npairs : 0;
	to->evidence = evidence_copy(&from->evidence);
	to->nevidence = to->evidence ? from->evidence.count : 0;
}

/*
 * Returns how many sessions of the list from `s` on are in this part of it, and sets where the next
 * part begins.
 */
static size_t view_measure(struct session_state *s, const struct view_filter *filter, u64 *next)
{
	size_t most = filter && filter->most ? filter->most : SIZE_MAX, n = 0;
	u64 last = 0;

	for (; s && n < most; s = s->next) {
		n += view_wants(s, filter);
		last = s->place;
	}
	*next = s ? last : 0;
	return n;
}

static bool
copy_sessions(const struct engine *e, struct engine_view *view, const struct view_filter *filter,
	      void (*copy)(const struct engine *e, struct session *to, struct session_state *from))
{
	struct session_state *s = sessions_known(e);
	size_t n;

	view->from = filter ? filter->after : 0;
	while (s && s->place <= view->from)
		s = s->next;
	n = view_measure(s, filter, &view->next);
	view->sessions = calloc(n ? n : 1, sizeof(*view->sessions));
	if (!view->sessions)
		return false;
	for (; view->nsessions < n; s = s->next)
		if (view_wants(s, filter))
			copy(e, &view->sessions[view->nsessions++], s);
	return true;
}

struct engine_view *engine_view(struct engine *e, unsigned int what,
				const struct view_filter *filter)
{
	struct engine_view *view = calloc(1, sizeof(*view));
	bool lines = what & VIEW_LINES;

	if (!view)
		return NULL;
	view->time_ns = e->now;
	hosts_recount(e);
	view->metrics = *e->metrics;
	nat_metrics(e->nat, &view->metrics);
	if (!rules_copy(e, view) ||
	    (what & VIEW_SESSIONS &&
	     !copy_sessions(e, view, filter, lines ? copy_line : copy_session)) ||
	    (what & VIEW_MAPPINGS && !nat_copy_mappings(e->nat, view)) ||
	    (what & VIEW_HOSTS && !nat_copy_hosts(e, view))) {
		engine_view_free(view);
		return NULL;
	}
	return view;
}

void engine_view_free(struct engine_view *view)
{
	if (!view)
		return;
	for (size_t i = 0; i < view->nsessions; i++) {
		free(view->sessions[i].pairs);
		free(view->sessions[i].ufrags);
		free(view->sessions[i].media);
		free(view->sessions[i].evidence);
		course_free(view->sessions[i].course);
	}
	free(view->sessions);
	for (size_t i = 0; i < view->nmappings; i++)
		free(view->mappings[i].remotes);
	free(view->mappings);
	free(view->hosts);
	free(view->rules);
	free(view->outsides);
	free(view);
}
