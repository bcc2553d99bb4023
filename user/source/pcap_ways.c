/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "source/pcap_ways.h"

#include <string.h>

#include "p2pscope/demux.h"

#define IPV4 20
#define IPV6 40

static bool is_transport(u8 proto)
{
	return proto == PROTO_UDP || proto == PROTO_TCP;
}

/* Bytes of the IP header that alone stands before UDP or TCP, else 0. */
static u8 header_of(const u8 *ip, u32 len)
{
	if (len >= IPV4 && ip[0] == 0x45)
		return is_transport(ip[9]) ? IPV4 : 0;
	return len >= IPV6 && ip[0] >> 4 == 6 && is_transport(ip[6]) ? IPV6 : 0;
}

/* Reads the packet's way; false when both ends are the same. */
static bool read_way(struct way *way, const u8 *stations, const u8 *ip)
{
	if (stations)
		memcpy(way->stations, stations, sizeof(way->stations));
	if (way->header == IPV4) {
		memcpy(way->ends, ip + 12, 8);
		return memcmp(ip + 12, ip + 16, 4);
	}
	memcpy(way->ends, ip + 8, 32);
	return memcmp(ip + 8, ip + 24, 16);
}

static bool same_way(const struct way *a, const struct way *b)
{
	u64 differs = a->header ^ b->header;

	for (int i = 0; i < 4; i++)
		differs |= a->ends[i] ^ b->ends[i];
	return !differs && !memcmp(a->stations, b->stations, sizeof(a->stations));
}

struct way *ways_find(struct ways *ways, const u8 *stations, const u8 *ip, u32 len)
{
	struct way seen = {.header = header_of(ip, len)}, *way;
	u64 hash;

	if (!seen.header || !read_way(&seen, stations, ip))
		return NULL;
	hash = (seen.ends[0] ^ seen.ends[1] * 3 ^ seen.ends[2] * 5 ^ seen.ends[3] * 7) * 0x9e3779b97f4a7c15u;
	way = &ways->way[hash >> 32 & (WAYS - 1)];
	if (!same_way(way, &seen))
		*way = seen;
	return way;
}

const u8 *way_payload(const struct way *way, const u8 *ip, u32 len)
{
	u32 at = way->header;

	if (len < at + 20u)
		return NULL;
	at += ip[at == IPV4 ? 9 : 6] == PROTO_UDP ? 8u : (ip[at + 12] >> 4) * 4u;
	return at + STUN_HEADER <= len ? ip + at : NULL;
}
