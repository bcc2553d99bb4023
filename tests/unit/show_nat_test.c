/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The text of `p2pscope nat`, `mappings`, and of the path drawing of `explain`. */
#include "show_fixture.h"

static void behaviour_and_hosts(void **state)
{
	struct host_view host = {
		.ip = ep("192.168.0.2", 0).ip, .mappings = 3, .nat = nat_of_much()};
	struct engine_view view = {.nat = nat_of_much(), .hosts = &host, .nhosts = 1};

	(void)state;
	assert_string_equal(
		printed(show_nat, document_of(write_hosts, &view)),
		"BEHAVIOUR (SAMPLES)  THIS GATEWAY                                       UPSTREAM\n"
		"translates           yes (20)                                           "
		"undetermined (0)\n"
		"mapping              endpoint-independent (12, 1 against)               "
		"address-and-port-dependent "
		"(2)\n"
		"filtering            not endpoint-independent or address-dependent (3)  "
		"undetermined (0)\n"
		"port preservation    yes (12)                                           "
		"undetermined (0)\n"
		"parity               no (4)                                             "
		"undetermined (0)\n"
		"pooling              paired (5)                                         "
		"undetermined (0)\n"
		"hairpinning          undetermined (1)                                   "
		"undetermined (0)\n"
		"binding lifetime     at least 31 s, at most 125 s (3)                   "
		"undetermined (1)\n"
		"\n"
		"Upstream: a carrier-grade NAT: the outside address of this gateway is in "
		"100.64.0.0/10.\n"
		"For peer-to-peer: direct connections work only to peers behind address-dependent "
		"filtering or less; "
		"to "
		"others they need a relay.\n"
		"\n"
		"HOST         MAPPINGS  MAPPING                     FILTERING     UPSTREAM       "
		"MEANS\n"
		"192.168.0.2  3         address-and-port-dependent  undetermined  carrier-grade  "
		"direct connections "
		"work "
		"only to peers behind address-dependent filtering or less; to others they need a "
		"relay\n");
}

static void nothing_seen_is_one_line(void **state)
{
	struct engine_view view = {.nhosts = 0};

	(void)state;
	assert_string_equal(printed(show_nat, document_of(write_hosts, &view)),
			    "No NAT has been observed yet: its behaviour is learned from the STUN "
			    "traffic of calls through this gateway.\n");
}

/* One sample, or the kind of the NAT further out, is something; there may be no host any more. */
static void few_observations_are_stated(void **state)
{
	static const struct nat_view little[] = {
		{.gateway.hairpinning.samples = 1},
		{.upstream.lifetime_samples = 1},
		{.upstream_kind = UPSTREAM_NONE},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(little); i++) {
		struct engine_view view = {.nat = little[i]};
		const char *text = printed(show_nat, document_of(write_hosts, &view));

		assert_non_null(strstr(text, "\nmapping              undetermined (0)"));
		assert_null(strstr(text, "HOST"));
	}
}

/* Of the binding lifetime only one end may be known. */
static void half_a_lifetime(void **state)
{
	struct engine_view view = {
		.nat = {
			.gateway = {.lifetime_samples = 2, .lifetime_at_least = 31},
			.upstream = {.lifetime_samples = 1, .lifetime_at_most = 40},
		}};
	const char *text = printed(show_nat, document_of(write_hosts, &view));

	(void)state;
	assert_non_null(
		strstr(text, "\nbinding lifetime     at least 31 s (2)  at most 40 s (1)\n"));
}

static void every_upstream_kind_is_shown(void **state)
{
	static const char *const told[] = {
		"Upstream: not known yet;",      "Upstream: no other NAT.",
		"Upstream: another NAT.",        "Upstream: another NAT: the ",
		"Upstream: a carrier-grade NAT",
	};

	(void)state;
	assert_int_equal(COUNT(told), UPSTREAM_COUNT);
	for (u8 i = 0; i < COUNT(told); i++) {
		struct engine_view view = {
			.nat = {.gateway.translates.samples = 1, .upstream_kind = i}};

		assert_non_null(
			strstr(printed(show_nat, document_of(write_hosts, &view)), told[i]));
	}
}

