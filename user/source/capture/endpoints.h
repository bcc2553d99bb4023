/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The two ends of a captured packet, as far as its headers name them. */
#ifndef P2PSCOPE_SOURCE_CAPTURE_ENDPOINTS_H
#define P2PSCOPE_SOURCE_CAPTURE_ENDPOINTS_H

#include <stdbool.h>

#include "p2pscope/types.h"

struct packet_endpoints {
	struct endpoint src, dst; /* ports are 0 where there are none */
	const u8 *payload; /* of UDP or TCP, at least a STUN header of it; else NULL */
	u8 hops; /* routers passed, at least */
};

/* Reads `len` bytes from an IP header on. Gives false when it is no IP. */
bool endpoints_read(const u8 *ip, u32 len, struct packet_endpoints *ends);

/* Does a host talk to itself? */
bool endpoints_are_same_host(const u8 *ip, u32 len);

#endif
