/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From the packet to the message at hand: which message it is, and as many of its bytes as its kind
 * needs.
 */
#ifndef P2PSCOPE_BPF_MESSAGE_LOAD_H
#define P2PSCOPE_BPF_MESSAGE_LOAD_H

#include "map_ops.h"
#include "p2pscope/turn.h"
#include "verifier.h"

#define FIRST_LOOK 32 /* bytes that suffice to classify a message; of media no more are needed */

/*
 * Copies a key part by part. To copy a whole one the compiler reads all words before it writes the
 * first, and keeps them on the stack: too much of it under tcp_message(), where calls nest deepest.
 * All stacks of a chain of calls together may be 512 bytes, and Linux 6.1 rounds each up to 32.
 */
static __always_inline void message_set_key(struct flow_key *to, const struct flow_key *from)
{
	to->far = from->far;
	memory_barrier();
	to->near = from->near;
	memory_barrier();
	to->tag = from->tag;
	to->proto = from->proto;
	to->relayed = from->relayed;
	to->zero = from->zero;
}

/*
 * Makes a message of this packet the message at hand; its bytes are not there yet. The caller sets
 * the times, and `len` and `counted`.
 */
static __always_inline void message_begin(struct msg_context *m, const struct packet *pkt,
					  u8 carrier)
{
	message_set_key(&m->key, &pkt->key);
	__builtin_memset(&m->server, 0, sizeof(m->server));
	m->ifindex = pkt->key.tag;
	m->dir = pkt->dir;
	m->carrier = carrier;
	m->framing = FRAMING_NONE;
	m->at = 0;
	m->have = 0;
	m->len = 0;
	m->counted = 0;
}

/*
 * Returns whether a message that begins so needs more of its bytes than a first look. RTP does not,
 * nor does RTP inside ChannelData; RTCP (its types are those of RFC 5761 section 4) is known by its
 * end.
 */
static __always_inline bool message_wants_all(const u8 *data)
{
	const u8 *head = data[0] >> 4 == 4 ? data + CHANNEL_HEADER : data;

	return head[0] >> 6 != 2 || (head[1] >= 192 && head[1] <= 223);
}

/*
 * Copies a message's bytes, `have` of them from offset `at` of the frame, after the first `done`
 * (less than TCP_FIRST) bytes of m->data. Sets m->have; no bytes are there when the copy fails.
 */
static __always_inline void message_load(struct msg_context *m, const struct source *src, u32 at,
					 u32 have, u32 done)
{
	u32 first = have < FIRST_LOOK ? have : FIRST_LOOK;

	m->have = done;
	done &= TCP_FIRST - 1;
	if (!have || source_load(src, at, m->data.b + done, first))
		return;
	m->have = done + first;
	if (have <= FIRST_LOOK || !message_wants_all(bytes_at(&m->data, m->at)))
		return;
	if (have > MESSAGE_KEPT - TCP_FIRST)
		have = MESSAGE_KEPT - TCP_FIRST;
	if (!source_load(src, at, m->data.b + done, have))
		m->have = done + have;
}

#endif
