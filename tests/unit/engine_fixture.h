/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A gateway as the engine sees it: a host 192.168.0.2:7000, its NAT 5.0.0.1, a peer 5.0.0.2:7000.
 * Each call is one packet that passes the points it would pass; the engine gets the events that the
 * data plane would write.
 */
#ifndef P2PSCOPE_TESTS_ENGINE_FIXTURE_H
#define P2PSCOPE_TESTS_ENGINE_FIXTURE_H

#include "suite.h"

#include "engine/engine.h"

#define LAN 3
#define WAN 4

struct engine_fixture {
	struct engine *e;
	u64 now;
	u64 ids; /* transaction ids given out */
	u32 flooded; /* senders of floods so far */
	struct endpoint host, mapped, peer;
	const char *own, *other; /* ufrags */
	bool outbound_drops, inbound_drops; /* the gateway drops what goes out, what comes in */
	/* the TURN server inside whose connection packets go; all zero for none */
	struct endpoint relay;
	bool tcp; /* the next packets go over TCP */
	u32 len; /* bytes of the next packets; 0: 100 */
	bool wan_only; /* the host is the gateway itself: nothing passes the LAN */
	/* what the records would count: side, heading, step or request */
	u32 counts[2][2][DTLS_STEP_MAX + 2];
};

static inline void engine_fixture_start(struct engine_fixture *w)
{
	static const struct engine_limits limits = {.sessions = 100, .keep_ended_ns = 600 * SEC};

	memset(w, 0, sizeof(*w));
	w->e = engine_new(&limits);
	assert_non_null(w->e);
	engine_point(w->e, LAN, SIDE_LAN);
	engine_point(w->e, WAN, SIDE_WAN);
	engine_drop_reason(w->e, 5, CAUSE_RULE, "NETFILTER_DROP");
	w->now = 1700000000ull * SEC;
	w->host = ep("192.168.0.2", 7000);
	w->mapped = ep("5.0.0.1", 7000);
	w->peer = ep("5.0.0.2", 7000);
	w->own = "alic";
	w->other = "bobb";
}

static inline void engine_fixture_end(struct engine_fixture *w)
{
	engine_free(w->e);
}

/* Lets time pass, with the daemon's tick once a second. */
static inline void advance_time(struct engine_fixture *w, u64 ns)
{
	u64 end = w->now + ns;

	for (; w->now + SEC < end; engine_tick(w->e, w->now))
		w->now += SEC;
	w->now = end;
	engine_tick(w->e, w->now);
}

static inline struct event event_at_point(struct engine_fixture *w, enum side side,
					  enum host_dir way, u8 kind, u8 cls)
{
	struct event ev;

	memset(&ev, 0, sizeof(ev));
	ev.time_ns = w->now;
	ev.kind = kind;
	ev.cls = cls;
	ev.count = 1;
	ev.wire_len = w->len ? w->len : 100;
	ev.ifindex = side == SIDE_LAN ? LAN : WAN;
	ev.dir = (side == SIDE_LAN) == (way == OUT) ? DIR_IN : DIR_OUT;
	ev.key.tag = ev.ifindex;
	ev.key.proto = w->tcp ? PROTO_TCP : PROTO_UDP;
	ev.key.far = side == SIDE_LAN ? w->host : w->peer;
	ev.key.near = side == SIDE_LAN ? w->peer : w->mapped;
	if (w->relay.port) {
		ev.key.relayed = 1;
		ev.server = w->relay;
	}
	return ev;
}

/* Sends the event that `make` fills in past both points, or past the first one if it is dropped. */
static inline void pass_points(struct engine_fixture *w, enum host_dir way,
			       struct event (*make)(struct engine_fixture *, enum side,
						    enum host_dir, void *),
			       void *arg)
{
	enum side first = way == OUT ? SIDE_LAN : SIDE_WAN,
		  second = way == OUT ? SIDE_WAN : SIDE_LAN;
	bool dropped = way == OUT ? w->outbound_drops : w->inbound_drops;
	struct event ev;

	if (!w->wan_only || first == SIDE_WAN) {
		ev = make(w, first, way, arg);
		engine_event(w->e, &ev);
	}
	w->now += MS / 10;
	if (!dropped && (!w->wan_only || second == SIDE_WAN)) {
		ev = make(w, second, way, arg);
		engine_event(w->e, &ev);
	}
}

