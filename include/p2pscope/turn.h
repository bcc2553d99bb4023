/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * TURN: which of its messages carry something, and ChannelData (RFC 8656 sections 11 and 12).
 *
 *   ChannelData: | channel 0x4000..0x4fff 2 | length 2 | data | over TCP: padding to 4 |
 */
#ifndef P2PSCOPE_TURN_H
#define P2PSCOPE_TURN_H

#include "stun.h"

#define CHANNEL_HEADER 4

/* Methods that only a TURN server answers. */
static __always_inline bool turn_is_method(u16 method)
{
	return (method >= STUN_ALLOCATE && method <= STUN_CONNECTION_ATTEMPT) && method != 0x005;
}

/* A Send or Data indication with a peer and data in it. */
static __always_inline bool turn_carries(const struct stun_info *info,
					 const struct stun_parts *parts)
{
	return info->cls == STUN_INDICATION &&
	       (info->method == STUN_SEND || info->method == STUN_DATA) && info->peer.port &&
	       parts->data.len;
}

/* One that says to which peer a connection leads (RFC 6062 sections 4.3 and 4.4). */
static __always_inline bool turn_names_peer(const struct stun_info *info)
{
	return (info->cls == STUN_REQUEST && info->method == STUN_CONNECT) ||
	       (info->cls == STUN_INDICATION && info->method == STUN_CONNECTION_ATTEMPT);
}

/*
 * Which end of the carrying flow is the TURN server: a request or a Send goes to it, a Data
 * indication or an answer comes from it. `to_server`: this message goes to it. Gives 1 when the
 * server lies beyond the interface.
 */
static __always_inline u8 turn_server_far(u8 dir, bool to_server)
{
	return to_server == (dir == DIR_OUT);
}

#endif
