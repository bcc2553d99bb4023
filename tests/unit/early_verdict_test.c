/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Verdicts that do not wait for the RFC's timers, with the packet time that they take; what keeps
 * them from being given too early, and how they are taken back.
 */
#include "cause_events.h"

#define BLOCKED_WITHIN (5 * SEC)
#define REFUSED_WITHIN (1 * SEC)

/* Returns the verdict of the only session, and that it is certain if it has one. */
static u8 verdict_now(struct engine_fixture *w)
{
	struct engine_view *view = only_session(w);
	u8 verdict = view->sessions[0].verdict;

	if (verdict == VERDICT_BLOCKED || verdict == VERDICT_FAILED)
		assert_false(view->sessions[0].probable);
	engine_view_free(view);
	return verdict;
}

static bool is_reopened(struct engine_fixture *w)
{
	struct engine_view *view = only_session(w);
	const struct course *course = view->sessions[0].course;
	bool found = false;

	for (u32 i = 0; course && i < course->nentries; i++)
		found |= course->entries[i].state == COURSE_REOPENED;
	engine_view_free(view);
	return found;
}

static void set_peer(struct engine_fixture *w, struct endpoint peer)
{
	w->peer = peer;
	w->counts[SIDE_LAN][OUT][DTLS_STEP_MAX] = w->counts[SIDE_WAN][OUT][DTLS_STEP_MAX] = 0;
}

/* A check that this gateway drops. */
static void dropped_check_to(struct engine_fixture *w, struct endpoint peer)
{
	set_peer(w, peer);
	w->outbound_drops = true;
	ice_request(w, OUT, 0);
	report_drop(w, SIDE_LAN, OUT, CLASS_STUN);
	w->outbound_drops = false;
}

/* Checks at RFC 8489's intervals would be fewer; clients repeat theirs about twice a second. */
static void dropped_checks_to(struct engine_fixture *w, struct endpoint peer, int count)
{
	for (int i = 0; i < count; i++) {
		dropped_check_to(w, peer);
		advance_time(w, SEC / 2);
	}
}

static void reflexive_address(struct engine_fixture *w)
{
	struct stun_spec of = {.cls = STUN_REQUEST, .method = STUN_BINDING, .id = ++w->ids};
	struct endpoint peer = w->peer;

	w->peer = ep("5.0.0.10", 3478);
	pass_points(w, OUT, make_stun_event, &of);
	of.cls = STUN_SUCCESS;
	of.flags = STUN_F_MATCHED;
	of.mapped = w->mapped;
	pass_points(w, IN, make_stun_event, &of);
	w->peer = peer;
}

/* --- checks that are dropped here --- */

static void checks_that_are_dropped(void **state)
{
	struct engine_fixture *w = *state;
	u64 first = w->now;

	while (w->now < first + BLOCKED_WITHIN) {
		dropped_check_to(w, w->peer);
		advance_time(w, SEC / 2);
		if (w->now < first + 3 * SEC)
			assert_int_equal(verdict_now(w), VERDICT_PENDING);
	}
	expect_verdict(w, VERDICT_BLOCKED, WHERE_HERE, CAUSE_RULE, STAGE_CHECKING);
	verdict_now(w);
}

static void checks_that_are_dropped_over_ipv6(void **state)
{
	struct engine_fixture *w = *state;

	w->host = w->mapped = ep("2001:db8::2", 7000);
	dropped_checks_to(w, ep("2001:db8:1::2", 7000), 9);
	expect_verdict(w, VERDICT_BLOCKED, WHERE_HERE, CAUSE_RULE, STAGE_CHECKING);
	verdict_now(w);
}

/* What comes back for the host is dropped: its own checks leave. */
static void checks_of_the_peer_that_are_dropped(void **state)
{
	struct engine_fixture *w = *state;

	w->inbound_drops = true;
	for (int i = 0; i < 9; i++) {
		ice_request(w, OUT, 0);
		ice_request(w, IN, 0);
		report_drop(w, SIDE_LAN, IN, CLASS_STUN);
		advance_time(w, SEC / 2);
	}
	expect_verdict(w, VERDICT_BLOCKED, WHERE_HERE, CAUSE_RULE, STAGE_CHECKING);
	verdict_now(w);
}

