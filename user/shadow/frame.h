/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A dropped packet, or what was kept of it, made whole so that it can be sent again. */
#ifndef P2PSCOPE_SHADOW_FRAME_H
#define P2PSCOPE_SHADOW_FRAME_H
#include "shadow/network.h"
#include "p2pscope/conntrack.h"
#include "p2pscope/event.h"

#define FRAME_LINK 14 /* bytes of the Ethernet header */
#define FRAME_PACKET 65535

/* A packet that was dropped; see struct drop_info. */
struct dropped_packet {
	u32 came_in; /* interface index; 0: it is this machine's own */
	u32 mark;
	u16 packet_len, packet_have;
	u8 packet[DROP_KEPT];
};

struct shadow_frame {
	u8 version; /* 4 or 6 */
	size_t length; /* of the packet, without the Ethernet header */
	u8 bytes[FRAME_LINK + FRAME_PACKET];
};

/*
 * Reads the packet's source, destination and protocol into orig_src, orig_dst and proto. False when
 * it is neither UDP nor TCP, or a later fragment.
 */
bool frame_tuple(const struct dropped_packet *dropped, struct conntrack *tuple);

/*
 * Makes the frame: with these source and destination unless `as` is NULL, to the address of `link`,
 * as long as it was, with zeros in place of what was not kept, and all checksums right, but for the
 * one of the transport when it is known to have been wrong. False when it is no IP packet.
 */
bool frame_make(struct shadow_frame *frame, const struct dropped_packet *dropped,
		const struct conntrack *as, const struct net_link *link);

/*
 * Makes an IP packet, of frame->version and frame->length, a frame to `link`: Ethernet header,
 * lengths, checksums.
 */
void frame_seal(struct shadow_frame *frame, const struct net_link *link);

#endif
