/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The gateway of engine_fixture.h as a capture of one point shows it. */
#ifndef P2PSCOPE_TESTS_ONE_POINT_FIXTURE_H
#define P2PSCOPE_TESTS_ONE_POINT_FIXTURE_H

#include "engine_fixture.h"

#define RELAY "5.0.0.10"

/* No LAN is seen: the host itself, or its only interface. */
static inline void one_point_start(struct engine_fixture *w)
{
	static const struct engine_limits limits = {.sessions = 100, .keep_ended_ns = 600 * SEC};

	engine_free(w->e);
	w->e = engine_new(&limits);
	assert_non_null(w->e);
	engine_point(w->e, WAN, SIDE_WAN);
	w->wan_only = true;
	w->mapped = w->host;
}

/* Feeds the engine a sample of the flow's record. */
static inline void sample_records(struct engine_fixture *w, const struct flow_dir *out,
				  const struct flow_dir *in)
{
	struct event ev = event_at_point(w, SIDE_WAN, OUT, EVENT_STUN, CLASS_STUN);
	struct flow_record record;

	memset(&record, 0, sizeof(record));
	record.dir[DIR_OUT] = *out;
	record.dir[DIR_IN] = *in;
	record.dir[DIR_OUT].last_ns = record.dir[DIR_IN].last_ns = w->now;
	engine_sample(w->e, &ev.key, &record);
	engine_tick(w->e, w->now);
}

/* Sends a check without a USERNAME, and its answer. */
static inline void stun_round_trip(struct engine_fixture *w, struct endpoint peer)
{
	struct stun_spec of = {.method = STUN_BINDING, .id = ++w->ids};

	w->peer = peer;
	memset(w->counts, 0, sizeof(w->counts));
	pass_points(w, OUT, make_stun_event, &of);
	of.cls = STUN_SUCCESS;
	of.flags = STUN_F_MATCHED;
	pass_points(w, IN, make_stun_event, &of);
}

static inline void unmatched_answer(struct engine_fixture *w, enum host_dir way, u32 flags)
{
	struct stun_spec of = {
		.cls = STUN_SUCCESS, .method = STUN_BINDING, .id = ++w->ids, .flags = flags};

	pass_points(w, way, make_stun_event, &of);
}

#endif
