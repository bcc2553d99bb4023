/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A replay of captures, and what it finds. */
#ifndef P2PSCOPE_TESTS_REPLAY_FIXTURE_H
#define P2PSCOPE_TESTS_REPLAY_FIXTURE_H

#include "capture_writer.h"
#include "engine/engine.h"
#include "output/json.h"
#include "source/capture/capture_source.h"
#include "source/capture/capture_points.h"

/* A replay, and what it found. */
struct replay_run {
	struct engine *engine;
	struct native *native;
	int err;
	char error[512];
	struct capture_totals totals;
	char *sessions; /* as JSON */
};

static inline void replay_event(void *arg, const struct event *event, u32 size)
{
	struct replay_run *r = arg;
	struct event whole = {0};

	memcpy(&whole, event, size);
	engine_event(r->engine, &whole);
}

static inline void replay_flow(void *arg, const struct flow_key *key,
			       const struct flow_record *record)
{
	engine_sample(((struct replay_run *)arg)->engine, key, record);
}

static inline void replay_sessions(struct replay_run *r)
{
	struct engine_view *view;
	size_t size;
	FILE *out;

	native_each_flow(r->native, replay_flow, r);
	engine_tick(r->engine, r->totals.last_ns);
	view = engine_view(r->engine, VIEW_SESSIONS, NULL);
	out = open_memstream(&r->sessions, &size);
	assert_true(view && out && !write_sessions(out, view));
	fclose(out);
	engine_view_free(view);
}

static inline void replay_with(struct replay_run *r, const struct capture_options *options,
			       capture_time_fn fn)
{
	static const struct engine_limits limits = {.sessions = 100, .keep_ended_ns = 1ull << 62};

	memset(r, 0, sizeof(*r));
	r->engine = engine_new(&limits);
	r->native = native_new(1000, replay_event, r);
	assert_true(r->engine && r->native);
	engine_point(r->engine, CAPTURE_IFINDEX_LAN, SIDE_LAN);
	engine_point(r->engine, CAPTURE_IFINDEX_WAN, SIDE_WAN);
	engine_point(r->engine, CAPTURE_IFINDEX_LAN_TUNNELLED, SIDE_LAN);
	engine_point(r->engine, CAPTURE_IFINDEX_WAN_TUNNELLED, SIDE_WAN);
	r->err = capture_source_run(options, r->native, fn, &r->totals, r->error, sizeof(r->error));
	replay_sessions(r);
}

static inline void replay_file(struct replay_run *r, const char *name)
{
	struct capture_options options = {.file = name};

	replay_with(r, &options, NULL);
}

static inline void replay_sides(struct replay_run *r, const char *name)
{
	char lan[64], wan[64];
	struct capture_options options = {.lan = lan, .wan = wan};

	snprintf(lan, sizeof(lan), "%s.lan", name);
	snprintf(wan, sizeof(wan), "%s.wan", name);
	replay_with(r, &options, NULL);
}

static inline void replayed_free(struct replay_run *r)
{
	engine_free(r->engine);
	native_free(r->native);
	free(r->sessions);
}

/* Packets of a class over UDP that a set of points has seen, either way. */
static inline u64 replayed_count(const struct replay_run *r, unsigned int points,
				 enum msg_class cls)
{
	return capture_points_count(r->native, points, CAPTURE_BOTH_DIRECTIONS, CARRIER_UDP, cls);
}

#endif
