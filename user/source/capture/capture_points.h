/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The observation points of a replay. Packets from tunnels have points of their own, so that a
 * flow inside a tunnel is not mixed up with one outside that has the same addresses. The packets
 * that carry them have a point without side: they are only counted.
 */
#ifndef P2PSCOPE_SOURCE_CAPTURE_CAPTURE_POINTS_H
#define P2PSCOPE_SOURCE_CAPTURE_CAPTURE_POINTS_H

#include "source/capture/native.h"

enum {
	CAPTURE_IFINDEX_LAN = 1,
	CAPTURE_IFINDEX_WAN,
	CAPTURE_IFINDEX_LAN_TUNNELLED,
	CAPTURE_IFINDEX_WAN_TUNNELLED,
	CAPTURE_IFINDEX_TUNNELS,
};

/* Sets of points: bits 1 << CAPTURE_IFINDEX_…. */
enum {
	CAPTURE_TUNNELLED = 1 << CAPTURE_IFINDEX_LAN_TUNNELLED | 1 << CAPTURE_IFINDEX_WAN_TUNNELLED,
	CAPTURE_PLAIN = 1 << CAPTURE_IFINDEX_LAN | 1 << CAPTURE_IFINDEX_WAN,
	/* each packet once, as it was captured */
	CAPTURE_CAPTURED = CAPTURE_PLAIN | 1 << CAPTURE_IFINDEX_TUNNELS,
	CAPTURE_ANALYSED =
		CAPTURE_PLAIN | CAPTURE_TUNNELLED, /* the packets that sessions consist of */
};

/* Both directions; each is a bit 1 << enum direction. */
enum { CAPTURE_BOTH_DIRECTIONS = 1 << DIR_IN | 1 << DIR_OUT };

/*
 * Returns the number of packets of a class that a set of points has seen; `dirs` is a set of bits
 * 1 << enum direction.
 */
u64 capture_points_count(const struct native *native, unsigned int points, unsigned int dirs,
			 enum carrier carrier, enum msg_class cls);

#endif
