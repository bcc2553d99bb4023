/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "source/capture/direction.h"

#include <stdlib.h>
#include <string.h>

#include "p2pscope/turn.h"
#include "source/capture/endpoints.h"
#include "source/capture/direction_cache.h"
#include "source/capture/table.h"
#include "source/capture/transactions.h"
#include "util/address.h"

#define STATIONS 4096
#define ADDRESSES 1048576
#define PAIRS 1048576

struct station_key {
	u8 mac[8];
};

/*
 * A network behind a station: an IPv4 address, or a 64-bit prefix of IPv6, as a host has many
 * addresses in one.
 */
struct network_key {
	u8 mac[8];
	struct addr network;
};

/* What the first pass learns about an address. */
struct address_facts {
	u32 partners; /* number of addresses that it exchanges packets with */
	u8 mac[6]; /* its station: source of its packets, else destination of packets to it */
	u8 hops; /* routers that its packets have passed, if `sends` */
	u8 sends;
	u8 serves; /* it is a TURN server */
	u8 changed; /* the gateway's NAT has put it in place of another */
	u8 zero[2];
};

/* Two addresses that exchange packets, the lower one first. */
struct pair_key {
	struct addr end[2];
};

struct pair_direction {
	u8 sent[2]; /* the end has sent to the other one */
	u8 second; /* the end that sent second, or has not sent */
	u8 outer; /* 1 + the outer end; 0: not determined yet */
};

struct direction_finder {
	struct table *stations; /* station_key -> u32, number of networks behind it */
	struct table *networks; /* network_key -> u8 */
	struct table *addresses; /* addr -> address_facts */
	struct table *pairs; /* pair_key -> pair_direction */
	struct direction_cache cache; /* for packets like the last ones */
	struct table *other; /* transactions of the other side; NULL: there is none */
	bool lan;
};

struct direction_finder *direction_finder_new(struct table *other, bool lan)
{
	struct direction_finder *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->other = other;
	s->lan = lan;
	s->stations = table_new(sizeof(struct station_key), sizeof(u32), STATIONS, false);
	s->networks = table_new(sizeof(struct network_key), sizeof(u8), ADDRESSES, false);
	s->addresses =
		table_new(sizeof(struct addr), sizeof(struct address_facts), ADDRESSES, false);
	s->pairs = table_new(sizeof(struct pair_key), sizeof(struct pair_direction), PAIRS, false);
	if (s->stations && s->networks && s->addresses && s->pairs)
		return s;
	direction_finder_free(s);
	return NULL;
}

void direction_finder_free(struct direction_finder *s)
{
	if (!s)
		return;
	table_free(s->stations);
	table_free(s->networks);
	table_free(s->addresses);
	table_free(s->pairs);
	free(s);
}

/* Returns the number of networks behind a station, or NULL when it has not sent. */
static u32 *station_networks(struct direction_finder *s, const u8 *mac)
{
	struct station_key key = {0};

	memcpy(key.mac, mac, 6);
	return table_lookup(s->stations, &key);
}

static void station_learn(struct direction_finder *s, const u8 *mac, const struct addr *src)
{
	struct network_key key = {.network = *src};
	u32 *count = station_networks(s, mac), one = 1;
	u8 yes = 1;

	memcpy(key.mac, mac, 6);
	if (!addr_is_v4(src))
		memset(key.network.b + 8, 0, 8);
	if (table_lookup(s->networks, &key) || table_insert(s->networks, &key, &yes))
		return;
	if (count)
		(*count)++;
	else
		table_insert(s->stations, key.mac, &one);
}

static struct address_facts *address_facts_of(struct direction_finder *s, const struct addr *ip)
{
	static const struct address_facts none;
	struct address_facts *facts = table_lookup(s->addresses, ip);

	if (facts || table_insert(s->addresses, ip, &none))
		return facts;
	return table_lookup(s->addresses, ip);
}

/* Learns from the first packet of an end to another: both have `partners` more partners. */
static void addresses_learn(struct direction_finder *s, const u8 *mac,
			    const struct packet_endpoints *seen, u32 partners)
{
	struct address_facts *src = address_facts_of(s, &seen->src.ip),
			     *dst = address_facts_of(s, &seen->dst.ip);

	if (src)
		src->partners += partners;
	if (dst)
		dst->partners += partners;
	if (mac)
		station_learn(s, mac + 6, &seen->src.ip);
	if (mac && dst && !dst->sends)
		memcpy(dst->mac, mac, sizeof(dst->mac));
	if (!src || src->sends)
		return;
	src->sends = 1;
	src->hops = seen->hops;
	if (mac)
		memcpy(src->mac, mac + 6, sizeof(src->mac));
}

