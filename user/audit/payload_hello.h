/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Parts of the hellos of TLS and DTLS. */
#ifndef P2PSCOPE_AUDIT_PAYLOAD_HELLO_H
#define P2PSCOPE_AUDIT_PAYLOAD_HELLO_H
#include "audit/packet_builder.h"

enum {
	EXTENSION_SERVER_NAME = 0,
	EXTENSION_USE_SRTP = 14,
	EXTENSION_SUPPORTED_VERSIONS = 43,
	EXTENSION_KEY_SHARE = 51,
};

/* Adds what both hellos begin with: version, random, and a session id of that many bytes. */
void put_hello_start(struct packet_builder *out, u16 version, u8 session);

/* Adds the cipher suites that a client offers, of 1.3 also if `modern`, and compression: none. */
void put_cipher_suites(struct packet_builder *out, bool modern);

/* Adds the extensions of any ClientHello: groups, signature algorithms and the like. */
void put_common_extensions(struct packet_builder *out);

/* Adds an extension of these bytes. */
void put_extension(struct packet_builder *out, u16 type, const void *bytes, u16 length);

/* Adds a key share's group and made-up key. */
void put_key_share_key(struct packet_builder *out, u16 group, u16 length);

#endif
