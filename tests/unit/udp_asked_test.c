/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is remembered of the STUN that a host sent outside: when it counts, how long, and how much
 * of it at most.
 */
#include "engine_fixture.h"

#include "engine/local.h"
#include "engine/metrics_view.h"
#include "engine/state.h"

static struct endpoint server(u32 n)
{
	struct endpoint server = ep("5.1.0.0", 3478);

	server.ip.b[14] = (u8)(n >> 8);
	server.ip.b[15] = (u8)n;
	return server;
}

/* A request without an ICE user name. Returns its transaction. */
static u64 ask_server(struct engine_fixture *w, u32 n, u32 flags)
{
	struct stun_spec of = {
		.cls = STUN_REQUEST, .method = STUN_BINDING, .flags = flags, .id = ++w->ids};
	struct endpoint peer = w->peer;

	w->peer = server(n);
	pass_points(w, OUT, make_stun_event, &of);
	w->peer = peer;
	return of.id;
}

static void server_answers(struct engine_fixture *w, u32 n, u64 id)
{
	struct endpoint peer = w->peer;

	w->peer = server(n);
	ice_answer(w, IN, id, 0);
	w->peer = peer;
}

static void ask_over_tcp(struct engine_fixture *w, u32 n)
{
	w->tcp = true;
	server_answers(w, n, ask_server(w, n, 0));
	w->tcp = false;
}

static void sample_server(struct engine_fixture *w, u32 n)
{
	struct endpoint peer = w->peer;
	struct flow_record record;
	struct event ev;

	memset(&record, 0, sizeof(record));
	w->peer = server(n);
	ev = event_at_point(w, SIDE_LAN, OUT, EVENT_STUN, CLASS_STUN);
	w->peer = peer;
	record.dir[DIR_IN].last_ns = w->now;
	engine_sample(w->e, &ev.key, &record);
}

static const struct asked_remotes *remembered(const struct engine_fixture *w)
{
	const struct local_addr *l = local_find(w->e, &w->host.ip);

	assert_non_null(l);
	return l->asked;
}

static void expect_blocked(struct engine_fixture *w, u8 cause)
{
	expect_verdict(w, VERDICT_BLOCKED, WHERE_UPSTREAM, cause, STAGE_CHECKING);
}

static void expect_no_answer(struct engine_fixture *w)
{
	expect_verdict(w, VERDICT_FAILED, WHERE_NONE, CAUSE_NO_ANSWER, STAGE_CHECKING);
}

/* The session goes on trying, too short for a verdict. */
static void check_on(struct engine_fixture *w)
{
	for (int i = 0; i < 20; i++) {
		ice_request(w, OUT, 0);
		advance_time(w, SEC);
	}
}

static void an_answer_may_be_late(void **state)
{
	struct engine_fixture *w = *state;
	u64 first = ask_server(w, 1, STUN_F_TCP_ANSWERED);

	ask_server(w, 2, STUN_F_TCP_ANSWERED);
	assert_int_equal(remembered(w)->count, 2);
	check_on(w);
	server_answers(w, 1, first);
	unanswered_checks(w);
	expect_no_answer(w);
}

static void it_leaves_nothing_to_remember(void **state)
{
	struct engine_fixture *w = *state;
	u64 first = ask_server(w, 1, 0);

	ask_server(w, 2, STUN_F_PORT_ANSWERED);
	ask_over_tcp(w, 3);
	assert_int_equal(remembered(w)->count, 3);
	advance_time(w, SEC);
	server_answers(w, 1, first);
	assert_null(remembered(w));
}

/* What is heard later of the others does not undo it. */
static void an_answer_holds(void **state)
{
	struct engine_fixture *w = *state;
	u64 first = ask_server(w, 1, STUN_F_TCP_ANSWERED);

	server_answers(w, 1, first);
	advance_time(w, SEC);
	ask_server(w, 2, STUN_F_TCP_ANSWERED);
	ask_server(w, 3, STUN_F_TCP_ANSWERED);
	unanswered_checks(w);
	expect_no_answer(w);
}