/*
 * Requests and Send indications of TURN go to the server; responses and Data indications come
 * from it.
 */
enum { TURN_NONE, TURN_ANSWERS = 1 << 0, TURN_ASKS = 1 << 1 };

static u8 turn_of(const u8 *head)
{
	u16 type, method;

	if (!head || head[0] > 1 || load_be32(head + 4) != STUN_COOKIE)
		return TURN_NONE;
	type = load_be16(head);
	method = stun_method_of(type);
	if (!turn_is_method(method))
		return TURN_NONE;
	return stun_class_of(type) == STUN_REQUEST || method == STUN_SEND ? TURN_ASKS
									  : TURN_ANSWERS;
}

static void turn_learn(struct direction_finder *s, const struct packet_endpoints *seen, u8 turn)
{
	struct address_facts *server =
		turn ? address_facts_of(s, turn == TURN_ASKS ? &seen->dst.ip : &seen->src.ip)
		     : NULL;

	if (server)
		server->serves = 1;
}

/*
 * Returns the entry of two addresses, which is created if it is new, and which end of it is the
 * sender; NULL when the table is full.
 */
static struct pair_direction *pair_of(struct direction_finder *s,
				      const struct packet_endpoints *seen, unsigned int *sender)
{
	static const struct pair_direction none;
	struct pair_key key;
	struct pair_direction *pair;

	*sender = memcmp(&seen->src.ip, &seen->dst.ip, sizeof(seen->src.ip)) > 0;
	key.end[*sender] = seen->src.ip;
	key.end[!*sender] = seen->dst.ip;
	pair = table_lookup(s->pairs, &key);
	if (pair || table_insert(s->pairs, &key, &none))
		return pair;
	return table_lookup(s->pairs, &key);
}

/* Learns from the first packet of an end to another. */
static void pair_learn(struct direction_finder *s, const u8 *mac,
		       const struct packet_endpoints *seen)
{
	unsigned int sender;
	struct pair_direction *pair = pair_of(s, seen, &sender);

	if (!pair || pair->sent[sender])
		return;
	if (!pair->sent[!sender])
		pair->second = !sender;
	pair->sent[sender] = 1;
	addresses_learn(s, mac, seen, !pair->sent[!sender]);
}

/*
 * A request that has passed the gateway: of what differs on the WAN its NAT is the reason, and that
 * end is inside, whatever its TTL says.
 */
static void passage_learn(struct direction_finder *s, const struct packet_endpoints *seen)
{
	const struct transaction *lan = transaction_meet(s->other, seen, s->lan);
	struct address_facts *inside = NULL;

	if (!lan || s->lan)
		return;
	if (memcmp(&lan->src, &seen->src.ip, sizeof(lan->src)))
		inside = address_facts_of(s, &seen->src.ip);
	else if (memcmp(&lan->dst, &seen->dst.ip, sizeof(lan->dst)))
		inside = address_facts_of(s, &seen->dst.ip);
	if (inside)
		inside->changed = 1;
}

/* Learns from the headers; `entry` may be NULL. */
static __attribute__((noinline)) void headers_learn(struct direction_finder *s, const u8 *mac,
						    const u8 *ip, u32 len,
						    struct direction_entry *entry)
{
	struct packet_endpoints seen;
	u8 turn;

	if (!endpoints_read(ip, len, &seen))
		return;
	turn = turn_of(seen.payload);
	turn_learn(s, &seen, turn);
	pair_learn(s, mac, &seen);
	if (s->other)
		passage_learn(s, &seen);
	if (!entry)
		return;
	entry->learnt = 1;
	entry->turn |= turn;
}

void direction_finder_learn(struct direction_finder *s, const u8 *mac, const u8 *ip, u32 len)
{
	struct direction_entry *entry = direction_cache_find(&s->cache, NULL, ip, len);

	if (!entry || !entry->learnt || s->other ||
	    turn_of(direction_entry_payload(entry, ip, len)) & ~entry->turn)
		headers_learn(s, mac, ip, len, entry);
}

