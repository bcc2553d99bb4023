/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the engine infers of NATs of all kinds from nothing but their hosts' own traffic. */
#include "nat_fixture.h"

#define OUTSIDE "5.0.0.1"
#define SERVER1 "5.0.0.10"
#define SERVER2 "5.0.0.11"
#define PEER "5.0.0.2"

static const enum behaviour INDEPENDENT = BEHAVIOUR_ENDPOINT_INDEPENDENT,
			    ADDRESS = BEHAVIOUR_ADDRESS_DEPENDENT, PORT = BEHAVIOUR_PORT_DEPENDENT,
			    UNDETERMINED = BEHAVIOUR_UNDETERMINED;

/* A NAT by its two behaviours; `base` is its first outside port. */
struct nat_kind {
	enum behaviour mapping, filtering;
};

/* The outside port of an inside port toward a remote. */
static struct endpoint outside_of(const struct nat_kind *kind, u16 inside, struct endpoint remote)
{
	u16 port = inside + 20001;

	if (kind->mapping != INDEPENDENT)
		port += remote.ip.b[15] * 100;
	if (kind->mapping == PORT)
		port += remote.port % 97 + 1;
	return ep(OUTSIDE, port);
}

/*
 * One socket's call: two servers, one of them at two ports, then a peer that comes from where it
 * was not sent to.
 */
static void call_through(struct engine_fixture *w, const struct nat_kind *kind, u16 port)
{
	struct endpoint inside = ep("192.168.0.2", port),
			servers[] = {ep(SERVER1, 3478), ep(SERVER2, 3478), ep(SERVER1, 3479)};
	struct endpoint told = outside_of(kind, port, servers[0]);

	for (size_t i = 0; i < 3; i++)
		mapped_request(w, inside, outside_of(kind, port, servers[i]), servers[i],
			       outside_of(kind, port, servers[i]));
	inbound_request(w, ep(PEER, 1000), told, inside, kind->filtering == INDEPENDENT);
	inbound_request(w, ep(SERVER1, 50000), told, inside, kind->filtering != PORT);
	advance_time(w, 3 * SEC);
}

static void expect_way(struct engine_fixture *w, enum behaviour mapping, enum behaviour filtering,
		       enum meaning meaning)
{
	struct engine_view *view = nat_view_of(w);

	assert_int_equal(view->nhosts, 1);
	assert_int_equal(view->hosts[0].nat.mapping, mapping);
	assert_int_equal(view->hosts[0].nat.filtering, filtering);
	assert_int_equal(view->nat.mapping, mapping);
	assert_int_equal(view->nat.filtering, filtering);
	assert_int_equal(view->nat.meaning, meaning);
	engine_view_free(view);
}

static void all_nine_nat_types(void **state)
{
	static const enum behaviour degrees[] = {INDEPENDENT, ADDRESS, PORT};

	(void)state;
	for (int m = 0; m < 3; m++) {
		for (int f = 0; f < 3; f++) {
			struct nat_kind kind = {.mapping = degrees[m], .filtering = degrees[f]};
			static const enum meaning filters[] = {MEANING_OPEN, MEANING_ADDRESS_FILTER,
							       MEANING_PORT_FILTER};
			struct engine_fixture w;

			engine_fixture_start(&w);
			call_through(&w, &kind, 7000);
			call_through(&w, &kind, 7002);
			expect_way(&w, kind.mapping, kind.filtering,
				   m ? MEANING_SYMMETRIC : filters[f]);
			engine_fixture_end(&w);
		}
	}
}

static void one_observation_does_not_suffice(void **state)
{
	struct engine_fixture *w = *state;
	struct endpoint inside = ep("192.168.0.2", 7000), outside = ep(OUTSIDE, 7000);
	struct engine_view *view;

	mapped_request(w, inside, outside, ep(SERVER1, 3478), outside);
	mapped_request(w, inside, outside, ep(SERVER2, 3478), outside);
	inbound_request(w, ep(PEER, 1000), outside, inside, false);
	advance_time(w, 3 * SEC);
	expect_way(w, UNDETERMINED, UNDETERMINED, MEANING_UNDETERMINED);
	view = nat_view_of(w);
	assert_int_equal(view->nat.gateway.mapping.samples, 1);
	assert_int_equal(view->nat.gateway.filtering.samples, 1);
	assert_int_equal(view->nat.gateway.translates.value, BEHAVIOUR_YES);
	engine_view_free(view);
}

/*
 * Half of it is known: other addresses see another port; whether other ports would, nobody has
 * tried.
 */