struct stun_spec {
	u8 cls;
	u16 method, error;
	u32 flags;
	const char *receiver, *sender; /* USERNAME */
	u64 id;
	struct endpoint mapped, relayed;
};

static inline struct event make_stun_event(struct engine_fixture *w, enum side side,
					   enum host_dir way, void *arg)
{
	const struct stun_spec *of = arg;
	struct event ev = event_at_point(w, side, way, EVENT_STUN, CLASS_STUN);

	ev.stun.cls = of->cls;
	ev.stun.method = of->method;
	ev.stun.error = of->error;
	ev.stun.flags = of->flags;
	ev.stun.rtt_us = 20000;
	ev.stun.mapped = of->mapped;
	ev.stun.relayed = of->relayed;
	memcpy(ev.stun.id, &of->id, sizeof(of->id));
	if (of->cls == STUN_REQUEST)
		ev.count = ++w->counts[side][way][DTLS_STEP_MAX];
	if (of->receiver) {
		ev.stun.flags |= STUN_F_USERNAME;
		ev.stun.username_len =
			(u16)snprintf((char *)ev.stun.username, sizeof(ev.stun.username), "%s:%s",
				      of->receiver, of->sender);
	}
	return ev;
}

static inline u64 ice_request(struct engine_fixture *w, enum host_dir way, u32 flags)
{
	struct stun_spec of = {
		.cls = STUN_REQUEST, .method = STUN_BINDING, .flags = flags, .id = ++w->ids};

	of.receiver = way == OUT ? w->other : w->own;
	of.sender = way == OUT ? w->own : w->other;
	pass_points(w, way, make_stun_event, &of);
	return of.id;
}

static inline void ice_answer(struct engine_fixture *w, enum host_dir way, u64 id, u32 flags)
{
	struct stun_spec of = {.cls = STUN_SUCCESS,
			       .method = STUN_BINDING,
			       .flags = STUN_F_MATCHED | flags,
			       .id = id};

	pass_points(w, way, make_stun_event, &of);
}

/* Both sides check, answer and nominate. */
static inline void connect_peers(struct engine_fixture *w)
{
	u64 out, in;

	out = ice_request(w, OUT, STUN_F_CONTROLLING);
	advance_time(w, 20 * MS);
	ice_answer(w, IN, out, 0);
	in = ice_request(w, IN, STUN_F_CONTROLLED);
	ice_answer(w, OUT, in, 0);
	out = ice_request(w, OUT, STUN_F_CONTROLLING | STUN_F_USE_CANDIDATE);
	advance_time(w, 20 * MS);
	ice_answer(w, IN, out, STUN_F_MATCHED_NOMINATION);
}

struct dtls_spec {
	u8 step, level, alert;
};

static inline struct event make_dtls_event(struct engine_fixture *w, enum side side,
					   enum host_dir way, void *arg)
{
	const struct dtls_spec *of = arg;
	struct event ev = event_at_point(w, side, way, EVENT_DTLS, CLASS_DTLS);

	ev.known = 1;
	ev.dtls.step = of->step;
	ev.dtls.alert_level = of->level;
	ev.dtls.alert = of->alert;
	ev.dtls.count = ++w->counts[side][way][of->step];
	return ev;
}

static inline void dtls_step(struct engine_fixture *w, enum host_dir way, u8 step)
{
	struct dtls_spec of = {.step = step};

	pass_points(w, way, make_dtls_event, &of);
	w->now += MS;
}

static inline void complete_dtls(struct engine_fixture *w)
{
	dtls_step(w, IN, DTLS_CLIENT_HELLO);
	dtls_step(w, OUT, DTLS_SERVER_HELLO);
	dtls_step(w, IN, DTLS_FINISHED);
	dtls_step(w, OUT, DTLS_FINISHED);
}