static void mappings_of_all_kinds(void **state)
{
	struct endpoint remotes[] = {ep("5.0.0.2", 7000), ep("5.0.0.3", 7000), ep("5.0.0.4", 7000)};
	struct mapping mappings[] = {
		{.proto = PROTO_UDP,
		 .sources = MAPPING_BY_STUN | MAPPING_BY_CONNTRACK,
		 .nremotes = 3,
		 .inside = ep("192.168.0.2", 7000),
		 .outside = ep("5.0.0.1", 7000),
		 .upstream = ep("9.0.0.9", 41000),
		 .conflict = ep("5.0.0.1", 7001),
		 .remotes = remotes,
		 .created = 1700000000 * SEC},
		{.proto = PROTO_TCP,
		 .kind = MAPPING_FORWARD,
		 .sources = MAPPING_BY_CONNTRACK,
		 .ended_by = MAPPING_TIMEOUT,
		 .nremotes = 1,
		 .inside = ep("192.168.0.2", 80),
		 .outside = ep("5.0.0.1", 8080),
		 .remotes = remotes,
		 .created = 1700000000 * SEC,
		 .ended = 1700000030 * SEC},
		{.proto = PROTO_UDP,
		 .kind = MAPPING_HAIRPIN,
		 .sources = MAPPING_BY_STUN,
		 .created = 1700000100 * SEC},
	};
	struct engine_view view = {.mappings = mappings, .nmappings = COUNT(mappings)};

	(void)state;
	assert_string_equal(printed(show_mappings, document_of(write_mappings, &view)),
			    "PROTO  KIND     INSIDE            OUTSIDE       REMOTES          AGE  "
			    "  STATE    SOURCES\n"
			    "udp    dynamic  192.168.0.2:7000  5.0.0.1:7000  5.0.0.2:7000 +2  100 "
			    "s  alive    conntrack "
			    "stun; "
			    "upstream 9.0.0.9:41000; conntrack says 5.0.0.1:7001\n"
			    "tcp    forward  192.168.0.2:80    5.0.0.1:8080  5.0.0.2:7000     30 s "
			    "  timeout  conntrack\n"
			    "udp    hairpin  -                 -             -                0 s  "
			    "  alive    stun\n");
}

static int show_the_picture(const json_t *document, double now)
{
	(void)now;
	show_picture(json_array_get(json_object_get(document, "sessions"), 0));
	return 0;
}

/* Both ends of the mapping are on the way of the session. */
static void the_path_drawing_shows_the_mapping(void **state)
{
	struct pair pair = {.local = ep("192.168.0.1", 7000),
			    .mapped = ep("5.0.0.1", 7000),
			    .remote = ep("5.0.0.2", 7000),
			    .proto = PROTO_UDP};
	struct session session = {.id = 1, .npairs = 1, .pairs = &pair};
	struct engine_view view = {.sessions = &session, .nsessions = 1};

	(void)state;
	assert_string_equal(printed(show_the_picture, document_of(write_sessions, &view)),
			    "\n"
			    "  host                   gateway, seen outside as       peer\n"
			    "  192.168.0.1:7000 ───── 5.0.0.1:7000 ───────────────── 5.0.0.2:7000\n"
			    "\n");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(behaviour_and_hosts),
		cmocka_unit_test(nothing_seen_is_one_line),
		cmocka_unit_test(few_observations_are_stated),
		cmocka_unit_test(half_a_lifetime),
		cmocka_unit_test(every_upstream_kind_is_shown),
		cmocka_unit_test(mappings_of_all_kinds),
		cmocka_unit_test(the_path_drawing_shows_the_mapping),
	};

	return cmocka_run_group_tests_name("show_nat", tests, NULL, NULL);
}
