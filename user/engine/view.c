/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The copy that outputs read. */
#include "engine/state.h"

static bool wanted(const struct session_state *s, const struct view_filter *filter)
{
	if (filter && filter->serial && filter->serial != s->s.serial)
		return false;
	return !filter || !filter->by_verdict || filter->verdict == s->s.verdict;
}

static void *copy_of(const void *from, size_t bytes)
{
	void *to = bytes ? malloc(bytes) : NULL;

	if (to)
		memcpy(to, from, bytes);
	return to;
}

static void copy_session(struct session *to, struct session_state *from)
{
	media_collect(from);
	*to = from->s;
	to->pairs = copy_of(from->s.pairs, from->s.npairs * sizeof(*to->pairs));
	to->media = copy_of(from->s.media, from->s.nmedia * sizeof(*to->media));
	to->evidence = copy_of(from->s.evidence, from->s.nevidence * sizeof(*to->evidence));
	to->npairs = to->pairs ? to->npairs : 0;
	to->nmedia = to->media ? to->nmedia : 0;
	to->nevidence = to->evidence ? to->nevidence : 0;
}

static bool copy_sessions(const struct engine *e, struct engine_view *view, const struct view_filter *filter)
{
	struct session_state *s;
	size_t n = 0;

	for (s = e->sessions; s; s = s->next)
		n += wanted(s, filter);
	view->sessions = calloc(n ? n : 1, sizeof(*view->sessions));
	if (!view->sessions)
		return false;
	for (s = e->sessions; s; s = s->next)
		if (wanted(s, filter))
			copy_session(&view->sessions[view->nsessions++], s);
	return true;
}

static void copy_metrics(const struct engine *e, struct engine_metrics *m)
{
	*m = e->metrics;
	for (struct session_state *s = e->sessions; s; s = s->next) {
		if (s->s.over)
			continue;
		m->stage[s->s.stage]++;
		m->active++;
	}
	nat_metrics(e, m);
}

struct engine_view *engine_view(const struct engine *e, unsigned int what, const struct view_filter *filter)
{
	struct engine_view *view = calloc(1, sizeof(*view));

	if (!view)
		return NULL;
	view->time_ns = e->now;
	copy_metrics(e, &view->metrics);
	if (!rules_copy(e, view) || (what & VIEW_SESSIONS && !copy_sessions(e, view, filter)) ||
	    (what & VIEW_MAPPINGS && !nat_copy_mappings(e, view)) || (what & VIEW_HOSTS && !nat_copy_hosts(e, view))) {
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
		free(view->sessions[i].media);
		free(view->sessions[i].evidence);
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
