/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Whether a host's other traffic is answered: its TCP, as SYN-ACKs come back to it, and its QUIC,
 * by server port. It is reported by flags of STUN requests that are not answered yet, and never by
 * itself.
 */
#ifndef P2PSCOPE_BPF_LIVENESS_H
#define P2PSCOPE_BPF_LIVENESS_H

#include "map_ops.h"

#define LIVENESS_SPAN 60 /* in units of 2^30 ns: about a minute */

/*
 * The hash of a host and protocol at an interface. `port` is 0 for TCP, where any port will do; for
 * UDP it is the server's, as a rule may block some ports and not others.
 */
static __always_inline u32 liveness_hash(const struct endpoint *host, u32 ifindex, u8 proto,
					 u16 port)
{
	const word32 *a = (const word32 *)host->ip.b;
	u32 hash = (a[0] ^ a[1] ^ a[2] ^ a[3]) * 0x9e3779b1u;

	hash = (hash ^ ((u32)port << 16 | proto)) * 0x85ebca6bu;
	hash = (hash ^ hash >> 15 ^ ifindex) * 0xc2b2ae35u;
	return hash ^ hash >> 15;
}

/* Returns a time in units of 2^30 ns. */
static __always_inline u32 liveness_time(u64 coarse_ns)
{
	return (u32)(coarse_ns >> 30);
}

/* Notes that this packet answers its receiver. */
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

/*
 * Returns whether the sender of the message at hand was answered over this protocol and port within
 * the last minute.
 */
static __always_inline bool liveness_recent(const struct msg_context *m, u8 proto, u16 port)
{
	u32 hash = liveness_hash(m->dir == DIR_IN ? &m->key.far : &m->key.near, m->ifindex, proto,
				 port);
	struct liveness *a = liveness_lookup(hash);

	return a && a->check == hash && liveness_time(m->coarse_ns) - a->time <= LIVENESS_SPAN;
}

/*
 * Returns which other traffic of the sender is answered: enum stun_flag, for the request at hand.
 */
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