static inline struct event make_stream_event(struct engine_fixture *w, enum side side,
					     enum host_dir way, void *arg)
{
	struct event ev = event_at_point(w, side, way, EVENT_STREAM, CLASS_RTP);

	ev.known = 1;
	ev.stream.ssrc = *(u32 *)arg;
	return ev;
}

static inline void rtp_stream(struct engine_fixture *w, enum host_dir way, u32 ssrc)
{
	pass_points(w, way, make_stream_event, &ssrc);
}

/* The kernel reports that it dropped a packet that came in on this side. */
static inline void report_drop(struct engine_fixture *w, enum side side, enum host_dir way, u8 cls)
{
	struct event ev = event_at_point(w, side, way, EVENT_DROP, cls);

	ev.drop.reason = 5;
	engine_event(w->e, &ev);
}

/* Returns a view of the only session. */
static inline struct engine_view *only_session(struct engine_fixture *w)
{
	struct engine_view *view = engine_view(w->e, VIEW_SESSIONS | VIEW_MAPPINGS, NULL);

	assert_non_null(view);
	assert_int_equal(view->nsessions, 1);
	return view;
}

static inline size_t count_sessions(struct engine_fixture *w)
{
	struct engine_view *view = engine_view(w->e, VIEW_SESSIONS, NULL);
	size_t n = view->nsessions;

	engine_view_free(view);
	return n;
}

/* The only session has this verdict, where, cause and stage. */
static inline void expect_verdict(struct engine_fixture *w, u8 verdict, u8 where, u8 cause,
				  u8 stage)
{
	struct engine_view *view = only_session(w);
	struct session *s = &view->sessions[0];

	assert_int_equal(s->verdict, verdict);
	assert_int_equal(s->cause, cause);
	assert_int_equal(s->where, where);
	assert_int_equal(s->stage, stage);
	assert_true(s->nevidence > 0);
	engine_view_free(view);
}

static inline void keep_consent(struct engine_fixture *w, int seconds)
{
	for (int i = 0; i < seconds; i++) {
		ice_answer(w, IN, ice_request(w, OUT, 0), 0);
		ice_answer(w, OUT, ice_request(w, IN, 0), 0);
		advance_time(w, SEC);
	}
}

static inline void unanswered_checks(struct engine_fixture *w)
{
	for (int i = 0; i < 40; i++) {
		ice_request(w, OUT, 0);
		advance_time(w, SEC);
	}
}

static inline void refused_allocate(struct engine_fixture *w, bool credentials, u16 error)
{
	struct stun_spec of = {.method = STUN_ALLOCATE,
			       .id = ++w->ids,
			       .flags = credentials ? STUN_F_INTEGRITY : 0};
	struct endpoint peer = w->peer;

	w->peer = ep("5.0.0.10", 3478);
	pass_points(w, OUT, make_stun_event, &of);
	of.cls = STUN_ERROR;
	of.flags = STUN_F_MATCHED;
	of.error = error;
	pass_points(w, IN, make_stun_event, &of);
	w->peer = peer;
}

static inline void granted_allocate(struct engine_fixture *w)
{
	struct stun_spec of = {.method = STUN_ALLOCATE,
			       .id = ++w->ids,
			       .flags = STUN_F_INTEGRITY,
			       .relayed = ep("5.0.0.10", 50000)};
	struct endpoint peer = w->peer;

	w->peer = ep("5.0.0.10", 3478);
	pass_points(w, OUT, make_stun_event, &of);
	of.cls = STUN_SUCCESS;
	of.flags = STUN_F_MATCHED;
	pass_points(w, IN, make_stun_event, &of);
	w->peer = peer;
}

/* The host asks a server, which is `peer`, in a message without USERNAME. */
static inline void request_server(struct engine_fixture *w, u16 method)
{
	struct stun_spec of = {.cls = STUN_REQUEST, .method = method, .id = ++w->ids};

	pass_points(w, OUT, make_stun_event, &of);
}

static inline int engine_setup(void **state)
{
	static struct engine_fixture w;

	engine_fixture_start(&w);
	*state = &w;
	return 0;
}

static inline int engine_teardown(void **state)
{
	engine_fixture_end(*state);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, engine_setup, engine_teardown)

#endif
