/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * RTP's fixed header (RFC 3550 section 5.1), clear in SRTP too (RFC 3711 section 3.1), and the sequence numbers of one
 * stream (RFC 3550 appendix A.1).
 *
 *   | V2 P X CC 1 | M PT 1 | sequence 2 | timestamp 4 | SSRC 4 |
 */
#ifndef P2PSCOPE_RTP_H
#define P2PSCOPE_RTP_H

#include "cursor.h"
#include "flow.h"

#define RTP_HEADER 12
#define RTP_MISORDER 100 /* a number so far behind is late; further behind, or RTP_DROPOUT ahead, is a new start */
#define RTP_DROPOUT 3000

struct rtp {
	u32 ssrc;
	u16 seq;
	u8 payload_type;
};

/* Reads the 12 bytes at `p`, whose first byte was seen to be 128..191. */
static __always_inline struct rtp rtp_parse(const u8 *p)
{
	struct rtp r = {.ssrc = load_be32(p + 8), .seq = load_be16(p + 2), .payload_type = p[1] & 0x7f};

	return r;
}

enum stream_news { STREAM_UNSURE, STREAM_VALID, STREAM_NEW };

static __always_inline void stream_begin(struct stream *s, const struct rtp *r, u32 len, u16 unsure)
{
	s->ssrc = r->ssrc;
	s->payload_type = r->payload_type;
	s->packets = 1;
	s->bytes = len;
	s->first_seq = r->seq;
	s->max_seq = r->seq;
	s->unsure = unsure;
	s->valid = 0;
}

/* A stream not yet valid: two packets in a row make it so. `unsure` counts all that came before. */
static __always_inline enum stream_news stream_prove(struct stream *s, const struct rtp *r, u32 len)
{
	if (r->seq != (u16)(s->max_seq + 1)) {
		stream_begin(s, r, len, s->unsure < 0xffff ? s->unsure + 1 : 0xffff);
		return STREAM_UNSURE;
	}
	s->max_seq++;
	s->packets++;
	s->bytes += len;
	s->valid = 1;
	return STREAM_NEW;
}

/*
 * The next number of a valid stream. A jump moves the beginning as well, so that expected = max - first + 1 grows by
 * one and no loss is invented.
 */
static __always_inline void stream_advance(struct stream *s, u16 seq)
{
	u32 ahead = (u16)(seq - (u16)s->max_seq);

	if (ahead < RTP_DROPOUT) {
		s->max_seq += ahead;
	} else if (ahead <= 0x10000 - RTP_MISORDER) {
		s->max_seq += ahead;
		s->first_seq += ahead - 1;
	}
}

#endif
