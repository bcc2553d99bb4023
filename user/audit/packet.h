/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whole packets to send into a shadow, and recognising them when they come out. */
#ifndef P2PSCOPE_AUDIT_PACKET_H
#define P2PSCOPE_AUDIT_PACKET_H

#include "audit/packet_builder.h"
#include "shadow/frame.h"

struct audit_packet {
	u8 version; /* of IP: 4 or 6 */
	u8 proto; /* PROTO_UDP or PROTO_TCP; PROTO_ICMP or PROTO_ICMPV6: "too big" */
	u8 flags; /* of TCP */
	bool whole; /* must not be fragmented */
	u32 seq, ack; /* of TCP */
	struct endpoint src, dst;
	struct packet_builder payload; /* of ICMP all that follows the checksum */
	u32 changing; /* bytes at the payload's start that a NAT may rewrite */
};

/* How much of a packet has come out so far. */
struct arrival {
	struct endpoint src, dst; /* of ICMP without ports */
	u32 bytes; /* after the IP headers of all fragments seen */
	u32 need; /* bytes of the whole packet; 0: its first fragment has not been seen */
	u32 id; /* of the fragments */
};

/* Writes the frame that carries the packet to the interface `link`, checksums included. */
void packet_make(const struct audit_packet *packet, const struct net_link *link,
		 struct shadow_frame *frame);

/*
 * Looks at an Ethernet frame of `length` bytes that came out, and adds it to `arrival` when it is
 * the packet or a fragment of it. Returns whether the packet is complete now.
 */
bool packet_arrived(const struct audit_packet *packet, const u8 *frame, size_t length,
		    struct arrival *arrival);

/*
 * Returns the MTU that an ICMP error in the frame reports (RFC 1191, RFC 4443 section 3.2), or 0
 * when the frame is no such error.
 */
u32 packet_too_big(const u8 *frame, size_t length);

#endif
