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

enum { STUN_PORT = 3478, STUN_TLS_PORT = 5349 }; /* RFC 8489 section 18.6; TURN's as well */

/* Returns whether a TURN server is to be expected on a port (RFC 8656 section 5). */
static __always_inline bool turn_port(u16 port)
{
	return port == STUN_PORT || port == STUN_TLS_PORT;
}

/* Returns whether a method is one that only a TURN server answers. */
static __always_inline bool turn_is_method(u16 method)
{
	return (method >= STUN_ALLOCATE && method <= STUN_CONNECTION_ATTEMPT) && method != 0x005;
}

/* Returns whether it is a Send or Data indication with a peer and data in it. */
static __always_inline bool turn_carries(const struct stun_info *info,
					 const struct stun_parts *parts)
{
	return info->cls == STUN_INDICATION &&
	       (info->method == STUN_SEND || info->method == STUN_DATA) && info->peer.port &&
	       parts->data.len;
}

/* Returns whether it says to which peer a connection leads (RFC 6062 sections 4.3 and 4.4). */
static __always_inline bool turn_names_peer(const struct stun_info *info)
{
	return (info->cls == STUN_REQUEST && info->method == STUN_CONNECT) ||
	       (info->cls == STUN_INDICATION && info->method == STUN_CONNECTION_ATTEMPT);
}

/*
 * Returns 1 when the TURN server is the far end of the flow that a message was seen on in direction
 * `dir`, 0 when it is the near end. A request or a Send goes to the server (`to_server`), an answer
 * or a Data indication comes from it.
 */
static __always_inline u8 turn_server_far(u8 dir, bool to_server)
{
	return to_server == (dir == DIR_OUT);
}

#endif
