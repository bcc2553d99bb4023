/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A cache of directions, looked up by the unparsed addresses of a packet. Most packets have the
 * addresses of recent ones: they need not be parsed to learn from them or to find their
 * direction.
 */
#ifndef P2PSCOPE_SOURCE_CAPTURE_DIRECTION_CACHE_H
#define P2PSCOPE_SOURCE_CAPTURE_DIRECTION_CACHE_H

#include <stdbool.h>

#include "p2pscope/types.h"

#define DIRECTION_ENTRIES 512 /* direct-mapped: a new entry replaces the old one */

struct direction_entry {
	u8 ends[32]; /* source and destination */
	u8 stations[12]; /* of the Ethernet header, if they matter */
	u8 header; /* bytes of the IP header; 0: an unused entry */
	u8 learnt; /* the first pass has learned from such a packet */
	u8 turn; /* bits: what was learned from its TURN messages */
	u8 outer; /* 0: not determined yet; 1: the sender is the inner end, 2: the outer */
};

struct direction_cache {
	struct direction_entry entry[DIRECTION_ENTRIES];
};

/*
 * Returns the entry for the addresses of a packet, which is `len` bytes from its IP header on.
 * `stations` are the addresses of its Ethernet header, or NULL if they do not matter. Returns
 * NULL for a packet that must be parsed: one that is not IP, has options or extension headers, or
 * has the same source and destination.
 */
struct direction_entry *direction_cache_find(struct direction_cache *cache, const u8 *stations,
					     const u8 *ip, u32 len);

/*
 * Returns the payload of a packet that belongs to `entry` if it has at least the size of a STUN
 * header, else NULL. Fragments are not excluded.
 */
const u8 *direction_entry_payload(const struct direction_entry *entry, const u8 *ip, u32 len);

#endif
