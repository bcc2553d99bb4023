/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Finds the packet to analyse in a captured one: skips link headers that only captures have, and
 * enters tunnels.
 */
#ifndef P2PSCOPE_SOURCE_CAPTURE_FRAME_H
#define P2PSCOPE_SOURCE_CAPTURE_FRAME_H

#include <stdbool.h>

#include "p2pscope/types.h"
#include "p2pscope/words.h"

/* A packet, or a packet within one. */
struct capture_frame {
	const u8 *data;
	u32 have, wire; /* bytes at `data`, and on the wire from there on */
	u32 ip; /* offset of the IP header: the size of the Ethernet header, else 0 */
	u8 version; /* of IP, according to the link header */
	int outgoing; /* 1 or 0: whether the capturing machine sent it; -1: not recorded */
};

struct capture_link;

/* Returns the description of a link type (DLT_ of libpcap), NULL when it is not supported. */
const struct capture_link *capture_frame_link(int dlt);

/* The names of all supported ones, for people. */
#define CAPTURE_FRAME_LINKS "Ethernet, raw IP, Linux cooked, BSD loopback and PPP"

/*
 * Opens a frame of the most common kind by a few of its bytes: untagged Ethernet, IP without
 * options, and TCP or UDP that is no tunnel. Returns false for another, to which
 * capture_frame_open() and capture_frame_unwrap() apply.
 */
bool capture_frame_plain(const struct capture_link *link, struct capture_frame *frame);

/*
 * Finds the IP header in a frame of this link type; headers that only captures have are removed
 * from `frame`. Returns REASON_PASS, or REASON_NOT_IP or REASON_SHORT_LINK when there is none.
 */
enum reason capture_frame_open(const struct capture_link *link, struct capture_frame *frame);

/*
 * Replaces an opened frame by the innermost packet that it encapsulates, up to two levels deep.
 * Returns false when it encapsulates none.
 */
bool capture_frame_unwrap(struct capture_frame *frame);

#endif
