/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a ServerHello chose: the version and the SRTP profile; and whether a ClientHello offers
 * SRTP.
 *
 *   ClientHello (RFC 6347 section 4.2.1)
 *   version(2) random(32) session_id<0..32> cookie<0..255> cipher_suites<2..65534>
 *   compression<1..255> extensions
 *   ServerHello (RFC 5246 section 7.4.1.3, RFC 8446 section 4.1.3)
 *   version(2) random(32) session_id<0..32> cipher_suite(2) compression(1) extensions<0..65535>
 *   extension: type(2) length(2) data
 *     43 supported_versions: selected_version(2)                  (RFC 8446 section 4.2.1;
 *                                                                  DTLS 1.3: 0xfefc, RFC 9147)
 *     14 use_srtp: profiles<2..65535> mki<0..255>, one profile here (RFC 5764 section 4.1.1)
 */
#ifndef P2PSCOPE_ENGINE_HELLO_H
#define P2PSCOPE_ENGINE_HELLO_H

#include "p2pscope/types.h"

struct server_hello {
	u16 version; /* as on the wire: 0xfefd DTLS 1.2, 0xfefc DTLS 1.3; 0 not known */
	u16 srtp_profile; /* 0: none chosen in clear text */
	u8 srtp; /* the extension is there */
};

enum { HELLO_EXT_USE_SRTP = 14, HELLO_EXT_SUPPORTED_VERSIONS = 43 };

static inline u16 hello_u16(const u8 *p)
{
	return (u16)(p[0] << 8 | p[1]);
}

static inline void hello_read_extension(struct server_hello *hello, u16 type, const u8 *data,
					u32 len)
{
	if (type == HELLO_EXT_USE_SRTP)
		hello->srtp = 1;
	if (type == HELLO_EXT_SUPPORTED_VERSIONS && len == 2)
		hello->version = hello_u16(data);
	if (type == HELLO_EXT_USE_SRTP && len >= 4 && hello_u16(data) >= 2)
		hello->srtp_profile = hello_u16(data + 2);
}

/* The extensions at `at` of `len` bytes, with their length before them. */
static inline void hello_read_extensions(struct server_hello *hello, const u8 *body, u32 at,
					 u32 len)
{
	u32 size;

	if (at + 2 > len)
		return;
	/* After the extensions the record may hold the next message. */
	size = hello_u16(body + at);
	at += 2;
	if (size < len - at)
		len = at + size;
	while (at + 4 <= len) {
		u16 type = hello_u16(body + at);

		size = hello_u16(body + at + 2);
		at += 4;
		if (size > len - at)
			return;
		hello_read_extension(hello, type, body + at, size);
		at += size;
	}
}

/*
 * Reads `len` bytes of the body of a ServerHello, which may be cut. Extensions after a cut, or
 * with a length that is not true, are left out.
 */
static inline void hello_parse_server(struct server_hello *hello, const u8 *body, u32 len)
{
	u32 at = 2 + 32;

	*hello = (struct server_hello){0};
	if (len < at + 1)
		return;
	hello->version = hello_u16(body);
	hello_read_extensions(hello, body, at + 1 + body[at] + 2 + 1, len);
}

/*
 * Reads the body of a ClientHello in the same way. Returns whether it offers SRTP (RFC 5764), as
 * far as the record holds it.
 */
static inline bool hello_offers_srtp(const u8 *body, u32 len)
{
	/* of session id, cookie, cipher suites, compression */
	static const u8 length_bytes[] = {1, 1, 2, 1};
	struct server_hello hello = {0};
	u32 at = 2 + 32;

	for (u32 i = 0; i < sizeof(length_bytes); i++) {
		if (at + 2 > len)
			return false;
		at += length_bytes[i] + (length_bytes[i] == 1 ? body[at] : hello_u16(body + at));
	}
	hello_read_extensions(&hello, body, at, len);
	return hello.srtp;
}

#endif
