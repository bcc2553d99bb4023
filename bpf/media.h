/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * RTP, RTCP and DTLS application data of a known flow. The fast path is all that passes in steady
 * state; it needs the first twelve bytes only, no copy and no event: RTP of valid streams, RTCP,
 * and DTLS records with application data. Streams that are new take the slow path.
 */
#ifndef P2PSCOPE_BPF_MEDIA_H
#define P2PSCOPE_BPF_MEDIA_H

#include "counters.h"
#include "emit.h"
#include "p2pscope/demux.h"
#include "p2pscope/stream.h"
#include "verifier.h"

/*
 * Updates a valid stream, by its slot, with its next packet of `len` bytes. Of some packets the
 * exact time is taken (stream_time.h).
 */
static __always_inline void media_stream(struct flow_dir *half, u32 i, const struct rtp *r, u32 len,
					 u64 coarse_ns)
{
	struct stream *s = &half->stream[i & (FLOW_STREAMS - 1)];
	struct stream_rare *rare = &half->rare[i & (FLOW_STREAMS - 1)];
	u32 place = s->packets % STREAM_CYCLE;

	if (place <= STREAM_MEASURED)
		stream_advance(s, rare, r, clock_ns(), place);
	else
		stream_advance(s, rare, r, coarse_ns, false);
	shared_add(&s->packets, 1);
	shared_add(&s->bytes, len);
}

/* An RTP packet. Returns false when no valid stream has its SSRC. */
static __always_inline bool media_rtp(struct flow_dir *half, const u8 *head, u32 len, u64 coarse_ns)
{
	struct rtp r = rtp_parse(head);

	for (u32 i = 0; i < FLOW_STREAMS; i++) {
		if (half->stream[i].ssrc != r.ssrc || !half->stream[i].valid)
			continue;
		media_stream(half, i, &r, len, coarse_ns);
		return true;
	}
	return false;
}

/* A stream that was silent for so long may lose its slot: its last packets were read long ago. */
#define STREAM_SILENT_NS 10000000000ll

/* Returns whether a stream keeps its slot. */
static __always_inline bool stream_holds(const struct stream *s, u64 coarse_ns)
{
	return s->valid && (s64)(coarse_ns - s->last_ns) < STREAM_SILENT_NS;
}

/*
 * RTP for which there is no slot, as other streams hold them all: in a conference that is most of
 * it. Returns false when there is a slot. It counts like a stream's packets, as media_count()
 * expects.
 */
static __always_inline bool media_surplus(struct flow_dir *half, u32 len, u64 coarse_ns)
{
	u32 held = 0;

	for (u32 i = 0; i < FLOW_STREAMS; i++)
		held += stream_holds(&half->stream[i], coarse_ns);
	if (held < FLOW_STREAMS)
		return false;
	half->media_ns = coarse_ns;
	shared_add(&half->rtp_packets, 1);
	shared_add(&half->packets, 1);
	shared_add(&half->bytes, len);
	count_skipped(REASON_STREAMS_FULL);
	return true;
}

/*
 * Returns whether these are DTLS records with application data, one of which was reported already.
 */
static __always_inline bool media_is_data(const struct flow_dir *half, const u8 *head, u32 len)
{
	if (!(half->dtls_seen & (1u << DTLS_DATA)))
		return false;
	if (head[0] == DTLS_TYPE_APPLICATION || head[0] == DTLS_TYPE_CID)
		return head[4] && dtls_plausible(head, len);
	return head[0] >> 5 == 1 && (head[0] & 3) != 2;
}

/*
 * Handles a message of a known flow by its first HEAD_BYTES if it is media or data. Returns its
 * class, which the caller counts; CLASS_MAX when it is something else, and then nothing has
 * changed.
 */
static __always_inline u8 media_fast(struct flow_dir *half, const u8 *head, u32 len, u64 coarse_ns)
{
	if (head[0] >> 6 == 2) {
		if (!rtcp_plausible(head, len))
			return media_rtp(half, head, len, coarse_ns) ||
					       media_surplus(half, len, coarse_ns)
				       ? CLASS_RTP
				       : CLASS_MAX;
		shared_next(&half->rtcp_packets);
		half->rtcp_ns = coarse_ns;
		return CLASS_RTCP;
	}
	if (!media_is_data(half, head, len))
		return CLASS_MAX;
	shared_next(&half->data_packets);
	half->data_ns = coarse_ns;
	return CLASS_DTLS;
}

/*
 * Counts a message for its flow. `cls` is what media_fast() returned. The stream has counted RTP,
 * with all `len` bytes of a datagram of which only `counted` may be in this fragment.
 */
static __always_inline void media_count(struct flow_dir *half, u8 cls, u32 len, u32 counted,
					u64 coarse_ns)
{
	if (cls != CLASS_RTP)
		count_flow(half, counted, coarse_ns);
	else if (counted != len)
		shared_add(&half->bytes, (s64)counted - len);
}

