/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Inside TURN: which channel leads to which peer, and the step from a message that carries another
 * to the one it carries. The inner message is a message of its own flow, between the TURN client
 * and its peer, and is worked on like any other; what it carries in turn is not looked into.
 */
#ifndef P2PSCOPE_BPF_TURN_RELAY_H
#define P2PSCOPE_BPF_TURN_RELAY_H

#include "counters.h"

static __always_inline struct channel_key channel_key_of(const struct work *w, u16 number)
{
	struct channel_key key = {.far = w->key.far, .tag = flow_tag(&w->key), .channel = number};

	return key;
}

static __always_inline void channel_put(const struct channel_key *key, const struct channel *to)
{
	bool old = channel_lookup(key);

	if (channel_insert(key, to))
		count_full(MAP_CHANNELS);
	else if (!old)
		count_inserted(MAP_CHANNELS);
}

/* A ChannelBind request. Gives true when it binds what was not bound. */
static __always_inline bool channel_begin(struct work *w)
{
	const struct stun_info *info = &w->event.stun;
	struct channel_key key = channel_key_of(w, info->channel);
	struct channel *old = channel_lookup(&key);
	struct channel fresh = {.peer = info->peer,
				.server_beyond = turn_server_beyond(w->dir, true)};

	if (!info->peer.port || !info->channel)
		return false;
	if (old && endpoint_equal(&old->peer, &info->peer))
		return !old->confirmed;
	channel_put(&key, &fresh);
	return true;
}

/*
 * The answer to the ChannelBind of channel `number`. Puts number and peer into the answer's event;
 * true: a new binding.
 */
static __always_inline bool channel_confirm(struct work *w, u16 number)
{
	struct channel_key key = channel_key_of(w, number);
	struct channel *channel = channel_lookup(&key);

	if (!channel)
		return false;
	w->event.stun.channel = number;
	w->event.stun.peer = channel->peer;
	if (channel->confirmed)
		return false;
	channel->confirmed = 1;
	w->event.stun.flags |= STUN_F_NEW_CHANNEL;
	return true;
}

/* From the carrying message to `len` bytes at `at` of it, which go to or come from `peer`. */
static __always_inline int relay_enter(struct work *w, const struct endpoint *peer,
				       u8 server_beyond, u32 at, u32 len)
{
	u32 tag = flow_tag(&w->key);

	if (w->key.relayed || at >= w->have)
		return NEXT_NONE;
	if (server_beyond) {
		w->server = w->key.far;
		w->key.far = *peer;
	} else {
		w->server = w->key.near;
		w->key.near = *peer;
	}
	w->key.tag = tag;
	w->key.relayed = 1;
	w->carrier = w->key.proto == PROTO_TCP ? CARRIER_TCP_RELAYED : CARRIER_UDP_RELAYED;
	w->framing = FRAMING_NONE;
	w->at = at;
	w->len = len;
	w->counted = len;
	if (w->have > at + len)
		w->have = at + len;
	return NEXT_INNER;
}

/*
 * What is inside ChannelData whose peer is not known is counted by what it looks like, and belongs
 * to no flow.
 */
static __always_inline void relay_unknown(const struct work *w)
{
	u8 carrier = w->key.proto == PROTO_TCP ? CARRIER_TCP_RELAYED : CARRIER_UDP_RELAYED;
	u32 at = w->at + CHANNEL_HEADER, len = bytes_be16(&w->data, w->at + 2);
	u8 cls = CLASS_OTHER;

	count_skipped(REASON_CHANNEL_UNKNOWN);
	if (at + HEAD_BYTES <= w->have && len >= HEAD_BYTES)
		cls = demux_known(bytes_at(&w->data, at), len);
	count_class(w->ifindex, w->dir, carrier, cls == CLASS_CHANNEL_DATA ? CLASS_OTHER : cls, 1);
}

/* A ChannelData message. */
static __always_inline int relay_channel(struct work *w)
{
	struct channel_key key = channel_key_of(w, bytes_be16(&w->data, w->at));
	struct channel *channel = channel_lookup(&key);
	struct endpoint peer;

	if (!channel) {
		relay_unknown(w);
		return NEXT_NONE;
	}
	peer = channel->peer;
	return relay_enter(w, &peer, channel->server_beyond, w->at + CHANNEL_HEADER,
			   bytes_be16(&w->data, w->at + 2));
}

/* A Send or Data indication, if it carries something. */
static __always_inline int relay_indication(struct work *w)
{
	struct endpoint peer = w->event.stun.peer;

	if (!turn_carries(&w->event.stun, &w->parts))
		return NEXT_NONE;
	return relay_enter(w, &peer, turn_server_beyond(w->dir, w->event.stun.method == STUN_SEND),
			   w->parts.data.at, w->parts.data.len);
}

#endif
