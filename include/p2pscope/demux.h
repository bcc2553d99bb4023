/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a datagram looks like by its first bytes (RFC 7983 section 7, RFC 9443 section 3). By the
 * first one:
 *
 *   | 0-3 STUN | 16-19 ZRTP | 20-63 DTLS | 64-79 TURN channel |
 *   | 80-127 QUIC | 128-191 RTP, RTCP | 192-255 QUIC |
 *
 * The first byte alone proves nothing; each function here checks all that the first HEAD_BYTES can
 * show. On a flow where STUN was answered that is enough; elsewhere demux_untracked() asks for
 * more. `head` are HEAD_BYTES of a datagram of `len` bytes. An X_plausible() returns whether
 * they look like X.
 */
#ifndef P2PSCOPE_DEMUX_H
#define P2PSCOPE_DEMUX_H

#include "cursor.h"
#include "words.h"

#define HEAD_BYTES 12 /* what is read of every packet; anything shorter is none of ours */
#define STUN_COOKIE 0x2112a442u
#define STUN_HEADER 20
#define RTCP_HEADER 8
#define ZRTP_COOKIE 0x5a525450u /* "ZRTP", RFC 6189 section 5 */

/*
 * STUN (RFC 8489 section 5). With the cookie there, first bytes up to 15 are believed, which nobody
 * else uses: some applications have methods of their own above 0x07f. The length need not be a
 * multiple of four, as some stacks do not pad, and others leave their padding out of it. More bytes
 * may be behind a message whose length is valid: they are no part of it.
 */
static __always_inline bool stun_plausible(const u8 *head, u32 len)
{
	u32 length = load_be16(head + 2) + (u32)STUN_HEADER;

	return head[0] < 16 && load_be32(head + 4) == STUN_COOKIE && length <= len &&
	       (len - length < 4 || length % 4 == 0);
}

/*
 * Returns whether a message that is STUN fills its datagram but for padding, as it has to (RFC 8489
 * section 6.3). What has more behind it is counted, and believed in nothing.
 */
static __always_inline bool stun_fills(const u8 *head, u32 len)
{
	return len - (load_be16(head + 2) + (u32)STUN_HEADER) < 4;
}

/*
 * Classic STUN (RFC 3489 section 11.1): Binding or Shared Secret, without a cookie, hence of an
 * exact length.
 */
static __always_inline bool classic_plausible(const u8 *head, u32 len)
{
	u16 type = load_be16(head);
	u16 length = load_be16(head + 2);

	if ((type & 0xfeef) != 0x0001 && (type & 0xfeef) != 0x0002)
		return false;
	return type != 0x0011 && type != 0x0012 && length % 4 == 0 &&
	       length + (u32)STUN_HEADER == len;
}

#define MS_TURN_COOKIE 0x72c64bc6u

/*
 * [MS-TURN] section 2.2.1, by type and exact length: Allocate, Send, Set Active Destination, Data.
 * ms_turn_sure() has to confirm it.
 */
static __always_inline bool ms_turn_plausible(const u8 *head, u32 len)
{
	u16 type = load_be16(head), method = type & 0xfeef;

	return (method == 3 || method == 4 || method == 6 || type == 0x0115) &&
	       load_be16(head + 2) + (u32)STUN_HEADER == len && len % 4 == 0 &&
	       len >= STUN_HEADER + 8;
}

/*
 * Returns whether the first attribute is MAGIC-COOKIE, of four bytes, as in [MS-TURN]. `head` are
 * the first STUN_HEADER + 8 bytes of a message without STUN's cookie.
 */
static __always_inline bool ms_turn_sure(const u8 *head)
{
	return load_be32(head + STUN_HEADER) == 0x000f0004 &&
	       load_be32(head + STUN_HEADER + 4) == MS_TURN_COOKIE;
}

/*
 * A DTLS record header in clear (RFC 6347 section 4.1): content type, version (1.0, 1.2, the drafts
 * of 1.3, OpenSSL's old one), and as much of the length as the head has.
 */
static __always_inline bool dtls_plausible(const u8 *head, u32 len)
{
	u16 version = load_be16(head + 1);

	if (head[0] < 20 || head[0] > 26 || len < 13)
		return false;
	if (version != 0xfeff && version != 0xfefd && version != 0xfefc && version != 0x0100)
		return false;
	/*
	 * the length's high byte: the low one is after the head, and both are after a connection
	 * id (RFC 9146)
	 */
	return head[0] == 25 || head[11] * 256u <= len - 13;
}

/*
 * A unified header of DTLS 1.3, 001CSLEE (RFC 9147 section 4): a datagram of one record that has
 * its length, and has it right.
 */
static __always_inline bool dtls13_plausible(const u8 *head, u32 len)
{
	u32 header = head[0] & 8 ? 5 : 4;

	if ((head[0] & 0xf4) != 0x24)
		return false;
	return load_be16(head + header - 2) + header == len;
}

