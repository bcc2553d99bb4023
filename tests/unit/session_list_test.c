/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Many sessions: parts of their list, ended ones, room for new ones, and metrics that are kept up
 * to date instead of counted anew.
 */
#include "engine_fixture.h"

/* A session of its own ufrags, which works. */
static void begin_session(struct engine_fixture *w, u32 n)
{
	static char own[16], other[16];

	snprintf(own, sizeof(own), "h%06u", n);
	snprintf(other, sizeof(other), "p%06u", n);
	w->own = own;
	w->other = other;
	w->host.port = w->mapped.port = (u16)(10000 + n);
	memset(w->counts, 0, sizeof(w->counts));
	connect_peers(w);
	complete_dtls(w);
	rtp_stream(w, OUT, n);
	rtp_stream(w, IN, n);
}

/* What the metrics keep up is what the list of sessions amounts to. */
static void expect_metrics(struct engine_fixture *w)
{
	struct engine_view *view = engine_view(w->e, VIEW_SESSIONS | VIEW_MAPPINGS, NULL);
	u64 stage[STAGE_COUNT] = {0}, active = 0, mappings = 0;

	assert_non_null(view);
	for (size_t i = 0; i < view->nsessions; i++)
		if (!view->sessions[i].over) {
			stage[view->sessions[i].stage]++;
			active++;
		}
	for (size_t i = 0; i < view->nmappings; i++)
		mappings += !view->mappings[i].ended;
	assert_memory_equal(stage, view->metrics.stage, sizeof(stage));
	assert_int_equal(view->metrics.active, active);
	assert_int_equal(view->metrics.mappings[0], mappings);
	engine_view_free(view);
}

static void metrics_follow_the_sessions(void **state)
{
	struct engine_fixture *w = *state;

	for (u32 n = 0; n < 20; n++) {
		begin_session(w, n);
		expect_metrics(w);
	}
	for (int i = 0; i < 200; i++) { /* silence ends sessions, then mappings */
		advance_time(w, SEC);
		expect_metrics(w);
	}
	advance_time(w, 700 * SEC);
	expect_metrics(w);
}

static void ports_of_an_outside_address_are_those_in_use(void **state)
{
	struct engine_fixture *w = *state;
	struct engine_view *view;

	for (u32 n = 0; n < 20; n++)
		begin_session(w, n);
	view = engine_view(w->e, VIEW_HOSTS, NULL);
	assert_int_equal(view->metrics.ports_used[0], 20);
	assert_int_equal(view->metrics.outside_addresses, 1);
	assert_int_equal(view->noutsides, 1);
	assert_int_equal(view->outsides[0].ports[0], 20);
	engine_view_free(view);
	for (int i = 0; i < 200; i++)
		advance_time(w, SEC);
	view = engine_view(w->e, VIEW_HOSTS, NULL);
	assert_int_equal(view->metrics.outside_addresses, 0);
	assert_int_equal(view->noutsides, 0);
	engine_view_free(view);
}

static size_t take_part(struct engine_fixture *w, struct view_filter *filter, u64 *last)
{
	struct engine_view *view = engine_view(w->e, VIEW_SESSIONS, filter);
	size_t n;

	assert_non_null(view);
	assert_int_equal(view->from, filter->after);
	for (size_t i = 0; i < view->nsessions; i++) {
		assert_true(view->sessions[i].serial > *last);
		*last = view->sessions[i].serial;
	}
	filter->after = view->next;
	n = view->nsessions;
	engine_view_free(view);
	return n;
}

static void the_parts_make_up_the_whole_list(void **state)
{
	struct engine_fixture *w = *state;
	struct view_filter filter = {.most = 7};
	u64 last = 0;

	for (u32 n = 0; n < 21; n++)
		begin_session(w, n);
	assert_int_equal(take_part(w, &filter, &last), 7);
	assert_int_equal(take_part(w, &filter, &last), 7);
	assert_int_equal(take_part(w, &filter, &last), 7);
	assert_int_equal(filter.after, 0);
	filter = (struct view_filter){.most = 1000};
	last = 0;
	assert_int_equal(take_part(w, &filter, &last), 21);
	assert_int_equal(filter.after, 0);
	filter = (struct view_filter){.most = 7, .by_verdict = 1, .verdict = VERDICT_BLOCKED};
	assert_int_equal(take_part(w, &filter, &last), 0);
	assert_int_equal(filter.after, 0);
}

static void sessions_that_come_or_go_between_two_parts_do_no_harm(void **state)
{
	struct engine_fixture *w = *state;
	struct view_filter filter = {.most = 5};
	u64 last = 0;

	for (u32 n = 0; n < 10; n++)
		begin_session(w, n);
	assert_int_equal(take_part(w, &filter, &last), 5);
	for (int i = 0; i < 700; i++)
		advance_time(w, SEC); /* all of them are forgotten */
	for (u32 n = 20; n < 23; n++)
		begin_session(w, n);
	assert_int_equal(take_part(w, &filter, &last), 3);
	assert_int_equal(filter.after, 0);
}

