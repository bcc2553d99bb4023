/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A gateway as the engine sees it: a host 192.168.0.2:7000, its NAT 5.0.0.1, a peer 5.0.0.2:7000.
 * Each call is one packet that meets the points it would meet; the engine gets the events the data
 * prog_run would write.
 */
#ifndef P2PSCOPE_TESTS_WORLD_H
#define P2PSCOPE_TESTS_WORLD_H

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/engine.h"

#define MS 1000000ull
#define SEC 1000000000ull
#define LAN 3
#define WAN 4

struct world {
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

enum way { OUT, IN };

static inline struct endpoint ep(const char *ip, u16 port)
{
	struct endpoint e = {.port = port};

	if (strchr(ip, ':')) {
		assert_int_equal(inet_pton(AF_INET6, ip, e.ip.b), 1);
		return e;
	}
	e.ip.b[10] = e.ip.b[11] = 0xff;
	assert_int_equal(inet_pton(AF_INET, ip, e.ip.b + 12), 1);
	return e;
}

static inline void world_start(struct world *w)
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

static inline void world_end(struct world *w)
{
	engine_free(w->e);
}

/* Lets time pass, with the daemon's one tick a second. */
static inline void pass(struct world *w, u64 ns)
{
	u64 end = w->now + ns;

	for (; w->now + SEC < end; engine_tick(w->e, w->now))
		w->now += SEC;
	w->now = end;
	engine_tick(w->e, w->now);
}

static inline struct event at_point(struct world *w, enum side side, enum way way, u8 kind, u8 cls)
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

/* Sends what `make` filled in past both points, or as far as it gets. */
static inline void cross(struct world *w, enum way way,
			 struct event (*make)(struct world *, enum side, enum way, void *),
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

struct stun_of {
	u8 cls;
	u16 method, error;
	u32 flags;
	const char *receiver, *sender; /* USERNAME */
	u64 id;
	struct endpoint mapped, relayed;
};

static inline struct event make_stun(struct world *w, enum side side, enum way way, void *arg)
{
	const struct stun_of *of = arg;
	struct event ev = at_point(w, side, way, EVENT_STUN, CLASS_STUN);

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

static inline u64 check(struct world *w, enum way way, u32 flags)
{
	struct stun_of of = {
		.cls = STUN_REQUEST, .method = STUN_BINDING, .flags = flags, .id = ++w->ids};

	of.receiver = way == OUT ? w->other : w->own;
	of.sender = way == OUT ? w->own : w->other;
	cross(w, way, make_stun, &of);
	return of.id;
}

static inline void answer(struct world *w, enum way way, u64 id, u32 flags)
{
	struct stun_of of = {.cls = STUN_SUCCESS,
			     .method = STUN_BINDING,
			     .flags = STUN_F_MATCHED | flags,
			     .id = id};

	cross(w, way, make_stun, &of);
}

/* Both sides check, answer and nominate. */
static inline void connect_both(struct world *w)
{
	u64 out, in;

	out = check(w, OUT, STUN_F_CONTROLLING);
	pass(w, 20 * MS);
	answer(w, IN, out, 0);
	in = check(w, IN, STUN_F_CONTROLLED);
	answer(w, OUT, in, 0);
	out = check(w, OUT, STUN_F_CONTROLLING | STUN_F_USE_CANDIDATE);
	pass(w, 20 * MS);
	answer(w, IN, out, STUN_F_MATCHED_NOMINATION);
}

struct dtls_of {
	u8 step, level, alert;
};

static inline struct event make_dtls(struct world *w, enum side side, enum way way, void *arg)
{
	const struct dtls_of *of = arg;
	struct event ev = at_point(w, side, way, EVENT_DTLS, CLASS_DTLS);

	ev.known = 1;
	ev.dtls.step = of->step;
	ev.dtls.alert_level = of->level;
	ev.dtls.alert = of->alert;
	ev.dtls.count = ++w->counts[side][way][of->step];
	return ev;
}

static inline void dtls(struct world *w, enum way way, u8 step)
{
	struct dtls_of of = {.step = step};

	cross(w, way, make_dtls, &of);
	w->now += MS;
}

static inline void handshake(struct world *w)
{
	dtls(w, IN, DTLS_CLIENT_HELLO);
	dtls(w, OUT, DTLS_SERVER_HELLO);
	dtls(w, IN, DTLS_FINISHED);
	dtls(w, OUT, DTLS_FINISHED);
}

static inline struct event make_stream(struct world *w, enum side side, enum way way, void *arg)
{
	struct event ev = at_point(w, side, way, EVENT_STREAM, CLASS_RTP);

	ev.known = 1;
	ev.stream.ssrc = *(u32 *)arg;
	return ev;
}

static inline void stream(struct world *w, enum way way, u32 ssrc)
{
	cross(w, way, make_stream, &ssrc);
}

/* The kernel tells that it dropped what came in at `first`. */
static inline void dropped(struct world *w, enum side side, enum way way, u8 cls)
{
	struct event ev = at_point(w, side, way, EVENT_DROP, cls);

	ev.drop.reason = 5;
	engine_event(w->e, &ev);
}

/* The only session there is. */
static inline struct engine_view *only(struct world *w)
{
	struct engine_view *view = engine_view(w->e, VIEW_SESSIONS | VIEW_MAPPINGS, NULL);

	assert_non_null(view);
	assert_int_equal(view->nsessions, 1);
	return view;
}

/* The only session has this verdict, where, cause and stage. */
static inline void expect(struct world *w, u8 verdict, u8 where, u8 cause, u8 stage)
{
	struct engine_view *view = only(w);
	struct session *s = &view->sessions[0];

	assert_int_equal(s->verdict, verdict);
	assert_int_equal(s->cause, cause);
	assert_int_equal(s->where, where);
	assert_int_equal(s->stage, stage);
	assert_true(s->nevidence > 0);
	engine_view_free(view);
}

static inline void keep_consent(struct world *w, int seconds)
{
	for (int i = 0; i < seconds; i++) {
		answer(w, IN, check(w, OUT, 0), 0);
		answer(w, OUT, check(w, IN, 0), 0);
		pass(w, SEC);
	}
}

static inline void check_in_vain(struct world *w)
{
	for (int i = 0; i < 40; i++) {
		check(w, OUT, 0);
		pass(w, SEC);
	}
}

static inline void allocate(struct world *w, bool credentials, u16 error)
{
	struct stun_of of = {.method = STUN_ALLOCATE,
			     .id = ++w->ids,
			     .flags = credentials ? STUN_F_INTEGRITY : 0};
	struct endpoint peer = w->peer;

	w->peer = ep("5.0.0.10", 3478);
	cross(w, OUT, make_stun, &of);
	of.cls = STUN_ERROR;
	of.flags = STUN_F_MATCHED;
	of.error = error;
	cross(w, IN, make_stun, &of);
	w->peer = peer;
}

static inline int world_setup(void **state)
{
	static struct world w;

	world_start(&w);
	*state = &w;
	return 0;
}

static inline int world_teardown(void **state)
{
	world_end(*state);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

#endif
