/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which way a captured packet went: a capture does not say where it was taken.
 *
 * Of the two ends of a packet the one further out is, by the first of these that tells:
 *  - the TURN server: who asks it for a relay is the host (RFC 8656 section 7);
 *  - the one whose address is not private, if the other one's is and sends: one that does not may lead nowhere from here;
 *  - the one whose station (Ethernet) has more networks behind it: a router;
 *  - the one whose address is not private, after all;
 *  - the one that talks with fewer others: the host is the end that the flows share;
 *  - the one whose packets have come further, by their TTL;
 *  - the one that did not send first; within one address the lower port, a server's.
 *
 * All of these belong to addresses and not to packets, so that both directions of a flow get
 * opposite answers.
 */
#ifndef P2PSCOPE_SOURCE_CAPTURE_DIRECTION_H
#define P2PSCOPE_SOURCE_CAPTURE_DIRECTION_H

#include <stdbool.h>

#include "p2pscope/types.h"

struct direction_finder;

/*
 * `alone`: of the only capture there is; else of one side of a gateway, where each frame's stations
 * come first, as a router may turn packets back into the LAN. Gives NULL when memory is out.
 */
struct direction_finder *direction_finder_new(bool alone);
void direction_finder_free(struct direction_finder *s);

/*
 * First pass: a packet, `len` bytes from its IP header on. `mac` is its Ethernet header, or NULL.
 */
void direction_finder_learn(struct direction_finder *s, const u8 *mac, const u8 *ip, u32 len);

/* Second pass: did the packet's sender lie further out than its receiver? */
bool direction_finder_is_inward(struct direction_finder *s, const u8 *mac, const u8 *ip, u32 len);

#endif
