/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The slow lane: one message whose bytes are copied, of whatever carrier. Each GLOBAL_FUNCTION is checked
 * by the verifier once, for any `struct work`; its argument may be NULL as far as it knows.
 */
#ifndef P2PSCOPE_BPF_MESSAGE_H
#define P2PSCOPE_BPF_MESSAGE_H

#include "handshake.h"
#include "ice.h"
#include "media.h"

#ifdef __bpf__
#define GLOBAL_FUNCTION __attribute__((noinline)) int
#else
#define GLOBAL_FUNCTION static __maybe_unused int
#endif

/* Which way a message takes behind message_sort(). */
enum lane { LANE_NONE, LANE_STUN, LANE_DTLS, LANE_CHANNEL };

GLOBAL_FUNCTION stun_read(struct work *w)
{
	if (!w)
		return REASON_BAD_STUN;
	return stun_parse(&w->data, w->at, w->have - w->at, w->len, &w->event.stun, &w->parts);
}

GLOBAL_FUNCTION stun_stranger(struct work *w)
{
	return w ? ice_stranger(w) : 0;
}

/* A STUN or TURN message that was read. Gives enum next. */
GLOBAL_FUNCTION stun_message(struct work *w)
{
	struct flow_record *flow;
	bool bound = false;

	if (!w)
		return NEXT_NONE;
	if (w->event.stun.cls == STUN_REQUEST && w->event.stun.method == STUN_CHANNEL_BIND)
		bound = channel_begin(w);
	if (w->known || stun_stranger(w)) {
		flow = flow_lookup(&w->key);
		if (flow && !w->known)
			count_flow(flow_dir_of(flow, w->dir), w->len, w->coarse_ns);
		if (flow)
			ice_known(w, flow, bound);
	}
	if (w->parts.dtls.len)
		return NEXT_EMBEDDED;
	return relay_indication(w);
}

/* A datagram of DTLS on a known flow. */
GLOBAL_FUNCTION dtls_message(struct work *w)
{
	struct flow_record *flow;

	if (!w)
		return NEXT_NONE;
	flow = flow_lookup(&w->key);
	if (flow)
		handshake_datagram(w, flow_dir_of(flow, w->dir));
	return NEXT_NONE;
}

/* Tells that the stream whose packet is in `data` became valid. */
GLOBAL_FUNCTION stream_begun(struct work *w)
{
	struct stream_info *info;
	struct rtp r;

	if (!w)
		return NEXT_NONE;
	r = rtp_parse(bytes_at(&w->data, w->at));
	info = &w->event.stream;
	__builtin_memset(info, 0, sizeof(*info));
	info->ssrc = r.ssrc;
	info->payload_type = r.payload_type;
	w->known = 1;
	w->cls = CLASS_RTP;
	emit(w, EVENT_STREAM, 1, EVENT_SIZE(stream));
	return NEXT_NONE;
}

/* Counts what the fast lane has dealt with. */
static __always_inline void count_fast(u32 ifindex, u8 dir, u8 carrier, const struct fast *fast)
{
	count_class(ifindex, dir, carrier, fast->cls, 1 + fast->retell);
	if (fast->retell)
		count_class(ifindex, dir, carrier, CLASS_OTHER, -(s64)fast->retell);
}

/* The class of the message in `data`. Channel numbers mean something only where TURN was answered. */
static __always_inline u8 message_class(const struct work *w, const struct flow_record *flow)
{
	const u8 *head = bytes_at(&w->data, w->at);
	u8 cls;

	if (w->at + HEAD_BYTES > w->have)
		return CLASS_OTHER;
	cls = flow ? demux_known(head, w->len) : demux_stranger(head, w->len);
	if (cls == CLASS_CHANNEL_DATA && (!flow->turn || w->key.relayed))
		return CLASS_OTHER;
	return cls;
}

/* A message of a known flow. Gives true when that was all there is to do. */
static __always_inline bool message_known(struct work *w, struct flow_record *flow)
{
	struct flow_dir *half = flow_dir_of(flow, w->dir);
	struct fast fast;

	count_flow(half, w->len, w->coarse_ns);
	if (w->at + HEAD_BYTES > w->have)
		return false;
	fast = media_fast(half, bytes_at(&w->data, w->at), w->len, w->coarse_ns);
	if (fast.cls == CLASS_MAX)
		return false;
	count_fast(w->ifindex, w->dir, w->carrier, &fast);
	if (fast.stream_new)
		stream_begun(w);
	return true;
}

/* Finds what the message at hand is, counts it, and is done with it if it is media. Gives the lane it has to take. */
GLOBAL_FUNCTION message_sort(struct work *w)
{
	struct flow_record *flow;

	if (!w)
		return LANE_NONE;
	flow = flow_lookup(&w->key);
	w->known = flow != NULL;
	if (flow && message_known(w, flow))
		return LANE_NONE;
	w->cls = message_class(w, flow);
	count_class(w->ifindex, w->dir, w->carrier, w->cls, 1);
	if (w->cls == CLASS_STUN || w->cls == CLASS_CLASSIC_STUN)
		return LANE_STUN;
	if (w->cls == CLASS_DTLS && flow)
		return LANE_DTLS;
	return w->cls == CLASS_CHANNEL_DATA ? LANE_CHANNEL : LANE_NONE;
}

GLOBAL_FUNCTION channel_message(struct work *w)
{
	return w ? relay_channel(w) : NEXT_NONE;
}

/* DTLS inside a STUN message becomes the message at hand, of the same flow and counted already. */
static __always_inline void message_embedded(struct work *w)
{
	w->at = w->parts.dtls.at;
	w->len = w->parts.dtls.len;
	if (w->have > w->at + w->len)
		w->have = w->at + w->len;
	w->cls = CLASS_DTLS;
	if (w->known)
		dtls_message(w);
}

/* One message. Gives enum next. */
static __always_inline int message(struct work *w)
{
	int lane = message_sort(w);

	if (lane == LANE_DTLS)
		return dtls_message(w);
	if (lane == LANE_CHANNEL)
		return channel_message(w);
	if (lane != LANE_STUN)
		return NEXT_NONE;
	if (!stun_read(w))
		return stun_message(w);
	count_skipped(REASON_BAD_STUN);
	return NEXT_NONE;
}

/*
 * A message and, if it is one of TURN, what it carries. The functions are called one after another and not from one another,
 * as the stacks of a chain of calls must not be more than 512 bytes.
 */
static __always_inline void message_deliver(struct work *w)
{
	int next = message(w);

	if (next == NEXT_INNER)
		next = message(w);
	if (next == NEXT_EMBEDDED)
		message_embedded(w);
}

#endif
