/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Whether TLS over TCP leads to a TURN server, by what its ClientHello says in clear: ALPN (RFC
 * 7301) stun.turn or stun.nat-discovery (RFC 7443), or a server name (RFC 6066 section 3) with a
 * label that begins with turn or stun.
 *
 *   record:      | 22 | version 2 | length 2 | handshake
 *   ClientHello: | 1 | length 3 | version 2 | random 32 | session id <1> | ciphers <2> |
 *                | compression <1> | extensions <2>
 *                (RFC 8446 section 4.1.2; <n>: after a length of n bytes)
 *   extension:   | type 2 | length 2 | value
 *     0 server_name: | list 2 | 0 | length 2 | name |     16 ALPN: | list 2 | length 1 | name | …
 */
#ifndef P2PSCOPE_TLS_H
#define P2PSCOPE_TLS_H

#include "cursor.h"
#include "loop.h"

#define TLS_EXTENSIONS 40 /* extensions that are looked at */

enum { TLS_CLIENT_HELLO = 1, TLS_SERVER_HELLO = 2 };
enum { TLS_EXT_SERVER_NAME = 0, TLS_EXT_ALPN = 16 };

/* What a ClientHello says; and how far it is read. */
struct tls_hello {
	u32 name_at, name_len; /* where the server's name is, as far as it is there */
	u32 turn; /* ALPN or the name says that it is TURN or STUN */
	u32 at, end; /* the next extension; the end of the bytes that are there */
	u32 in_name; /* the next byte of the name */
};

struct tls_walk {
	const struct bytes *in;
	struct tls_hello *hello;
};

/*
 * Returns whether a segment begins with a TLS handshake message of this type, the first one of a
 * side. `head` is its first HEAD_BYTES.
 */
static __always_inline bool tls_is_hello(const u8 *head, u8 type)
{
	return head[0] == 22 && head[1] == 3 && head[5] == type;
}

/*
 * Returns whether the first `len` bytes of a side's stream, at `head`, may begin such a message:
 * all that is there must be right.
 */
static __always_inline bool tls_may_be_hello(const u8 *head, u32 len, u8 type)
{
	return len && head[0] == 22 && (len < 2 || head[1] == 3) && (len < 6 || head[5] == type);
}

/*
 * Returns the bytes of a ClientHello with the header of a record before it, by the high byte and
 * the two low bytes of its length.
 */
static __always_inline u32 tls_hello_size(u8 high, u16 low)
{
	return 5 + 4 + ((u32)high << 16 | low);
}

/* Returns whether the first protocol of an ALPN list is "stun.turn" or "stun.nat-discovery". */
static __always_inline bool tls_alpn_is_turn(const struct bytes *in, u32 value)
{
	u8 len = bytes_u8(in, value + 2);
	u32 kind = bytes_be32(in, value + 7);

	if (bytes_be32(in, value + 3) != 0x7374756e) /* stun */
		return false;
	/* .tur, .nat */
	return (len == 9 && kind == 0x2e747572) || (len == 18 && kind == 0x2e6e6174);
}

/* Reads one extension. A step of loop_times(): returns 1 at the end. */
static __maybe_unused int tls_extension(u32 index, void *ctx)
{
	const struct tls_walk *w = ctx;
	struct tls_hello *h = w->hello;
	u32 value = h->at + 4;
	u16 type, len;

	(void)index;
	if (value > h->end)
		return 1;
	type = bytes_be16(w->in, h->at);
	len = bytes_be16(w->in, h->at + 2);
	h->at = value + len;
	if (type == TLS_EXT_ALPN && h->at <= h->end && tls_alpn_is_turn(w->in, value))
		h->turn = 1;
	if (type == TLS_EXT_SERVER_NAME && h->at <= h->end && len > 5) {
		h->name_at = value + 5;
		h->name_len = bytes_be16(w->in, value + 3);
		if (h->name_len > len - 5u)
			h->name_len = len - 5u;
	}
	return 0;
}

/*
 * Looks for a label of the name that begins with turn or stun. A step of loop_times(): returns 1 at
 * the end.
 */
static __maybe_unused int tls_label(u32 index, void *ctx)
{
	const struct tls_walk *w = ctx;
	struct tls_hello *h = w->hello;
	u32 at = h->name_at + h->in_name, word = bytes_be32(w->in, at) | 0x20202020;

	(void)index;
	if (h->in_name + 4 > h->name_len)
		return 1;
	if ((word == 0x7475726e || word == 0x7374756e) &&
	    (!h->in_name || bytes_u8(w->in, at - 1) == '.')) {
		h->turn = 1;
		return 1;
	}
	h->in_name++;
	return 0;
}

/*
 * Reads a ClientHello of which `have` bytes, from the record header on, are in `in`. Fills `hello`,
 * zeroed first.
 */
static __always_inline void tls_parse(const struct bytes *in, u32 have, struct tls_hello *hello)
{
	struct tls_walk walk = {.in = in, .hello = hello};
	u32 at = 5 + 4 + 2 + 32;

	__builtin_memset(hello, 0, sizeof(*hello));
	at += 1 + bytes_u8(in, at);
	at += 2 + bytes_be16(in, at);
	at += 1 + bytes_u8(in, at);
	hello->at = at + 2;
	hello->end = have < hello->at + bytes_be16(in, at) ? have : hello->at + bytes_be16(in, at);
	loop_times(TLS_EXTENSIONS, tls_extension, &walk);
	loop_times(256, tls_label, &walk);
}

#endif
