/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "source/pcap_side.h"

#include <stdlib.h>
#include <string.h>

#include "p2pscope/link.h"
#include "p2pscope/transport.h"
#include "source/table.h"

#define STATIONS 4096
#define STATION_ADDRESSES 65536

struct station_key {
	u8 mac[8];
};

struct behind_key {
	u8 mac[8];
	struct addr ip;
};

struct sides {
	struct table *stations; /* station_key -> u32, how many addresses are behind it */
	struct table *behind; /* behind_key -> u8 */
};

struct sides *sides_new(void)
{
	struct sides *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->stations = table_new(sizeof(struct station_key), sizeof(u32), STATIONS, false);
	s->behind = table_new(sizeof(struct behind_key), sizeof(u8), STATION_ADDRESSES, false);
	if (s->stations && s->behind)
		return s;
	sides_free(s);
	return NULL;
}

void sides_free(struct sides *s)
{
	if (!s)
		return;
	table_free(s->stations);
	table_free(s->behind);
	free(s);
}

u32 sides_ip_at(const u8 *frame, u32 len)
{
	struct cursor c = cursor_on_packet(frame, frame + len);
	u8 version;

	return link_parse(&c, &version) ? len : c.at;
}

/* Addresses and ports of a packet; false when it is no IP. Without ports they are 0. */
static bool ends_of(const u8 *ip, u32 len, struct endpoint *src, struct endpoint *dst)
{
	struct cursor c = cursor_on_packet(ip, ip + len);
	struct transport t = {0};
	struct ip header = {0};

	memset(src, 0, sizeof(*src));
	memset(dst, 0, sizeof(*dst));
	if (!len || ip_parse(&c, ip[0] >> 4, &header, &src->ip, &dst->ip, len))
		return false;
	if (header.fragment != FRAGMENT_LATER && (header.proto == PROTO_UDP || header.proto == PROTO_TCP))
		ports_parse(&c, &t);
	src->port = t.src;
	dst->port = t.dst;
	return true;
}

/* RFC 1918, RFC 6598, RFC 3927; RFC 4193, RFC 4291 section 2.5.6; loopback. */
static bool is_private(const struct addr *a)
{
	const u8 *b = a->b + 12;

	if (!addr_is_v4(a))
		return (a->b[0] & 0xfe) == 0xfc || (a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80);
	return b[0] == 10 || b[0] == 127 || (b[0] == 172 && (b[1] & 0xf0) == 16) || (b[0] == 192 && b[1] == 168) ||
	       (b[0] == 100 && (b[1] & 0xc0) == 64) || (b[0] == 169 && b[1] == 254);
}

static u32 *station(struct sides *s, const u8 *mac)
{
	struct station_key key = {0};

	memcpy(key.mac, mac, 6);
	return table_lookup(s->stations, &key);
}

static void station_add(struct sides *s, const u8 *mac)
{
	struct station_key key = {0};
	u32 *count = station(s, mac), one = 1;

	memcpy(key.mac, mac, 6);
	if (count)
		(*count)++;
	else
		table_insert(s->stations, &key, &one);
}

void sides_learn(struct sides *s, const u8 *frame, u32 len)
{
	u32 at = sides_ip_at(frame, len);
	struct behind_key key = {0};
	struct endpoint src, dst;
	u8 yes = 1;

	if (at >= len || !ends_of(frame + at, len - at, &src, &dst))
		return;
	memcpy(key.mac, frame + 6, 6);
	key.ip = src.ip;
	if (!table_lookup(s->behind, &key) && !table_insert(s->behind, &key, &yes))
		station_add(s, frame + 6);
}

static bool from_outside_by_address(const struct endpoint *src, const struct endpoint *dst)
{
	bool src_private = is_private(&src->ip);
	int order;

	if (src_private != is_private(&dst->ip))
		return !src_private;
	order = memcmp(&src->ip, &dst->ip, sizeof(src->ip));
	return order ? order > 0 : src->port < dst->port;
}

bool sides_from_outside(struct sides *s, const u8 *mac, const u8 *ip, u32 len)
{
	struct endpoint src, dst;
	const u32 *sender, *receiver;
	u32 from, to;

	if (mac) {
		receiver = station(s, mac);
		sender = station(s, mac + 6);
		from = sender ? *sender : 0;
		to = receiver ? *receiver : 0;
		if (from != to)
			return from > to;
	}
	return ends_of(ip, len, &src, &dst) && from_outside_by_address(&src, &dst);
}

bool sides_loops(const u8 *ip, u32 len)
{
	struct endpoint src, dst;

	return ends_of(ip, len, &src, &dst) && !memcmp(&src.ip, &dst.ip, sizeof(src.ip));
}
