/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a datagram looks like by its first bytes (RFC 7983 section 7, RFC 9443 section 3).
 *
 *   first byte  0-3 STUN | 16-19 ZRTP | 20-63 DTLS | 64-79 TURN channel | 80-127 QUIC | 128-191 RTP, RTCP | 192-255 QUIC
 *
 * A first byte alone proves nothing; each look here checks all that the first HEAD_BYTES can tell. On a flow where STUN was
 * answered that is enough, elsewhere demux_stranger() asks for more.
 */
#ifndef P2PSCOPE_DEMUX_H
#define P2PSCOPE_DEMUX_H

#include "cursor.h"
#include "words.h"

#define HEAD_BYTES 12 /* what is read of every packet; anything shorter is none of ours */
#define STUN_COOKIE 0x2112a442u
#define STUN_HEADER 20
#define ZRTP_COOKIE 0x5a525450u /* "ZRTP", RFC 6189 section 5 */

/* RFC 8489 section 5. The length need not be a multiple of four: some stacks do not pad. */
static __always_inline bool stun_plausible(const u8 *head, u32 len)
{
	return head[0] < 4 && load_be32(head + 4) == STUN_COOKIE && load_be16(head + 2) + (u32)STUN_HEADER <= len;
}

/* RFC 3489 section 11.1: Binding and Shared Secret, no cookie; all the more exact in its length. */
static __always_inline bool classic_plausible(const u8 *head, u32 len)
{
	u16 type = load_be16(head);
	u16 length = load_be16(head + 2);

	if ((type & 0xfeef) != 0x0001 && (type & 0xfeef) != 0x0002)
		return false;
	return type != 0x0011 && type != 0x0012 && length % 4 == 0 && length + (u32)STUN_HEADER == len;
}

/* A record header in clear: content type, version (1.0, 1.2, the 1.3 drafts', OpenSSL's old one), length (RFC 6347 section 4.1). */
static __always_inline bool dtls_plausible(const u8 *head, u32 len)
{
	u16 version = load_be16(head + 1);

	if (head[0] < 20 || head[0] > 26 || len < 13)
		return false;
	if (version != 0xfeff && version != 0xfefd && version != 0xfefc && version != 0x0100)
		return false;
	return head[11] * 256u <= len - 13; /* the length's high byte; its low byte lies behind the head */
}

/* A unified header 001CSLEE (RFC 9147 section 4): a datagram of one record that tells its length, and tells it right. */
static __always_inline bool dtls13_plausible(const u8 *head, u32 len)
{
	u32 at = head[0] & 8 ? 3 : 2;

	if ((head[0] & 0xf4) != 0x24)
		return false;
	return load_be16(head + at) + at + 2 <= len && load_be16(head + at) >= 17;
}

/* RFC 3550 section 6.4: version 2, a type of the RTCP range, and the first packet's length fits. */
static __always_inline bool rtcp_plausible(const u8 *head, u32 len)
{
	return head[0] >> 6 == 2 && head[1] >= 192 && head[1] <= 223 && (load_be16(head + 2) + 1u) * 4 <= len;
}

/* RFC 8656 section 12.4; over UDP the padding may be there or not. */
static __always_inline bool channel_plausible(const u8 *head, u32 len)
{
	return head[0] >= 64 && head[0] <= 79 && load_be16(head + 2) + 4u <= len;
}

/* A long header of a version that exists (RFC 9000 section 17.2, RFC 9369, drafts, negotiation). */
static __always_inline bool quic_plausible(const u8 *head)
{
	u32 version = load_be32(head + 1);

	if (head[0] < 192)
		return false;
	return version == 1 || version == 0x6b3343cf || version >> 8 == 0xff0000 || (version == 0 && head[5] <= 20);
}

/* Gives the class on a flow where STUN was answered; RTP and QUIC still are only guesses by the first byte. */
static __always_inline enum msg_class demux_known(const u8 *head, u32 len)
{
	u8 first = head[0];

	if (first < 4)
		return stun_plausible(head, len) ? CLASS_STUN : classic_plausible(head, len) ? CLASS_CLASSIC_STUN : CLASS_OTHER;
	if (first < 20)
		return first >= 16 && load_be32(head + 4) == ZRTP_COOKIE ? CLASS_ZRTP : CLASS_OTHER;
	if (first < 64)
		return dtls_plausible(head, len) || first >> 5 == 1 ? CLASS_DTLS : CLASS_OTHER;
	if (first < 80)
		return channel_plausible(head, len) ? CLASS_CHANNEL_DATA : CLASS_OTHER;
	if (first >> 6 == 2)
		return rtcp_plausible(head, len) ? CLASS_RTCP : CLASS_RTP;
	return quic_plausible(head) ? CLASS_QUIC : CLASS_OTHER;
}

/* Gives the class of a packet of no known flow: only what proves itself. */
static __always_inline enum msg_class demux_stranger(const u8 *head, u32 len)
{
	enum msg_class cls = demux_known(head, len);

	if (cls == CLASS_DTLS && !dtls_plausible(head, len) && !dtls13_plausible(head, len))
		return CLASS_OTHER;
	return cls == CLASS_CHANNEL_DATA || cls == CLASS_RTP || cls == CLASS_RTCP ? CLASS_OTHER : cls;
}

#endif
