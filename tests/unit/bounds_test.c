/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is walked for one event, or for one session, does not grow with what a host sends. */
#include "one_point_fixture.h"

#include "engine/flows.h"
#include "engine/hosts.h"
#include "engine/local.h"
#include "engine/nat/nat.h"
#include "engine/nat/nat_state.h"
#include "engine/state.h"

static struct endpoint peer_of(u32 n)
{
	struct endpoint peer = ep("5.2.0.0", 9000);

	peer.ip.b[14] = (u8)(n >> 8);
	peer.ip.b[15] = (u8)n;
	return peer;
}

static struct endpoint host_of(u32 n)
{
	struct endpoint host = ep("10.1.0.0", 7000);

	host.ip.b[14] = (u8)(n >> 8);
	host.ip.b[15] = (u8)n;
	return host;
}

static u32 askers(const struct engine_fixture *w)
{
	const struct flow *f = flow_find_asker(w->e, SIDE_WAN, &w->host);
	u32 count = 0;

	for (; f; f = flow_next_asker(w->e, f))
		count++;
	return count;
}

/* One socket asks thousands, and all answer. */
static void flows_of_one_socket(void **state)
{
	struct engine_fixture *w = *state;
	u32 most;

	one_point_start(w);
	for (u32 n = 0; n < 64; n++)
		stun_round_trip(w, peer_of(n));
	most = askers(w);
	assert_int_equal(most, 64);
	for (u32 n = 64; n < 3000; n++) {
		stun_round_trip(w, peer_of(n));
		assert_int_equal(askers(w), most);
	}
	assert_int_equal(w->e->metrics->bounds_reached[BOUND_SOCKET_FLOWS], 3000 - 64);
}

/* Made-up answers take no place from a path that carries a session: another path joins that. */
static void made_up_answers_hide_no_session(void **state)
{
	struct engine_fixture *w = *state;

	one_point_start(w);
	stun_round_trip(w, ep(RELAY, 3478));
	rtp_stream(w, OUT, 1);
	for (u32 n = 0; n < 3000; n++) {
		w->peer = peer_of(n);
		unmatched_answer(w, IN, STUN_F_INTEGRITY);
	}
	stun_round_trip(w, ep("5.0.0.2", 9000));
	rtp_stream(w, OUT, 2);
	assert_int_equal(count_sessions(w), 1);
}

/* Flows that have lost their place are deleted like others. */
static void and_go_in_time(void **state)
{
	struct engine_fixture *w = *state;

	one_point_start(w);
	for (u32 n = 0; n < 3000; n++)
		stun_round_trip(w, peer_of(n));
	advance_time(w, 200 * SEC);
	assert_int_equal(askers(w), 0);
	assert_null(flows_loose(w->e));
	assert_null(local_find(w->e, &w->host.ip));
}

static void refuse(struct engine_fixture *w, u32 times)
{
	w->tcp = true;
	for (u32 i = 0; i < times; i++)
		report_drop(w, SIDE_LAN, OUT, CLASS_OTHER);
	w->tcp = false;
}

/* Those whose gathering failed stay, and new ones find room nevertheless. */
static void hosts_that_are_made_up(void **state)
{
	struct engine_fixture *w = *state;
	struct endpoint hosts[50];

	for (u32 n = 0; n < 50; n++) {
		w->host = hosts[n] = host_of(n);
		refuse(w, 3);
	}
	advance_time(w, 20 * SEC);
	assert_int_equal(count_sessions(w), 50);
	for (u32 n = 50; n < 6000; n++) {
		w->host = host_of(n);
		refuse(w, 1);
		assert_in_range(hosts_count(w->e), 0, 4096 + 50);
	}
	assert_int_equal(hosts_count(w->e), 4096);
	assert_int_equal(count_sessions(w), 50);
	for (u32 n = 0; n < 50; n++)
		assert_non_null(host_find(w->e, &hosts[n].ip));
}

/*
 * Each of a thousand hosts uses the same ufrags: each has its own session, in which its next path
 * is found.
 */
static void hosts_of_the_same_ufrags(void **state)
{
	static const struct engine_limits limits = {.sessions = 5000, .keep_ended_ns = 600 * SEC};
	struct engine_fixture *w = *state;

	engine_free(w->e);
	w->e = engine_new(&limits);
	assert_non_null(w->e);
	engine_point(w->e, LAN, SIDE_LAN);
	engine_point(w->e, WAN, SIDE_WAN);
	for (u32 round = 0; round < 2; round++) {
		for (u32 n = 0; n < 1000; n++) {
			w->host = host_of(n);
			w->mapped = ep("5.0.0.1", (u16)(2000 + n));
			w->peer = peer_of(round);
			ice_request(w, OUT, 0);
		}
		assert_int_equal(count_sessions(w), 1000);
	}
	assert_int_equal(w->e->metrics->bounds_reached[BOUND_SAME_UFRAGS], 0);
	for (u32 n = 1000; n < 1100; n++) {
		w->host = host_of(n);
		w->mapped = ep("5.0.0.1", (u16)(2000 + n));
		ice_request(w, OUT, 0);
	}
	assert_true(w->e->metrics->bounds_reached[BOUND_SAME_UFRAGS] > 0);
}

/* A NAT that maps one socket anew for each remote. */
static void mappings_of_one_socket(void **state)
{
	struct engine_fixture *w = *state;

	for (u32 n = 1; n <= 1000; n++) {
		w->peer = peer_of(n);
		w->mapped = ep("5.0.0.1", (u16)(2000 + n));
		ice_request(w, OUT, 0);
		assert_int_equal(nat_outside_count(w->e->nat, PROTO_UDP, &w->host),
				 n < 256 ? n : 256);
	}
}

/* The inside of the mapping that is found by the outside endpoint, of which the index holds one. */
static void expect_inside(struct engine_fixture *w, struct endpoint inside)
{
	const struct nat_table *table = &w->e->nat->table;
	struct nat_mapping *m = nat_mapping_by_outside(table, PROTO_UDP, &w->mapped);

	assert_non_null(m);
	assert_true(endpoint_equal(&m->key.inside, &inside));
	assert_null(index_again(&table->by_outside, &m->by_outside));
}

/* Hosts by the hundred share a port outside, each to a remote of its own. */
static void mappings_of_one_outside_endpoint(void **state)
{
	struct engine_fixture *w = *state;

	for (u32 n = 0; n < 300; n++) {
		w->host = host_of(n);
		w->peer = peer_of(n);
		ice_request(w, OUT, 0);
		expect_inside(w, w->host);
	}
	w->host = host_of(7);
	w->peer = peer_of(7);
	/* one goes on, and is found when those that are newer have ended */
	for (int i = 0; i < 20; i++) {
		ice_request(w, OUT, 0);
		advance_time(w, 10 * SEC);
	}
	expect_inside(w, w->host);
	advance_time(w, 200 * SEC);
	assert_null(nat_mapping_by_outside(&w->e->nat->table, PROTO_UDP, &w->mapped));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(flows_of_one_socket),
		TEST(made_up_answers_hide_no_session),
		TEST(and_go_in_time),
		TEST(hosts_that_are_made_up),
		TEST(hosts_of_the_same_ufrags),
		TEST(mappings_of_one_socket),
		TEST(mappings_of_one_outside_endpoint),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
