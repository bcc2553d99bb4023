/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The mapping table: how long a mapping lives, what ends it, and that a flood does not harm it. */
#include "mapping_fixture.h"

static void a_mapping_lives_as_long_as_its_conntrack_entry(void **state)
{
	struct engine_fixture *w = *state;
	struct conntrack ct = known_to_conntrack(w);

	for (int i = 0; i < 200; i++) {
		assert_int_equal(answer_questions(w, &ct, 30 * SEC), 1);
		advance_time(w, SEC);
	}
	expect_mapping(w, MAPPING_BY_CONNTRACK | MAPPING_BY_STUN, MAPPING_ALIVE);
}

static void a_mapping_times_out(void **state)
{
	struct engine_fixture *w = *state;
	struct conntrack ct = known_to_conntrack(w);
	u64 begin = w->now;
	struct engine_view *view;

	for (u64 left = 30; left > 0; left--) {
		answer_questions(w, &ct, left * SEC);
		advance_time(w, SEC);
	}
	answer_questions(w, NULL, 0);
	expect_mapping(w, MAPPING_BY_CONNTRACK | MAPPING_BY_STUN, MAPPING_TIMEOUT);
	view = nat_view_of(w);
	assert_true(view->mappings[0].ended <= begin + 31 * SEC &&
		    view->mappings[0].ended >= begin + 29 * SEC);
	assert_int_equal(view->nat.gateway.lifetime_at_most, 30);
	assert_int_equal(view->metrics.mappings_ended[MAPPING_TIMEOUT], 1);
	assert_int_equal(view->metrics.mappings[0], 0);
	engine_view_free(view);
	assert_int_equal(answer_questions(w, NULL, 0), 0);
}

static void a_mapping_is_deleted(void **state)
{
	struct engine_fixture *w = *state;
	struct conntrack ct = known_to_conntrack(w);

	answer_questions(w, &ct, 30 * SEC);
	advance_time(w, SEC);
	answer_questions(w, NULL, 0);
	expect_mapping(w, MAPPING_BY_CONNTRACK | MAPPING_BY_STUN, MAPPING_DELETED);
}

/* The next packet from inside makes the entry anew, which nothing but a question shows. */
static void a_deleted_mapping_comes_back(void **state)
{
	struct engine_fixture *w = *state;
	struct conntrack ct = known_to_conntrack(w);

	answer_questions(w, &ct, 30 * SEC);
	assert_int_equal(answer_questions(w, NULL, 0), 1);
	assert_int_equal(answer_questions(w, NULL, 0), 0);
	advance_time(w, SEC);
	assert_int_equal(answer_questions(w, NULL, 0), 1);
	advance_time(w, SEC);
	assert_int_equal(answer_questions(w, &ct, 30 * SEC), 1);
	expect_mapping(w, MAPPING_BY_CONNTRACK, MAPPING_ALIVE);
	assert_int_equal(answer_questions(w, NULL, 0), 1);
	advance_time(w, 31 * SEC);
	assert_int_equal(answer_questions(w, NULL, 0), 0); /* it is given up */
}

static void a_mapping_is_dropped_early(void **state)
{
	struct engine_fixture *w = *state;
	struct conntrack ct = known_to_conntrack(w), question;
	struct conntrack_table table = {.entries = 900, .limit = 1000, .early_drops = 4};

	answer_questions(w, &ct, 30 * SEC);
	advance_time(w, SEC);
	assert_int_equal(engine_conntrack_questions(w->e, &question, 1), 1);
	engine_conntrack_table(w->e, &table);
	ct.state = CONNTRACK_NONE;
	engine_conntrack_answer(w->e, &question, &ct, 0);
	expect_mapping(w, MAPPING_BY_CONNTRACK | MAPPING_BY_STUN, MAPPING_EARLY_DROP);
}

static void a_mapping_ends_behind_turn(void **state)
{
	struct engine_fixture *w = *state;
	struct conntrack ct = known_to_conntrack(w);
	struct stun_spec of = {.cls = STUN_SUCCESS, .method = STUN_REFRESH, .id = ++w->ids};
	struct event ev;

	of.flags = STUN_F_MATCHED | STUN_F_LIFETIME;
	ev = make_stun_event(w, SIDE_LAN, IN, &of);
	engine_event(w->e, &ev);
	answer_questions(w, &ct, SEC);
	advance_time(w, 2 * SEC);
	answer_questions(w, NULL, 0);
	expect_mapping(w, MAPPING_BY_CONNTRACK | MAPPING_BY_STUN, MAPPING_TURN_CLOSE);
}

static void without_conntrack_silence_ends_it(void **state)
{
	struct engine_fixture *w = *state;

	mapped_request(w, inside, outside, server, outside);
	advance_time(w, 119 * SEC);
	expect_mapping(w, MAPPING_BY_STUN, MAPPING_ALIVE);
	advance_time(w, 3 * SEC);
	expect_mapping(w, MAPPING_BY_STUN, MAPPING_IDLE);
}

