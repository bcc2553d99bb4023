/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What makes one packet the next of its kind: the fields that change, as the bench and next.bpf.c
 * agree on them.
 */
#ifndef P2PSCOPE_BENCH_NEXT_H
#define P2PSCOPE_BENCH_NEXT_H

#include "p2pscope/types.h"

#define NEXT_FIELDS 4
#define NEXT_PROGRAMS 16 /* places for those that may get the packet */

enum next_change {
	NEXT_END, /* of the list */
	NEXT_ADD16, /* `by` is added to 16 bits */
	NEXT_ADD32,
	NEXT_RANDOM, /* 32 bits of chance */
	/*
	 * the last 24 bits of an address: each of 0..`by` - 1 once, in no order, then from 0 on
	 * again
	 */
	NEXT_FLOW,
};

/* A field in network byte order, `at` bytes from the frame's beginning; less than 128. */
struct next_field {
	u32 at;
	u32 change; /* enum next_change */
	u32 by;
};

#endif
