/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The mapping table: what conntrack and the packets say of it, how a mapping begins, and who ends it. */
#include "natted.h"

static struct endpoint inside, outside, server;

static int setup(void **state)
{
	inside = ep("192.168.0.2", 7000);
	outside = ep("5.0.0.1", 7000);
	server = ep("5.0.0.10", 3478);
	return world_setup(state);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, world_teardown)

/* An entry that began inside, with its source translated. */
static struct conntrack entry(struct endpoint from, struct endpoint to, struct endpoint as)
{
	return (struct conntrack){.orig_src = from,
				  .orig_dst = to,
				  .reply_src = to,
				  .reply_dst = as,
				  .proto = PROTO_UDP,
				  .state = CONNTRACK_FOUND};
}

/* Conntrack tells of the flow that leaves here with the world's addresses. */
static void conntrack_tells(struct world *w, enum side side, const struct conntrack *ct)
{
	struct event ev = at_point(w, side, side == SIDE_WAN ? OUT : IN, EVENT_CONNTRACK, CLASS_STUN);

	ev.conntrack = *ct;
	ev.known = 1;
	engine_event(w->e, &ev);
}

static void expect_mapping(struct world *w, u8 sources, u8 ended_by)
{
	struct engine_view *view = nat_view_of(w);
	const struct mapping *m = mapping_of(view, inside, outside);

	assert_int_equal(m->sources, sources);
	assert_int_equal(m->ended_by, ended_by);
	assert_int_equal(m->nremotes, 1);
	assert_true(endpoint_equal(&m->remotes[0], &server));
	engine_view_free(view);
}

static void from_the_packets(void **state)
{
	struct world *w = *state;

	asks(w, inside, outside, server, outside);
	expect_mapping(w, MAPPING_BY_STUN, MAPPING_ALIVE);
}

static void from_conntrack_at_the_wan(void **state)
{
	struct world *w = *state;
	struct conntrack ct = entry(inside, server, outside);

	between(w, inside, outside, server);
	conntrack_tells(w, SIDE_WAN, &ct);
	expect_mapping(w, MAPPING_BY_CONNTRACK, MAPPING_ALIVE);
}

static void from_conntrack_at_the_lan(void **state)
{
	struct world *w = *state;
	struct conntrack ct = entry(inside, server, outside);

	between(w, inside, outside, server);
	conntrack_tells(w, SIDE_LAN, &ct);
	expect_mapping(w, MAPPING_BY_CONNTRACK, MAPPING_ALIVE);
}

static void from_both(void **state)
{
	struct world *w = *state;
	struct conntrack ct = entry(inside, server, outside);

	asks(w, inside, outside, server, outside);
	conntrack_tells(w, SIDE_WAN, &ct);
	expect_mapping(w, MAPPING_BY_CONNTRACK | MAPPING_BY_STUN, MAPPING_ALIVE);
}

/* The pair knows its mapping although only the LAN is watched. */
static void pair_mapped_by_conntrack(void **state)
{
	struct world *w = *state;
	struct conntrack ct = entry(w->host, w->peer, w->mapped);
	struct engine_view *view;

	w->outward_drops = true; /* the WAN is not seen */
	check(w, OUT, 0);
	conntrack_tells(w, SIDE_LAN, &ct);
	check(w, OUT, 0);
	view = only(w);
	assert_true(endpoint_equal(&view->sessions[0].pairs[0].mapped, &w->mapped));
	engine_view_free(view);
}

static void families_may_differ(void **state)
{
	struct world *w = *state;
	struct endpoint host = ep("2001:db8:a::2", 7000), remote = ep("64:ff9b::500:a", 3478);
	struct stun_of of = {.cls = STUN_REQUEST, .method = STUN_BINDING, .id = 77};
	struct engine_view *view;
	struct event ev;

	between(w, host, host, remote);
	ev = make_stun(w, SIDE_LAN, OUT, &of);
	engine_event(w->e, &ev);
	between(w, host, outside, server);
	ev = make_stun(w, SIDE_WAN, OUT, &of);
	engine_event(w->e, &ev);
	view = nat_view_of(w);
	assert_true(endpoint_equal(&mapping_of(view, host, outside)->remotes[0], &remote));
	engine_view_free(view);
}

static void forward_is_told_apart(void **state)
{
	struct world *w = *state;
	struct endpoint caller = ep("5.0.0.2", 4000);
	struct conntrack ct = {.orig_src = caller,
			       .orig_dst = ep("5.0.0.1", 5060),
			       .reply_src = ep("192.168.0.2", 5061),
			       .reply_dst = caller,
			       .proto = PROTO_UDP,
			       .state = CONNTRACK_FOUND};
	struct engine_view *view;

	between(w, ct.reply_src, ct.orig_dst, caller);
	conntrack_tells(w, SIDE_LAN, &ct);
	view = nat_view_of(w);
	assert_int_equal(mapping_of(view, ct.reply_src, ct.orig_dst)->kind, MAPPING_FORWARD);
	assert_int_equal(view->metrics.mappings_created[MAPPING_FORWARD], 1);
	engine_view_free(view);
}