static void excluded_behaviours_are_kept(void **state)
{
	struct engine_fixture *w = *state;
	struct engine_view *view;

	for (u16 i = 0; i < 2; i++) {
		mapped_request(w, ep("192.168.0.2", 7000 + i), ep(OUTSIDE, 100 + i),
			       ep(SERVER1, 3478), ep(OUTSIDE, 100 + i));
		mapped_request(w, ep("192.168.0.2", 7000 + i), ep(OUTSIDE, 200 + i),
			       ep(SERVER2, 3478), ep(OUTSIDE, 200 + i));
	}
	view = nat_view_of(w);
	assert_int_equal(view->nat.gateway.mapping.value, UNDETERMINED);
	assert_int_equal(view->nat.gateway.mapping.excluded, 1 << BEHAVIOUR_ENDPOINT_INDEPENDENT);
	engine_view_free(view);
}

/*
 * A check that is sent again after a hole was punched says nothing of the filter: it was shut the
 * first time.
 */
static void a_punched_hole_is_no_open_filter(void **state)
{
	struct engine_fixture *w = *state;
	struct endpoint inside = ep("192.168.0.2", 7000), outside = ep(OUTSIDE, 7000),
			peer = ep(PEER, 1000);
	struct engine_view *view;
	u64 id;

	mapped_request(w, inside, outside, ep(SERVER1, 3478), outside);
	set_endpoints(w, inside, outside, peer);
	w->inbound_drops = true;
	id = bind_packet(w, IN, STUN_REQUEST, 0, NULL);
	advance_time(w, 400 * MS);
	w->inbound_drops = false;
	bind_packet(w, OUT, STUN_REQUEST, 0, NULL);
	advance_time(w, 100 * MS);
	bind_packet(w, IN, STUN_REQUEST, id, NULL);
	advance_time(w, 3 * SEC);
	view = nat_view_of(w);
	assert_int_equal(view->nat.gateway.filtering.samples, 1);
	assert_int_equal(view->nat.gateway.filtering.contrary, 0);
	engine_view_free(view);
}

static void port_preservation_parity_and_pooling(void **state)
{
	struct engine_fixture *w = *state;
	struct engine_view *view;

	for (u16 i = 0; i < 8; i++)
		mapped_request(w, ep("192.168.0.2", 7000 + i), ep(OUTSIDE, 9000 + i),
			       ep(SERVER1, 3478), ep(OUTSIDE, 9000 + i));
	view = nat_view_of(w);
	assert_int_equal(view->nat.gateway.port_preservation.value, BEHAVIOUR_NO);
	assert_int_equal(view->nat.gateway.parity.value, BEHAVIOUR_YES);
	assert_int_equal(view->nat.gateway.pooling.value, BEHAVIOUR_PAIRED);
	assert_int_equal(view->noutsides, 1);
	assert_int_equal(view->outsides[0].ports[0], 8);
	assert_int_equal(view->metrics.ports_used[0], 8);
	engine_view_free(view);
	for (u16 i = 0; i < 2; i++)
		mapped_request(w, ep("192.168.0.2", 7100), ep("5.0.0.9", 9101 + i),
			       ep(SERVER1, 3478 + i), ep("5.0.0.9", 9101));
	mapped_request(w, ep("192.168.0.2", 7102), ep(OUTSIDE, 9103), ep(SERVER1, 3478),
		       ep(OUTSIDE, 9103));
	view = nat_view_of(w);
	assert_int_equal(view->nat.gateway.pooling.value, BEHAVIOUR_ARBITRARY);
	assert_int_equal(view->nat.gateway.parity.value, BEHAVIOUR_NO);
	assert_int_equal(view->noutsides, 2);
	engine_view_free(view);
}

/* Each host has an address of its own out of the pool, and keeps it. */
static void hosts_have_their_own_address(void **state)
{
	struct engine_fixture *w = *state;
	struct engine_view *view;

	for (u16 i = 0; i < 4; i++) {
		mapped_request(w, ep("192.168.0.2", 7000 + i), ep(OUTSIDE, 7000 + i),
			       ep(SERVER1, 3478), ep(OUTSIDE, 7000 + i));
		mapped_request(w, ep("192.168.0.4", 7000 + i), ep("5.0.0.9", 7000 + i),
			       ep(SERVER1, 3478), ep("5.0.0.9", 7000 + i));
	}
	view = nat_view_of(w);
	assert_int_equal(view->nat.gateway.pooling.value, BEHAVIOUR_PAIRED);
	assert_int_equal(view->nhosts, 2);
	engine_view_free(view);
}

