/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The sequence numbers of one RTP stream (RFC 3550 appendix A.1): wraps, loss, late packets and
 * duplicates. When packets came is the matter of stream_time.h. Times are in ns of one monotonic
 * clock.
 */
#ifndef P2PSCOPE_STREAM_H
#define P2PSCOPE_STREAM_H

#include "stream_time.h"

/*
 * A number so far behind is late; further behind, or RTP_DROPOUT ahead, the stream starts anew. RFC
 * 3550 appendix A.1 has 100 for the former: where no stream of its own (RFC 4588) carries what is
 * sent again, senders repeat all that they still have behind an outage, some hundred packets.
 */
#define RTP_MISORDER 3000
#define RTP_DROPOUT 3000

enum stream_news { STREAM_UNSURE, STREAM_VALID, STREAM_NEW };

/*
 * Starts a stream with its first packet, or anew: nothing is left of what `s` was. `len` is the
 * packet's length, `unsure` how many packets were counted as `other` so far.
 */
static __always_inline void stream_begin(struct stream *s, struct stream_rare *rare,
					 const struct rtp *r, u32 len, u16 unsure, u64 now_ns)
{
	__builtin_memset(s, 0, sizeof(*s));
	__builtin_memset(rare, 0, sizeof(*rare));
	s->ssrc = r->ssrc;
	s->payload_type = r->payload_type;
	s->packets = 1;
	s->bytes = len;
	s->max_seq = r->seq;
	s->seen = 1;
	rare->first_seq = r->seq;
	rare->unsure = unsure;
	stream_time_begin(s, rare, r, now_ns);
}

/* A packet whose number is so far behind the highest one: it is late, or a duplicate. */
static __always_inline void stream_behind(struct stream *s, struct stream_rare *rare, u32 near)
{
	u64 bit = near < 64 ? 1ull << near : 0;

	if (s->seen & bit)
		rare->duplicates++;
	else
		rare->reordered++;
	s->seen |= bit;
}

/*
 * The next packet of a valid stream. A jump moves the first number as well, so that expected = max
 * - first + 1 grows by one and no loss is invented. `measured` is as for stream_came(). The caller
 * counts packets and bytes.
 */
static __always_inline void stream_advance(struct stream *s, struct stream_rare *rare,
					   const struct rtp *r, u64 now_ns, bool measured)
{
	u32 ahead = (u16)(r->seq - (u16)s->max_seq);

	if (ahead && ahead <= 0x10000 - RTP_MISORDER) {
		s->max_seq += ahead;
		s->seen = ahead < 64 ? s->seen << ahead | 1 : 1;
		if (ahead >= RTP_DROPOUT)
			rare->first_seq += ahead - 1;
	} else {
		stream_behind(s, rare, -ahead & 0xffff);
		ahead = 0;
	}
	stream_came(s, rare, r, ahead, now_ns, measured);
}

/*
 * A packet of a stream that is not valid yet: two in a row make it so. Returns STREAM_NEW then,
 * else STREAM_UNSURE. `rare->unsure` counts all packets before.
 */
static __always_inline enum stream_news stream_prove(struct stream *s, struct stream_rare *rare,
						     const struct rtp *r, u32 len, u64 now_ns)
{
	if (r->seq != (u16)(s->max_seq + 1)) {
		stream_begin(s, rare, r, len, rare->unsure < 0xffff ? rare->unsure + 1 : 0xffff,
			     now_ns);
		return STREAM_UNSURE;
	}
	stream_advance(s, rare, r, now_ns, true);
	s->packets++;
	s->bytes += len;
	s->valid = 1;
	return STREAM_NEW;
}

/* Returns the RTP packets of a direction's valid streams. */
static __always_inline u64 stream_packets(const struct flow_dir *half)
{
	u64 packets = 0;

	for (u32 i = 0; i < FLOW_STREAMS; i++)
		packets += half->stream[i].valid ? half->stream[i].packets : 0;
	return packets;
}

/* Returns all RTP packets of a direction, including those of its streams. */
static __always_inline u64 stream_all_packets(const struct flow_dir *half)
{
	return half->rtp_packets + stream_packets(half);
}

/* Returns all packets of a direction. */
static __always_inline u64 flow_packets(const struct flow_dir *half)
{
	return half->packets + stream_packets(half);
}

/* Returns all bytes of transport payload of a direction. */
static __always_inline u64 flow_bytes(const struct flow_dir *half)
{
	u64 bytes = half->bytes;

	for (u32 i = 0; i < FLOW_STREAMS; i++)
		bytes += half->stream[i].valid ? half->stream[i].bytes : 0;
	return bytes;
}

/* Returns when the last RTP packet of a direction came, 0 when none did. */
static __always_inline u64 flow_media_ns(const struct flow_dir *half)
{
	u64 last = half->media_ns;

	for (u32 i = 0; i < FLOW_STREAMS; i++)
		if (half->stream[i].valid && half->stream[i].last_ns > last)
			last = half->stream[i].last_ns;
	return last;
}

/* Returns when the last packet of a direction came. */
static __always_inline u64 flow_last_ns(const struct flow_dir *half)
{
	u64 media_ns = flow_media_ns(half);

	return half->last_ns > media_ns ? half->last_ns : media_ns;
}

#endif