static void not_for_ever(void **state)
{
	struct engine_fixture *w = *state;
	u64 first = ask_server(w, 1, STUN_F_TCP_ANSWERED);

	server_answers(w, 1, first);
	advance_time(w, 61 * SEC);
	ask_server(w, 2, STUN_F_TCP_ANSWERED);
	ask_server(w, 3, STUN_F_TCP_ANSWERED);
	unanswered_checks(w);
	expect_blocked(w, CAUSE_UDP_BLOCKED);
}

/* The answered flow is heard of by samples alone: as long as it is, UDP works. */
static void but_as_long_as_it_is_heard_of(void **state)
{
	struct engine_fixture *w = *state;
	u64 first = ask_server(w, 1, STUN_F_TCP_ANSWERED);

	server_answers(w, 1, first);
	for (int i = 0; i < 61; i++) {
		advance_time(w, SEC);
		sample_server(w, 1);
	}
	ask_server(w, 2, STUN_F_TCP_ANSWERED);
	ask_server(w, 3, STUN_F_TCP_ANSWERED);
	unanswered_checks(w);
	expect_no_answer(w);
}

/* A sample that shows nothing new of an answered flow says nothing against what was asked since. */
static void an_old_answer_in_a_sample_is_none(void **state)
{
	struct engine_fixture *w = *state;
	struct flow_record record = {0};
	struct endpoint peer = w->peer;
	struct event ev;
	u64 first = ask_server(w, 1, STUN_F_TCP_ANSWERED);

	server_answers(w, 1, first);
	advance_time(w, 61 * SEC);
	ask_server(w, 2, STUN_F_TCP_ANSWERED);
	ask_server(w, 3, STUN_F_TCP_ANSWERED);
	w->peer = server(1);
	ev = event_at_point(w, SIDE_LAN, OUT, EVENT_STUN, CLASS_STUN);
	w->peer = peer;
	engine_sample(w->e, &ev.key, &record);
	assert_int_equal(remembered(w)->count, 2);
	unanswered_checks(w);
	expect_blocked(w, CAUSE_UDP_BLOCKED);
}

static void what_never_left_was_not_asked(void **state)
{
	struct engine_fixture *w = *state;

	w->outbound_drops = true;
	ask_server(w, 1, STUN_F_TCP_ANSWERED);
	ask_server(w, 2, STUN_F_TCP_ANSWERED);
	w->outbound_drops = false;
	assert_null(remembered(w));
	unanswered_checks(w);
	expect_no_answer(w);
}

/* Its first requests are dropped here, the next one is seen at the WAN as well. */
static void what_leaves_later_was(void **state)
{
	struct engine_fixture *w = *state;

	w->outbound_drops = true;
	ask_server(w, 1, STUN_F_TCP_ANSWERED);
	ask_server(w, 2, STUN_F_TCP_ANSWERED);
	w->outbound_drops = false;
	advance_time(w, SEC);
	ask_server(w, 1, STUN_F_TCP_ANSWERED);
	ask_server(w, 2, STUN_F_TCP_ANSWERED);
	unanswered_checks(w);
	expect_blocked(w, CAUSE_UDP_BLOCKED);
}

static void tcp_may_answer_later(void **state)
{
	struct engine_fixture *w = *state;

	ask_server(w, 1, 0);
	check_on(w);
	ask_over_tcp(w, 1);
	unanswered_checks(w);
	expect_blocked(w, CAUSE_UDP_BLOCKED);
}

static void or_before(void **state)
{
	struct engine_fixture *w = *state;

	ask_over_tcp(w, 1);
	advance_time(w, SEC);
	ask_server(w, 1, 0);
	unanswered_checks(w);
	expect_blocked(w, CAUSE_UDP_BLOCKED);
}

