/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * DTLS records, as far as they are in clear text: 1.0 and 1.2 (RFC 6347 section 4.1), 1.3 (RFC 9147
 * section 4), connection ids (RFC 9146 section 4, RFC 9147 section 4).
 *
 *   record:    | type 1 | version 2 | epoch 2 | sequence 6 | length 2 | body
 *   handshake: | type 1 | length 3 | message seq 2 | fragment offset 3 | fragment length 3 | body
 *   unified:   | 001CSLEE 1 | connection id if C | sequence 2 if S else 1 | length 2 if L | body
 *   1.2 with a connection id:
 *              | 25 | version 2 | epoch 2 | sequence 6 | connection id | length 2 | body
 */
#ifndef P2PSCOPE_DTLS_H
#define P2PSCOPE_DTLS_H

#include "demux.h"
#include "event.h"

#define DTLS_RECORDS 16 /* records of a datagram that are looked at */

enum dtls_content {
	DTLS_TYPE_CCS = 20,
	DTLS_TYPE_ALERT = 21,
	DTLS_TYPE_HANDSHAKE = 22,
	DTLS_TYPE_APPLICATION = 23,
	DTLS_TYPE_CID = 25,
	DTLS_TYPE_ACK = 26,
};

enum dtls_handshake {
	DTLS_HS_CLIENT_HELLO = 1,
	DTLS_HS_SERVER_HELLO = 2,
	DTLS_HS_HELLO_VERIFY = 3
};

struct dtls_record {
	u32 body; /* offset of its content in the buffer */
	u32 next; /* offset of the next record; the end of the datagram when it cannot be known */
	u16 version; /* 0 with a unified header */
	u8 epoch; /* its low 8 bits; of a unified header the low 2 bits */
	u8 step; /* enum dtls_step; DTLS_STEP_MAX: none of them, as a heartbeat */
	u8 alert_level, alert; /* of an alert in clear */
	u16 zero;
	u32 message_len; /* of a handshake message in clear: its whole length */
	u32 hello_at, hello_len; /* of a hello's first fragment: its body, as far as it is there */
};

/*
 * Returns whether a ServerHello's random, at that offset, is that of a HelloRetryRequest: the
 * SHA-256 of "HelloRetryRequest" (RFC 8446 section 4.1.3).
 */
static __always_inline bool dtls_is_retry(const struct bytes *in, u32 random)
{
	return bytes_be32(in, random) == 0xcf21ad74 && bytes_be32(in, random + 4) == 0xe59a6111;
}

/*
 * Returns the step of a handshake record in clear by its first message. `end` is where the record's
 * bytes end that are there.
 */
static __always_inline u8 dtls_handshake_step(const struct bytes *in, struct dtls_record *r,
					      u32 end)
{
	u8 type = bytes_u8(in, r->body);

	if (r->body + 12 > end)
		return DTLS_HANDSHAKE;
	r->message_len = bytes_be32(in, r->body) & 0xffffff;
	if (type == DTLS_HS_HELLO_VERIFY)
		return DTLS_HELLO_VERIFY;
	if (type != DTLS_HS_CLIENT_HELLO && type != DTLS_HS_SERVER_HELLO)
		return DTLS_HANDSHAKE;
	if (bytes_be32(in, r->body + 6) >> 8) /* its fragment offset */
		return DTLS_HELLO_PIECE;
	r->hello_at = r->body + 12;
	r->hello_len = end - r->hello_at;
	if (type == DTLS_HS_CLIENT_HELLO)
		return DTLS_CLIENT_HELLO;
	return r->hello_len >= 34 && dtls_is_retry(in, r->hello_at + 2) ? DTLS_HELLO_VERIFY
									: DTLS_SERVER_HELLO;
}

/*
 * Returns the step of a record with a connection id, whose content type is encrypted (RFC 9146
 * section 4). An epoch begins with Finished, which ends the handshake that agreed on the id.
 */
static __always_inline u8 dtls_cid_step(const struct bytes *in, const struct dtls_record *r)
{
	u32 sequence = bytes_be16(in, r->body - 8) | bytes_be32(in, r->body - 6);

	if (!r->epoch)
		return DTLS_STEP_MAX;
	return sequence ? DTLS_DATA : DTLS_FINISHED;
}