static void hairpin_is_told_apart(void **state)
{
	struct world *w = *state;
	struct endpoint carol = ep("192.168.0.4", 7002), carol_out = ep("5.0.0.1", 7002);
	struct conntrack ct = {.orig_src = inside,
			       .orig_dst = carol_out,
			       .reply_src = carol,
			       .reply_dst = ep("5.0.0.1", 9000),
			       .proto = PROTO_UDP,
			       .state = CONNTRACK_FOUND};
	struct engine_view *view;

	asks(w, carol, carol_out, server, carol_out);
	between(w, inside, outside, carol_out);
	conntrack_tells(w, SIDE_LAN, &ct);
	view = nat_view_of(w);
	assert_int_equal(mapping_of(view, inside, ct.reply_dst)->kind, MAPPING_HAIRPIN);
	assert_int_equal(mapping_of(view, carol, carol_out)->kind, MAPPING_DYNAMIC);
	engine_view_free(view);
}

/* The wire is the truth; what conntrack says beside it is counted and shown. */
static void they_disagree(void **state)
{
	struct world *w = *state;
	struct conntrack ct = entry(inside, server, ep("5.0.0.1", 7001));
	struct engine_view *view;

	asks(w, inside, outside, server, outside);
	conntrack_tells(w, SIDE_LAN, &ct);
	conntrack_tells(w, SIDE_LAN, &ct);
	view = nat_view_of(w);
	assert_int_equal(view->nmappings, 1);
	assert_int_equal(mapping_of(view, inside, outside)->conflict.port, 7001);
	assert_int_equal(view->metrics.mapping_conflicts, 1);
	engine_view_free(view);
}

static void they_disagree_the_other_way(void **state)
{
	struct world *w = *state;
	struct conntrack ct = entry(inside, server, inside); /* conntrack knows of no translation */
	struct engine_view *view;

	between(w, inside, outside, server);
	conntrack_tells(w, SIDE_LAN, &ct);
	asks(w, inside, outside, server, outside);
	view = nat_view_of(w);
	assert_true(endpoint_equal(&mapping_of(view, inside, outside)->conflict, &inside));
	assert_int_equal(view->metrics.mapping_conflicts, 1);
	engine_view_free(view);
}

/* Asks conntrack as the daemon does; every question gets this answer. Gives how many there were. */
static size_t answer_all(struct world *w, const struct conntrack *ct, u64 left_ns)
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

static struct conntrack known_to_conntrack(struct world *w)
{
	struct conntrack ct = entry(inside, server, outside);

	asks(w, inside, outside, server, outside);
	conntrack_tells(w, SIDE_WAN, &ct);
	ct.status = CONNTRACK_SEEN_REPLY | CONNTRACK_ASSURED;
	return ct;
}

static void it_lives_as_long_as_conntrack_says(void **state)
{
	struct world *w = *state;
	struct conntrack ct = known_to_conntrack(w);

	for (int i = 0; i < 200; i++) {
		assert_int_equal(answer_all(w, &ct, 30 * SEC), 1);
		pass(w, SEC);
	}
	expect_mapping(w, MAPPING_BY_CONNTRACK | MAPPING_BY_STUN, MAPPING_ALIVE);
}

static void it_runs_out(void **state)
{
	struct world *w = *state;
	struct conntrack ct = known_to_conntrack(w);
	u64 begin = w->now;
	struct engine_view *view;

	for (u64 left = 30; left > 0; left--) {
		answer_all(w, &ct, left * SEC);
		pass(w, SEC);
	}
	answer_all(w, NULL, 0);
	expect_mapping(w, MAPPING_BY_CONNTRACK | MAPPING_BY_STUN, MAPPING_TIMEOUT);
	view = nat_view_of(w);
	assert_true(view->mappings[0].ended <= begin + 31 * SEC && view->mappings[0].ended >= begin + 29 * SEC);
	assert_int_equal(view->nat.gateway.lifetime_at_most, 30);
	assert_int_equal(view->metrics.mappings_ended[MAPPING_TIMEOUT], 1);
	assert_int_equal(view->metrics.mappings[0], 0);
	engine_view_free(view);
	assert_int_equal(answer_all(w, NULL, 0), 0);
}

static void it_is_deleted(void **state)
{
	struct world *w = *state;
	struct conntrack ct = known_to_conntrack(w);

	answer_all(w, &ct, 30 * SEC);
	pass(w, SEC);
	answer_all(w, NULL, 0);
	expect_mapping(w, MAPPING_BY_CONNTRACK | MAPPING_BY_STUN, MAPPING_DELETED);
}