static void but_not_long_before(void **state)
{
	struct engine_fixture *w = *state;

	ask_over_tcp(w, 1);
	advance_time(w, 61 * SEC);
	ask_server(w, 1, 0);
	unanswered_checks(w);
	expect_no_answer(w);
}

/* Another one's TCP says nothing of one server. */
static void nor_elsewhere(void **state)
{
	struct engine_fixture *w = *state;

	ask_over_tcp(w, 2);
	ask_server(w, 1, 0);
	unanswered_checks(w);
	expect_no_answer(w);
}

static void what_was_asked_long_ago_is_over(void **state)
{
	struct engine_fixture *w = *state;

	ask_server(w, 1, STUN_F_TCP_ANSWERED);
	ask_server(w, 2, STUN_F_TCP_ANSWERED);
	advance_time(w, 61 * SEC);
	unanswered_checks(w);
	expect_no_answer(w);
}

static void unless_a_sample_shows_it_again(void **state)
{
	struct engine_fixture *w = *state;

	ask_server(w, 1, STUN_F_TCP_ANSWERED);
	ask_server(w, 2, STUN_F_TCP_ANSWERED);
	advance_time(w, 61 * SEC);
	sample_server(w, 1);
	sample_server(w, 2);
	ask_server(w, 2, STUN_F_TCP_ANSWERED); /* the TCP of now */
	unanswered_checks(w);
	expect_blocked(w, CAUSE_UDP_BLOCKED);
}

static void other_udp_counts_as_long(void **state)
{
	struct engine_fixture *w = *state;

	ask_server(w, 1, STUN_F_PORT_ANSWERED);
	advance_time(w, 61 * SEC);
	ask_server(w, 2, STUN_F_TCP_ANSWERED);
	ask_server(w, 3, STUN_F_TCP_ANSWERED);
	unanswered_checks(w);
	expect_blocked(w, CAUSE_UDP_BLOCKED);
}

static void other_udp_of_now(void **state)
{
	struct engine_fixture *w = *state;

	ask_server(w, 1, 0);
	ask_server(w, 2, STUN_F_PORT_ANSWERED);
	unanswered_checks(w);
	expect_blocked(w, CAUSE_STUN_FILTERED);
}

/*
 * Its remotes are remembered in a bounded number of places, whatever it does, and that is all that
 * its verdict looks at.
 */
static void a_host_that_asks_thousands(void **state)
{
	struct engine_fixture *w = *state;

	for (u32 n = 0; n < 5000; n++) {
		ask_server(w, n, STUN_F_TCP_ANSWERED);
		assert_int_equal(remembered(w)->count, n < REMOTES_ASKED ? n + 1 : REMOTES_ASKED);
	}
	assert_true(w->e->metrics->bounds_reached[BOUND_ASKED_REMOTES] >= 5000 - REMOTES_ASKED);
	unanswered_checks(w);
	assert_int_equal(remembered(w)->count, REMOTES_ASKED);
	expect_blocked(w, CAUSE_UDP_BLOCKED);
}

/* The longest unheard of goes first: one that is asked on is not pushed out. */
static void who_is_asked_on_stays(void **state)
{
	struct engine_fixture *w = *state;
	struct endpoint first = server(0);
	bool found = false;

	for (u32 n = 0; n < 100; n++) {
		ask_server(w, 0, 0);
		advance_time(w, MS);
		ask_server(w, 1 + n, 0);
		advance_time(w, MS);
	}
	for (u32 i = 0; i < remembered(w)->count; i++)
		found |= memcmp(&remembered(w)->remote[i].ip, &first.ip, sizeof(first.ip)) == 0;
	assert_true(found);
}

/* Peers by the hundred do not push out the servers that were asked before. */
static void peers_give_way_to_servers(void **state)
{
	struct engine_fixture *w = *state;

	ask_server(w, 1, 0);
	ask_server(w, 2, STUN_F_TCP_ANSWERED);
	advance_time(w, SEC);
	for (u32 n = 0; n < 300; n++) {
		w->peer = server(1000 + n);
		ice_request(w, OUT, 0);
	}
	assert_int_equal(remembered(w)->count, REMOTES_ASKED);
	unanswered_checks(w);
	expect_blocked(w, CAUSE_UDP_BLOCKED);
}

