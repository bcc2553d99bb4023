/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * RTP's fixed header (RFC 3550 section 5.1), in clear in SRTP too (RFC 3711 section 3.1).
 *
 *   | V2 P X CC 1 | M PT 1 | sequence 2 | timestamp 4 | SSRC 4 |
 */
#ifndef P2PSCOPE_RTP_H
#define P2PSCOPE_RTP_H

#include "cursor.h"

#define RTP_HEADER 12

struct rtp {
	u32 ssrc;
	u32 timestamp;
	u16 seq;
	u8 payload_type;
};

/* Returns the header in the RTP_HEADER bytes at `p`, whose first byte is known to be 128..191. */
static __always_inline struct rtp rtp_parse(const u8 *p)
{
	struct rtp r = {.ssrc = load_be32(p + 8),
			.timestamp = load_be32(p + 4),
			.seq = load_be16(p + 2),
			.payload_type = p[1] & 0x7f};

	return r;
}

#endif
