/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From a packet as a capture holds it to the one that is to be judged: past link headers that only
 * captures have, and out of tunnels.
 */
#ifndef P2PSCOPE_SOURCE_CAPTURE_FRAME_H
#define P2PSCOPE_SOURCE_CAPTURE_FRAME_H

#include <stdbool.h>

#include "p2pscope/types.h"
#include "p2pscope/words.h"

/* A packet, or a part of one that is a packet. */
struct capture_frame {
	const u8 *data;
	u32 have, wire; /* bytes at `data`, and on the wire from there on */
	u32 ip; /* where IP begins: behind an Ethernet header, else 0 */
	u8 version; /* of IP, as the header before it says */
	int outgoing; /* the capture says whether this machine sent it: 1 or 0, else -1 */
};

struct capture_link;

/* Gives what is known of a link type (DLT_), NULL when it is not understood. */
const struct capture_link *capture_frame_link(int dlt);

/* The names of all that are, for people. */
#define CAPTURE_FRAME_LINKS "Ethernet, raw IP, Linux cooked, BSD loopback and PPP"

/*
 * Opens a frame as most are, by a few of its bytes: Ethernet without tags, and TCP or UDP that is
 * no tunnel behind an IP header without options. False: it is another one, to be opened and
 * unwrapped.
 */
bool capture_frame_plain(const struct capture_link *link, struct capture_frame *frame);

/*
 * Finds IP in a packet that begins with the header of this link type; headers that only captures
 * have are left out of `frame`. Gives REASON_NOT_IP or REASON_SHORT_LINK when there is no IP in it.
 */
enum reason capture_frame_open(const struct capture_link *link, struct capture_frame *frame);

/*
 * Makes an opened frame the innermost packet that is carried in it, two levels are followed; false:
 * none is.
 */
bool capture_frame_unwrap(struct capture_frame *frame);

#endif
