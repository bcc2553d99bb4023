/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The slow lane: one message whose bytes are copied, of whatever carrier. Each GLOBAL_FUNCTION is
 * checked by the verifier once and not at each call. They find the message in this CPU's scratch
 * instead of being given it: Linux 6.1 takes no pointer that came as an argument for the key or the
 * value of a map.
 */
#ifndef P2PSCOPE_BPF_DISPATCH_H
#define P2PSCOPE_BPF_DISPATCH_H

#include "dtls_track.h"
#include "stun_track.h"
#include "media.h"
#include "untracked.h"
#include "turn_tcp.h"

#ifdef __bpf__
#define GLOBAL_FUNCTION __attribute__((noinline)) int
#else
#define GLOBAL_FUNCTION static __maybe_unused int
#endif

/* Which way a message takes behind message_sort(). */
enum lane { LANE_NONE, LANE_STUN, LANE_DTLS, LANE_STREAM, LANE_CHANNEL };

GLOBAL_FUNCTION stun_read(void)
{
	struct work *w = work_lookup();

	if (!w)
		return REASON_BAD_STUN;
	return stun_parse(&w->data, w->at, w->have - w->at, w->len, &w->event.stun, &w->parts);
}

GLOBAL_FUNCTION stun_stranger(void)
{
	struct work *w = work_lookup();

	return w ? ice_stranger(w) : 0;
}

/* A STUN or TURN message that was read. Gives enum next. */
GLOBAL_FUNCTION stun_message(void)
{
	struct work *w = work_lookup();
	struct flow_record *flow;
	bool bound = false;

	if (!w)
		return NEXT_NONE;
	/* only of known flows: else a flood could push out the channels of established sessions */
	if (w->known && w->event.stun.cls == STUN_REQUEST &&
	    w->event.stun.method == STUN_CHANNEL_BIND)
		bound = channel_begin(w);
	if (w->known || stun_stranger()) {
		flow = flow_lookup(&w->key);
		if (flow && !w->known)
			count_flow(flow_dir_of(flow, w->dir), w->counted, w->coarse_ns);
		if (flow)
			ice_known(w, flow, bound);
	}
	if (w->parts.dtls.len || w->parts.dtls_ack.len)
		return NEXT_EMBEDDED;
	return relay_indication(w);
}

/* A datagram of DTLS on a known flow; inside STUN it may be empty, and the other side's `acked`. */
GLOBAL_FUNCTION dtls_message(u32 acked)
{
	struct work *w = work_lookup();
	struct flow_record *flow;

	if (!w)
		return NEXT_NONE;
	flow = flow_lookup(&w->key);
	if (!flow && dtls_opens())
		flow = admit_dtls(w);
	if (flow)
		handshake_datagram(w, flow_dir_of(flow, w->dir), acked);
	return NEXT_NONE;
}

/* The same inside a check that is not answered yet. */
GLOBAL_FUNCTION dtls_probation(u32 acked)
{
	struct work *w = work_lookup();
	struct probe_record *probe;

	if (!w)
		return 0;
	probe = probe_lookup(&w->key);
	if (probe)
		handshake_probation(w, &probe->dir[w->dir == DIR_OUT], acked);
	return 0;
}

/* A packet of RTP, if it is one, on a known flow. */
GLOBAL_FUNCTION stream_message(void)
{
	struct work *w = work_lookup();
	struct flow_record *flow;

	if (!w)
		return NEXT_NONE;
	flow = flow_lookup(&w->key);
	if (flow)
		media_unsure(w, flow_dir_of(flow, w->dir));
	return NEXT_NONE;
}

/* The class of a message of a known flow. */
static __always_inline u8 class_known(const struct work *w, const struct flow_record *flow,
				      const u8 *head)
{
	u8 cls = demux_known(head, w->len);

	/* channel numbers mean something only where TURN was answered, and not inside it */
	if (cls == CLASS_CHANNEL_DATA && (!flow->turn || w->key.relayed))
		cls = CLASS_OTHER;
	/* QUIC beside media (RFC 9443): behind its long headers, short ones are believed */
	if (cls == CLASS_QUIC)
		stranger_mark(&w->key, HINT_QUIC);
	if (cls == CLASS_OTHER && head[0] >> 6 == 1 && stranger_marked(&w->key, HINT_QUIC))
		return CLASS_QUIC;
	/*
	 * opaque media may begin with any byte: a unified header needs a handshake before it, or
	 * its length
	 */
	if (cls == CLASS_DTLS && !(flow->dir[DIR_IN].dtls_seen | flow->dir[DIR_OUT].dtls_seen))
		return demux_stranger(head, w->len);
	return cls;
}

