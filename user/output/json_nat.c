/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "output/json_nat.h"
#include "output/json_value.h"

static json_t *remotes(const struct mapping *mapping)
{
	json_t *list = json_array();

	for (u32 i = 0; i < mapping->nremotes; i++)
		json_array_append_new(list, json_endpoint(&mapping->remotes[i]));
	return list;
}

static json_t *sources(const struct mapping *mapping)
{
	json_t *list = json_array();

	if (mapping->sources & MAPPING_BY_CONNTRACK)
		json_array_append_new(list, json_string("conntrack"));
	if (mapping->sources & MAPPING_BY_STUN)
		json_array_append_new(list, json_string("stun"));
	return list;
}

json_t *json_mapping(const struct mapping *mapping)
{
	return json_pack("{so so so so so so so so so so so so}", "proto",
			 json_word(words_transport(mapping->proto)), "kind",
			 json_list_word(WORDS_MAPPING_KINDS, mapping->kind), "inside",
			 json_endpoint(&mapping->inside), "outside",
			 json_endpoint(&mapping->outside), "remotes", remotes(mapping), "created",
			 json_time(mapping->created), "refreshed", json_time(mapping->refreshed),
			 "ended", json_time(mapping->ended), "ended_by",
			 json_list_word(WORDS_MAPPING_ENDS, mapping->ended_by), "sources",
			 sources(mapping), "upstream", json_endpoint(&mapping->upstream),
			 "conflict", json_endpoint(&mapping->conflict));
}

static json_t *behaviour(unsigned int value)
{
	return json_list_word(WORDS_BEHAVIOURS, value);
}

static json_t *trait(const struct trait *trait)
{
	json_t *excluded = json_array();

	for (unsigned int value = 0; value < BEHAVIOUR_COUNT; value++)
		if (trait->excluded & 1u << value)
			json_array_append_new(excluded, behaviour(value));
	return json_pack("{so sI sI so}", "behaviour", behaviour(trait->value), "samples",
			 (json_int_t)trait->samples, "contrary", (json_int_t)trait->contrary,
			 "excluded", excluded);
}

/* 0 is not seen yet. */
static json_t *seconds(u32 value)
{
	return value ? json_integer(value) : json_null();
}

static json_t *lifetime(const struct nat_behaviour *nat)
{
	return json_pack("{sI so so}", "samples", (json_int_t)nat->lifetime_samples, "at_least",
			 seconds(nat->lifetime_at_least), "at_most",
			 seconds(nat->lifetime_at_most));
}

static json_t *box(const struct nat_behaviour *nat)
{
	return json_pack("{so so so so so so so so}", "translates", trait(&nat->translates),
			 "mapping", trait(&nat->mapping), "filtering", trait(&nat->filtering),
			 "port_preservation", trait(&nat->port_preservation), "parity",
			 trait(&nat->parity), "pooling", trait(&nat->pooling), "hairpinning",
			 trait(&nat->hairpinning), "binding_lifetime", lifetime(nat));
}

json_t *json_nat(const struct nat_view *nat)
{
	return json_pack("{so so so s{so so} so}", "gateway", box(&nat->gateway), "upstream",
			 box(&nat->upstream), "upstream_kind",
			 json_list_word(WORDS_UPSTREAMS, nat->upstream_kind), "path", "mapping",
			 behaviour(nat->mapping), "filtering", behaviour(nat->filtering), "meaning",
			 json_list_word(WORDS_MEANINGS, nat->meaning));
}

json_t *json_host(const struct host_view *host)
{
	json_t *object = json_pack("{so sI so}", "host", json_addr(&host->ip), "mappings",
				   (json_int_t)host->mappings, "last", json_time(host->last));

	if (json_object_update_new(object, json_nat(&host->nat))) {
		json_decref(object);
		return NULL;
	}
	return object;
}

json_t *json_outside(const struct outside_view *outside)
{
	return json_pack("{so sI sI}", "address", json_addr(&outside->ip), "udp_ports",
			 (json_int_t)outside->ports[0], "tcp_ports", (json_int_t)outside->ports[1]);
}