/* They may be lost while rules are loaded. */
static void a_few_drops_decide_nothing(void **state)
{
	struct engine_fixture *w = *state;

	dropped_checks_to(w, w->peer, 6);
	advance_time(w, 2 * SEC);
	assert_int_equal(verdict_now(w), VERDICT_PENDING);
}

static void drops_of_a_moment_decide_nothing(void **state)
{
	struct engine_fixture *w = *state;

	for (int i = 0; i < 20; i++) {
		dropped_check_to(w, w->peer);
		advance_time(w, SEC / 10);
	}
	assert_int_equal(verdict_now(w), VERDICT_PENDING);
}

static void a_pair_that_leaves_may_be_answered(void **state)
{
	struct engine_fixture *w = *state;

	for (int i = 0; i < 12; i++) {
		dropped_check_to(w, ep("5.0.0.2", 7000));
		set_peer(w, ep("5.0.0.3", 7000));
		ice_request(w, OUT, 0);
		advance_time(w, SEC / 2);
	}
	assert_int_equal(verdict_now(w), VERDICT_PENDING);
}

/* A private address of the peer leads nowhere outside: what is dropped are its other ones. */
static void a_private_address_that_leaves(void **state)
{
	struct engine_fixture *w = *state;

	reflexive_address(w);
	for (int i = 0; i < 9; i++) {
		set_peer(w, ep("192.168.7.7", 7000));
		ice_request(w, OUT, 0);
		dropped_check_to(w, ep("5.0.0.2", 7000));
		advance_time(w, SEC / 2);
	}
	expect_verdict(w, VERDICT_BLOCKED, WHERE_HERE, CAUSE_RULE, STAGE_CHECKING);
	verdict_now(w);
}

/* A bogon filter; with trickle ICE the peer's public address comes seconds later. */
static void private_addresses_alone_decide_nothing(void **state)
{
	struct engine_fixture *w = *state;

	reflexive_address(w);
	dropped_checks_to(w, ep("192.168.7.7", 7000), 20);
	assert_int_equal(verdict_now(w), VERDICT_PENDING);
	dropped_checks_to(w, ep("5.0.0.2", 7000), 1);
	expect_verdict(w, VERDICT_BLOCKED, WHERE_HERE, CAUSE_RULE, STAGE_CHECKING);
}

/* Nor where no server was asked. */
static void private_addresses_of_a_host_without_servers(void **state)
{
	struct engine_fixture *w = *state;

	dropped_checks_to(w, ep("192.168.7.7", 7000), 20);
	assert_int_equal(verdict_now(w), VERDICT_PENDING);
}

/* IPv6 of the peer, where this gateway has none; its IPv4 addresses come seconds later. */
static void addresses_without_a_route_alone_decide_nothing(void **state)
{
	struct engine_fixture *w = *state;

	engine_drop_reason(w->e, 5, CAUSE_NO_ROUTE, "IP_OUTNOROUTES");
	w->host = w->mapped = ep("2001:db8::2", 7000);
	dropped_checks_to(w, ep("2001:db8:1::2", 7000), 12);
	assert_int_equal(verdict_now(w), VERDICT_PENDING);
}

static void private_addresses_beside_servers_out_of_reach(void **state)
{
	struct engine_fixture *w = *state;

	set_peer(w, ep("5.0.0.10", 3478));
	w->outbound_drops = true;
	request_server(w, STUN_BINDING);
	report_drop(w, SIDE_LAN, OUT, CLASS_STUN);
	dropped_checks_to(w, ep("192.168.7.7", 7000), 9);
	assert_int_equal(verdict_now(w), VERDICT_BLOCKED);
}

/* --- what may become a relay --- */

