/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Messages written by hand: STUN and TURN, DTLS, RTP and RTCP. As in packet.h, numbers are those of
 * the RFCs.
 */
#ifndef P2PSCOPE_TESTS_MESSAGE_H
#define P2PSCOPE_TESTS_MESSAGE_H

#include "packet.h"

/* A STUN header: `type` as on the wire, 96 bits of transaction id made of a number. */
static inline void msg_stun(struct buf *m, u16 type, u64 id)
{
	m->len = 0;
	put16(m, type);
	put16(m, 0);
	put32(m, 0x2112a442);
	put32(m, 0xb7e7a701);
	put32(m, (u32)(id >> 32));
	put32(m, (u32)id);
}

/* Any attribute, with its padding; the message's length grows by both. */
static inline void msg_attr(struct buf *m, u16 type, const void *value, u32 len)
{
	put16(m, type);
	put16(m, (u16)len);
	put(m, value, len);
	put_many(m, 0, -len & 3);
	set16(m, 2, (u16)(m->len - 20));
}

static inline void msg_attr32(struct buf *m, u16 type, u32 value)
{
	u8 b[4] = {(u8)(value >> 24), (u8)(value >> 16), (u8)(value >> 8), (u8)value};

	msg_attr(m, type, b, 4);
}

static inline void msg_text(struct buf *m, u16 type, const char *text)
{
	msg_attr(m, type, text, (u32)strlen(text));
}

static inline void msg_error(struct buf *m, u16 code)
{
	u8 b[4] = {0, 0, (u8)(code / 100), (u8)(code % 100)};

	msg_attr(m, 0x0009, b, 4);
}

/*
 * An address attribute; XORed with cookie, or what is in its place, and transaction id when
 * `xored`.
 */
static inline void msg_address(struct buf *m, u16 type, struct endpoint e, bool xored)
{
	u32 size = is_v4(&e) ? 4 : 16;
	struct buf v = {.len = 0};

	put8(&v, 0);
	put8(&v, size == 4 ? 1 : 2);
	put16(&v, e.port);
	put(&v, e.ip.b + 16 - size, size);
	if (xored) {
		v.b[2] ^= m->b[4];
		v.b[3] ^= m->b[5];
		for (u32 i = 0; i < size; i++)
			v.b[4 + i] ^= m->b[4 + i];
	}
	msg_attr(m, type, v.b, v.len);
}

enum { ROLE_NONE, ROLE_CONTROLLING, ROLE_CONTROLLED };

struct check_of {
	u64 id;
	const char *username; /* NULL: none */
	int role;
	bool use_candidate;
	u16 type; /* 0: a Binding request */
};

/* A connectivity check as a browser sends it. */
static inline void msg_check(struct buf *m, const struct check_of *of)
{
	static const u8 digest[20], tie[8];

	msg_stun(m, of->type ? of->type : 0x0001, of->id);
	if (of->username)
		msg_text(m, 0x0006, of->username);
	msg_attr32(m, 0x0024, 0x6e7f00ff);
	if (of->role)
		msg_attr(m, of->role == ROLE_CONTROLLING ? 0x802a : 0x8029, tie, 8);
	if (of->use_candidate)
		msg_attr(m, 0x0025, NULL, 0);
	msg_attr(m, 0x0008, digest, 20);
	msg_attr32(m, 0x8028, 0x12345678);
}

/* The success response to it. */
static inline void msg_answer(struct buf *m, u64 id, struct endpoint mapped)
{
	static const u8 digest[20];

	msg_stun(m, 0x0101, id);
	msg_address(m, 0x0020, mapped, true);
	msg_attr(m, 0x0008, digest, 20);
	msg_attr32(m, 0x8028, 0x12345678);
}

/* ChannelData of RFC 8656 section 12.4, padded to four when `padded`. */
static inline void msg_channel(struct buf *m, u16 channel, const void *data, u32 len, bool padded)
{
	m->len = 0;
	put16(m, channel);
	put16(m, (u16)len);
	put(m, data, len);
	if (padded)
		put_many(m, 0, -len & 3);
}

struct record_of {
	u8 type;
	u16 version; /* 0: DTLS 1.2 */
	u16 epoch;
	u32 seq;
};

/* Adds a record with this body to a datagram. */
static inline void msg_record(struct buf *m, const struct record_of *of, const void *body, u32 len)
{
	put8(m, of->type);
	put16(m, of->version ? of->version : 0xfefd);
	put16(m, of->epoch);
	put16(m, 0);
	put32(m, of->seq);
	put16(m, (u16)len);
	put(m, body, len);
}

struct handshake_of {
	u8 type;
	u32 length; /* of the whole message; 0: of this body */
	u32 offset;
	u16 seq;
};

/* A handshake message or a fragment of one, without its record. */
static inline void put_handshake(struct buf *b, const struct handshake_of *of, const void *body,
				 u32 len)
{
	u32 whole = of->length ? of->length : len;

	put32(b, (u32)of->type << 24 | whole);
	put16(b, of->seq);
	put8(b, (u8)(of->offset >> 16));
	put16(b, (u16)of->offset);
	put8(b, (u8)(len >> 16));
	put16(b, (u16)len);
	put(b, body, len);
}

/* A record of one handshake message in clear, with `len` bytes of zeros as its body. */
static inline void msg_handshake(struct buf *m, u8 type, u32 len)
{
	static const u8 zeros[BUF_MAX];
	struct handshake_of of = {.type = type};
	struct record_of record = {.type = 22};
	struct buf body = {.len = 0};

	put_handshake(&body, &of, zeros, len);
	msg_record(m, &record, body.b, body.len);
}

/* A whole ServerHello body: DTLS 1.2, no session, and these extensions. */
static inline void put_server_hello(struct buf *b, const char *extensions_hex)
{
	struct buf ext = {.len = 0};

	put_hex(&ext, extensions_hex);
	put16(b, 0xfefd);
	put_many(b, 0x5a, 32);
	put8(b, 0);
	put16(b, 0xc02b);
	put8(b, 0);
	put16(b, (u16)ext.len);
	put(b, ext.b, ext.len);
}

struct rtp_of {
	u32 ssrc;
	u16 seq;
	u8 payload_type;
	u32 len; /* of the payload */
	u32 step; /* ticks of its clock from packet to packet; 0: 960 */
};

static inline void msg_rtp(struct buf *m, const struct rtp_of *of)
{
	m->len = 0;
	put8(m, 0x80);
	put8(m, of->payload_type);
	put16(m, of->seq);
	put32(m, (of->step ? of->step : 960u) * of->seq);
	put32(m, of->ssrc);
	put_many(m, 0xa5, of->len);
}

/* A receiver report of one block. */
static inline void msg_rtcp(struct buf *m, u32 ssrc)
{
	m->len = 0;
	put8(m, 0x81);
	put8(m, 201);
	put16(m, 7);
	put32(m, ssrc);
	put_many(m, 0, 24);
}

#endif
