/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Mappings, hosts and NAT behaviour as JSON: every field, every word, and null for what is not
 * known.
 */
#include "output_fixture.h"

static const char *const box_keys[] = {"translates", "mapping", "filtering",   "port_preservation",
				       "parity",     "pooling", "hairpinning", "binding_lifetime"};
static const char *const nat_keys[] = {"gateway", "upstream", "upstream_kind", "path", "meaning"};
static const char *const host_keys[] = {"host",     "mappings",      "last", "gateway",
					"upstream", "upstream_kind", "path", "meaning"};
static const char *const mapping_keys[] = {"proto",    "kind",    "inside",    "outside",
					   "remotes",  "created", "refreshed", "ended",
					   "ended_by", "sources", "upstream",  "conflict"};

/* These keys and no other ones. */
static void assert_keys(const json_t *object, const char *const *keys, size_t count)
{
	assert_int_equal(json_object_size(object), count);
	for (size_t i = 0; i < count; i++)
		assert_non_null(json_object_get(object, keys[i]));
}

static void expect_text_member(const json_t *object, const char *key, const char *want)
{
	const json_t *value = json_object_get(object, key);

	if (want)
		assert_string_equal(json_string_value(value), want);
	else
		assert_true(json_is_null(value));
}

static void assert_number(const json_t *object, const char *key, double want)
{
	const json_t *value = json_object_get(object, key);

	assert_true(json_is_number(value));
	assert_float_equal(json_number_value(value), want, 1e-6);
}

/* `words` are those of the list in its order, separated by blanks. */
static void assert_list(const json_t *object, const char *key, const char *words)
{
	const json_t *list = json_object_get(object, key);
	char all[256] = "";

	assert_true(json_is_array(list));
	for (size_t i = 0; i < json_array_size(list); i++) {
		strcat(all, i ? " " : "");
		strcat(all, json_string_value(json_array_get(list, i)));
	}
	assert_string_equal(all, words);
}

static void assert_trait(const json_t *box, const char *key, const char *behaviour, int samples,
			 int contrary, const char *excluded)
{
	static const char *const keys[] = {"behaviour", "samples", "contrary", "excluded"};
	const json_t *trait = json_object_get(box, key);

	assert_keys(trait, keys, COUNT(keys));
	expect_text_member(trait, "behaviour", behaviour);
	assert_number(trait, "samples", samples);
	assert_number(trait, "contrary", contrary);
	assert_list(trait, "excluded", excluded);
}

static void a_mapping_with_everything(void **state)
{
	struct endpoint remotes[] = {ep("5.0.0.2", 7000), ep("2001:db8::2", 3478)};
	struct mapping mapping = {.proto = PROTO_TCP,
				  .kind = MAPPING_HAIRPIN,
				  .sources = MAPPING_BY_STUN | MAPPING_BY_CONNTRACK,
				  .ended_by = MAPPING_EARLY_DROP,
				  .nremotes = 2,
				  .inside = ep("192.168.0.2", 7000),
				  .outside = ep("100.64.0.2", 7001),
				  .upstream = ep("9.0.0.9", 41000),
				  .conflict = ep("100.64.0.2", 7002),
				  .remotes = remotes,
				  .created = 1700000000 * SEC,
				  .refreshed = 1700000001 * SEC + SEC / 2,
				  .ended = 1700000002 * SEC};
	struct engine_view view = {.mappings = &mapping, .nmappings = 1};
	json_t *document = document_of(write_mappings, &view);
	const json_t *is = json_array_get(json_object_get(document, "mappings"), 0);

	(void)state;
	assert_keys(is, mapping_keys, COUNT(mapping_keys));
	expect_text_member(is, "proto", "tcp");
	expect_text_member(is, "kind", "hairpin");
	expect_text_member(is, "inside", "192.168.0.2:7000");
	expect_text_member(is, "outside", "100.64.0.2:7001");
	assert_list(is, "remotes", "5.0.0.2:7000 [2001:db8::2]:3478");
	assert_number(is, "created", 1700000000);
	assert_number(is, "refreshed", 1700000001.5);
	assert_number(is, "ended", 1700000002);
	expect_text_member(is, "ended_by", "early-drop");
	assert_list(is, "sources", "conntrack stun");
	expect_text_member(is, "upstream", "9.0.0.9:41000");
	expect_text_member(is, "conflict", "100.64.0.2:7002");
	json_decref(document);
}

static void a_mapping_of_which_little_is_known(void **state)
{
	struct mapping mapping = {.proto = PROTO_UDP, .inside = ep("192.168.0.2", 7000)};
	struct engine_view view = {.mappings = &mapping, .nmappings = 1};
	json_t *document = document_of(write_mappings, &view);
	const json_t *is = json_array_get(json_object_get(document, "mappings"), 0);

	(void)state;
	assert_keys(is, mapping_keys, COUNT(mapping_keys));
	expect_text_member(is, "proto", "udp");
	expect_text_member(is, "kind", "dynamic");
	expect_text_member(is, "outside", NULL);
	assert_list(is, "remotes", "");
	expect_text_member(is, "created", NULL);
	expect_text_member(is, "refreshed", NULL);
	expect_text_member(is, "ended", NULL);
	expect_text_member(is, "ended_by", NULL);
	assert_list(is, "sources", "");
	expect_text_member(is, "upstream", NULL);
	expect_text_member(is, "conflict", NULL);
	json_decref(document);
}

