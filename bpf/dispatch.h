/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The slow path: one message whose bytes are copied, whatever carries it. Each step is a
 * GLOBAL_FUNCTION (verifier.h) on the message at hand.
 */
#ifndef P2PSCOPE_BPF_DISPATCH_H
#define P2PSCOPE_BPF_DISPATCH_H

#include "admission.h"
#include "dtls_track.h"
#include "media.h"
#include "stun_track.h"
#include "turn_tcp.h"
#include "untracked.h"
#include "verifier.h"

/* The path a message takes after message_sort(). */
enum lane { LANE_NONE, LANE_STUN, LANE_DTLS, LANE_STREAM, LANE_CHANNEL, LANE_UNTRACKED };

/* Reads the STUN message at hand into m->event and m->parts. Returns enum reason. */
GLOBAL_FUNCTION stun_message_read(void)
{
	struct msg_context *m = context_lookup();

	if (!m)
		return REASON_BAD_STUN;
	return stun_parse(&m->data, m->at, m->have - m->at, m->len, &m->event.stun, &m->parts);
}

/* As stun_track_probation(), for the message at hand. */
GLOBAL_FUNCTION stun_message_probation(void)
{
	struct msg_context *m = context_lookup();

	return m ? stun_track_probation(m) : 0;
}

/* A STUN or TURN message that was read. Returns enum next. */
GLOBAL_FUNCTION stun_message(void)
{
	struct msg_context *m = context_lookup();
	struct flow_record *flow;
	bool bound = false;

	if (!m)
		return NEXT_NONE;
	/* of known flows only: else a flood could evict the channels of established sessions */
	if (m->known && m->event.stun.cls == STUN_REQUEST &&
	    m->event.stun.method == STUN_CHANNEL_BIND)
		bound = channel_begin(m);
	if (m->known || stun_message_probation()) {
		flow = flow_lookup(&m->key);
		if (flow && !m->known)
			count_flow(flow_dir_of(flow, m->dir), m->counted, m->coarse_ns);
		if (flow)
			stun_track_known(m, flow, bound);
	}
	if (m->parts.dtls.len || m->parts.dtls_ack.len)
		return NEXT_EMBEDDED;
	return turn_relay_indication(m);
}

/*
 * A DTLS datagram on a known flow. Inside STUN it may be empty and acknowledge the other side's
 * (`acked`).
 */
GLOBAL_FUNCTION dtls_message(u32 acked)
{
	struct msg_context *m = context_lookup();
	struct flow_record *flow;

	if (!m)
		return NEXT_NONE;
	flow = flow_lookup(&m->key);
	if (!flow && dtls_opens())
		flow = admit_dtls(m);
	if (flow)
		dtls_track_datagram(m, flow_dir_of(flow, m->dir), acked);
	return NEXT_NONE;
}

/* The same inside a check that is not answered yet. */
GLOBAL_FUNCTION dtls_message_probation(u32 acked)
{
	struct msg_context *m = context_lookup();
	struct probe_record *probe;

	if (!m)
		return 0;
	probe = probe_lookup(&m->key);
	if (probe)
		dtls_track_probation(m, &probe->dir[m->dir == DIR_OUT], acked);
	return 0;
}

/* What may be an RTP packet of no valid stream, on a known flow. */
GLOBAL_FUNCTION stream_message(void)
{
	struct msg_context *m = context_lookup();
	struct flow_record *flow;

	if (!m)
		return NEXT_NONE;
	flow = flow_lookup(&m->key);
	if (flow)
		media_unsure(m, flow_dir_of(flow, m->dir));
	return NEXT_NONE;
}

/* Returns the class of a message of a known flow, by its first HEAD_BYTES. */
static __always_inline u8 class_known(const struct msg_context *m, const struct flow_record *flow,
				      const u8 *head)
{
	u8 cls = demux_known(head, m->len);

	/* channel numbers mean something only where TURN was answered, and not inside it */
	if (cls == CLASS_CHANNEL_DATA && (!flow->turn || m->key.relayed))
		cls = CLASS_OTHER;
	/* QUIC beside media (RFC 9443): after its long headers, short ones are believed */
	if (cls == CLASS_QUIC)
		untracked_mark(&m->key, HINT_QUIC);
	if (cls == CLASS_OTHER && head[0] >> 6 == 1 && untracked_marked(&m->key, HINT_QUIC))
		return CLASS_QUIC;
	/*
	 * opaque media may begin with any byte: a unified header of DTLS needs a handshake before
	 * it, or its length
	 */
	if (cls == CLASS_DTLS && !(flow->dir[DIR_IN].dtls_seen | flow->dir[DIR_OUT].dtls_seen))
		return demux_untracked(head, m->len);
	return cls;
}

/* Returns the class of the message at hand. `flow` is its record, NULL when it is not known. */
static __always_inline u8 message_class(const struct msg_context *m, const struct flow_record *flow)
{
	const u8 *head = bytes_at(&m->data, m->at);
	u8 cls;

	if (m->at + HEAD_BYTES > m->have)
		return CLASS_OTHER;
	cls = flow ? class_known(m, flow, head) : demux_untracked(head, m->len);
	if (cls == CLASS_CLASSIC_STUN && !classic_plausible(head, m->len))
		return m->at + STUN_HEADER + 8 <= m->have && ms_turn_sure(head) ? cls : CLASS_OTHER;
	if (flow)
		return cls;
	return cls == CLASS_CHANNEL_DATA && m->key.relayed ? CLASS_OTHER : cls;
}

