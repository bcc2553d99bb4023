/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The mapping table: how a mapping begins, and what conntrack and the packets say of it. */
#include "mapping_fixture.h"

static void from_the_packets(void **state)
{
	struct engine_fixture *w = *state;

	mapped_request(w, inside, outside, server, outside);
	expect_mapping(w, MAPPING_BY_STUN, MAPPING_ALIVE);
}

static void from_conntrack_at_the_wan(void **state)
{
	struct engine_fixture *w = *state;
	struct conntrack ct = conntrack_entry(inside, server, outside);

	set_endpoints(w, inside, outside, server);
	report_conntrack(w, SIDE_WAN, &ct);
	expect_mapping(w, MAPPING_BY_CONNTRACK, MAPPING_ALIVE);
}

static void from_conntrack_at_the_lan(void **state)
{
	struct engine_fixture *w = *state;
	struct conntrack ct = conntrack_entry(inside, server, outside);

	set_endpoints(w, inside, outside, server);
	report_conntrack(w, SIDE_LAN, &ct);
	expect_mapping(w, MAPPING_BY_CONNTRACK, MAPPING_ALIVE);
}

static void from_both(void **state)
{
	struct engine_fixture *w = *state;
	struct conntrack ct = conntrack_entry(inside, server, outside);

	mapped_request(w, inside, outside, server, outside);
	report_conntrack(w, SIDE_WAN, &ct);
	expect_mapping(w, MAPPING_BY_CONNTRACK | MAPPING_BY_STUN, MAPPING_ALIVE);
}

/* The pair knows its mapping although only the LAN is watched. */
static void pair_mapped_by_conntrack(void **state)
{
	struct engine_fixture *w = *state;
	struct conntrack ct = conntrack_entry(w->host, w->peer, w->mapped);
	struct engine_view *view;

	w->outbound_drops = true; /* the WAN is not seen */
	ice_request(w, OUT, 0);
	report_conntrack(w, SIDE_LAN, &ct);
	ice_request(w, OUT, 0);
	view = only_session(w);
	assert_true(endpoint_equal(&view->sessions[0].pairs[0].mapped, &w->mapped));
	engine_view_free(view);
}

static void families_may_differ(void **state)
{
	struct engine_fixture *w = *state;
	struct endpoint host = ep("2001:db8:a::2", 7000), remote = ep("64:ff9b::500:a", 3478);
	struct stun_spec of = {.cls = STUN_REQUEST, .method = STUN_BINDING, .id = 77};
	struct engine_view *view;
	struct event ev;

	set_endpoints(w, host, host, remote);
	ev = make_stun_event(w, SIDE_LAN, OUT, &of);
	engine_event(w->e, &ev);
	set_endpoints(w, host, outside, server);
	ev = make_stun_event(w, SIDE_WAN, OUT, &of);
	engine_event(w->e, &ev);
	view = nat_view_of(w);
	assert_true(endpoint_equal(&mapping_of(view, host, outside)->remotes[0], &remote));
	engine_view_free(view);
}

static void a_port_forward_is_recognised(void **state)
{
	struct engine_fixture *w = *state;
	struct endpoint caller = ep("5.0.0.2", 4000);
	struct conntrack ct = {.orig_src = caller,
			       .orig_dst = ep("5.0.0.1", 5060),
			       .reply_src = ep("192.168.0.2", 5061),
			       .reply_dst = caller,
			       .proto = PROTO_UDP,
			       .state = CONNTRACK_FOUND};
	struct engine_view *view;

	set_endpoints(w, ct.reply_src, ct.orig_dst, caller);
	report_conntrack(w, SIDE_LAN, &ct);
	view = nat_view_of(w);
	assert_int_equal(mapping_of(view, ct.reply_src, ct.orig_dst)->kind, MAPPING_FORWARD);
	assert_int_equal(view->metrics.mappings_created[MAPPING_FORWARD], 1);
	engine_view_free(view);
}

