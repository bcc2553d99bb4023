/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One mapping, as conntrack and packets show it: 192.168.0.2:7000 is 5.0.0.1:7000 toward a STUN
 * server.
 */
#ifndef P2PSCOPE_TESTS_MAPPING_FIXTURE_H
#define P2PSCOPE_TESTS_MAPPING_FIXTURE_H

#include "nat_fixture.h"

static struct endpoint inside, outside, server;

static inline int mapping_setup(void **state)
{
	inside = ep("192.168.0.2", 7000);
	outside = ep("5.0.0.1", 7000);
	server = ep("5.0.0.10", 3478);
	return engine_setup(state);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, mapping_setup, engine_teardown)

/* An entry that began inside, with its source translated. */
static inline struct conntrack conntrack_entry(struct endpoint from, struct endpoint to,
					       struct endpoint as)
{
	return (struct conntrack){.orig_src = from,
				  .orig_dst = to,
				  .reply_src = to,
				  .reply_dst = as,
				  .proto = PROTO_UDP,
				  .state = CONNTRACK_FOUND};
}

/* Reports conntrack's entry of the flow that leaves here with the fixture's addresses. */
static inline void report_conntrack(struct engine_fixture *w, enum side side,
				    const struct conntrack *ct)
{
	struct event ev =
		event_at_point(w, side, side == SIDE_WAN ? OUT : IN, EVENT_CONNTRACK, CLASS_STUN);

	ev.conntrack = *ct;
	ev.known = 1;
	engine_event(w->e, &ev);
}

static inline void expect_mapping(struct engine_fixture *w, u8 sources, u8 ended_by)
{
	struct engine_view *view = nat_view_of(w);
	const struct mapping *m = mapping_of(view, inside, outside);

	assert_int_equal(m->sources, sources);
	assert_int_equal(m->ended_by, ended_by);
	assert_int_equal(m->nremotes, 1);
	assert_true(endpoint_equal(&m->remotes[0], &server));
	engine_view_free(view);
}

/*
 * Looks up conntrack as the daemon does; every question gets this answer. Returns how many there
 * were.
 */
static inline size_t answer_questions(struct engine_fixture *w, const struct conntrack *ct,
				      u64 left_ns)
{
	struct conntrack_table table = {.entries = 10, .limit = 1000};
	struct conntrack questions[CONNTRACK_BATCH], none;
	size_t n = engine_conntrack_questions(w->e, questions, CONNTRACK_BATCH);

	engine_conntrack_table(w->e, &table);
	for (size_t i = 0; i < n; i++) {
		none = questions[i];
		none.state = CONNTRACK_NONE;
		engine_conntrack_answer(w->e, &questions[i], ct ? ct : &none, left_ns);
	}
	return n;
}

static inline struct conntrack known_to_conntrack(struct engine_fixture *w)
{
	struct conntrack ct = conntrack_entry(inside, server, outside);

	mapped_request(w, inside, outside, server, outside);
	report_conntrack(w, SIDE_WAN, &ct);
	ct.status = CONNTRACK_SEEN_REPLY | CONNTRACK_ASSURED;
	return ct;
}

#endif
