/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is known of who sends to whom, found by a packet's bytes as they are: most packets go a way
 * that others went just before, and need not be parsed to learn from them, or to tell their
 * direction.
 */
#ifndef P2PSCOPE_SOURCE_CAPTURE_DIRECTION_CACHE_H
#define P2PSCOPE_SOURCE_CAPTURE_DIRECTION_CACHE_H

#include <stdbool.h>

#include "p2pscope/types.h"

#define DIRECTION_ENTRIES 512 /* places; a newcomer takes the one of whoever was there */

struct direction_entry {
	u8 ends[32]; /* source and destination */
	u8 stations[12]; /* of the Ethernet header, if they are asked for */
	u8 header; /* bytes of the IP header; 0: an empty place */
	u8 learnt; /* what the sender tells is known */
	u8 turn; /* bits: what its messages of TURN tell and is known */
	u8 outer; /* 0: not looked at yet; 1: the sender lies further in, 2: further out */
};

struct direction_cache {
	struct direction_entry entry[DIRECTION_ENTRIES];
};

/*
 * Gives the way of a packet of `len` bytes from its IP header on; `stations`: those of its Ethernet
 * header, or NULL if they do not matter. NULL for a packet that is to be parsed: not IP, with
 * options or extension headers, or to its own sender.
 */
struct direction_entry *direction_cache_find(struct direction_cache *cache, const u8 *stations,
					     const u8 *ip, u32 len);

/*
 * Gives a STUN header's bytes at the beginning of its payload, if it goes over UDP or TCP, or NULL.
 * It may be a fragment.
 */
const u8 *direction_entry_payload(const struct direction_entry *entry, const u8 *ip, u32 len);

#endif