static void an_allocation_is_waited_for(void **state)
{
	struct engine_fixture *w = *state;

	dropped_checks_to(w, ep("5.0.0.2", 7000), 4);
	set_peer(w, ep("5.0.0.10", 3478));
	request_server(w, STUN_ALLOCATE);
	dropped_checks_to(w, ep("5.0.0.2", 7000), 5);
	assert_int_equal(verdict_now(w), VERDICT_PENDING);
	dropped_checks_to(w, ep("5.0.0.2", 7000), 2);
	assert_int_equal(verdict_now(w), VERDICT_BLOCKED);
}

/* What goes through it cannot be seen. */
static void turn_over_tls_is_waited_for(void **state)
{
	struct engine_fixture *w = *state;
	struct event ev;

	w->tcp = true;
	set_peer(w, ep("5.0.0.10", 5349));
	ev = event_at_point(w, SIDE_LAN, OUT, EVENT_TLS, CLASS_OTHER);
	engine_event(w->e, &ev);
	w->tcp = false;
	dropped_checks_to(w, ep("5.0.0.2", 7000), 16);
	assert_int_equal(verdict_now(w), VERDICT_PENDING);
}

static void grant_relay(struct engine_fixture *w)
{
	struct stun_spec of = {.cls = STUN_SUCCESS,
			       .method = STUN_ALLOCATE,
			       .flags = STUN_F_MATCHED,
			       .relayed = ep("5.0.0.10", 50000)};

	set_peer(w, ep("5.0.0.10", 3478));
	request_server(w, STUN_ALLOCATE);
	pass_points(w, IN, make_stun_event, &of);
}

static void a_relay_is_tried_first(void **state)
{
	struct engine_fixture *w = *state;

	grant_relay(w);
	dropped_checks_to(w, ep("5.0.0.2", 7000), 16);
	assert_int_equal(verdict_now(w), VERDICT_PENDING);
}

/* --- taken back --- */

static void blocked_session(struct engine_fixture *w)
{
	dropped_checks_to(w, ep("5.0.0.2", 7000), 9);
	assert_int_equal(verdict_now(w), VERDICT_BLOCKED);
	assert_false(is_reopened(w));
}

static void a_pair_that_leaves_takes_it_back(void **state)
{
	struct engine_fixture *w = *state;

	blocked_session(w);
	set_peer(w, ep("5.0.0.3", 7000));
	ice_request(w, OUT, 0);
	assert_int_equal(verdict_now(w), VERDICT_PENDING);
	assert_true(is_reopened(w));
}

/* It has the RFC's time again, however long it was blocked. */
static void a_pair_that_leaves_late_takes_it_back(void **state)
{
	struct engine_fixture *w = *state;

	blocked_session(w);
	dropped_checks_to(w, ep("5.0.0.2", 7000), 100);
	for (int i = 0; i < 30; i++) {
		set_peer(w, ep("5.0.0.3", 7000));
		ice_request(w, OUT, 0);
		assert_int_equal(verdict_now(w), VERDICT_PENDING);
		advance_time(w, SEC);
	}
	assert_true(is_reopened(w));
}

/* The peer's check from an address that it never signalled: RFC 8445 section 7.3.1.3. */
static void a_peer_reflexive_pair_takes_it_back(void **state)
{
	struct engine_fixture *w = *state;

	blocked_session(w);
	set_peer(w, ep("5.0.0.4", 9999));
	connect_peers(w);
	assert_true(is_reopened(w));
	complete_dtls(w);
	rtp_stream(w, OUT, 1);
	rtp_stream(w, IN, 2);
	expect_verdict(w, VERDICT_SUCCEEDED, WHERE_NONE, CAUSE_NONE, STAGE_MEDIA);
}

static bool is_over(struct engine_fixture *w)
{
	struct engine_view *view = only_session(w);
	bool over = view->sessions[0].over;

	engine_view_free(view);
	return over;
}

/* It is over when the host has had its time, or has stopped trying. */
static void more_drops_leave_it(void **state)
{
	struct engine_fixture *w = *state;

	blocked_session(w);
	dropped_checks_to(w, ep("5.0.0.3", 7000), 4);
	assert_int_equal(verdict_now(w), VERDICT_BLOCKED);
	assert_false(is_reopened(w));
	assert_false(is_over(w));
	advance_time(w, 20 * SEC);
	assert_true(is_over(w));
	assert_int_equal(verdict_now(w), VERDICT_BLOCKED);
}

