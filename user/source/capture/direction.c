/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "source/capture/direction.h"

#include <stdlib.h>
#include <string.h>

#include "p2pscope/turn.h"
#include "source/capture/endpoints.h"
#include "source/capture/direction_cache.h"
#include "source/capture/table.h"
#include "util/address.h"

#define STATIONS 4096
#define PLACES 1048576
#define PAIRS 1048576

struct station_key {
	u8 mac[8];
};

/*
 * A network behind a station: an IPv4 address, or 64 bits of an IPv6 one, as a host has many there.
 */
struct near_key {
	u8 mac[8];
	struct addr network;
};

/* What the first pass tells of an address. */
struct place {
	u32 partners; /* addresses that it talks with */
	u8 mac[6]; /* its station: the one it sends by, else the one that what is for it goes to */
	u8 hops; /* that its packets have come, if `sends` */
	u8 sends;
	u8 serves; /* as a TURN server */
	u8 zero[3];
};

/* Two addresses that talk, the lower first. */
struct pair_key {
	struct addr end[2];
};

struct pair_sides {
	u8 sent[2]; /* the end was seen sending to the other one */
	u8 second; /* which end sent later, or never */
	u8 outer; /* 1 + the end that lies further out; 0: not looked at yet */
};

struct sides {
	struct table *stations; /* station_key -> u32, how many networks are behind it */
	struct table *near; /* behind_key -> u8 */
	struct table *places; /* addr -> place */
	struct table *pairs; /* pair_key -> pair_sides */
	struct ways ways; /* by the bytes of the packets that were seen last */
	bool alone;
};

struct sides *sides_new(bool alone)
{
	struct sides *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->alone = alone;
	s->stations = table_new(sizeof(struct station_key), sizeof(u32), STATIONS, false);
	s->near = table_new(sizeof(struct near_key), sizeof(u8), PLACES, false);
	s->places = table_new(sizeof(struct addr), sizeof(struct place), PLACES, false);
	s->pairs = table_new(sizeof(struct pair_key), sizeof(struct pair_sides), PAIRS, false);
	if (s->stations && s->near && s->places && s->pairs)
		return s;
	sides_free(s);
	return NULL;
}

void sides_free(struct sides *s)
{
	if (!s)
		return;
	table_free(s->stations);
	table_free(s->near);
	table_free(s->places);
	table_free(s->pairs);
	free(s);
}

/* How many networks are behind a station; 0: it was never seen sending. */
static u32 *station(struct sides *s, const u8 *mac)
{
	struct station_key key = {0};

	memcpy(key.mac, mac, 6);
	return table_lookup(s->stations, &key);
}

static void station_learn(struct sides *s, const u8 *mac, const struct addr *src)
{
	struct near_key key = {.network = *src};
	u32 *count = station(s, mac), one = 1;
	u8 yes = 1;

	memcpy(key.mac, mac, 6);
	if (!addr_is_v4(src))
		memset(key.network.b + 8, 0, 8);
	if (table_lookup(s->near, &key) || table_insert(s->near, &key, &yes))
		return;
	if (count)
		(*count)++;
	else
		table_insert(s->stations, key.mac, &one);
}

static struct place *place_of(struct sides *s, const struct addr *ip)
{
	static const struct place none;
	struct place *place = table_lookup(s->places, ip);

	if (place || table_insert(s->places, ip, &none))
		return place;
	return table_lookup(s->places, ip);
}

