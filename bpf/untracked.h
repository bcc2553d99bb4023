/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What passes on flows on which no STUN was answered: counted by class and forgotten. To recognise
 * plain RTP, or QUIC after its first packets, a packet must be compared with an earlier one. That
 * one is remembered in a table of fixed size, without chains, where a newcomer takes the slot of
 * whoever was there. Such flows get no record and no session.
 */
#ifndef P2PSCOPE_BPF_UNTRACKED_H
#define P2PSCOPE_BPF_UNTRACKED_H

#include "counters.h"
#include "liveness.h"
#include "p2pscope/demux.h"
#include "p2pscope/rtp.h"

/*
 * A hash of a flow's addresses, ports and interface. It is good enough to choose a slot; what must
 * not be mistaken is compared.
 */
static __always_inline u32 flow_hash(const struct flow_key *key)
{
	const word32 *a = (const word32 *)key->far.ip.b, *b = (const word32 *)key->near.ip.b;
	u32 hash = (a[0] ^ a[1] ^ a[2] ^ a[3]) * 0x9e3779b1u;

	hash = (hash ^ b[0] ^ b[1] ^ b[2] ^ b[3]) * 0x85ebca6bu;
	hash = (hash ^ ((u32)key->far.port << 16 | key->near.port) ^ key->tag) * 0xc2b2ae35u;
	return hash ^ hash >> 15;
}

/* Returns a flow's slot, which it takes when another has it. */
static __always_inline struct hint *untracked_flow(const struct flow_key *key)
{
	u32 hash = flow_hash(key);
	struct hint *hint = hint_lookup(hash);

	if (hint && (hint->check != hash || hint->marks >= HINT_STREAM)) {
		hint->check = hash;
		hint->ssrc = 0;
		hint->marks = 0;
		hint->unsure = 0;
	}
	return hint;
}

/* Marks a flow as one of STUN or RTP, or of QUIC (enum hint_mark). */
static __always_inline void untracked_mark(const struct flow_key *key, u8 mark)
{
	struct hint *hint = untracked_flow(key);

	if (hint)
		hint->marks |= mark;
}

/* Returns whether a flow has a mark. */
static __always_inline bool untracked_marked(const struct flow_key *key, u8 mark)
{
	u32 hash = flow_hash(key);
	struct hint *hint = hint_lookup(hash);

	return hint && hint->check == hash && hint->marks & mark;
}

/* A long header of QUIC. A packet back to the sender of the first one is an answer (liveness.h). */
static __always_inline void untracked_quic(const struct packet *pkt)
{
	struct hint *hint = untracked_flow(&pkt->key);

	if (!hint)
		return;
	if (!(hint->marks & HINT_QUIC)) {
		hint->marks |= HINT_QUIC;
		hint->row = pkt->dir;
	} else if (hint->row != pkt->dir) {
		liveness_mark(pkt);
	}
}

/*
 * What looks like RTCP is believed where STUN or RTP was seen; until then it is counted in the
 * flow's slot. Returns its class.
 */
static __always_inline u8 untracked_rtcp(const struct flow_key *key)
{
	struct hint *hint = untracked_flow(key);

	if (!hint)
		return CLASS_OTHER;
	if (hint->marks & HINT_MEDIA)
		return CLASS_RTCP;
	if (hint->unsure < 255)
		hint->unsure++;
	return CLASS_OTHER;
}

/* Media was seen on the flow: its RTCP is believed, that before it included. */
static __always_inline void untracked_media(const struct packet *pkt)
{
	struct hint *hint = untracked_flow(&pkt->key);

	if (!hint)
		return;
	count_moved(pkt->key.tag, pkt->dir, CARRIER_UDP, CLASS_RTCP, hint->unsure);
	hint->unsure = 0;
	hint->marks |= HINT_MEDIA;
}

/* How many packets in a row make a stream: one more than on a flow where STUN was answered. */
#define UNTRACKED_SEQUENTIAL 3

/* Returns a stream's slot, which it takes when another has it. */
static __always_inline struct hint *untracked_stream(const struct packet *pkt, u32 ssrc)
{
	u32 hash = (flow_hash(&pkt->key) ^ ssrc ^ pkt->dir) * 0x9e3779b1u;
	struct hint *hint = hint_lookup(hash);

	if (hint && (hint->check != hash || hint->ssrc != ssrc || hint->marks < HINT_STREAM)) {
		hint->check = hash;
		hint->ssrc = ssrc;
		hint->marks = HINT_STREAM;
		hint->unsure = 0;
		hint->row = 0;
	}
	return hint;
}

/* RTP is believed once packets of one SSRC had consecutive numbers. Returns its class. */
static __always_inline u8 untracked_rtp(const struct packet *pkt, const u8 *head)
{
	struct rtp r = rtp_parse(head);
	struct hint *hint = untracked_stream(pkt, r.ssrc);

	if (!hint)
		return CLASS_OTHER;
	hint->row = hint->row && r.seq == (u16)(hint->seq + 1) ? hint->row + 1 : 1;
	hint->seq = r.seq;
	if (hint->marks == HINT_STREAM_VALID)
		return CLASS_RTP;
	if (hint->row < UNTRACKED_SEQUENTIAL) {
		if (hint->unsure < 255)
			hint->unsure++;
		return CLASS_OTHER;
	}
	hint->marks = HINT_STREAM_VALID;
	count_moved(pkt->key.tag, pkt->dir, CARRIER_UDP, CLASS_RTP, hint->unsure);
	untracked_media(pkt);
	return CLASS_RTP;
}

/* Counts a datagram of `len` bytes that is not STUN. `cls` is its class by its own bytes. */
static __always_inline void untracked_count(const struct packet *pkt, const u8 *head, u32 len,
					    u8 cls)
{
	if (head[0] >> 6 == 2)
		cls = rtcp_plausible(head, len) ? untracked_rtcp(&pkt->key)
						: untracked_rtp(pkt, head);
	else if (cls == CLASS_QUIC)
		untracked_quic(pkt);
	else if (cls == CLASS_OTHER && head[0] >> 6 == 1 && untracked_marked(&pkt->key, HINT_QUIC))
		cls = CLASS_QUIC;
	count_class(pkt->key.tag, pkt->dir, CARRIER_UDP, cls, 1);
}

/*
 * Handles a datagram of no known flow, by its first HEAD_BYTES. Returns false for what has to go
 * on: STUN, ChannelData, whose binding may be known, and DTLS that may open a flow.
 */
static __always_inline bool untracked_done(const struct packet *pkt, const u8 *head, u32 len)
{
	u8 cls = demux_untracked(head, len);

	if (cls == CLASS_STUN || cls == CLASS_CLASSIC_STUN || cls == CLASS_CHANNEL_DATA) {
		untracked_mark(&pkt->key, HINT_MEDIA);
		return false;
	}
	if (cls == CLASS_DTLS && dtls_opens())
		return false;
	untracked_count(pkt, head, len, cls);
	return true;
}

#endif
