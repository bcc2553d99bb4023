/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The two ends of a captured packet, as far as its headers name them. */
#ifndef P2PSCOPE_SOURCE_CAPTURE_ENDPOINTS_H
#define P2PSCOPE_SOURCE_CAPTURE_ENDPOINTS_H

#include <stdbool.h>

#include "p2pscope/types.h"

struct ends {
	struct endpoint src, dst; /* ports are 0 where there are none */
	const u8 *payload; /* of UDP or TCP, at least a STUN header of it; else NULL */
	u8 hops; /* routers passed, at least */
};

/* Reads `len` bytes from an IP header on. Gives false when it is no IP. */
bool ends_of(const u8 *ip, u32 len, struct ends *ends);

/* Does a host talk to itself? */
bool ends_loop(const u8 *ip, u32 len);

#endif
