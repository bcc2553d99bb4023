/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Parts that the hellos of TLS and DTLS share (RFC 5246, RFC 8446 section 4.1). */
#ifndef P2PSCOPE_AUDIT_PAYLOAD_HELLO_H
#define P2PSCOPE_AUDIT_PAYLOAD_HELLO_H

#include "audit/packet_builder.h"

enum {
	EXTENSION_SERVER_NAME = 0,
	EXTENSION_USE_SRTP = 14,
	EXTENSION_SUPPORTED_VERSIONS = 43,
	EXTENSION_KEY_SHARE = 51,
};

/* Appends what every hello begins with: version, random, and a session id of `session` bytes. */
void put_hello_start(struct packet_builder *out, u16 version, u8 session);

/*
 * Appends the cipher suites that a client offers, with `modern` those of TLS 1.3 too, and the null
 * compression method.
 */
void put_cipher_suites(struct packet_builder *out, bool modern);

/* Appends the extensions of any ClientHello: groups, signature algorithms and the like. */
void put_common_extensions(struct packet_builder *out);

/* Appends one extension. */
void put_hello_extension(struct packet_builder *out, u16 type, const void *bytes, u16 length);

/* Appends an entry of a key share: the group and `length` made-up bytes. */
void put_key_share_key(struct packet_builder *out, u16 group, u16 length);

#endif