static void it_is_dropped_early(void **state)
{
	struct world *w = *state;
	struct conntrack ct = known_to_conntrack(w), question;
	struct conntrack_table table = {.entries = 900, .limit = 1000, .early_drops = 4};

	answer_all(w, &ct, 30 * SEC);
	pass(w, SEC);
	assert_int_equal(engine_conntrack_questions(w->e, &question, 1), 1);
	engine_conntrack_table(w->e, &table);
	ct.state = CONNTRACK_NONE;
	engine_conntrack_answer(w->e, &question, &ct, 0);
	expect_mapping(w, MAPPING_BY_CONNTRACK | MAPPING_BY_STUN, MAPPING_EARLY_DROP);
}

static void it_ends_behind_turn(void **state)
{
	struct world *w = *state;
	struct conntrack ct = known_to_conntrack(w);
	struct stun_of of = {.cls = STUN_SUCCESS, .method = STUN_REFRESH, .id = ++w->ids};
	struct event ev;

	of.flags = STUN_F_MATCHED | STUN_F_LIFETIME;
	ev = make_stun(w, SIDE_LAN, IN, &of);
	engine_event(w->e, &ev);
	answer_all(w, &ct, SEC);
	pass(w, 2 * SEC);
	answer_all(w, NULL, 0);
	expect_mapping(w, MAPPING_BY_CONNTRACK | MAPPING_BY_STUN, MAPPING_TURN_CLOSE);
}

static void without_conntrack_silence_ends_it(void **state)
{
	struct world *w = *state;

	asks(w, inside, outside, server, outside);
	pass(w, 119 * SEC);
	expect_mapping(w, MAPPING_BY_STUN, MAPPING_ALIVE);
	pass(w, 3 * SEC);
	expect_mapping(w, MAPPING_BY_STUN, MAPPING_IDLE);
}

/* Given anew with another port: the old mapping is over, and both can be asked for. */
static void it_moves(void **state)
{
	struct world *w = *state;
	struct conntrack ct = known_to_conntrack(w);
	struct endpoint moved = ep("5.0.0.1", 7777);
	struct engine_view *view;

	answer_all(w, &ct, 30 * SEC);
	pass(w, SEC);
	ct.reply_dst = moved;
	answer_all(w, &ct, 30 * SEC);
	view = nat_view_of(w);
	assert_int_equal(mapping_of(view, inside, outside)->ended_by, MAPPING_DELETED);
	assert_int_equal(mapping_of(view, inside, moved)->ended_by, MAPPING_ALIVE);
	assert_int_equal(view->metrics.mapping_conflicts, 0);
	engine_view_free(view);
}

/* One remote's entry runs out: the mapping goes on with the other. */
static void remotes_come_and_go(void **state)
{
	struct world *w = *state;
	struct conntrack ct = known_to_conntrack(w), other, questions[2], answer;
	struct endpoint peer = ep("5.0.0.2", 7000);

	other = entry(inside, peer, outside);
	between(w, inside, outside, peer);
	conntrack_tells(w, SIDE_WAN, &other);
	answer_all(w, &ct, SEC);
	pass(w, 2 * SEC);
	assert_int_equal(engine_conntrack_questions(w->e, questions, 2), 2);
	for (int i = 0; i < 2; i++) {
		answer = questions[i];
		answer.state = CONNTRACK_NONE;
		if (endpoint_equal(&questions[i].orig_dst, &server))
			answer = ct;
		engine_conntrack_answer(w->e, &questions[i], &answer, 30 * SEC);
	}
	expect_mapping(w, MAPPING_BY_CONNTRACK | MAPPING_BY_STUN, MAPPING_ALIVE);
}

static void every_entry_has_its_turn(void **state)
{
	struct world *w = *state;
	struct conntrack question;
	u32 asked[5] = {0};

	for (u16 i = 0; i < 5; i++) {
		struct endpoint host = ep("192.168.0.2", 7000 + i), as = ep("5.0.0.1", 7000 + i);
		struct conntrack ct = entry(host, server, as);

		between(w, host, as, server);
		conntrack_tells(w, SIDE_WAN, &ct);
	}
	for (int i = 0; i < 15; i++) {
		assert_int_equal(engine_conntrack_questions(w->e, &question, 1), 1);
		asked[question.orig_src.port - 7000]++;
	}
	for (int i = 0; i < 5; i++)
		assert_int_equal(asked[i], 3);
}

