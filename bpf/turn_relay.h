/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Inside TURN (RFC 8656): which channel leads to which peer, and the step from a message that
 * carries another to the one it carries. The inner message is a message of a flow of its own,
 * between the TURN client and its peer, and is treated like any other; what it carries in turn is
 * not looked into.
 */
#ifndef P2PSCOPE_BPF_TURN_RELAY_H
#define P2PSCOPE_BPF_TURN_RELAY_H

#include "counters.h"
#include "p2pscope/demux.h"
#include "p2pscope/turn.h"

/* Returns the key of a channel of the flow at hand. */
static __always_inline struct channel_key channel_key_of(const struct msg_context *m, u16 number)
{
	struct channel_key key = {.far = m->key.far, .tag = flow_tag(&m->key), .channel = number};

	return key;
}

/* Stores where a channel leads. */
static __always_inline void channel_store(const struct channel_key *key, const struct channel *to)
{
	bool old = channel_lookup(key);

	if (channel_insert(key, to))
		count_full(MAP_CHANNELS);
	else if (!old)
		count_inserted(MAP_CHANNELS);
}

/*
 * A ChannelBind request (RFC 8656 section 12.1). Returns true when the binding is not confirmed
 * yet.
 */
static __always_inline bool channel_begin(struct msg_context *m)
{
	const struct stun_info *info = &m->event.stun;
	struct channel_key key = channel_key_of(m, info->channel);
	struct channel *old = channel_lookup(&key);
	struct channel fresh = {.peer = info->peer, .server_far = turn_server_far(m->dir, true)};

	if (!info->peer.port || !info->channel)
		return false;
	if (old && endpoint_equal(&old->peer, &info->peer))
		return !old->confirmed;
	channel_store(&key, &fresh);
	return true;
}

/*
 * A ChannelBind's success for channel `number`. Puts number and peer into the answer's event.
 * Returns true when the binding is new.
 */
static __always_inline bool channel_confirm(struct msg_context *m, u16 number)
{
	struct channel_key key = channel_key_of(m, number);
	struct channel *channel = channel_lookup(&key);

	if (!channel)
		return false;
	m->event.stun.channel = number;
	m->event.stun.peer = channel->peer;
	if (channel->confirmed)
		return false;
	channel->confirmed = 1;
	m->event.stun.flags |= STUN_F_NEW_CHANNEL;
	return true;
}

/*
 * Makes the `len` bytes at offset `at` of the message at hand, which go to or come from `peer`, the
 * message at hand. Returns NEXT_INNER, or NEXT_NONE when there is nothing to look at: inside
 * another TURN message, or where the bytes were not copied.
 */
static __always_inline int turn_relay_enter(struct msg_context *m, const struct endpoint *peer,
					    u8 server_far, u32 at, u32 len)
{
	u32 tag = flow_tag(&m->key);

	if (m->key.relayed || at >= m->have)
		return NEXT_NONE;
	if (server_far) {
		m->server = m->key.far;
		m->key.far = *peer;
	} else {
		m->server = m->key.near;
		m->key.near = *peer;
	}
	m->key.tag = tag;
	m->key.relayed = 1;
	m->carrier = m->key.proto == PROTO_TCP ? CARRIER_TCP_RELAYED : CARRIER_UDP_RELAYED;
	m->framing = FRAMING_NONE;
	m->at = at;
	m->len = len;
	m->counted = len;
	if (m->have > at + len)
		m->have = at + len;
	return NEXT_INNER;
}

/*
 * Counts what is inside ChannelData of an unknown channel by what it looks like. It belongs to no
 * flow.
 */
static __always_inline void turn_relay_unknown(const struct msg_context *m)
{
	u8 carrier = m->key.proto == PROTO_TCP ? CARRIER_TCP_RELAYED : CARRIER_UDP_RELAYED;
	u32 at = m->at + CHANNEL_HEADER, len = bytes_be16(&m->data, m->at + 2);
	u8 cls = CLASS_OTHER;

	count_skipped(REASON_CHANNEL_UNKNOWN);
	if (at + HEAD_BYTES <= m->have && len >= HEAD_BYTES)
		cls = demux_known(bytes_at(&m->data, at), len);
	count_class(m->ifindex, m->dir, carrier, cls == CLASS_CHANNEL_DATA ? CLASS_OTHER : cls, 1);
}

/* A ChannelData message. Returns as turn_relay_enter(). */
static __always_inline int turn_relay_channel(struct msg_context *m)
{
	struct channel_key key = channel_key_of(m, bytes_be16(&m->data, m->at));
	struct channel *channel = channel_lookup(&key);
	struct endpoint peer;

	if (!channel) {
		turn_relay_unknown(m);
		return NEXT_NONE;
	}
	peer = channel->peer;
	return turn_relay_enter(m, &peer, channel->server_far, m->at + CHANNEL_HEADER,
				bytes_be16(&m->data, m->at + 2));
}

/*
 * A STUN message that was read: enters it if it is a Send or Data indication with a payload.
 * Returns as turn_relay_enter().
 */
static __always_inline int turn_relay_indication(struct msg_context *m)
{
	struct endpoint peer = m->event.stun.peer;

	if (!turn_carries(&m->event.stun, &m->parts))
		return NEXT_NONE;
	return turn_relay_enter(m, &peer,
				turn_server_far(m->dir, m->event.stun.method == STUN_SEND),
				m->parts.data.at, m->parts.data.len);
}

#endif