/* Other rules are loaded: earlier observations must not prevail for ever. */
static void a_change_of_behaviour_is_noticed(void **state)
{
	struct engine_fixture *w = *state;

	for (u16 i = 0; i < 40; i++)
		call_through(w, &(struct nat_kind){INDEPENDENT, INDEPENDENT}, 2000 + 2 * i);
	expect_way(w, INDEPENDENT, INDEPENDENT, MEANING_OPEN);
	for (u16 i = 0; i < 70; i++)
		call_through(w, &(struct nat_kind){PORT, PORT}, 4000 + 2 * i);
	expect_way(w, PORT, PORT, MEANING_SYMMETRIC);
}

/*
 * Two hosts of one LAN use their outside addresses: the packet is turned back, or never comes in.
 */
static void send_hairpin(struct engine_fixture *w, u16 port, bool turned)
{
	struct endpoint alice = ep("192.168.0.2", port), carol = ep("192.168.0.4", port + 1);
	struct endpoint alice_out = ep(OUTSIDE, port), carol_out = ep(OUTSIDE, port + 1);
	struct stun_spec of = {.cls = STUN_REQUEST, .method = STUN_BINDING};
	struct event ev;

	mapped_request(w, alice, alice_out, ep(SERVER1, 3478), alice_out);
	mapped_request(w, carol, carol_out, ep(SERVER1, 3478), carol_out);
	of.id = ++w->ids;
	set_endpoints(w, alice, alice_out, carol_out);
	ev = make_stun_event(w, SIDE_LAN, OUT, &of);
	engine_event(w->e, &ev);
	if (turned) {
		set_endpoints(w, carol, carol_out, alice_out);
		ev = make_stun_event(w, SIDE_LAN, IN, &of);
		engine_event(w->e, &ev);
	}
	advance_time(w, 3 * SEC);
}

static void hairpinning(void **state)
{
	struct engine_fixture *w = *state;
	struct engine_view *view;

	send_hairpin(w, 7000, true);
	send_hairpin(w, 7100, true);
	view = nat_view_of(w);
	assert_int_equal(view->nat.gateway.hairpinning.value, BEHAVIOUR_YES);
	assert_int_equal(view->nmappings, 4);
	assert_int_equal(mapping_of(view, ep("192.168.0.2", 7000), ep(OUTSIDE, 7000))->nremotes, 2);
	engine_view_free(view);
}

static void no_hairpinning(void **state)
{
	struct engine_fixture *w = *state;
	struct engine_view *view;

	send_hairpin(w, 7000, false);
	send_hairpin(w, 7100, false);
	view = nat_view_of(w);
	assert_int_equal(view->nat.gateway.hairpinning.value, BEHAVIOUR_NO);
	engine_view_free(view);
}

/*
 * Two NATs in a row: ours keeps the endpoint, the one upstream uses another for each destination.
 */
static void upstream_nat(struct engine_fixture *w, const char *outside, enum upstream kind)
{
	struct engine_view *view;

	for (u16 port = 7000; port < 7002; port++)
		for (u16 i = 0; i < 3; i++)
			mapped_request(w, ep("192.168.0.2", port), ep(outside, port),
				       i == 2 ? ep(SERVER1, 3479) : ep(i ? SERVER2 : SERVER1, 3478),
				       ep("5.0.0.1", 100 * (port - 6999) + i));
	view = nat_view_of(w);
	assert_int_equal(view->nat.upstream_kind, kind);
	assert_int_equal(view->nat.gateway.mapping.value, BEHAVIOUR_ENDPOINT_INDEPENDENT);
	assert_int_equal(view->nat.upstream.mapping.value, BEHAVIOUR_PORT_DEPENDENT);
	assert_int_equal(view->nat.mapping, BEHAVIOUR_PORT_DEPENDENT);
	assert_int_equal(view->hosts[0].nat.upstream_kind, kind);
	assert_int_equal(
		mapping_of(view, ep("192.168.0.2", 7000), ep(outside, 7000))->upstream.port, 102);
	engine_view_free(view);
}

static void double_nat(void **state)
{
	upstream_nat(*state, "10.0.0.2", UPSTREAM_DOUBLE_NAT);
}

static void carrier_grade(void **state)
{
	upstream_nat(*state, "100.64.0.2", UPSTREAM_CARRIER_GRADE);
}

static void nat_beyond_a_public_address(void **state)
{
	upstream_nat(*state, "198.51.100.2", UPSTREAM_NAT);
}

