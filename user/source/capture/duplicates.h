/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * STUN and DTLS that a capture holds twice, as from a bridge and its port, both directions of a
 * mirrored port, or a file merged with itself: the same bytes from the IP header on, shortly after
 * another. They count as packets, and are told once.
 *
 * What a sender sends again comes later or is not the same: STUN waits half a second (RFC 8489
 * section 6.2.1), IPv4's identification goes up (RFC 6864), and so does the record number of DTLS
 * (RFC 6347 section 4.2.4). RTP may well be sent twice at once, and its numbers tell.
 */
#ifndef P2PSCOPE_SOURCE_CAPTURE_DUPLICATES_H
#define P2PSCOPE_SOURCE_CAPTURE_DUPLICATES_H

#include "p2pscope/types.h"
#include "p2pscope/words.h"

#define DUPLICATES_REMEMBERED 256 /* packets that are compared with, the latest of each hash */

struct captured_packet {
	u64 hash;
	u64 time_ns;
};

struct duplicates {
	struct captured_packet seen[DUPLICATES_REMEMBERED];
};

/*
 * Returns the class of the packet at `ip`, `len` bytes from its IP header on, if it was seen just
 * before `time_ns`, else CLASS_MAX; remembers it then.
 */
enum msg_class duplicates_take(struct duplicates *d, const u8 *ip, u32 len, u64 time_ns);

#endif
