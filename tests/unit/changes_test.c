/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The cursor over what changed of the sessions: everything, in order, once; and what was lost. */
#include "engine_fixture.h"

#include "engine/changes_view.h"

#define ROOM 64

struct change_reader {
	struct change_cursor cursor;
	struct session_change changes[ROOM];
	size_t count;
};

static void read_changes(struct change_reader *r, struct engine_fixture *w)
{
	r->count = engine_changes(w->e, &r->cursor, r->changes, ROOM);
}

static const struct session_outline *last_outline(const struct change_reader *r)
{
	assert_true(r->count > 0);
	return &r->changes[r->count - 1].now;
}

static void nothing_changes_nothing_is_read(void **state)
{
	struct engine_fixture *w = *state;
	struct change_reader r = {0};

	read_changes(&r, w);
	assert_int_equal(r.count, 0);
	connect_peers(w);
	read_changes(&r, w);
	assert_true(r.count > 0);
	read_changes(&r, w);
	assert_int_equal(r.count, 0);
	assert_int_equal(r.cursor.lost, 0);
}

/* Media and consent of a session that works are no news. */
static void what_goes_on_is_no_change(void **state)
{
	struct engine_fixture *w = *state;
	struct change_reader r = {0};

	connect_peers(w);
	complete_dtls(w);
	rtp_stream(w, OUT, 1);
	rtp_stream(w, IN, 2);
	advance_time(w, SEC);
	read_changes(&r, w);
	assert_int_equal(last_outline(&r)->verdict, VERDICT_SUCCEEDED);
	keep_consent(w, 20);
	read_changes(&r, w);
	assert_int_equal(r.count, 0);
}

static void changes_come_in_order(void **state)
{
	struct engine_fixture *w = *state;
	struct change_reader r = {0};

	connect_peers(w);
	complete_dtls(w);
	rtp_stream(w, OUT, 1);
	rtp_stream(w, IN, 2);
	advance_time(w, SEC);
	read_changes(&r, w);
	assert_true(r.count >= 3);
	for (size_t i = 0; i < r.count; i++) {
		assert_true(r.changes[i].now.listed);
		assert_int_equal(r.changes[i].id, r.changes[0].id);
		if (!i)
			continue;
		assert_true(r.changes[i].time_ns >= r.changes[i - 1].time_ns);
		assert_true(r.changes[i].now.stage >= r.changes[i - 1].now.stage);
		assert_true(memcmp(&r.changes[i].now, &r.changes[i - 1].now,
				   sizeof(struct session_outline)));
	}
	assert_int_equal(last_outline(&r)->stage, STAGE_MEDIA);
	assert_int_equal(last_outline(&r)->verdict, VERDICT_SUCCEEDED);
	assert_false(last_outline(&r)->over);
}

static void a_block_is_a_change_and_its_rule_another(void **state)
{
	struct engine_fixture *w = *state;
	struct rule rule = {.family = "inet", .table = "t", .chain = "c", .text = "drop"};
	struct change_reader r = {0};
	struct event ev;

	w->outbound_drops = true;
	ice_request(w, OUT, STUN_F_CONTROLLING);
	ev = event_at_point(w, SIDE_LAN, OUT, EVENT_DROP, CLASS_STUN);
	ev.drop.reason = 5;
	engine_event(w->e, &ev);
	unanswered_checks(w);
	read_changes(&r, w);
	assert_int_equal(last_outline(&r)->verdict, VERDICT_BLOCKED);
	assert_int_equal(last_outline(&r)->cause, CAUSE_RULE);
	assert_true(last_outline(&r)->over);
	assert_false(last_outline(&r)->rule_known);
	engine_rule(w->e, &ev, &rule, NOT_QUEUED, NULL);
	read_changes(&r, w);
	assert_int_equal(r.count, 1);
	assert_true(last_outline(&r)->rule_known);
}

static void a_session_that_is_forgotten_is_no_longer_listed(void **state)
{
	struct engine_fixture *w = *state;
	struct change_reader r = {0};
	u64 id;

	unanswered_checks(w);
	advance_time(w, 60 * SEC);
	read_changes(&r, w);
	assert_true(last_outline(&r)->listed);
	id = r.changes[0].id;
	advance_time(w, 700 * SEC);
	read_changes(&r, w);
	assert_int_equal(r.count, 1);
	assert_int_equal(r.changes[0].id, id);
	assert_false(last_outline(&r)->listed);
}

static void a_reader_takes_as_many_as_it_has_room_for(void **state)
{
	struct engine_fixture *w = *state;
	struct session_change one, whole[ROOM];
	struct change_cursor single = {0}, all = {0};
	size_t count;

	connect_peers(w);
	complete_dtls(w);
	count = engine_changes(w->e, &all, whole, ROOM);
	assert_true(count > 1);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(engine_changes(w->e, &single, &one, 1), 1);
		assert_memory_equal(&one, &whole[i], sizeof(one));
	}
	assert_int_equal(engine_changes(w->e, &single, &one, 1), 0);
}

/* Begins a session of its own, with one check. */
static void begin_numbered(struct engine_fixture *w, u32 number)
{
	char own[16], other[16];

	snprintf(own, sizeof(own), "o%07u", number);
	snprintf(other, sizeof(other), "p%07u", number);
	w->own = own;
	w->other = other;
	w->host.port = w->mapped.port = (u16)(10000 + number % 50000);
	ice_request(w, OUT, STUN_F_CONTROLLING);
	w->own = w->other = NULL;
}

/* Makes more changes than are kept: sessions begin, fail and make room for others. */
static void overflow(struct engine_fixture *w, struct change_cursor *quick)
{
	struct session_change changes[ROOM];

	for (u32 i = 0; quick->seen < CHANGES_KEPT + 1000; i++) {
		begin_numbered(w, i);
		if (i % 50 == 49)
			advance_time(w, 60 * SEC);
		while (engine_changes(w->e, quick, changes, ROOM))
			;
	}
}

static void a_slow_reader_is_told_what_it_lost(void **state)
{
	struct engine_fixture *w = *state;
	struct change_cursor quick = {0}, slow = {0};
	struct session_change changes[ROOM];
	u64 read = 0, time = 0;

	overflow(w, &quick);
	assert_int_equal(quick.lost, 0);
	for (size_t n; (n = engine_changes(w->e, &slow, changes, ROOM)); read += n) {
		for (size_t i = 0; i < n; i++) {
			assert_true(changes[i].time_ns >= time);
			time = changes[i].time_ns;
		}
	}
	assert_int_equal(read, CHANGES_KEPT);
	assert_int_equal(slow.lost, quick.seen - CHANGES_KEPT);
	assert_int_equal(slow.seen, quick.seen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_changes_nothing_is_read),
		TEST(what_goes_on_is_no_change),
		TEST(changes_come_in_order),
		TEST(a_block_is_a_change_and_its_rule_another),
		TEST(a_session_that_is_forgotten_is_no_longer_listed),
		TEST(a_reader_takes_as_many_as_it_has_room_for),
		TEST(a_slow_reader_is_told_what_it_lost),
	};

	return cmocka_run_group_tests_name("changes", tests, NULL, NULL);
}
