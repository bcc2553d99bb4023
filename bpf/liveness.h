/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Whether a host's other traffic is answered: its TCP, by the SYN-ACKs that come to it, and its
 * QUIC, by port. It is told by flags of the STUN requests that still wait for an answer, and never
 * by itself.
 */
#ifndef P2PSCOPE_BPF_LIVENESS_H
#define P2PSCOPE_BPF_LIVENESS_H

#include "map_ops.h"

#define LIVENESS_SPAN 60 /* units of 2^30 ns: about a minute */

/* Any port of TCP will do: 0. Of UDP a rule may stop some ports and no others. */
static __always_inline u32 liveness_hash(const struct endpoint *host, u32 ifindex, u8 proto,
					 u16 port)
{
	const word32 *a = (const word32 *)host->ip.b;
	u32 hash = (a[0] ^ a[1] ^ a[2] ^ a[3]) * 0x9e3779b1u;

	hash = (hash ^ ((u32)port << 16 | proto)) * 0x85ebca6bu;
	hash = (hash ^ hash >> 15 ^ ifindex) * 0xc2b2ae35u;
	return hash ^ hash >> 15;
}

static __always_inline u32 liveness_time(u64 coarse_ns)
{
	return (u32)(coarse_ns >> 30);
}

/* This packet answers its receiver. */
static __always_inline void liveness_mark(const struct packet *pkt)
{
	bool out = pkt->dir == DIR_OUT;
	u16 from = out ? pkt->key.near.port : pkt->key.far.port;
	u8 proto = pkt->key.proto;
	u32 hash = liveness_hash(out ? &pkt->key.far : &pkt->key.near, pkt->key.tag, proto,
				 proto == PROTO_TCP ? 0 : from);
	struct liveness *a = liveness_lookup(hash);

	if (!a)
		return;
	a->check = hash;
	a->time = liveness_time(clock_coarse_ns());
}

/* Was the sender of the message at hand answered so within the last minute? */
static __always_inline bool liveness_recent(const struct msg_context *m, u8 proto, u16 port)
{
	u32 hash = liveness_hash(m->dir == DIR_IN ? &m->key.far : &m->key.near, m->ifindex, proto,
				 port);
	struct liveness *a = liveness_lookup(hash);

	return a && a->check == hash && liveness_time(m->coarse_ns) - a->time <= LIVENESS_SPAN;
}

/* What else of its sender is answered, as flags of the request at hand. */
static __always_inline u32 liveness_flags(const struct msg_context *m)
{
	u16 port = m->dir == DIR_IN ? m->key.near.port : m->key.far.port;
	u32 flags = 0;

	if (m->key.proto != PROTO_UDP || m->key.relayed)
		return 0;
	if (liveness_recent(m, PROTO_TCP, 0))
		flags |= STUN_F_TCP_ANSWERED;
	if (liveness_recent(m, PROTO_UDP, port))
		flags |= STUN_F_PORT_ANSWERED;
	return flags;
}

#endif