/*
 * How far out an address is. Of two addresses the one with the higher value is outer, in the
 * first member that differs.
 */
struct distance {
	int serves, away, networks, open, alone, hops;
};

static struct distance distance_of(struct direction_finder *s, const struct addr *ip)
{
	const struct address_facts *facts = table_lookup(s->addresses, ip);
	struct distance d = {.open = !addr_is_private(ip), .away = true};
	const u32 *networks;

	if (!facts)
		return d;
	d.away = d.open || !facts->sends;
	networks = station_networks(s, facts->mac);
	d.networks = networks ? (int)*networks : 0;
	d.serves = facts->serves;
	d.alone = -(int)facts->partners;
	d.hops = facts->hops;
	return d;
}

static bool src_is_outer(struct direction_finder *s, const struct packet_endpoints *seen,
			 bool second)
{
	struct distance src = distance_of(s, &seen->src.ip), dst = distance_of(s, &seen->dst.ip);

	if (src.serves != dst.serves)
		return src.serves > dst.serves;
	if (src.away != dst.away)
		return src.away > dst.away;
	if (src.networks && dst.networks && src.networks != dst.networks)
		return src.networks > dst.networks;
	if (src.open != dst.open)
		return src.open > dst.open;
	if (src.alone != dst.alone)
		return src.alone > dst.alone;
	if (src.hops != dst.hops)
		return src.hops > dst.hops;
	return second;
}

/*
 * Returns 1 or 0 by the frame's stations alone, -1 when they do not differ. What is behind a
 * station that has not sent is not known: a router through which nothing comes back is one.
 */
static int outer_by_frame(struct direction_finder *s, const u8 *mac)
{
	const u32 *receiver = station_networks(s, mac), *sender = station_networks(s, mac + 6);

	if (!sender || !receiver || *sender == *receiver)
		return -1;
	return *sender > *receiver;
}

/* The same by what the gateway's NAT has changed. */
static int outer_by_nat(struct direction_finder *s, const struct packet_endpoints *seen)
{
	const struct address_facts *src = table_lookup(s->addresses, &seen->src.ip),
				   *dst = table_lookup(s->addresses, &seen->dst.ip);
	bool src_changed = src && src->changed, dst_changed = dst && dst->changed;

	return src_changed == dst_changed ? -1 : dst_changed;
}

/* Returns whether the sender is the outer end, by what was learned about both ends. */
static bool pair_outer(struct direction_finder *s, const struct packet_endpoints *seen)
{
	unsigned int sender;
	struct pair_direction *pair = pair_of(s, seen, &sender);

	if (!pair)
		return src_is_outer(s, seen, sender);
	if (!pair->outer)
		pair->outer =
			1 + (src_is_outer(s, seen, pair->second == sender) ? sender : !sender);
	return pair->outer == 1 + sender;
}

/* Caches a result that holds for all packets with these addresses. */
static bool entry_keep(struct direction_entry *entry, bool outer)
{
	if (entry)
		entry->outer = 1 + outer;
	return outer;
}

static __attribute__((noinline)) bool is_inward_by_headers(struct direction_finder *s,
							   const u8 *stations, const u8 *ip,
							   u32 len, struct direction_entry *entry)
{
	struct packet_endpoints seen;
	int by_frame = stations ? outer_by_frame(s, stations) : -1, by_nat;

	if (!endpoints_read(ip, len, &seen))
		return by_frame > 0;
	by_nat = outer_by_nat(s, &seen);
	if (by_nat >= 0 || by_frame >= 0)
		return entry_keep(entry, by_nat >= 0 ? by_nat : by_frame);
	if (!memcmp(&seen.src.ip, &seen.dst.ip, sizeof(seen.src.ip)))
		return seen.src.port < seen.dst.port;
	return entry_keep(entry, pair_outer(s, &seen));
}

bool direction_finder_is_inward(struct direction_finder *s, const u8 *mac, const u8 *ip, u32 len)
{
	const u8 *stations = s->other ? mac : NULL;
	struct direction_entry *entry = direction_cache_find(&s->cache, stations, ip, len);

	return entry && entry->outer ? entry->outer > 1
				     : is_inward_by_headers(s, stations, ip, len, entry);
}
