/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The points of a replay. What is inside tunnels has points of its own, so that no flow there is
 * taken for one outside that has the same addresses. The packets that carry it are at a point of no
 * side: they are counted and no more.
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
	CAPTURE_ANALYSED = CAPTURE_PLAIN | CAPTURE_TUNNELLED, /* those that sessions are made of */
};

/* Both directions; each is a bit 1 << enum direction. */
enum { CAPTURE_BOTH_DIRECTIONS = 1 << DIR_IN | 1 << DIR_OUT };

/* Packets of this class that a set of points has seen in these directions. */
u64 capture_points_count(const struct native *native, unsigned int points, unsigned int dirs,
			 enum carrier carrier, enum msg_class cls);

#endif