/* Takes packets back that were counted for the flow: they turned out to be a stream's. */
static __always_inline void media_moved(struct flow_dir *half, u64 packets, u64 bytes)
{
	shared_add(&half->packets, -packets);
	shared_add(&half->bytes, -bytes);
}

/* How well a slot suits an SSRC, best last. */
enum stream_rank { RANK_TAKEN, RANK_SILENT, RANK_UNPROVEN, RANK_EMPTY, RANK_OWN };

/* Returns enum stream_rank of a slot for an SSRC. */
static __always_inline u32 stream_rank(const struct stream *s, u32 ssrc, u64 coarse_ns)
{
	if (!s->packets)
		return RANK_EMPTY;
	if (s->ssrc == ssrc)
		return RANK_OWN;
	if (!s->valid)
		return RANK_UNPROVEN;
	return stream_holds(s, coarse_ns) ? RANK_TAKEN : RANK_SILENT;
}

/*
 * Chooses the slot for an SSRC. The choice is kept in memory from step to step, so that the
 * verifier does not follow all the paths that lead to it.
 */
static __always_inline void stream_choose(struct stream_choice *choice, const struct flow_dir *half,
					  u32 ssrc, u64 coarse_ns)
{
	__builtin_memset(choice, 0, sizeof(*choice));
	for (u32 i = 0; i < FLOW_STREAMS; i++) {
		u32 rank = stream_rank(&half->stream[i], ssrc, coarse_ns);

		choice->proven |= half->stream[i].valid;
		if (rank > choice->rank) {
			choice->rank = rank;
			choice->index = i;
		}
		memory_barrier();
	}
}

/* A stream loses its slot: what it counted becomes its flow's. */
static __always_inline void stream_leave(struct flow_dir *half, const struct stream *s)
{
	media_moved(half, -s->packets, -s->bytes);
	shared_add(&half->rtp_packets, s->packets);
}

/* The next packet of a stream that is not valid yet, in slot `i`, which was chosen. */
static __always_inline enum stream_news
stream_packet(struct flow_dir *half, u32 i, const struct rtp *r, const struct msg_context *m)
{
	struct stream *s = &half->stream[i];

	if (m->choice.rank != RANK_OWN) {
		if (m->choice.rank == RANK_SILENT)
			stream_leave(half, s);
		stream_begin(s, &half->rare[i], r, m->len, 1, m->now_ns);
		return STREAM_UNSURE;
	}
	if (!s->valid)
		return stream_prove(s, &half->rare[i], r, m->len, m->now_ns);
	media_stream(half, i, r, m->len, m->coarse_ns); /* another CPU has made it valid */
	media_moved(half, 1, m->len);
	return STREAM_VALID;
}

/* Reports a stream that has become valid. */
static __always_inline void stream_emit(struct msg_context *m, const struct rtp *r)
{
	struct stream_info *info = &m->event.stream;

	__builtin_memset(info, 0, sizeof(*info));
	info->ssrc = r->ssrc;
	info->payload_type = r->payload_type;
	emit_event(m, EVENT_STREAM, 1, EVENT_SIZE(stream));
}

/*
 * A packet that looks like RTP and belongs to no valid stream. It is believed when its SSRC repeats
 * with consecutive numbers; at once where another stream of the direction has been validated.
 */
static __always_inline void media_unsure(struct msg_context *m, struct flow_dir *half)
{
	struct rtp r = rtp_parse(bytes_at(&m->data, m->at));
	struct stream_choice *choice = &m->choice;
	enum stream_news news = STREAM_UNSURE;
	u32 before = 0, i;

	stream_choose(choice, half, r.ssrc, m->coarse_ns);
	i = choice->index & (FLOW_STREAMS - 1);
	if (choice->proven && (choice->rank == RANK_TAKEN || choice->rank == RANK_UNPROVEN))
		count_skipped(REASON_STREAMS_FULL);
	if (choice->rank != RANK_TAKEN)
		news = stream_packet(half, i, &r, m);
	m->cls = CLASS_RTP;
	if (news == STREAM_UNSURE && !choice->proven)
		m->cls = CLASS_OTHER;
	else if (news == STREAM_UNSURE && choice->rank != RANK_TAKEN)
		half->rare[i].unsure = 0; /* none of them was counted as `other` */
	else if (news == STREAM_NEW)
		before = half->rare[i].unsure;
	count_class(m->ifindex, m->dir, m->carrier, m->cls, 1);
	count_moved(m->ifindex, m->dir, m->carrier, m->cls, before);
	if (m->cls == CLASS_OTHER)
		return;
	half->media_ns = m->coarse_ns;
	if (news == STREAM_UNSURE)
		shared_add(&half->rtp_packets, 1);
	if (news != STREAM_NEW)
		return;
	media_moved(half, 2, half->stream[i].bytes);
	/* the packet before this one is the stream's */
	shared_add(&half->rtp_packets, (s64)before - 1);
	stream_emit(m, &r);
}

#endif