/* Returns the step of a record whose header is read; `end` is as for dtls_handshake_step(). */
static __always_inline u8 dtls_step_of(const struct bytes *in, struct dtls_record *r, u8 type,
				       u32 end)
{
	switch (type) {
	case DTLS_TYPE_CCS:
		return DTLS_CHANGE_CIPHER;
	case DTLS_TYPE_ALERT:
		if (r->epoch)
			return DTLS_ALERT_CIPHER;
		if (r->body + 2 <= end) {
			r->alert_level = bytes_u8(in, r->body);
			r->alert = bytes_u8(in, r->body + 1);
		}
		return DTLS_ALERT;
	case DTLS_TYPE_HANDSHAKE:
		return r->epoch ? DTLS_FINISHED : dtls_handshake_step(in, r, end);
	case DTLS_TYPE_APPLICATION:
		return r->epoch ? DTLS_DATA : DTLS_STEP_MAX;
	case DTLS_TYPE_CID:
		return dtls_cid_step(in, r);
	case DTLS_TYPE_ACK:
		return DTLS_ACK;
	}
	return DTLS_STEP_MAX;
}

/* content type and authentication tag, in addition to the content of a record of 1.3 */
#define DTLS_SEALED 17
#define DTLS_ACKED_MOST 4 /* so many record numbers are expected in an ACK at most */

/*
 * Returns the step of an encrypted record of 1.3 by its size, as nobody pads these (RFC 8446
 * section 5.2, RFC 9147 section 7): an alert is of two bytes, an ACK of 2 + 16 for each record,
 * while the SCTP of data channels comes in fours. Epoch 2 is the handshake, 3 and later are data;
 * two bits of it show.
 */
static __always_inline u8 dtls_sealed_step(u8 epoch, u32 size)
{
	if (size == 2 + DTLS_SEALED)
		return DTLS_ALERT_CIPHER;
	if (epoch == 2)
		return DTLS_CIPHER13;
	return size % 16 == (2 + DTLS_SEALED) % 16 && size > DTLS_SEALED &&
			       size <= 2 + 16 * DTLS_ACKED_MOST + DTLS_SEALED
		       ? DTLS_ACK
		       : DTLS_DATA;
}

/* Reads a record with a unified header, all ciphertext (RFC 9147 section 4). As dtls_parse(). */
static __always_inline enum reason dtls_unified(const struct bytes *in, u32 at, u32 end,
						struct dtls_record *r)
{
	u8 first = bytes_u8(in, at);
	u32 body = at + (first & 8 ? 3 : 2);

	r->epoch = first & 3;
	r->step = r->epoch == 2 ? DTLS_CIPHER13 : DTLS_DATA;
	/*
	 * a connection id has no length field (RFC 9146 section 3), and a record without a length
	 * is the last
	 */
	if (first & 0x10)
		return REASON_PASS;
	if (first & 4) {
		if (body + 2 > end)
			return REASON_BAD_DTLS;
		r->next = body + 2 + bytes_be16(in, body);
		body += 2;
	}
	if (r->next > end || body > end)
		return REASON_BAD_DTLS;
	r->step = dtls_sealed_step(r->epoch, r->next - body);
	return REASON_PASS;
}

/*
 * Reads the record at offset `at` of a datagram that ends at `end` on the wire and at `have` in
 * `in`. Fills `r`, zeroed first. Returns REASON_PASS, or REASON_BAD_DTLS: it is no record, or it
 * reaches beyond the datagram.
 */
static __always_inline enum reason dtls_parse(const struct bytes *in, u32 at, u32 have, u32 end,
					      struct dtls_record *r)
{
	u8 type = bytes_u8(in, at);
	u32 length;

	__builtin_memset(r, 0, sizeof(*r));
	r->next = end;
	if (type >> 5 == 1)
		return dtls_unified(in, at, end, r);
	if (at + 13 > have || type < DTLS_TYPE_CCS || type > DTLS_TYPE_ACK)
		return REASON_BAD_DTLS;
	length = bytes_be16(in, at + 11);
	r->version = bytes_be16(in, at + 1);
	r->epoch = bytes_u8(in, at + 4);
	r->body = at + 13;
	if (type != DTLS_TYPE_CID) /* its length is after a connection id of unknown length */
		r->next = r->body + length;
	if (r->next > end || (r->version >> 8 != 0xfe && r->version != 0x0100))
		return REASON_BAD_DTLS;
	r->step = dtls_step_of(in, r, type, r->next < have ? r->next : have);
	return REASON_PASS;
}

#endif