static void a_hairpin_is_recognised(void **state)
{
	struct engine_fixture *w = *state;
	struct endpoint carol = ep("192.168.0.4", 7002), carol_out = ep("5.0.0.1", 7002);
	struct conntrack ct = {.orig_src = inside,
			       .orig_dst = carol_out,
			       .reply_src = carol,
			       .reply_dst = ep("5.0.0.1", 9000),
			       .proto = PROTO_UDP,
			       .state = CONNTRACK_FOUND};
	struct engine_view *view;

	mapped_request(w, carol, carol_out, server, carol_out);
	set_endpoints(w, inside, outside, carol_out);
	report_conntrack(w, SIDE_LAN, &ct);
	view = nat_view_of(w);
	assert_int_equal(mapping_of(view, inside, ct.reply_dst)->kind, MAPPING_HAIRPIN);
	assert_int_equal(mapping_of(view, carol, carol_out)->kind, MAPPING_DYNAMIC);
	engine_view_free(view);
}

/* The wire is the truth; what conntrack says beside it is counted and shown. */
static void conntrack_and_packets_disagree(void **state)
{
	struct engine_fixture *w = *state;
	struct conntrack ct = conntrack_entry(inside, server, ep("5.0.0.1", 7001));
	struct engine_view *view;

	mapped_request(w, inside, outside, server, outside);
	report_conntrack(w, SIDE_LAN, &ct);
	report_conntrack(w, SIDE_LAN, &ct);
	view = nat_view_of(w);
	assert_int_equal(view->nmappings, 1);
	assert_int_equal(mapping_of(view, inside, outside)->conflict.port, 7001);
	assert_int_equal(view->metrics.mapping_conflicts, 1);
	engine_view_free(view);
}

static void packets_and_conntrack_disagree(void **state)
{
	struct engine_fixture *w = *state;
	struct conntrack ct =
		conntrack_entry(inside, server, inside); /* conntrack knows of no translation */
	struct engine_view *view;

	set_endpoints(w, inside, outside, server);
	report_conntrack(w, SIDE_LAN, &ct);
	mapped_request(w, inside, outside, server, outside);
	view = nat_view_of(w);
	assert_true(endpoint_equal(&mapping_of(view, inside, outside)->conflict, &inside));
	assert_int_equal(view->metrics.mapping_conflicts, 1);
	engine_view_free(view);
}

/*
 * The translator stands beside conntrack, which sees the way to it untranslated: no disagreement.
 */
static void nat64_is_no_conflict(void **state)
{
	struct engine_fixture *w = *state;
	struct endpoint host = ep("2001:db8:a::2", 7000), remote = ep("64:ff9b::500:a", 3478);
	struct conntrack ct = conntrack_entry(host, remote, host);
	struct engine_view *view;

	for (int before = 0; before < 2; before++) {
		struct stun_spec of = {.cls = STUN_REQUEST, .method = STUN_BINDING, .id = ++w->ids};
		struct event ev;

		host.port++;
		ct.orig_src = ct.reply_dst = host;
		set_endpoints(w, host, host, remote);
		if (before)
			report_conntrack(w, SIDE_LAN, &ct);
		ev = make_stun_event(w, SIDE_LAN, OUT, &of);
		engine_event(w->e, &ev);
		set_endpoints(w, host, outside, server);
		ev = make_stun_event(w, SIDE_WAN, OUT, &of);
		engine_event(w->e, &ev);
		set_endpoints(w, host, host, remote);
		report_conntrack(w, SIDE_LAN, &ct);
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
	struct engine_fixture *w = *state;
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
	set_endpoints(w, carol, carol_out, outside);
	report_conntrack(w, SIDE_LAN, &ct);
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
		CASE(a_port_forward_is_recognised),
		CASE(a_hairpin_is_recognised),
		CASE(conntrack_and_packets_disagree),
		CASE(packets_and_conntrack_disagree),
		CASE(nat64_is_no_conflict),
		CASE(hairpin_maps_both),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