/*
 * Counts a message of a known flow. Returns its class when that was all there is to do, else
 * CLASS_MAX.
 */
static __always_inline u8 message_known(struct msg_context *m, struct flow_record *flow)
{
	struct flow_dir *half = flow_dir_of(flow, m->dir);
	u8 cls = CLASS_MAX;

	if (m->at + HEAD_BYTES <= m->have)
		cls = media_fast(half, bytes_at(&m->data, m->at), m->len, m->coarse_ns);
	media_count(half, cls, m->len, m->counted, m->coarse_ns);
	return cls;
}

/* Notes on a known flow what may stand in place of DTLS. */
static __always_inline void message_carries(const struct msg_context *m, struct flow_record *flow)
{
	if (m->cls == CLASS_QUIC)
		flow->carries |= CARRIES_QUIC;
	else if (m->cls == CLASS_OTHER && m->at + HEAD_BYTES <= m->have &&
		 wireguard_plausible(bytes_at(&m->data, m->at), m->len))
		flow->carries |= CARRIES_WIREGUARD;
}

/* Returns whether the message at hand begins like RTP or RTCP. */
static __always_inline bool message_may_be_media(const struct msg_context *m)
{
	return m->at + HEAD_BYTES <= m->have && bytes_u8(&m->data, m->at) >> 6 == 2;
}

/*
 * Classifies and counts the message at hand, and is done with it if it is media. Returns the path
 * it takes, enum lane.
 */
GLOBAL_FUNCTION message_sort(void)
{
	struct msg_context *m = context_lookup();
	struct flow_record *flow;
	u8 fast = CLASS_MAX;

	if (!m)
		return LANE_NONE;
	flow = flow_lookup(&m->key);
	m->known = flow != NULL;
	if (flow)
		fast = message_known(m, flow);
	m->cls = fast == CLASS_MAX ? message_class(m, flow) : fast;
	if (flow && fast == CLASS_MAX)
		message_carries(m, flow);
	if (fast == CLASS_MAX && m->cls == CLASS_RTP)
		return LANE_STREAM; /* counts by itself */
	if (!flow && m->framing == FRAMING_NONE && message_may_be_media(m))
		return LANE_UNTRACKED; /* likewise */
	count_class(m->ifindex, m->dir, m->carrier, m->cls, 1);
	if (fast != CLASS_MAX)
		return LANE_NONE;
	if (m->cls == CLASS_STUN && !stun_fills(bytes_at(&m->data, m->at), m->len)) {
		count_skipped(REASON_BAD_STUN);
		return LANE_NONE;
	}
	if (m->cls == CLASS_STUN || m->cls == CLASS_CLASSIC_STUN)
		return LANE_STUN;
	if (m->cls == CLASS_DTLS && (flow || dtls_opens()))
		return LANE_DTLS;
	return m->cls == CLASS_CHANNEL_DATA ? LANE_CHANNEL : LANE_NONE;
}

/* As turn_relay_channel(), for the message at hand. */
GLOBAL_FUNCTION channel_message(void)
{
	struct msg_context *m = context_lookup();

	return m ? turn_relay_channel(m) : NEXT_NONE;
}

/*
 * Makes the DTLS datagram inside a STUN message the message at hand. It belongs to the same flow
 * and is counted already.
 */
static __always_inline void message_embedded(struct msg_context *m)
{
	u32 acked = m->parts.dtls_ack.len > 0;

	m->at = m->parts.dtls.at;
	m->len = m->parts.dtls.len;
	if (m->have > m->at + m->len)
		m->have = m->at + m->len;
	m->cls = CLASS_DTLS;
	if (m->known)
		dtls_message(acked);
	else
		dtls_message_probation(acked);
}

/* A STUN message that was read may say where a data connection leads (RFC 6062). */
GLOBAL_FUNCTION turn_tcp_learn(void)
{
	struct msg_context *m = context_lookup();
	struct flow_record *flow;

	if (!m || !m->known)
		return 0;
	flow = flow_lookup(&m->key);
	if (flow)
		turn_tcp_track(m, flow);
	return 0;
}

/* A message that may have come out of a data connection (RFC 6062). */
GLOBAL_FUNCTION turn_tcp_message(void)
{
	struct msg_context *m = context_lookup();

	if (m && m->tcp.turn_tcp)
		turn_tcp_enter(m);
	return 0;
}

/* Handles the message at hand. Returns enum next. */
static __always_inline int message_process(void)
{
	int lane = message_sort(), next, reason;

	if (lane == LANE_DTLS)
		return dtls_message(0);
	if (lane == LANE_STREAM)
		return stream_message();
	if (lane == LANE_CHANNEL)
		return channel_message();
	if (lane == LANE_UNTRACKED)
		untracked_message();
	if (lane != LANE_STUN)
		return NEXT_NONE;
	reason = stun_message_read();
	if (reason) {
		count_skipped(reason);
		return NEXT_NONE;
	}
	next = stun_message();
	turn_tcp_learn();
	return next;
}

/*
 * Handles the message at hand and what it carries inside TURN. The functions are called one after
 * another and not by one another, as the stacks of a chain of calls together may be 512 bytes.
 */
static __always_inline void message_deliver(struct msg_context *m)
{
	int next = message_process();

	if (next == NEXT_INNER)
		next = message_process();
	if (next == NEXT_EMBEDDED)
		message_embedded(m);
}

#endif
