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
#include "p2pscope/loop.h"
#include "p2pscope/rtp.h"
#include "p2pscope/turn.h"
#include "verifier.h"

/* Where a message was seen that belongs to no known flow. */
struct untracked {
	const struct flow_key *key;
	u32 ifindex;
	u8 dir, carrier;
};

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

/* Media was seen on the flow: its RTCP is believed, that before it included. */
static __always_inline void untracked_media(const struct untracked *at)
{
	struct hint *hint = untracked_flow(at->key);

	if (!hint)
		return;
	count_moved(at->ifindex, at->dir, at->carrier, CLASS_RTCP, hint->unsure);
	hint->unsure = 0;
	hint->marks |= HINT_MEDIA;
}

/* How many packets in a row make a stream: one more than on a flow where STUN was answered. */
#define UNTRACKED_SEQUENTIAL 3

/* Returns a stream's slot, which it takes when another has it. */
static __always_inline struct hint *untracked_stream(const struct untracked *at, u32 ssrc)
{
	u32 hash = (flow_hash(at->key) ^ ssrc ^ at->dir) * 0x9e3779b1u;
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

/*
 * The next number of a stream. One that comes again proves nothing, and disproves nothing (RFC 3550
 * appendix A.1). Returns how many were consecutive.
 */
static __always_inline u32 untracked_row(struct hint *hint, u16 seq)
{
	u16 ahead = seq - hint->seq;

	if (hint->row && !ahead)
		return hint->row;
	if (!hint->row || ahead != 1)
		hint->row = 0;
	hint->seq = seq;
	if (hint->row < 255)
		hint->row++;
	return hint->row;
}

/* RTP is believed once packets of one SSRC had consecutive numbers. Returns its class. */
static __always_inline u8 untracked_rtp(const struct untracked *at, const u8 *head)
{
	struct rtp r = rtp_parse(head);
	struct hint *hint = untracked_stream(at, r.ssrc);

	if (!hint)
		return CLASS_OTHER;
	untracked_row(hint, r.seq);
	if (hint->marks == HINT_STREAM_VALID)
		return CLASS_RTP;
	if (hint->row < UNTRACKED_SEQUENTIAL) {
		if (hint->unsure < 255)
			hint->unsure++;
		return CLASS_OTHER;
	}
	hint->marks = HINT_STREAM_VALID;
	count_moved(at->ifindex, at->dir, at->carrier, CLASS_RTP, hint->unsure);
	untracked_media(at);
	return CLASS_RTP;
}

/* --- RTCP that comes without RTP --- */

#define RTCP_PARTS 8 /* packets of a compound that are looked at */
#define RTCP_COMPOUNDS 2 /* compounds of one sender that prove RTCP */
#define RTCP_REPORTS 4 /* encrypted reports of one sender that do */

enum { RTCP_SENDER_REPORT = 200, RTCP_RECEIVER_REPORT = 201 };

/* What of a compound is still to be read: in the message at hand, as a step of a loop needs it. */
static __maybe_unused int rtcp_part(u32 index, void *ctx)
{
	struct msg_context *m = *(struct msg_context **)ctx;
	u32 at = m->at + m->rtcp_at;
	const u8 *head = bytes_at(&m->data, at);

	if (m->rtcp_at + 4 > m->len || at + 4 > m->have || !rtcp_plausible(head, m->len))
		return 1;
	m->rtcp_at += (load_be16(head + 2) + 1u) * 4;
	m->rtcp_parts = index + 1;
	return 0;
}

/*
 * Returns whether the message at hand is a compound packet in clear (RFC 3550 sections 6.1 and
 * A.2): a report first, several packets, and their lengths add up to the datagram.
 */
static __always_inline bool rtcp_is_compound(struct msg_context *m)
{
	m->rtcp_at = 0;
	m->rtcp_parts = 0;
	loop_times(RTCP_PARTS, rtcp_part, &m);
	return m->rtcp_at == m->len && m->rtcp_parts > 1;
}

/*
 * Returns whether a number at `back` bytes from the message's end is SRTCP's index (RFC 3711
 * section 3.4): the bit that says "encrypted", and one more each time.
 */
static __always_inline bool rtcp_index_goes_up(const struct untracked *at, struct msg_context *m,
					       u32 ssrc, u32 back)
{
	u32 end = m->at + m->len, index;
	struct hint *hint;

	if (m->len < RTCP_HEADER + back || end > m->have)
		return false;
	index = bytes_be32(&m->data, end - back);
	hint = index >> 31 ? untracked_stream(at, ssrc + back) : NULL;
	return hint && untracked_row(hint, (u16)index) >= UNTRACKED_SEQUENTIAL;
}

/*
 * Returns whether a sender's reports prove themselves, in clear by two compounds, else by four that
 * begin alike: in SRTCP the first eight bytes are in clear (RFC 3711 section 3.4).
 */
static __always_inline bool rtcp_reports(const struct untracked *at, struct msg_context *m,
					 u32 ssrc)
{
	u8 type = bytes_u8(&m->data, m->at + 1);
	struct hint *hint;
	bool compound;

	if (type != RTCP_SENDER_REPORT && type != RTCP_RECEIVER_REPORT)
		return false;
	compound = rtcp_is_compound(m);
	hint = untracked_stream(at, ssrc + 1);
	return hint &&
	       untracked_row(hint, hint->seq + 1) >= (compound ? RTCP_COMPOUNDS : RTCP_REPORTS);
}

/*
 * Returns whether RTCP proves itself, which takes several packets of a sender. Behind SRTCP's index
 * comes a tag of 80 bits (RFC 3711 section 5.2), or nothing (RFC 7714 section 9.2).
 */
static __always_inline bool rtcp_proves(const struct untracked *at, struct msg_context *m)
{
	u32 ssrc = bytes_be32(&m->data, m->at + 4);
	bool up = rtcp_index_goes_up(at, m, ssrc, 14);

	up |= rtcp_index_goes_up(at, m, ssrc, 4);
	return rtcp_reports(at, m, ssrc) || up;
}

/*
 * What looks like RTCP is believed where STUN or RTP was seen, or where it proves itself; until
 * then it is counted in the flow's slot. Returns its class.
 */
static __always_inline u8 untracked_rtcp(const struct untracked *at, struct msg_context *m)
{
	struct hint *hint = untracked_flow(at->key);

	if (!hint)
		return CLASS_OTHER;
	if (hint->marks & HINT_MEDIA)
		return CLASS_RTCP;
	if (rtcp_proves(at, m)) {
		untracked_media(at);
		return CLASS_RTCP;
	}
	if (hint->unsure < 255)
		hint->unsure++;
	return CLASS_OTHER;
}

/* The message at hand, of no known flow, looks like RTP or RTCP. Counts it. Returns its class. */
GLOBAL_FUNCTION untracked_message(void)
{
	struct msg_context *m = context_lookup();
	struct untracked at = {0};
	const u8 *head;
	u8 cls;

	if (!m)
		return CLASS_OTHER;
	at.key = &m->key;
	at.ifindex = m->ifindex;
	at.dir = m->dir;
	at.carrier = m->carrier;
	head = bytes_at(&m->data, m->at);
	cls = rtcp_plausible(head, m->len) ? untracked_rtcp(&at, m) : untracked_rtp(&at, head);
	count_class(m->ifindex, m->dir, m->carrier, cls, 1);
	return cls;
}

/* Counts a datagram of `len` bytes that is not STUN. `cls` is its class by its own bytes. */
static __always_inline void untracked_count(const struct packet *pkt, const u8 *head, u8 cls)
{
	const struct untracked at = {
		.key = &pkt->key, .ifindex = pkt->key.tag, .dir = pkt->dir, .carrier = CARRIER_UDP};

	if (head[0] >> 6 == 2)
		cls = untracked_rtp(&at, head);
	else if (cls == CLASS_QUIC)
		untracked_quic(pkt);
	else if (cls == CLASS_OTHER && head[0] >> 6 == 1 && untracked_marked(&pkt->key, HINT_QUIC))
		cls = CLASS_QUIC;
	count_class(pkt->key.tag, pkt->dir, CARRIER_UDP, cls, 1);
}

/*
 * Returns whether a channel number means something here: a TURN server was seen on the flow, or is
 * to be expected on its port, or the datagram carries STUN itself (RFC 7983 section 7 shares the
 * first bytes with GTP and others).
 */
static __always_inline bool untracked_channel(const struct flow_key *key, const u8 *head)
{
	bool stun = head[4] < 2 && load_be32(head + 8) == STUN_COOKIE;

	if (stun)
		untracked_mark(key, HINT_MEDIA);
	return stun || turn_port(key->far.port) || turn_port(key->near.port) ||
	       untracked_marked(key, HINT_MEDIA);
}

/*
 * Handles a datagram of no known flow, by its first HEAD_BYTES. Returns false for what has to go
 * on: STUN, ChannelData, whose binding may be known, RTCP, which is known by its end, and DTLS that
 * may open a flow.
 */
static __always_inline bool untracked_done(const struct packet *pkt, const u8 *head, u32 len)
{
	u8 cls = demux_untracked(head, len);

	if (cls == CLASS_STUN || cls == CLASS_CLASSIC_STUN) {
		untracked_mark(&pkt->key, HINT_MEDIA);
		return false;
	}
	if (cls == CLASS_CHANNEL_DATA && untracked_channel(&pkt->key, head))
		return false;
	if ((cls == CLASS_DTLS && dtls_opens()) || rtcp_plausible(head, len))
		return false;
	untracked_count(pkt, head, cls == CLASS_CHANNEL_DATA ? CLASS_OTHER : cls);
	return true;
}

#endif
