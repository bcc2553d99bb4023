/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which way a captured packet went: a capture does not say where it was taken.
 *
 * On Ethernet, the station behind which the most addresses are seen as sources is a router toward the internet. Of two
 * stations the one with more of them is further out. Where that does not tell: a private address lies inside, and
 * else the lower one, so that at least the two directions of a flow are told apart.
 */
#ifndef P2PSCOPE_SOURCE_PCAP_SIDE_H
#define P2PSCOPE_SOURCE_PCAP_SIDE_H

#include <stdbool.h>

#include "p2pscope/types.h"

struct sides;

/* Gives NULL when memory is out. */
struct sides *sides_new(void);
void sides_free(struct sides *s);

/* First pass: an Ethernet frame of `len` bytes. */
void sides_learn(struct sides *s, const u8 *frame, u32 len);

/* Second pass: did the frame's sender lie further out than its receiver? `mac` is NULL without a link header. */
bool sides_from_outside(struct sides *s, const u8 *mac, const u8 *ip, u32 len);

/* Does a host talk to itself? */
bool sides_loops(const u8 *ip, u32 len);

/* Where the IP header lies in an Ethernet frame of `len` bytes; `len` when there is none. */
u32 sides_ip_at(const u8 *frame, u32 len);

#endif