/*
 * RTCP (RFC 3550 section 6.4): version 2, a type of the RTCP range, and a first packet whose length
 * fits.
 */
static __always_inline bool rtcp_plausible(const u8 *head, u32 len)
{
	return head[0] >> 6 == 2 && head[1] >= 192 && head[1] <= 223 &&
	       (load_be16(head + 2) + 1u) * 4 <= len;
}

/* ChannelData (RFC 8656 section 12.4). Over UDP the padding may be there or not. */
static __always_inline bool channel_plausible(const u8 *head, u32 len)
{
	return head[0] >> 4 == 4 && load_be16(head + 2) + 4u <= len;
}

/*
 * WireGuard (Donenfeld, "WireGuard: Next Generation Kernel Network Tunnel", section 5.4): a type
 * and three zero bytes. Initiation, response and cookie have one size each, data is in units of 16.
 */
static __always_inline bool wireguard_plausible(const u8 *head, u32 len)
{
	if (head[1] | head[2] | head[3])
		return false;
	return (head[0] == 1 && len == 148) || (head[0] == 2 && len == 92) ||
	       (head[0] == 3 && len == 64) || (head[0] == 4 && len >= 32 && len % 16 == 0);
}

#define QUIC_DRAFTS 34 /* the last of draft-ietf-quic-transport */

/*
 * Returns whether a QUIC version is in use: 1 and its drafts (RFC 9000), 2 and its drafts (RFC
 * 9369), those that force a negotiation (RFC 9000 section 15), Google's "Q046" to "T051", which
 * came before, and Meta's. Without branches, as the verifier would follow each.
 */
static __always_inline bool quic_version(u32 v)
{
	bool ietf = (v == 1) | (v - 0xff000001 < QUIC_DRAFTS) | (v == 0x6b3343cf) |
		    (v == 0x709a50c4) | (v == 0xff020000);
	bool google = ((v >> 24 == 'Q') | (v >> 24 == 'T')) & ((v & 0x00fff0f0) == 0x00303030);

	return ietf | google | ((v & 0x0f0f0f0f) == 0x0a0a0a0a) | (v >> 4 == 0xfaceb00);
}

/*
 * A long header of QUIC (RFC 9000 section 17.2), or a Version Negotiation, whose connection ids are
 * of 20 bytes at most.
 */
static __always_inline bool quic_plausible(const u8 *head)
{
	u32 version = load_be32(head + 1);

	return head[0] >= 192 && (quic_version(version) || (version == 0 && head[5] <= 20));
}

/*
 * Returns the class on a flow where STUN was answered. RTP and a unified header of DTLS are still
 * guesses by the first byte.
 */
static __always_inline enum msg_class demux_known(const u8 *head, u32 len)
{
	u8 first = head[0];

	if (first < 16)
		return stun_plausible(head, len) ? CLASS_STUN
		       : classic_plausible(head, len) || ms_turn_plausible(head, len)
			       ? CLASS_CLASSIC_STUN
			       : CLASS_OTHER;
	if (first < 20)
		return load_be32(head + 4) == ZRTP_COOKIE ? CLASS_ZRTP : CLASS_OTHER;
	if (first < 32)
		return dtls_plausible(head, len) ? CLASS_DTLS : CLASS_OTHER;
	if (first < 64)
		return CLASS_DTLS;
	if (first < 80)
		return channel_plausible(head, len) ? CLASS_CHANNEL_DATA : CLASS_OTHER;
	if (first >> 6 == 2)
		return rtcp_plausible(head, len) ? CLASS_RTCP : CLASS_RTP;
	return quic_plausible(head) ? CLASS_QUIC : CLASS_OTHER;
}

/* ChannelData that fills the datagram and carries what looks like a protocol of ours. */
static __always_inline bool channel_sturdy(const u8 *head, u32 len)
{
	u32 length = load_be16(head + 2);

	if (length + 4 != len && ((length + 3) & ~3u) + 4 != len)
		return false;
	return head[4] >> 6 == 2 || (head[4] >= 20 && head[4] < 64) ||
	       (head[4] < 2 && load_be32(head + 8) == STUN_COOKIE);
}

/*
 * Returns the class on a flow that is not known: only what proves itself, which RTP and RTCP do
 * not.
 */
static __always_inline enum msg_class demux_untracked(const u8 *head, u32 len)
{
	enum msg_class cls = demux_known(head, len);

	if (cls == CLASS_RTP || cls == CLASS_RTCP)
		return CLASS_OTHER;
	if (cls == CLASS_CHANNEL_DATA)
		return channel_sturdy(head, len) ? cls : CLASS_OTHER;
	if (cls == CLASS_DTLS && !dtls_plausible(head, len))
		return dtls13_plausible(head, len) ? cls : CLASS_OTHER;
	return cls;
}

#endif
