/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Reads bytes of a packet without ever reading past its end, in two ways that the kernel's verifier
 * can follow:
 *
 *  - a cursor over the packet itself: each step compares a pointer with the packet's end;
 *  - a message copied into `struct bytes`: each offset is masked into the array, which is larger
 *    than the mask, so that any offset is safe; whether the bytes belong to the message is a
 *    comparison of lengths.
 *
 * A cursor can be on either; which one is a constant that the compiler removes.
 */
#ifndef P2PSCOPE_CURSOR_H
#define P2PSCOPE_CURSOR_H

#include "types.h"

#define MESSAGE_KEPT 2048 /* bytes of a message that are looked at; a power of two */
#define MESSAGE_SLACK 576 /* the longest read of constant size from a masked offset */

struct bytes {
	u8 b[MESSAGE_KEPT + MESSAGE_SLACK];
};

/*
 * Read numbers in network byte order at any alignment, and return them in host byte order. BPF may
 * load unaligned words where the kernel may (HAVE_EFFICIENT_UNALIGNED_ACCESS).
 */
#ifdef __bpf__
static __always_inline u16 load_be16(const u8 *p)
{
	return __builtin_bswap16(*(const word16 *)p);
}

static __always_inline u32 load_be32(const u8 *p)
{
	return __builtin_bswap32(*(const word32 *)p);
}

/* Copies 4 bytes. */
static __always_inline void copy4(u8 *to, const u8 *from)
{
	*(word32 *)to = *(const word32 *)from;
}

/* XORs 4 bytes into others. */
static __always_inline void xor4(u8 *to, const u8 *with)
{
	*(word32 *)to ^= *(const word32 *)with;
}
#else
static __always_inline u16 load_be16(const u8 *p)
{
	return (u16)(p[0] << 8 | p[1]);
}

static __always_inline u32 load_be32(const u8 *p)
{
	return (u32)p[0] << 24 | (u32)p[1] << 16 | (u32)p[2] << 8 | p[3];
}

static __always_inline void copy4(u8 *to, const u8 *from)
{
	__builtin_memcpy(to, from, 4);
}

static __always_inline void xor4(u8 *to, const u8 *with)
{
	for (u32 i = 0; i < 4; i++)
		to[i] ^= with[i];
}
#endif

/*
 * Returns a pointer to what the copy holds at offset `at`. Any offset is safe; those from
 * MESSAGE_KEPT on wrap.
 */
static __always_inline const u8 *bytes_at(const struct bytes *in, u32 at)
{
	return in->b + (at & (MESSAGE_KEPT - 1));
}

/*
 * Return what the copy holds at offset `at`, which is as for bytes_at(): a byte, or a number in
 * network byte order, converted to host byte order.
 */
static __always_inline u8 bytes_u8(const struct bytes *in, u32 at)
{
	return *bytes_at(in, at);
}

static __always_inline u16 bytes_be16(const struct bytes *in, u32 at)
{
	return load_be16(bytes_at(in, at));
}

static __always_inline u32 bytes_be32(const struct bytes *in, u32 at)
{
	return load_be32(bytes_at(in, at));
}

struct cursor {
	const u8 *pos, *end; /* on a packet */
	const struct bytes *in; /* in a copy */
	u32 at; /* bytes passed since the beginning, in both cases */
	u32 len; /* in a copy: bytes that are there */
	bool copied;
};

/* Returns a cursor at the beginning of a packet whose bytes up to `end` can be read directly. */
static __always_inline struct cursor cursor_on_packet(const u8 *begin, const u8 *end)
{
	struct cursor c = {.pos = begin, .end = end};

	return c;
}

/* Returns a cursor at offset `at` of a copy of which `len` bytes are there. */
static __always_inline struct cursor cursor_on_copy(const struct bytes *in, u32 at, u32 len)
{
	struct cursor c = {.in = in, .at = at, .len = len, .copied = true};

	return c;
}

/*
 * Steps over `n` bytes, a constant up to MESSAGE_SLACK. Returns where they are, NULL when fewer are
 * there; the cursor has not moved then.
 */
static __always_inline const u8 *cursor_take(struct cursor *c, u32 n)
{
	const u8 *p = c->pos;

	if (c->copied) {
		if (c->at + n > c->len || c->at >= MESSAGE_KEPT)
			return NULL;
		p = bytes_at(c->in, c->at);
	} else {
		if (p + n > c->end)
			return NULL;
		c->pos = p + n;
	}
	c->at += n;
	return p;
}

/*
 * Steps over `n` bytes, not a constant but below 4096, which need not be there: the next
 * cursor_take() tells.
 */
static __always_inline void cursor_skip(struct cursor *c, u32 n)
{
	if (!c->copied)
		c->pos += n & 0xfff;
	c->at += n & 0xfff;
}

#endif