/* --- refused further out --- */

static void checks_that_are_prohibited_at_once(void **state)
{
	struct engine_fixture *w = *state;
	u64 first = w->now;

	for (int i = 0; i < 2; i++) {
		ice_request(w, OUT, 0);
		icmp_error(w, 13, 0);
		assert_int_equal(verdict_now(w), i ? VERDICT_BLOCKED : VERDICT_PENDING);
		w->now += i ? 0 : SEC / 2;
	}
	expect_verdict(w, VERDICT_BLOCKED, WHERE_UPSTREAM, CAUSE_ICMP_PROHIBITED, STAGE_CHECKING);
	assert_true(w->now <= first + REFUSED_WITHIN);
}

static void another_pair_is_not_prohibited(void **state)
{
	struct engine_fixture *w = *state;

	for (int i = 0; i < 6; i++) {
		set_peer(w, ep("5.0.0.2", 7000));
		ice_request(w, OUT, 0);
		icmp_error(w, 13, 0);
		set_peer(w, ep("5.0.0.3", 7000));
		ice_request(w, OUT, 0);
		advance_time(w, SEC / 2);
	}
	assert_int_equal(verdict_now(w), VERDICT_PENDING);
}

/* --- gathering --- */

static void dropped_gathering(void **state)
{
	struct engine_fixture *w = *state;
	u64 first = w->now;

	w->peer = ep("5.0.0.10", 3478);
	w->outbound_drops = true;
	for (int i = 0; i < 4; i++) { /* at 0, 0.5, 1.5 and 3.5 s: RFC 8489 section 6.2.1 */
		request_server(w, STUN_BINDING);
		report_drop(w, SIDE_LAN, OUT, CLASS_STUN);
		advance_time(w, (SEC / 2) << i);
		if (i < 2)
			assert_int_equal(verdict_now(w), VERDICT_PENDING);
		if (i == 3)
			break;
	}
	w->now = first + BLOCKED_WITHIN;
	expect_verdict(w, VERDICT_BLOCKED, WHERE_HERE, CAUSE_RULE, STAGE_GATHERING);
	verdict_now(w);
}

static void refused_gathering(void **state)
{
	struct engine_fixture *w = *state;

	refused_allocate(w, false, 401);
	refused_allocate(w, true, 401);
	advance_time(w, REFUSED_WITHIN);
	expect_verdict(w, VERDICT_FAILED, WHERE_NONE, CAUSE_TURN_AUTH, STAGE_GATHERING);
	verdict_now(w);
}

/* Then the host has a candidate that the peer can use. */
static void refused_beside_a_reflexive_address(void **state)
{
	struct engine_fixture *w = *state;

	reflexive_address(w);
	refused_allocate(w, true, 401);
	advance_time(w, 5 * SEC);
	assert_int_equal(verdict_now(w), VERDICT_PENDING);
}

static void another_server_takes_it_back(void **state)
{
	struct engine_fixture *w = *state;

	refused_allocate(w, true, 486);
	advance_time(w, SEC);
	assert_int_equal(verdict_now(w), VERDICT_FAILED);
	set_peer(w, ep("5.0.0.11", 3478));
	request_server(w, STUN_ALLOCATE);
	advance_time(w, SEC);
	assert_int_equal(verdict_now(w), VERDICT_PENDING);
	assert_true(is_reopened(w));
}

static void a_check_takes_it_back(void **state)
{
	struct engine_fixture *w = *state;

	refused_allocate(w, true, 486);
	advance_time(w, SEC);
	assert_int_equal(verdict_now(w), VERDICT_FAILED);
	ice_request(w, OUT, 0);
	assert_int_equal(verdict_now(w), VERDICT_PENDING);
	assert_true(is_reopened(w));
}

/* --- DTLS --- */

static void hello(struct engine_fixture *w, enum host_dir way)
{
	bool *drops = way == OUT ? &w->outbound_drops : &w->inbound_drops;

	*drops = true;
	dtls_step(w, way, DTLS_CLIENT_HELLO);
	report_drop(w, SIDE_LAN, way, CLASS_DTLS);
	*drops = false;
}

