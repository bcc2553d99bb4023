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
void hello_begin(struct wire *wire, u16 version, u8 session);

/* Adds the cipher suites that a client offers, of 1.3 also if `modern`, and compression: none. */
void hello_suites(struct wire *wire, bool modern);

/* Adds the extensions of any ClientHello: groups, signature algorithms and the like. */
void hello_extensions(struct wire *wire);

/* Adds an extension of these bytes. */
void hello_extension(struct wire *wire, u16 type, const void *bytes, u16 length);

/* Adds a key share's group and made-up key. */
void hello_key(struct wire *wire, u16 group, u16 length);

#endif
