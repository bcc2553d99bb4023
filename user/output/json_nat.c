/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "output/json_nat.h"
#include "output/json_value.h"

static json_t *json_remotes(const struct mapping *mapping)
{
	json_t *list = json_array();

	for (u32 i = 0; i < mapping->nremotes; i++)
		json_append(&list, json_endpoint(&mapping->remotes[i]));
	return list;
}

static json_t *json_sources(const struct mapping *mapping)
{
	json_t *list = json_array();

	if (mapping->sources & MAPPING_BY_CONNTRACK)
		json_append(&list, json_string("conntrack"));
	if (mapping->sources & MAPPING_BY_STUN)
		json_append(&list, json_string("stun"));
	return list;
}

json_t *json_mapping(const struct mapping *mapping)
{
	return json_pack(
		"{so so so so so so so so so so so so}", "proto",
		json_word(words_transport(mapping->proto)), "kind",
		json_list_word(WORDS_MAPPING_KINDS, mapping->kind), "inside",
		json_endpoint(&mapping->inside), "outside", json_endpoint(&mapping->outside),
		"remotes", json_remotes(mapping), "created", json_time(mapping->created),
		"refreshed", json_time(mapping->refreshed), "ended", json_time(mapping->ended),
		"ended_by", json_list_word(WORDS_MAPPING_ENDS, mapping->ended_by), "sources",
		json_sources(mapping), "upstream", json_endpoint(&mapping->upstream), "conflict",
		json_endpoint(&mapping->conflict));
}

static json_t *json_behaviour(unsigned int value)
{
	return json_list_word(WORDS_BEHAVIOURS, value);
}

static json_t *json_trait(const struct trait *trait)
{
	json_t *excluded = json_array();

	for (unsigned int value = 0; value < BEHAVIOUR_COUNT; value++)
		if (trait->excluded & 1u << value)
			json_append(&excluded, json_behaviour(value));
	return json_pack("{so sI sI so}", "behaviour", json_behaviour(trait->value), "samples",
			 (json_int_t)trait->samples, "contrary", (json_int_t)trait->contrary,
			 "excluded", excluded);
}

/* 0: not seen yet */
static json_t *json_seconds(u32 value)
{
	return value ? json_integer(value) : json_null();
}

static json_t *json_lifetime(const struct nat_behaviour *nat)
{
	return json_pack("{sI so so}", "samples", (json_int_t)nat->lifetime_samples, "at_least",
			 json_seconds(nat->lifetime_at_least), "at_most",
			 json_seconds(nat->lifetime_at_most));
}

static json_t *json_box(const struct nat_behaviour *nat)
{
	return json_pack("{so so so so so so so so}", "translates", json_trait(&nat->translates),
			 "mapping", json_trait(&nat->mapping), "filtering",
			 json_trait(&nat->filtering), "port_preservation",
			 json_trait(&nat->port_preservation), "parity", json_trait(&nat->parity),
			 "pooling", json_trait(&nat->pooling), "hairpinning",
			 json_trait(&nat->hairpinning), "binding_lifetime", json_lifetime(nat));
}

json_t *json_nat(const struct nat_view *nat)
{
	return json_pack("{so so so s{so so} so}", "gateway", json_box(&nat->gateway), "upstream",
			 json_box(&nat->upstream), "upstream_kind",
			 json_list_word(WORDS_UPSTREAMS, nat->upstream_kind), "path", "mapping",
			 json_behaviour(nat->mapping), "filtering", json_behaviour(nat->filtering),
			 "meaning", json_list_word(WORDS_MEANINGS, nat->meaning));
}

json_t *json_host(const struct host_view *host)
{
	json_t *object = json_pack("{so sI so}", "host", json_addr(&host->ip), "mappings",
				   (json_int_t)host->mappings, "last", json_time(host->last));

	json_merge(&object, json_nat(&host->nat));
	return object;
}

json_t *json_outside(const struct outside_view *outside)
{
	return json_pack("{so sI sI}", "address", json_addr(&outside->ip), "udp_ports",
			 (json_int_t)outside->ports[0], "tcp_ports", (json_int_t)outside->ports[1]);
}