/* The word that a mapping has below `key`. */
static void assert_mapping_word(const struct mapping *mapping, const char *key, const char *want)
{
	struct mapping copy = *mapping;
	struct engine_view view = {.mappings = &copy, .nmappings = 1};
	json_t *document = document_of(write_mappings, &view);

	expect_text_member(json_array_get(json_object_get(document, "mappings"), 0), key, want);
	json_decref(document);
}

static void every_enumerated_value_of_a_mapping(void **state)
{
	static const char *const kinds[] = {"dynamic", "forward", "hairpin"};
	static const char *const ends[] = {NULL,      "idle",       "timeout",  "early-drop",
					   "deleted", "turn-close", "tcp-close"};

	(void)state;
	assert_int_equal(COUNT(kinds), MAPPING_KIND_COUNT);
	assert_int_equal(COUNT(ends), MAPPING_END_COUNT);
	for (u8 i = 0; i < COUNT(kinds); i++)
		assert_mapping_word(&(struct mapping){.kind = i}, "kind", kinds[i]);
	for (u8 i = 0; i < COUNT(ends); i++)
		assert_mapping_word(&(struct mapping){.ended_by = i}, "ended_by", ends[i]);
}

/* The box of much; see nat_of_much(). */
static void assert_much(const json_t *box)
{
	const json_t *lifetime = json_object_get(box, "binding_lifetime");

	assert_keys(box, box_keys, COUNT(box_keys));
	assert_trait(box, "translates", "yes", 20, 0, "");
	assert_trait(box, "mapping", "endpoint-independent", 12, 1, "");
	assert_trait(box, "filtering", "undetermined", 3, 0,
		     "endpoint-independent address-dependent");
	assert_trait(box, "port_preservation", "yes", 12, 0, "");
	assert_trait(box, "parity", "no", 4, 0, "");
	assert_trait(box, "pooling", "paired", 5, 0, "");
	assert_trait(box, "hairpinning", "undetermined", 1, 0, "");
	assert_number(lifetime, "samples", 3);
	assert_number(lifetime, "at_least", 31);
	assert_number(lifetime, "at_most", 125);
}

static void assert_nat_of_much(const json_t *nat)
{
	const json_t *path = json_object_get(nat, "path"),
		     *upstream = json_object_get(nat, "upstream");
	const json_t *lifetime = json_object_get(upstream, "binding_lifetime");

	assert_much(json_object_get(nat, "gateway"));
	assert_keys(upstream, box_keys, COUNT(box_keys));
	assert_trait(upstream, "mapping", "address-and-port-dependent", 2, 0, "");
	assert_trait(upstream, "filtering", "undetermined", 0, 0, "");
	assert_number(lifetime, "samples", 1);
	expect_text_member(lifetime, "at_least", NULL);
	expect_text_member(lifetime, "at_most", NULL);
	expect_text_member(nat, "upstream_kind", "carrier-grade");
	assert_int_equal(json_object_size(path), 2);
	expect_text_member(path, "mapping", "address-and-port-dependent");
	expect_text_member(path, "filtering", "undetermined");
	expect_text_member(
		nat, "meaning",
		"direct connections work only to peers behind address-dependent filtering or "
		"less; to others they "
		"need a relay");
}

static void hosts_and_outside_addresses(void **state)
{
	struct host_view hosts[] = {
		{.ip = ep("192.168.0.2", 0).ip,
		 .mappings = 3,
		 .last = 1700000000 * SEC,
		 .nat = nat_of_much()},
		{.ip = ep("2001:db8::7", 0).ip},
	};
	struct outside_view outsides[] = {{.ip = ep("100.64.0.2", 0).ip, .ports = {40, 2}}};
	struct engine_view view = {.nat = nat_of_much(),
				   .hosts = hosts,
				   .nhosts = 2,
				   .outsides = outsides,
				   .noutsides = 1};
	json_t *document = document_of(write_hosts, &view);
	const json_t *list = json_object_get(document, "hosts"), *first = json_array_get(list, 0);
	const json_t *outside = json_object_get(document, "outside");

	(void)state;
	assert_int_equal(json_object_size(document), COUNT(nat_keys) + 2);
	assert_nat_of_much(document);
	assert_int_equal(json_array_size(list), 2);
	assert_keys(first, host_keys, COUNT(host_keys));
	expect_text_member(first, "host", "192.168.0.2");
	assert_number(first, "mappings", 3);
	assert_number(first, "last", 1700000000);
	assert_nat_of_much(first);
	expect_text_member(json_array_get(list, 1), "host", "2001:db8::7");
	expect_text_member(json_array_get(list, 1), "last", NULL);
	assert_int_equal(json_array_size(outside), 1);
	assert_int_equal(json_object_size(json_array_get(outside, 0)), 3);
	expect_text_member(json_array_get(outside, 0), "address", "100.64.0.2");
	assert_number(json_array_get(outside, 0), "udp_ports", 40);
	assert_number(json_array_get(outside, 0), "tcp_ports", 2);
	json_decref(document);
}

