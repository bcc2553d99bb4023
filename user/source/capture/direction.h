/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The direction of a captured packet: a capture does not record where it was taken.
 *
 * Of the two ends of a packet the outer one, toward the internet, is decided by the first of these
 * rules that applies. It is
 *  - the one that the gateway's NAT has not changed, if the capture of the other side has the same
 *    STUN transactions;
 *  - the TURN server: the host is the one that asks it for a relay (RFC 8656 section 7);
 *  - the one with a public address, if the other's is private and has sent: packets to an address
 *    that never sends may lead nowhere from here;
 *  - the one whose station (Ethernet) has more networks behind it: a router;
 *  - the one with a public address;
 *  - the one with fewer partners: the host is the end that the flows share;
 *  - the one whose packets have passed more routers, by their TTL;
 *  - the one that did not send first; within one address the lower port, a server's.
 *
 * All of these are properties of addresses, not of packets, so that the two directions of a flow
 * get opposite results.
 */
#ifndef P2PSCOPE_SOURCE_CAPTURE_DIRECTION_H
#define P2PSCOPE_SOURCE_CAPTURE_DIRECTION_H

#include <stdbool.h>

#include "p2pscope/types.h"

struct direction_finder;
struct table;

/*
 * Creates a finder. `other` is NULL for the only capture of a replay. Otherwise the capture is of
 * one side of a gateway and the stations of each frame take precedence, as a router may send
 * packets back into the LAN; `other` is a table of transactions that the finder of the LAN fills
 * and that of the WAN reads. Returns NULL when out of memory.
 */
struct direction_finder *direction_finder_new(struct table *other, bool lan);

/* Frees the finder; takes NULL too. */
void direction_finder_free(struct direction_finder *s);

/*
 * First pass: learns from a packet, which is `len` bytes from its IP header on. `mac` is its
 * Ethernet header, or NULL.
 */
void direction_finder_learn(struct direction_finder *s, const u8 *mac, const u8 *ip, u32 len);

/* Second pass: returns whether the packet is inbound: its sender is the outer end. */
bool direction_finder_is_inward(struct direction_finder *s, const u8 *mac, const u8 *ip, u32 len);

#endif
