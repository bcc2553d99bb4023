/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * TURN for peers that speak TCP (RFC 6062): the client opens a connection for each peer, which
 * carries the peer's own bytes once it is bound. ICE frames its messages in there as in any TCP
 * connection (RFC 6544, RFC 4571).
 *
 *   control connection  Connect request: the peer             → success: CONNECTION-ID
 *                       ← ConnectionAttempt indication: the peer, CONNECTION-ID
 *   data connection     ConnectionBind request: CONNECTION-ID → success, then the peer's bytes
 *
 * Peers are kept in the map of channels: first by the two hosts and the id, as the two connections
 * differ in their ports, and then as channel 0 of the data connection.
 */
#ifndef P2PSCOPE_BPF_TURN_TCP_H
#define P2PSCOPE_BPF_TURN_TCP_H

#include "turn_relay.h"

/* Returns the key of a peer that is known by CONNECTION-ID `id`: the hosts, without their ports. */
static __always_inline struct channel_key turn_tcp_key_of(const struct msg_context *m, u32 id)
{
	struct flow_key hosts = m->key;
	struct channel_key key = {.channel = id};

	hosts.far.port = 0;
	hosts.near.port = 0;
	key.far = hosts.far;
	key.tag = flow_tag(&hosts);
	return key;
}

/*
 * Returns a name for a Connect until its answer assigns one: the last 32 bits of its transaction
 * id.
 */
static __always_inline u32 turn_tcp_asked(const struct msg_context *m)
{
	return load_be32(m->event.stun.id + 8);
}

/* A Connect request or a ConnectionAttempt (RFC 6062 sections 4.3 and 4.4): remembers the peer. */
static __always_inline void turn_tcp_begin(const struct msg_context *m)
{
	const struct stun_info *info = &m->event.stun;
	bool asks = info->cls == STUN_REQUEST;
	struct channel_key key = turn_tcp_key_of(m, asks ? turn_tcp_asked(m) : info->channel);
	struct channel to = {.peer = info->peer, .server_far = turn_server_far(m->dir, asks)};

	if (info->peer.port)
		channel_store(&key, &to);
}

/* Stores what is known under `from` under `as` as well. Returns false when nothing is known. */
static __always_inline bool turn_tcp_rename(const struct channel_key *from,
					    const struct channel_key *as)
{
	struct channel *known = channel_lookup(from);
	struct channel to;

	if (!known)
		return false;
	to = *known;
	channel_store(as, &to);
	return true;
}

/* A Connect was answered: its peer is known by the CONNECTION-ID from here on. */
static __always_inline void turn_tcp_made(const struct msg_context *m)
{
	struct channel_key from = turn_tcp_key_of(m, turn_tcp_asked(m)),
			   as = turn_tcp_key_of(m, m->event.stun.channel);

	turn_tcp_rename(&from, &as);
}

/*
 * A ConnectionBind of connection `id` was answered (RFC 6062 section 5.4): its flow carries the
 * peer's bytes from here on. How the peer frames its messages shows in the next segment.
 */
static __always_inline void turn_tcp_bound(struct msg_context *m, struct flow_record *flow, u32 id)
{
	struct channel_key from = turn_tcp_key_of(m, id), as = channel_key_of(m, 0);

	flow->turn_tcp = turn_tcp_rename(&from, &as);
	flow->tcp.framing = FRAMING_NONE;
	m->tcp.framing = FRAMING_NONE;
}

/*
 * A TURN message on a known flow, whose answers are matched: learns what it says of data
 * connections.
 */
static __always_inline void turn_tcp_track(struct msg_context *m, struct flow_record *flow)
{
	const struct stun_info *info = &m->event.stun;

	if (turn_names_peer(info))
		return turn_tcp_begin(m);
	if (info->cls != STUN_SUCCESS || !(info->flags & STUN_F_MATCHED))
		return;
	if (info->method == STUN_CONNECT)
		turn_tcp_made(m);
	else if (info->method == STUN_CONNECTION_BIND)
		turn_tcp_bound(m, flow, info->channel);
}

/*
 * Makes a message of a data connection one between the client and its peer. Of a peer that was
 * evicted since, nothing is reported.
 */
static __always_inline void turn_tcp_enter(struct msg_context *m)
{
	struct channel_key key = channel_key_of(m, 0);
	struct channel *channel = channel_lookup(&key);
	struct flow_record *flow = flow_lookup(&m->key);
	struct endpoint peer;

	if (!channel) {
		count_skipped(REASON_CHANNEL_UNKNOWN);
		m->have = 0;
		return;
	}
	if (flow)
		count_flow(flow_dir_of(flow, m->dir), m->counted, m->coarse_ns);
	peer = channel->peer;
	turn_relay_enter(m, &peer, channel->server_far, m->at, m->len);
}

#endif