/* A connection of over a minute, of which only samples tell. */
static void stay_connected_over_tcp(struct engine_fixture *w, u32 n)
{
	ask_over_tcp(w, n);
	w->tcp = true;
	for (int i = 0; i < 61; i++) {
		advance_time(w, SEC);
		sample_server(w, n);
	}
	w->tcp = false;
}

static void tcp_may_go_on(void **state)
{
	struct engine_fixture *w = *state;

	stay_connected_over_tcp(w, 0);
	for (u32 n = 0; n < REMOTES_ASKED - 1; n++)
		ask_server(w, n, 0);
	unanswered_checks(w);
	expect_blocked(w, CAUSE_UDP_BLOCKED);
}

/* What it costs: the one server that was known to be there is forgotten. */
static void a_server_may_be_pushed_out(void **state)
{
	struct engine_fixture *w = *state;

	stay_connected_over_tcp(w, 0);
	for (u32 n = 0; n <= REMOTES_ASKED; n++, w->now += MS)
		ask_server(w, n, 0);
	unanswered_checks(w);
	expect_no_answer(w);
}

/* What it does not: that UDP was answered is not forgotten. */
static void an_answer_is_not_pushed_out(void **state)
{
	struct engine_fixture *w = *state;
	u64 first = ask_server(w, 0, 0);

	server_answers(w, 0, first);
	advance_time(w, SEC);
	for (u32 n = 1; n < 1000; n++)
		ask_server(w, n, STUN_F_TCP_ANSWERED);
	unanswered_checks(w);
	expect_no_answer(w);
}

static void each_host_has_its_own(void **state)
{
	struct endpoint other = ep("192.168.0.9", 7000);
	struct engine_fixture *w = *state;
	struct endpoint host = w->host, mapped = w->mapped;

	ask_server(w, 1, STUN_F_TCP_ANSWERED);
	ask_server(w, 2, STUN_F_TCP_ANSWERED);
	w->host = other;
	w->mapped.port = 7001;
	server_answers(w, 1, ask_server(w, 1, 0));
	for (u32 n = 3; n < 1000; n++)
		ask_server(w, n, 0);
	w->host = host;
	w->mapped = mapped;
	assert_int_equal(remembered(w)->count, 2);
	unanswered_checks(w);
	expect_blocked(w, CAUSE_UDP_BLOCKED);
}

/* A host without a flow takes no memory. */
static void it_goes_with_the_last_flow(void **state)
{
	struct engine_fixture *w = *state;

	ask_server(w, 1, 0);
	advance_time(w, 200 * SEC);
	assert_null(local_find(w->e, &w->host.ip));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_answer_may_be_late),
		TEST(it_leaves_nothing_to_remember),
		TEST(an_answer_holds),
		TEST(not_for_ever),
		TEST(but_as_long_as_it_is_heard_of),
		TEST(an_old_answer_in_a_sample_is_none),
		TEST(what_never_left_was_not_asked),
		TEST(what_leaves_later_was),
		TEST(tcp_may_answer_later),
		TEST(or_before),
		TEST(but_not_long_before),
		TEST(nor_elsewhere),
		TEST(what_was_asked_long_ago_is_over),
		TEST(unless_a_sample_shows_it_again),
		TEST(other_udp_counts_as_long),
		TEST(other_udp_of_now),
		TEST(a_host_that_asks_thousands),
		TEST(who_is_asked_on_stays),
		TEST(peers_give_way_to_servers),
		TEST(tcp_may_go_on),
		TEST(a_server_may_be_pushed_out),
		TEST(an_answer_is_not_pushed_out),
		TEST(each_host_has_its_own),
		TEST(it_goes_with_the_last_flow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