/* After 1 s and 2 s more: RFC 6347 section 4.2.4.1. */
static void dropped_hellos(struct engine_fixture *w, enum host_dir way)
{
	u64 first;

	connect_peers(w);
	first = w->now;
	hello(w, way);
	keep_consent(w, 1);
	hello(w, way);
	keep_consent(w, 2);
	assert_int_equal(verdict_now(w), VERDICT_PENDING);
	hello(w, way);
	expect_verdict(w, VERDICT_BLOCKED, WHERE_HERE, CAUSE_RULE, STAGE_NOMINATED);
	assert_true(w->now <= first + BLOCKED_WITHIN);
	verdict_now(w);
}

static void dropped_hellos_of_the_host(void **state)
{
	dropped_hellos(*state, OUT);
}

static void dropped_hellos_of_the_peer(void **state)
{
	dropped_hellos(*state, IN);
}

static void a_flight_that_gets_through(void **state)
{
	struct engine_fixture *w = *state;

	connect_peers(w);
	for (int i = 0; i < 4; i++) {
		hello(w, OUT);
		keep_consent(w, 1);
		dtls_step(w, OUT, DTLS_CLIENT_HELLO);
		keep_consent(w, 1);
	}
	assert_int_equal(verdict_now(w), VERDICT_PENDING);
}

/* The hello passes, the answer does not: a rule on the size, for one. */
static void dropped_answers(void **state)
{
	struct engine_fixture *w = *state;

	connect_peers(w);
	for (int i = 0; i < 5; i++) {
		dtls_step(w, IN, DTLS_CLIENT_HELLO);
		w->outbound_drops = true;
		dtls_step(w, OUT, DTLS_SERVER_HELLO);
		report_drop(w, SIDE_LAN, OUT, CLASS_DTLS);
		w->outbound_drops = false;
		keep_consent(w, 1);
	}
	expect_verdict(w, VERDICT_BLOCKED, WHERE_HERE, CAUSE_RULE, STAGE_NOMINATED);
	verdict_now(w);
}

static void a_handshake_takes_it_back(void **state)
{
	struct engine_fixture *w = *state;
	struct engine_view *view;

	dropped_hellos(w, OUT);
	dtls_step(w, OUT, DTLS_CLIENT_HELLO);
	assert_true(is_reopened(w));
	assert_int_equal(verdict_now(w), VERDICT_PENDING);
	view = only_session(w);
	assert_int_equal(view->sessions[0].dtls.state, DTLS_NEW);
	engine_view_free(view);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(checks_that_are_dropped),
		TEST(checks_that_are_dropped_over_ipv6),
		TEST(checks_of_the_peer_that_are_dropped),
		TEST(a_few_drops_decide_nothing),
		TEST(drops_of_a_moment_decide_nothing),
		TEST(a_pair_that_leaves_may_be_answered),
		TEST(a_private_address_that_leaves),
		TEST(private_addresses_alone_decide_nothing),
		TEST(private_addresses_of_a_host_without_servers),
		TEST(addresses_without_a_route_alone_decide_nothing),
		TEST(private_addresses_beside_servers_out_of_reach),
		TEST(an_allocation_is_waited_for),
		TEST(turn_over_tls_is_waited_for),
		TEST(a_relay_is_tried_first),
		TEST(a_pair_that_leaves_takes_it_back),
		TEST(a_pair_that_leaves_late_takes_it_back),
		TEST(a_peer_reflexive_pair_takes_it_back),
		TEST(more_drops_leave_it),
		TEST(checks_that_are_prohibited_at_once),
		TEST(another_pair_is_not_prohibited),
		TEST(dropped_gathering),
		TEST(refused_gathering),
		TEST(refused_beside_a_reflexive_address),
		TEST(another_server_takes_it_back),
		TEST(a_check_takes_it_back),
		TEST(dropped_hellos_of_the_host),
		TEST(dropped_hellos_of_the_peer),
		TEST(a_flight_that_gets_through),
		TEST(dropped_answers),
		TEST(a_handshake_takes_it_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