/* Given anew with another port: the old mapping is over, and both can be asked for. */
static void a_mapping_moves_to_another_port(void **state)
{
	struct engine_fixture *w = *state;
	struct conntrack ct = known_to_conntrack(w);
	struct endpoint moved = ep("5.0.0.1", 7777);
	struct engine_view *view;

	answer_questions(w, &ct, 30 * SEC);
	advance_time(w, SEC);
	ct.reply_dst = moved;
	answer_questions(w, &ct, 30 * SEC);
	view = nat_view_of(w);
	assert_int_equal(mapping_of(view, inside, outside)->ended_by, MAPPING_DELETED);
	assert_int_equal(mapping_of(view, inside, moved)->ended_by, MAPPING_ALIVE);
	assert_int_equal(view->metrics.mapping_conflicts, 0);
	engine_view_free(view);
}

/* One remote's entry runs out: the mapping goes on with the other. */
static void remotes_come_and_go(void **state)
{
	struct engine_fixture *w = *state;
	struct conntrack ct = known_to_conntrack(w), other, questions[2], answer;
	struct endpoint peer = ep("5.0.0.2", 7000);

	other = conntrack_entry(inside, peer, outside);
	set_endpoints(w, inside, outside, peer);
	report_conntrack(w, SIDE_WAN, &other);
	answer_questions(w, &ct, SEC);
	advance_time(w, 2 * SEC);
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

static void every_entry_is_asked_about_in_turn(void **state)
{
	struct engine_fixture *w = *state;
	struct conntrack question;
	u32 asked[5] = {0};

	for (u16 i = 0; i < 5; i++) {
		struct endpoint host = ep("192.168.0.2", 7000 + i), as = ep("5.0.0.1", 7000 + i);
		struct conntrack ct = conntrack_entry(host, server, as);

		set_endpoints(w, host, as, server);
		report_conntrack(w, SIDE_WAN, &ct);
	}
	for (int i = 0; i < 15; i++) {
		assert_int_equal(engine_conntrack_questions(w->e, &question, 1), 1);
		asked[question.orig_src.port - 7000]++;
	}
	for (int i = 0; i < 5; i++)
		assert_int_equal(asked[i], 3);
}

/* So many hosts that there are not ask, and nobody answers. */
static void flood_mappings(struct engine_fixture *w, u32 count)
{
	for (u32 i = 0; i < count; i++) {
		struct endpoint host = ep("192.168.1.1", (u16)i), as = ep("5.0.0.3", (u16)(i * 7));
		struct event ev;
		struct conntrack ct;

		host.ip.b[15] = (u8)(i >> 16);
		ct = conntrack_entry(host, server, as);
		set_endpoints(w, host, as, server);
		ev = event_at_point(w, SIDE_WAN, OUT, EVENT_CONNTRACK, CLASS_STUN);
		ev.conntrack = ct;
		engine_event(w->e, &ev);
	}
}

/* Made-up flows push out each other, not a mapping on which somebody has answered. */
static void a_flood_ends_no_mapping(void **state)
{
	struct engine_fixture *w = *state;
	struct engine_view *view;

	known_to_conntrack(w);
	flood_mappings(w, 100000);
	expect_mapping(w, MAPPING_BY_CONNTRACK | MAPPING_BY_STUN, MAPPING_ALIVE);
	view = nat_view_of(w);
	assert_in_range(view->nmappings, 10000, 40000);
	assert_int_equal(view->nmappings + view->metrics.mappings_evicted, 100001);
	engine_view_free(view);
}

/*
 * One socket that asks everybody: what finds no room is counted, and what it costs does not grow
 * with it.
 */
static void a_scan_is_bounded(void **state)
{
	struct engine_fixture *w = *state;
	struct engine_view *view;

	for (u32 i = 0; i < 30000; i++) {
		struct endpoint remote = ep("198.51.100.1", (u16)(i + 1)),
				as = ep("5.0.0.1", (u16)(i + 1));

		mapped_request(w, inside, outside, remote, outside);
		mapped_request(w, ep("192.168.0.3", 7000), as, remote, as);
	}
	view = nat_view_of(w);
	assert_int_equal(mapping_of(view, inside, outside)->nremotes, 256);
	assert_true(view->metrics.remotes_lost >= 30000 - 256);
	engine_view_free(view);
}

/* What has ended can still be asked for, whatever comes after it. */
static void a_flood_hides_no_ended_mapping(void **state)
{
	struct engine_fixture *w = *state;

	known_to_conntrack(w);
	answer_questions(w, NULL, 0);
	flood_mappings(w, 100000);
	expect_mapping(w, MAPPING_BY_CONNTRACK | MAPPING_BY_STUN, MAPPING_DELETED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_mapping_lives_as_long_as_its_conntrack_entry),
		CASE(a_mapping_times_out),
		CASE(a_mapping_is_deleted),
		CASE(a_deleted_mapping_comes_back),
		CASE(a_mapping_is_dropped_early),
		CASE(a_mapping_ends_behind_turn),
		CASE(without_conntrack_silence_ends_it),
		CASE(a_mapping_moves_to_another_port),
		CASE(remotes_come_and_go),
		CASE(every_entry_is_asked_about_in_turn),
		CASE(a_flood_ends_no_mapping),
		CASE(a_scan_is_bounded),
		CASE(a_flood_hides_no_ended_mapping),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