static void no_translation(void **state)
{
	struct engine_fixture *w = *state;
	struct engine_view *view;

	for (u16 port = 7000; port < 7003; port++) {
		struct endpoint host = ep("2001:db8:a::2", port);

		mapped_request(w, host, host, ep("2001:db8::10", 3478), host);
		mapped_request(w, host, host, ep("2001:db8::11", 3478), host);
		inbound_request(w, ep("2001:db8:b::3", 1000), host, host, false);
		inbound_request(w, ep("2001:db8::10", 1000), host, host, false);
	}
	advance_time(w, 3 * SEC);
	view = nat_view_of(w);
	assert_int_equal(view->nmappings, 0);
	assert_int_equal(view->nat.gateway.translates.value, BEHAVIOUR_NO);
	assert_int_equal(view->nat.upstream_kind, UPSTREAM_NONE);
	assert_int_equal(view->nat.filtering, BEHAVIOUR_PORT_DEPENDENT);
	assert_int_equal(view->nat.meaning, MEANING_PORT_FILTER);
	engine_view_free(view);
}

/* A port forward lets everybody in: that is its rule, and not how the NAT filters. */
static void a_forward_is_no_filter(void **state)
{
	struct engine_fixture *w = *state;
	struct engine_view *view;

	for (u16 i = 0; i < 4; i++)
		inbound_request(w, ep(PEER, 1000 + i), ep(OUTSIDE, 5060), ep("192.168.0.2", 5060),
				true);
	advance_time(w, 3 * SEC);
	view = nat_view_of(w);
	assert_int_equal(mapping_of(view, ep("192.168.0.2", 5060), ep(OUTSIDE, 5060))->kind,
			 MAPPING_FORWARD);
	assert_int_equal(view->nat.gateway.filtering.samples, 0);
	engine_view_free(view);
}

static void lifetime_from_silence(void **state)
{
	struct engine_fixture *w = *state;
	struct endpoint inside = ep("192.168.0.2", 7000), server = ep(SERVER1, 3478);
	struct engine_view *view;

	mapped_request(w, inside, ep(OUTSIDE, 100), server, ep(OUTSIDE, 100));
	advance_time(w, 40 * SEC);
	mapped_request(w, inside, ep(OUTSIDE, 100), server, ep(OUTSIDE, 100));
	advance_time(w, 70 * SEC);
	mapped_request(w, inside, ep(OUTSIDE, 101), server, ep(OUTSIDE, 101));
	view = nat_view_of(w);
	assert_int_equal(view->nat.gateway.lifetime_at_least, 40);
	assert_int_equal(view->nat.gateway.lifetime_at_most, 70);
	engine_view_free(view);
}

/* Why these two did not meet: both sides' NATs are in the evidence. */
static void both_sides_are_cited(void **state)
{
	struct engine_fixture *w = *state;
	struct engine_view *view;
	bool own = false, other = false;

	call_through(w, &(struct nat_kind){PORT, PORT}, 7000);
	call_through(w, &(struct nat_kind){PORT, PORT}, 7002);
	set_endpoints(w, ep("192.168.0.2", 7000), ep(OUTSIDE, 31000), ep(PEER, 7000));
	for (int i = 0; i < 20; i++) {
		ice_request(w, OUT, 0);
		w->peer = ep(PEER, 40000);
		w->mapped = ep(OUTSIDE, 31001);
		w->inbound_drops = true;
		ice_request(w, IN, 0);
		set_endpoints(w, ep("192.168.0.2", 7000), ep(OUTSIDE, 31000), ep(PEER, 7000));
		advance_time(w, 2 * SEC);
	}
	advance_time(w, 20 * SEC);
	expect_verdict(w, VERDICT_FAILED, WHERE_NONE, CAUSE_NAT_INCOMPATIBLE, STAGE_CHECKING);
	view = only_session(w);
	for (u32 i = 0; i < view->sessions[0].nevidence; i++) {
		const char *text = view->sessions[0].evidence[i].text;

		own |= strstr(text, "host's side: mapping address-and-port-dependent") != NULL;
		other |= strstr(text, "peer's side: mapping differs per destination") != NULL;
	}
	assert_true(own);
	assert_true(other);
	engine_view_free(view);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_nine_nat_types),
		TEST(one_observation_does_not_suffice),
		TEST(excluded_behaviours_are_kept),
		TEST(a_punched_hole_is_no_open_filter),
		TEST(port_preservation_parity_and_pooling),
		TEST(hosts_have_their_own_address),
		TEST(a_change_of_behaviour_is_noticed),
		TEST(hairpinning),
		TEST(no_hairpinning),
		TEST(double_nat),
		TEST(carrier_grade),
		TEST(nat_beyond_a_public_address),
		TEST(no_translation),
		TEST(a_forward_is_no_filter),
		TEST(lifetime_from_silence),
		TEST(both_sides_are_cited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