/* engine_fixture_start() lets 100 be kept. */
static void the_longest_ended_session_makes_room(void **state)
{
	struct engine_fixture *w = *state;
	struct engine_view *view;

	for (u32 n = 0; n < 60; n++)
		begin_session(w, n);
	for (int i = 0; i < 40; i++)
		advance_time(w, SEC); /* they are over */
	for (u32 n = 60; n < 150; n++)
		begin_session(w, n);
	view = engine_view(w->e, VIEW_SESSIONS, NULL);
	assert_int_equal(view->nsessions, 100);
	assert_int_equal(view->sessions[0].serial, 51);
	assert_int_equal(view->metrics.active, 90);
	assert_int_equal(view->metrics.sessions_lost, 0);
	engine_view_free(view);
	for (u32 n = 150; n < 170; n++)
		begin_session(w, n);
	view = engine_view(w->e, VIEW_SESSIONS, NULL);
	assert_int_equal(view->nsessions, 100);
	assert_int_equal(view->metrics.active, 100);
	assert_true(view->metrics.sessions_lost > 0);
	engine_view_free(view);
	expect_metrics(w);
}

/* A view of lines tells the same of each session, but for its lists. */
static void a_line_is_a_session_without_its_lists(void **state)
{
	struct engine_fixture *w = *state;
	struct engine_view *lines, *all;

	begin_session(w, 0);
	begin_session(w, 1);
	lines = engine_view(w->e, VIEW_SESSIONS | VIEW_LINES, NULL);
	all = engine_view(w->e, VIEW_SESSIONS, NULL);
	assert_int_equal(lines->nsessions, 2);
	for (size_t i = 0; i < lines->nsessions; i++) {
		const struct session *line = &lines->sessions[i], *whole = &all->sessions[i];

		assert_memory_equal(line, whole, offsetof(struct session, ufrags));
		assert_memory_equal(line->ufrags, whole->ufrags,
				    whole->ufrag_len[0] + whole->ufrag_len[1]);
		assert_memory_equal(&line->times, &whole->times, sizeof(line->times));
		assert_true(whole->npairs && whole->nevidence);
		assert_false(line->npairs || line->nevidence);
	}
	engine_view_free(lines);
	engine_view_free(all);
}

/* --- ids --- */

#define IDS 50

/* The ids of that many sessions of an engine of this instance. */
static void ids_of_instance(u64 instance, u64 ids[IDS])
{
	const struct engine_limits limits = {
		.sessions = 100, .keep_ended_ns = 600 * SEC, .instance = instance};
	struct engine_fixture w;
	struct engine_view *view;

	engine_fixture_start(&w);
	engine_free(w.e);
	w.e = engine_new(&limits);
	assert_non_null(w.e);
	engine_point(w.e, LAN, SIDE_LAN);
	engine_point(w.e, WAN, SIDE_WAN);
	for (u32 n = 0; n < IDS; n++)
		begin_session(&w, n);
	view = engine_view(w.e, VIEW_SESSIONS, NULL);
	assert_non_null(view);
	assert_int_equal(view->nsessions, IDS);
	for (u32 n = 0; n < IDS; n++)
		ids[n] = view->sessions[n].id;
	engine_view_free(view);
	engine_fixture_end(&w);
}

/* Also where the instances are numbers next to each other. */
static void ids_differ_between_instances(void **state)
{
	static u64 ids[3 * IDS];

	(void)state;
	ids_of_instance(0, ids);
	ids_of_instance(1, ids + IDS);
	ids_of_instance(0x123456789abcdef0ull, ids + 2 * IDS);
	for (int i = 0; i < 3 * IDS; i++) {
		assert_true(ids[i] != 0);
		for (int j = 0; j < i; j++)
			assert_true(ids[i] != ids[j]);
	}
}

static void ids_of_a_replay_are_the_same_again(void **state)
{
	static u64 once[IDS], again[IDS];

	(void)state;
	ids_of_instance(0, once);
	ids_of_instance(0, again);
	assert_memory_equal(once, again, sizeof(once));
	/* users may have kept it */
	assert_true(once[0] == 0x5692161d100b05e5ull);
}

static void a_session_is_found_by_its_first_digits(void **state)
{
	struct engine_fixture *w = *state;
	struct view_filter filter = {0};
	struct engine_view *view;

	for (u32 n = 0; n < 50; n++)
		begin_session(w, n);
	view = engine_view(w->e, VIEW_SESSIONS, NULL);
	assert_non_null(view);
	filter.id = view->sessions[20].id;
	engine_view_free(view);
	for (filter.id_digits = 4; filter.id_digits <= 16; filter.id_digits++) {
		view = engine_view(w->e, VIEW_SESSIONS, &filter);
		assert_non_null(view);
		assert_int_equal(view->nsessions, 1);
		assert_true(view->sessions[0].id == filter.id);
		engine_view_free(view);
	}
	filter.id_digits = 16;
	filter.id ^= 1;
	view = engine_view(w->e, VIEW_SESSIONS, &filter);
	assert_non_null(view);
	assert_int_equal(view->nsessions, 0);
	engine_view_free(view);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_differ_between_instances),
		cmocka_unit_test(ids_of_a_replay_are_the_same_again),
		TEST(a_session_is_found_by_its_first_digits),
		TEST(metrics_follow_the_sessions),
		TEST(ports_of_an_outside_address_are_those_in_use),
		TEST(the_parts_make_up_the_whole_list),
		TEST(sessions_that_come_or_go_between_two_parts_do_no_harm),
		TEST(the_longest_ended_session_makes_room),
		TEST(a_line_is_a_session_without_its_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