static void nothing_seen_yet(void **state)
{
	struct engine_view view = {.nhosts = 0};
	json_t *document = document_of(write_hosts, &view);
	const json_t *boxes[] = {json_object_get(document, "gateway"),
				 json_object_get(document, "upstream")};

	(void)state;
	for (size_t i = 0; i < COUNT(boxes); i++) {
		assert_keys(boxes[i], box_keys, COUNT(box_keys));
		for (size_t j = 0; j + 1 < COUNT(box_keys); j++)
			assert_trait(boxes[i], box_keys[j], "undetermined", 0, 0, "");
	}
	expect_text_member(document, "upstream_kind", "undetermined");
	expect_text_member(document, "meaning",
			   "not enough seen yet to say which peers can be reached directly");
	assert_list(document, "hosts", "");
	assert_list(document, "outside", "");
	json_decref(document);
}

/* The text that a document of this NAT has below `key`. */
static void assert_nat_word(const struct nat_view *nat, const char *key, const char *want)
{
	struct engine_view view = {.nat = *nat};
	json_t *document = document_of(write_hosts, &view);

	expect_text_member(document, key, want);
	json_decref(document);
}

static void every_upstream_and_meaning(void **state)
{
	static const char *const upstreams[] = {"undetermined", "none", "nat", "double-nat",
						"carrier-grade"};
	static const char *const meanings[] = {
		"not enough seen yet to say which peers can be reached directly",
		"direct connections work, also from peers behind symmetric NATs",
		"direct connections work with checks from both sides, also to peers behind "
		"symmetric NATs with one "
		"address",
		"direct connections to peers behind endpoint-independent NATs work; to symmetric "
		"NATs they need a "
		"relay",
		"direct connections to peers behind endpoint-independent NATs work; whether to "
		"symmetric NATs is not "
		"seen yet",
		"direct connections work only to peers behind address-dependent filtering or less; "
		"to others they "
		"need a relay",
	};

	(void)state;
	assert_int_equal(COUNT(upstreams), UPSTREAM_COUNT);
	assert_int_equal(COUNT(meanings), MEANING_COUNT);
	for (u8 i = 0; i < COUNT(upstreams); i++)
		assert_nat_word(&(struct nat_view){.upstream_kind = i}, "upstream_kind",
				upstreams[i]);
	for (u8 i = 0; i < COUNT(meanings); i++)
		assert_nat_word(&(struct nat_view){.meaning = i}, "meaning", meanings[i]);
}

static void every_behaviour(void **state)
{
	static const char *const words[] = {"undetermined",
					    "endpoint-independent",
					    "address-dependent",
					    "address-and-port-dependent",
					    "yes",
					    "no",
					    "paired",
					    "arbitrary"};

	(void)state;
	assert_int_equal(COUNT(words), BEHAVIOUR_COUNT);
	for (u8 i = 0; i < COUNT(words); i++) {
		struct engine_view view = {
			.nat = {.gateway.mapping = {.value = i, .excluded = (u8)(1 << i)},
				.filtering = i}};
		json_t *document = document_of(write_hosts, &view);

		assert_trait(json_object_get(document, "gateway"), "mapping", words[i], 0, 0,
			     words[i]);
		expect_text_member(json_object_get(document, "path"), "filtering", words[i]);
		json_decref(document);
	}
}

static int write_braced(FILE *out, const struct engine_view *view)
{
	int err;

	fputs("{", out);
	err = write_lists(out, view);
	fputs("}", out);
	return err;
}

/* Replay's document has all lists, and beside the hosts what they have in common. */
static void lists_of_a_replay(void **state)
{
	struct host_view host = {.ip = ep("192.168.0.2", 0).ip, .nat = nat_of_much()};
	struct engine_view view = {.nat = nat_of_much(), .hosts = &host, .nhosts = 1};
	json_t *document = document_of(write_braced, &view);
	const json_t *nat = json_object_get(document, "nat");

	(void)state;
	assert_int_equal(json_object_size(document), 4);
	assert_list(document, "sessions", "");
	assert_list(document, "mappings", "");
	assert_keys(nat, nat_keys, COUNT(nat_keys));
	assert_nat_of_much(nat);
	assert_keys(json_array_get(json_object_get(document, "hosts"), 0), host_keys,
		    COUNT(host_keys));
	json_decref(document);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mapping_with_everything),
		cmocka_unit_test(a_mapping_of_which_little_is_known),
		cmocka_unit_test(every_enumerated_value_of_a_mapping),
		cmocka_unit_test(hosts_and_outside_addresses),
		cmocka_unit_test(nothing_seen_yet),
		cmocka_unit_test(every_upstream_and_meaning),
		cmocka_unit_test(every_behaviour),
		cmocka_unit_test(lists_of_a_replay),
	};

	return cmocka_run_group_tests_name("json_nat", tests, NULL, NULL);
}
