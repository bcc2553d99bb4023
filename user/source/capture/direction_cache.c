/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "source/capture/direction_cache.h"

#include <string.h>

#include "p2pscope/demux.h"

#define IPV4 20
#define IPV6 40

static bool is_transport(u8 proto)
{
	return proto == PROTO_UDP || proto == PROTO_TCP;
}

/* Returns the size of an IP header that UDP or TCP follows directly, else 0. */
static u8 plain_header_size(const u8 *ip, u32 len)
{
	if (len >= IPV4 && ip[0] == 0x45)
		return is_transport(ip[9]) ? IPV4 : 0;
	return len >= IPV6 && ip[0] >> 4 == 6 && is_transport(ip[6]) ? IPV6 : 0;
}

/* Returns the size of source and destination, with which the IP header ends. */
static u32 addresses_size(u8 header)
{
	return header == IPV4 ? 8 : 32;
}

static u64 addresses_hash(const u8 *ends, u8 header)
{
	u64 word[4], hash;

	memcpy(word, ends, 8);
	hash = word[0];
	if (header == IPV6) {
		memcpy(word + 1, ends + 8, 24);
		hash ^= word[1] * 3 ^ word[2] * 5 ^ word[3] * 7;
	}
	return hash * 0x9e3779b97f4a7c15u;
}

static bool entry_matches(const struct direction_entry *entry, const u8 *stations, const u8 *ends,
			  u8 header)
{
	if (entry->header != header ||
	    (stations && memcmp(entry->stations, stations, sizeof(entry->stations))))
		return false;
	return header == IPV4 ? !memcmp(entry->ends, ends, 8) : !memcmp(entry->ends, ends, 32);
}

/*
 * Replaces an entry by one for these addresses; NULL when source and destination are the same.
 * Not inlined, so that direction_cache_find() need not save registers.
 */
static __attribute__((noinline)) struct direction_entry *
entry_replace(struct direction_entry *entry, const u8 *stations, const u8 *ends, u8 header)
{
	u32 size = addresses_size(header);

	if (!memcmp(ends, ends + size / 2, size / 2))
		return NULL;
	*entry = (struct direction_entry){.header = header};
	memcpy(entry->ends, ends, size);
	if (stations)
		memcpy(entry->stations, stations, sizeof(entry->stations));
	return entry;
}

struct direction_entry *direction_cache_find(struct direction_cache *cache, const u8 *stations,
					     const u8 *ip, u32 len)
{
	u8 header = plain_header_size(ip, len);
	const u8 *ends;
	struct direction_entry *entry;

	if (!header)
		return NULL;
	ends = ip + header - addresses_size(header);
	entry = &cache->entry[addresses_hash(ends, header) >> 32 & (DIRECTION_ENTRIES - 1)];
	return entry_matches(entry, stations, ends, header)
		       ? entry
		       : entry_replace(entry, stations, ends, header);
}

const u8 *direction_entry_payload(const struct direction_entry *entry, const u8 *ip, u32 len)
{
	u32 at = entry->header;

	if (len < at + 20u)
		return NULL;
	at += ip[at == IPV4 ? 9 : 6] == PROTO_UDP ? 8u : (ip[at + 12] >> 4) * 4u;
	return at + STUN_HEADER <= len ? ip + at : NULL;
}
