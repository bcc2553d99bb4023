/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whole packets to send into a shadow, and what comes out of it. */
#ifndef P2PSCOPE_AUDIT_PACKET_H
#define P2PSCOPE_AUDIT_PACKET_H
#include "audit/packet_builder.h"
#include "shadow/frame.h"

struct audit_packet {
	u8 version; /* 4 or 6 */
	u8 proto; /* PROTO_UDP, PROTO_TCP; PROTO_ICMP, PROTO_ICMPV6: what was sent is too big */
	u8 flags; /* of TCP */
	bool whole; /* not to be fragmented */
	u32 seq, ack; /* of TCP */
	struct endpoint src, dst;
	struct packet_builder payload; /* of ICMP what is behind its checksum */
	u32 changing; /* bytes at the payload's beginning that a gateway may change */
};

/* How much of a packet has been seen to come out. */
struct arrival {
	struct endpoint src, dst; /* without ports of ICMP */
	u32 bytes; /* behind the IP header, in all pieces */
	u32 need;
	u32 id; /* of the pieces */
};

/* Makes the frame in which the packet reaches the interface. */
void packet_make(const struct audit_packet *packet, const struct net_link *link,
		 struct shadow_frame *frame);

/*
 * Looks at a frame that came out, `length` bytes of it. Gives whether the packet has come out as a
 * whole now.
 */
bool packet_arrived(const struct audit_packet *packet, const u8 *frame, size_t length,
		    struct arrival *arrival);

/*
 * Reads out of a frame which MTU a packet is said to be too big for (RFC 1191, RFC 4443). 0: it
 * says something else.
 */
u32 packet_too_big(const u8 *frame, size_t length);

#endif
