/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The world of engine_fixture.h as a capture of one point shows it. */
#ifndef P2PSCOPE_TESTS_ONE_POINT_FIXTURE_H
#define P2PSCOPE_TESTS_ONE_POINT_FIXTURE_H

#include "engine_fixture.h"

#define RELAY "5.0.0.10"

/* No LAN is seen: the host itself, or its only interface. */
static inline void capture_begin(struct world *w)
{
	static const struct engine_limits limits = {.sessions = 100, .keep_ended_ns = 600 * SEC};

	engine_free(w->e);
	w->e = engine_new(&limits);
	assert_non_null(w->e);
	engine_point(w->e, WAN, SIDE_WAN);
	w->wan_only = true;
	w->mapped = w->host;
}

static inline size_t sessions(struct world *w)
{
	struct engine_view *view = engine_view(w->e, VIEW_SESSIONS, NULL);
	size_t n = view->nsessions;

	engine_view_free(view);
	return n;
}

/* What the records say of this way's packets, by the next sample. */
static inline void sample(struct world *w, const struct flow_dir *out, const struct flow_dir *in)
{
	struct event ev = at_point(w, SIDE_WAN, OUT, EVENT_STUN, CLASS_STUN);
	struct flow_record record;

	memset(&record, 0, sizeof(record));
	record.dir[DIR_OUT] = *out;
	record.dir[DIR_IN] = *in;
	record.dir[DIR_OUT].last_ns = record.dir[DIR_IN].last_ns = w->now;
	engine_sample(w->e, &ev.key, &record);
	engine_tick(w->e, w->now);
}

/* A check and its answer without a USERNAME. */
static inline void ask(struct world *w, struct endpoint peer)
{
	struct stun_of of = {.method = STUN_BINDING, .id = ++w->ids};

	w->peer = peer;
	memset(w->counts, 0, sizeof(w->counts));
	cross(w, OUT, make_stun, &of);
	of.cls = STUN_SUCCESS;
	of.flags = STUN_F_MATCHED;
	cross(w, IN, make_stun, &of);
}

static inline void an_answer_unasked(struct world *w, enum way way, u32 flags)
{
	struct stun_of of = {
		.cls = STUN_SUCCESS, .method = STUN_BINDING, .id = ++w->ids, .flags = flags};

	cross(w, way, make_stun, &of);
}

#endif
