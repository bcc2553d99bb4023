/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The two endpoints of a captured packet, as far as its headers name them. */
#ifndef P2PSCOPE_SOURCE_CAPTURE_ENDPOINTS_H
#define P2PSCOPE_SOURCE_CAPTURE_ENDPOINTS_H

#include <stdbool.h>

#include "p2pscope/types.h"

struct packet_endpoints {
	struct endpoint src, dst; /* ports are 0 where there are none */
	const u8 *payload; /* of UDP or TCP, with at least the size of a STUN header; else NULL */
	u8 hops; /* routers passed, estimated by the TTL */
};

/* Parses a packet, `len` bytes from its IP header on. Returns false when it is no IP packet. */
bool endpoints_read(const u8 *ip, u32 len, struct packet_endpoints *ends);

/* Returns whether source and destination address are the same. */
bool endpoints_are_same_host(const u8 *ip, u32 len);

#endif