/* The class of the message in `data`. */
static __always_inline u8 message_class(const struct work *w, const struct flow_record *flow)
{
	const u8 *head = bytes_at(&w->data, w->at);
	u8 cls;

	if (w->at + HEAD_BYTES > w->have)
		return CLASS_OTHER;
	cls = flow ? class_known(w, flow, head) : demux_stranger(head, w->len);
	if (cls == CLASS_CLASSIC_STUN && !classic_plausible(head, w->len))
		return w->at + STUN_HEADER + 8 <= w->have && ms_turn_sure(head) ? cls : CLASS_OTHER;
	if (flow)
		return cls;
	return cls == CLASS_CHANNEL_DATA && w->key.relayed ? CLASS_OTHER : cls;
}

/* A message of a known flow. Gives its class when that was all there is to do, else CLASS_MAX. */
static __always_inline u8 message_known(struct work *w, struct flow_record *flow)
{
	struct flow_dir *half = flow_dir_of(flow, w->dir);
	u8 cls = CLASS_MAX;

	if (w->at + HEAD_BYTES <= w->have)
		cls = media_fast(half, bytes_at(&w->data, w->at), w->len, w->coarse_ns);
	media_count(half, cls, w->len, w->counted, w->coarse_ns);
	return cls;
}

/*
 * Finds what the message at hand is, counts it, and is done with it if it is media. Gives the lane
 * it has to take.
 */
GLOBAL_FUNCTION message_sort(void)
{
	struct work *w = work_lookup();
	struct flow_record *flow;
	u8 fast = CLASS_MAX;

	if (!w)
		return LANE_NONE;
	flow = flow_lookup(&w->key);
	w->known = flow != NULL;
	if (flow)
		fast = message_known(w, flow);
	w->cls = fast == CLASS_MAX ? message_class(w, flow) : fast;
	if (fast == CLASS_MAX && w->cls == CLASS_RTP)
		return LANE_STREAM; /* counts by itself */
	count_class(w->ifindex, w->dir, w->carrier, w->cls, 1);
	if (fast != CLASS_MAX)
		return LANE_NONE;
	if (w->cls == CLASS_STUN || w->cls == CLASS_CLASSIC_STUN)
		return LANE_STUN;
	if (w->cls == CLASS_DTLS && (flow || dtls_opens()))
		return LANE_DTLS;
	return w->cls == CLASS_CHANNEL_DATA ? LANE_CHANNEL : LANE_NONE;
}

GLOBAL_FUNCTION channel_message(void)
{
	struct work *w = work_lookup();

	return w ? relay_channel(w) : NEXT_NONE;
}

/* DTLS inside a STUN message becomes the message at hand, of the same flow and counted already. */
static __always_inline void message_embedded(struct work *w)
{
	u32 acked = w->parts.dtls_ack.len > 0;

	w->at = w->parts.dtls.at;
	w->len = w->parts.dtls.len;
	if (w->have > w->at + w->len)
		w->have = w->at + w->len;
	w->cls = CLASS_DTLS;
	if (w->known)
		dtls_message(acked);
	else
		dtls_probation(acked);
}

/* A STUN message that was read may say where a tunnel leads. */
GLOBAL_FUNCTION peer_tcp_learn(void)
{
	struct work *w = work_lookup();
	struct flow_record *flow;

	if (!w || !w->known)
		return 0;
	flow = flow_lookup(&w->key);
	if (flow)
		peer_tcp_told(w, flow);
	return 0;
}

/* A message that may have come out of a tunnel. */
GLOBAL_FUNCTION peer_tcp_message(void)
{
	struct work *w = work_lookup();

	if (w && w->tcp.peer_tcp)
		peer_tcp_enter(w);
	return 0;
}

/* One message. Gives enum next. */
static __always_inline int message(void)
{
	int lane = message_sort(), next, reason;

	if (lane == LANE_DTLS)
		return dtls_message(0);
	if (lane == LANE_STREAM)
		return stream_message();
	if (lane == LANE_CHANNEL)
		return channel_message();
	if (lane != LANE_STUN)
		return NEXT_NONE;
	reason = stun_read();
	if (reason) {
		count_skipped(reason);
		return NEXT_NONE;
	}
	next = stun_message();
	peer_tcp_learn();
	return next;
}

/*
 * A message and, if it is one of TURN, what it carries. The functions are called one after another
 * and not from one another, as the stacks of a chain of calls must not be more than 512 bytes.
 */
static __always_inline void message_deliver(struct work *w)
{
	int next = message();

	if (next == NEXT_INNER)
		next = message();
	if (next == NEXT_EMBEDDED)
		message_embedded(w);
}

#endif