/* So many hosts that there are not ask, and nobody answers. */
static void flood(struct world *w, u32 count)
{
	for (u32 i = 0; i < count; i++) {
		struct endpoint host = ep("192.168.1.1", (u16)i), as = ep("5.0.0.3", (u16)(i * 7));
		struct event ev;
		struct conntrack ct;

		host.ip.b[15] = (u8)(i >> 16);
		ct = entry(host, server, as);
		between(w, host, as, server);
		ev = at_point(w, SIDE_WAN, OUT, EVENT_CONNTRACK, CLASS_STUN);
		ev.conntrack = ct;
		engine_event(w->e, &ev);
	}
}

/* Made-up flows push out each other, not a mapping on which somebody has answered. */
static void a_flood_ends_no_mapping(void **state)
{
	struct world *w = *state;
	struct engine_view *view;

	known_to_conntrack(w);
	flood(w, 100000);
	expect_mapping(w, MAPPING_BY_CONNTRACK | MAPPING_BY_STUN, MAPPING_ALIVE);
	view = nat_view_of(w);
	assert_in_range(view->nmappings, 10000, 40000);
	assert_int_equal(view->nmappings + view->metrics.mappings_evicted, 100001);
	engine_view_free(view);
}

/* What has ended can still be asked for, whatever comes after it. */
static void a_flood_hides_no_ended_mapping(void **state)
{
	struct world *w = *state;

	known_to_conntrack(w);
	answer_all(w, NULL, 0);
	flood(w, 100000);
	expect_mapping(w, MAPPING_BY_CONNTRACK | MAPPING_BY_STUN, MAPPING_DELETED);
}

/* The translator stands beside conntrack, which sees the way to it untranslated: no disagreement. */
static void nat64_is_no_conflict(void **state)
{
	struct world *w = *state;
	struct endpoint host = ep("2001:db8:a::2", 7000), remote = ep("64:ff9b::500:a", 3478);
	struct conntrack ct = entry(host, remote, host);
	struct engine_view *view;

	for (int before = 0; before < 2; before++) {
		struct stun_of of = {.cls = STUN_REQUEST, .method = STUN_BINDING, .id = ++w->ids};
		struct event ev;

		host.port++;
		ct.orig_src = ct.reply_dst = host;
		between(w, host, host, remote);
		if (before)
			conntrack_tells(w, SIDE_LAN, &ct);
		ev = make_stun(w, SIDE_LAN, OUT, &of);
		engine_event(w->e, &ev);
		between(w, host, outside, server);
		ev = make_stun(w, SIDE_WAN, OUT, &of);
		engine_event(w->e, &ev);
		between(w, host, host, remote);
		conntrack_tells(w, SIDE_LAN, &ct);
		view = nat_view_of(w);
		assert_int_equal(mapping_of(view, host, outside)->conflict.port, 0);
		assert_int_equal(mapping_of(view, host, outside)->sources, MAPPING_BY_STUN);
		assert_int_equal(view->metrics.mapping_conflicts, 0);
		engine_view_free(view);
	}
}

/* Both sides of a packet that was turned back are inside: each has its mapping. */
static void hairpin_maps_both(void **state)
{
	struct world *w = *state;
	struct endpoint carol = ep("192.168.0.4", 7002), carol_out = ep("5.0.0.1", 7002);
	struct conntrack ct = {.orig_src = inside,
			       .orig_dst = carol_out,
			       .reply_src = carol,
			       .reply_dst = outside,
			       .proto = PROTO_UDP,
			       .state = CONNTRACK_FOUND};
	struct engine_view *view;
	struct addr own = ep("5.0.0.1", 0).ip;

	engine_outside(w->e, &own);
	between(w, carol, carol_out, outside);
	conntrack_tells(w, SIDE_LAN, &ct);
	view = nat_view_of(w);
	assert_int_equal(mapping_of(view, inside, outside)->kind, MAPPING_HAIRPIN);
	assert_int_equal(mapping_of(view, carol, carol_out)->kind, MAPPING_FORWARD);
	engine_view_free(view);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(from_the_packets),
		CASE(from_conntrack_at_the_wan),
		CASE(from_conntrack_at_the_lan),
		CASE(from_both),
		CASE(pair_mapped_by_conntrack),
		CASE(families_may_differ),
		CASE(forward_is_told_apart),
		CASE(hairpin_is_told_apart),
		CASE(they_disagree),
		CASE(they_disagree_the_other_way),
		CASE(it_lives_as_long_as_conntrack_says),
		CASE(it_runs_out),
		CASE(it_is_deleted),
		CASE(it_is_dropped_early),
		CASE(it_ends_behind_turn),
		CASE(without_conntrack_silence_ends_it),
		CASE(it_moves),
		CASE(remotes_come_and_go),
		CASE(every_entry_has_its_turn),
		CASE(a_flood_ends_no_mapping),
		CASE(a_flood_hides_no_ended_mapping),
		CASE(nat64_is_no_conflict),
		CASE(hairpin_maps_both),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
