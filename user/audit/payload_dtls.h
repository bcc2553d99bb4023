/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Records and handshake messages of DTLS (RFC 6347 sections 4.1 and 4.2.2). */
#ifndef P2PSCOPE_AUDIT_PAYLOAD_DTLS_H
#define P2PSCOPE_AUDIT_PAYLOAD_DTLS_H

#include "audit/packet_builder.h"

#define DTLS_1_2 0xfefd

enum { RECORD_CHANGE_CIPHER_SPEC = 20, RECORD_HANDSHAKE = 22, RECORD_DATA = 23 };
enum { CLIENT_HELLO = 1, SERVER_HELLO = 2 };

/* Begins a record; gives its place, with which wire_close() ends it, of size 2. */
u32 dtls_record(struct wire *wire, u8 type, u16 epoch, u32 sequence);

/*
 * A record with a handshake message, or the fragment of one of `whole` bytes that begins at
 * `offset`.
 */
void dtls_handshake(struct wire *wire, u8 type, u16 sequence, const struct wire *body, u32 offset,
		    u32 whole);

/* Adds the extension in which a client offers SRTP. */
void dtls_use_srtp(struct wire *wire);

#endif
