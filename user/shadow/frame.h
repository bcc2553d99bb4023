/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Dropped packets, of which only the start was kept, made whole so that they can be replayed. */
#ifndef P2PSCOPE_SHADOW_FRAME_H
#define P2PSCOPE_SHADOW_FRAME_H

#include "shadow/network.h"
#include "p2pscope/conntrack.h"
#include "p2pscope/event.h"

#define FRAME_LINK 14 /* bytes of the Ethernet header */
#define FRAME_PACKET 65535

/* A packet that the kernel dropped; see struct drop_info. */
struct dropped_packet {
	u32 came_in; /* interface index; 0: the gateway's own packet */
	u32 mark;
	u16 packet_len, packet_have; /* bytes from the IP header on: of the packet, and kept */
	u8 packet[DROP_KEPT];
};

struct shadow_frame {
	u8 version; /* of IP: 4 or 6 */
	size_t length; /* of the packet, without the Ethernet header */
	u8 bytes[FRAME_LINK + FRAME_PACKET];
};

/*
 * Reads the packet's source, destination and protocol into orig_src, orig_dst and proto. Returns
 * false when it is neither UDP nor TCP, or a later fragment.
 */
bool frame_tuple(const struct dropped_packet *dropped, struct conntrack *tuple);

/*
 * Makes a frame to the address of `link` of a dropped packet, with source and destination of `as`
 * unless that is NULL. It is as long as the packet was, with zeros for what was not kept. Its
 * checksums are right, but for a transport checksum that is known to have been wrong. Returns false
 * when the packet is not IP.
 */
bool frame_make(struct shadow_frame *frame, const struct dropped_packet *dropped,
		const struct conntrack *as, const struct net_link *link);

/*
 * Makes a frame to `link` of the IP packet in it, of frame->version and frame->length: writes the
 * Ethernet header, lengths and checksums.
 */
void frame_seal(struct shadow_frame *frame, const struct net_link *link);

#endif