/* Two that talk for the first time, or the second one's first packet: `partners` more for each. */
static void places_learn(struct sides *s, const u8 *mac, const struct ends *seen, u32 partners)
{
	struct place *src = place_of(s, &seen->src.ip), *dst = place_of(s, &seen->dst.ip);

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
 * What a message of TURN tells: a request and a Send indication go to the server; answers and Data
 * indications come from it.
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

static void turn_learn(struct sides *s, const struct ends *seen, u8 turn)
{
	struct place *server =
		turn ? place_of(s, turn == TURN_ASKS ? &seen->dst.ip : &seen->src.ip) : NULL;

	if (server)
		server->serves = 1;
}

/*
 * The two addresses' entry, made when it is new; `sender`: which end of it has sent. NULL when
 * there is no room.
 */
static struct pair_sides *pair_of(struct sides *s, const struct ends *seen, unsigned int *sender)
{
	static const struct pair_sides none;
	struct pair_key key;
	struct pair_sides *pair;

	*sender = memcmp(&seen->src.ip, &seen->dst.ip, sizeof(seen->src.ip)) > 0;
	key.end[*sender] = seen->src.ip;
	key.end[!*sender] = seen->dst.ip;
	pair = table_lookup(s->pairs, &key);
	if (pair || table_insert(s->pairs, &key, &none))
		return pair;
	return table_lookup(s->pairs, &key);
}

/* The first packet of one end to the other. */
static void pair_learn(struct sides *s, const u8 *mac, const struct ends *seen)
{
	unsigned int sender;
	struct pair_sides *pair = pair_of(s, seen, &sender);

	if (!pair || pair->sent[sender])
		return;
	if (!pair->sent[!sender])
		pair->second = !sender;
	pair->sent[sender] = 1;
	places_learn(s, mac, seen, !pair->sent[!sender]);
}

/* What the headers tell; `way` may be NULL. */
static __attribute__((noinline)) void ends_learn(struct sides *s, const u8 *mac, const u8 *ip,
						 u32 len, struct way *way)
{
	struct ends seen;
	u8 turn;

	if (!ends_of(ip, len, &seen))
		return;
	turn = turn_of(seen.payload);
	turn_learn(s, &seen, turn);
	pair_learn(s, mac, &seen);
	if (!way)
		return;
	way->learnt = 1;
	way->turn |= turn;
}

void sides_learn(struct sides *s, const u8 *mac, const u8 *ip, u32 len)
{
	struct way *way = ways_find(&s->ways, NULL, ip, len);

	if (!way || !way->learnt || turn_of(way_payload(way, ip, len)) & ~way->turn)
		ends_learn(s, mac, ip, len, way);
}

/* How far out an address lies; of two the higher number tells. */
struct distance {
	int serves, away, networks, open, alone, hops;
};

static struct distance distance_of(struct sides *s, const struct addr *ip)
{
	const struct place *place = table_lookup(s->places, ip);
	struct distance d = {.open = !addr_is_private(ip), .away = true};
	const u32 *networks;

	if (!place)
		return d;
	d.away = d.open || !place->sends;
	networks = station(s, place->mac);
	d.networks = networks ? (int)*networks : 0;
	d.serves = place->serves;
	d.alone = -(int)place->partners;
	d.hops = place->hops;
	return d;
}

static bool src_is_outer(struct sides *s, const struct ends *seen, bool second)
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

/* What the frame itself says: 1 or 0, and -1 when its stations do not differ. */
static int outer_by_frame(struct sides *s, const u8 *mac)
{
	const u32 *receiver = station(s, mac), *sender = station(s, mac + 6);
	u32 from = sender ? *sender : 0, to = receiver ? *receiver : 0;

	return from == to ? -1 : from > to;
}

/* By what was learnt of both ends. */
static bool pair_outer(struct sides *s, const struct ends *seen)
{
	unsigned int sender;
	struct pair_sides *pair = pair_of(s, seen, &sender);

	if (!pair)
		return src_is_outer(s, seen, sender);
	if (!pair->outer)
		pair->outer =
			1 + (src_is_outer(s, seen, pair->second == sender) ? sender : !sender);
	return pair->outer == 1 + sender;
}

/* Remembers an answer that holds for all that goes this way. */
static bool keep(struct way *way, bool outer)
{
	if (way)
		way->outer = 1 + outer;
	return outer;
}

static __attribute__((noinline)) bool judge_side(struct sides *s, const u8 *stations, const u8 *ip,
						 u32 len, struct way *way)
{
	struct ends seen;
	int by_frame = stations ? outer_by_frame(s, stations) : -1;
	if (by_frame >= 0)
		return keep(way, by_frame);
	if (!ends_of(ip, len, &seen))
		return false;
	if (!memcmp(&seen.src.ip, &seen.dst.ip, sizeof(seen.src.ip)))
		return seen.src.port < seen.dst.port;
	return keep(way, pair_outer(s, &seen));
}

bool sides_from_outside(struct sides *s, const u8 *mac, const u8 *ip, u32 len)
{
	const u8 *stations = s->alone ? NULL : mac;
	struct way *way = ways_find(&s->ways, stations, ip, len);

	return way && way->outer ? way->outer > 1 : judge_side(s, stations, ip, len, way);
}
