/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * RTP, RTCP and DTLS data of a known flow: all that passes in steady state, done from the first twelve bytes with no copy and
 * no event but one when a stream begins.
 */
#ifndef P2PSCOPE_BPF_MEDIA_H
#define P2PSCOPE_BPF_MEDIA_H

#include "count.h"

/* What became of a message in the fast lane. */
struct fast {
	u8 cls; /* enum msg_class, CLASS_MAX: it needs the slow lane */
	u8 stream_new; /* a stream became valid with this packet */
	u16 retell; /* so many earlier packets counted as `other` belong to `cls` */
};

/* The slot of an SSRC; else an empty one; else one whose stream never proved itself; else NULL. */
static __always_inline struct stream *stream_slot(struct flow_dir *half, u32 ssrc)
{
	struct stream *spare = NULL;

	for (u32 i = 0; i < FLOW_STREAMS; i++) {
		struct stream *s = &half->stream[i];

		if (s->ssrc == ssrc && s->packets)
			return s;
		if (!s->valid && (!spare || (spare->packets && !s->packets)))
			spare = s;
	}
	return spare;
}

static __always_inline enum stream_news stream_packet(struct stream *s, const struct rtp *r, u32 len)
{
	if (s->ssrc != r->ssrc || !s->packets) {
		stream_begin(s, r, len, 1);
		return STREAM_UNSURE;
	}
	if (!s->valid)
		return stream_prove(s, r, len);
	stream_advance(s, r->seq);
	shared_next(&s->packets);
	shared_add(&s->bytes, len);
	return STREAM_VALID;
}

/* An RTP packet, if it is one: what repeats an SSRC with consecutive numbers. */
static __always_inline struct fast media_rtp(struct flow_dir *half, const u8 *head, u32 len, u64 coarse_ns)
{
	struct fast fast = { .cls = CLASS_RTP };
	struct rtp r = rtp_parse(head);
	struct stream *s = stream_slot(half, r.ssrc);
	enum stream_news news;

	if (!s) {
		count_skipped(REASON_STREAMS_FULL);
		half->media_ns = coarse_ns;
		shared_add(&half->rtp_packets, 1);
		return fast;
	}
	news = stream_packet(s, &r, len);
	if (news == STREAM_UNSURE) {
		fast.cls = CLASS_OTHER;
		return fast;
	}
	if (news == STREAM_NEW) {
		fast.stream_new = 1;
		fast.retell = s->unsure;
	}
	half->media_ns = coarse_ns;
	shared_add(&half->rtp_packets, 1u + fast.retell);
	return fast;
}

/* DTLS records that carry data and of which one was told already. */
static __always_inline bool media_is_data(const struct flow_dir *half, const u8 *head, u32 len)
{
	if (!(half->dtls_seen & (1u << DTLS_DATA)))
		return false;
	if (head[0] == DTLS_TYPE_APPLICATION)
		return head[4] && dtls_plausible(head, len);
	return head[0] >> 5 == 1 && (head[0] & 3) != 2;
}

/*
 * A message of a known flow by its first HEAD_BYTES. Does all there is to do when it is media or data, else gives
 * CLASS_MAX and has changed nothing.
 */
static __always_inline struct fast media_fast(struct flow_dir *half, const u8 *head, u32 len, u64 coarse_ns)
{
	struct fast fast = { .cls = CLASS_MAX };

	if (head[0] >> 6 == 2) {
		if (!rtcp_plausible(head, len))
			return media_rtp(half, head, len, coarse_ns);
		shared_next(&half->rtcp_packets);
		fast.cls = CLASS_RTCP;
	} else if (media_is_data(half, head, len)) {
		shared_next(&half->data_packets);
		half->data_ns = coarse_ns;
		fast.cls = CLASS_DTLS;
	}
	return fast;
}

#endif
