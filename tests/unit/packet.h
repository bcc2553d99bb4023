/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Frames written by hand: bytes, Ethernet, IPv4, IPv6, UDP and TCP. Numbers are those of the RFCs,
 * spelled out; nothing of the parsers under test is used to make what they are tested with.
 */
#ifndef P2PSCOPE_TESTS_PACKET_H
#define P2PSCOPE_TESTS_PACKET_H

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "p2pscope/types.h"

#define BUF_MAX 4096

/* A message or a frame that grows at its end. */
struct buf {
	u8 b[BUF_MAX];
	u32 len;
};

static inline void put(struct buf *f, const void *data, u32 len)
{
	if (len > BUF_MAX - f->len)
		abort();
	if (len)
		memcpy(f->b + f->len, data, len);
	f->len += len;
}

static inline void put8(struct buf *f, u8 v)
{
	put(f, &v, 1);
}

static inline void put16(struct buf *f, u16 v)
{
	put8(f, (u8)(v >> 8));
	put8(f, (u8)v);
}

static inline void put32(struct buf *f, u32 v)
{
	put16(f, (u16)(v >> 16));
	put16(f, (u16)v);
}

static inline void put_many(struct buf *f, u8 v, u32 times)
{
	while (times--)
		put8(f, v);
}

/* Hand-written bytes: hex digits, blanks between them do not count. */
static inline void put_hex(struct buf *f, const char *hex)
{
	int high, low;

	for (; *hex; hex++) {
		if (*hex == ' ' || *hex == '\n')
			continue;
		high = *hex <= '9' ? *hex - '0' : (*hex | 32) - 'a' + 10;
		hex++;
		low = *hex <= '9' ? *hex - '0' : (*hex | 32) - 'a' + 10;
		put8(f, (u8)(high << 4 | low));
	}
}

/* Overwrites what is there. */
static inline void set16(struct buf *f, u32 at, u16 v)
{
	f->b[at] = (u8)(v >> 8);
	f->b[at + 1] = (u8)v;
}

static inline struct endpoint ep(const char *ip, u16 port)
{
	struct endpoint e = {.port = port};

	if (strchr(ip, ':')) {
		if (inet_pton(AF_INET6, ip, e.ip.b) != 1)
			abort();
		return e;
	}
	e.ip.b[10] = e.ip.b[11] = 0xff;
	if (inet_pton(AF_INET, ip, e.ip.b + 12) != 1)
		abort();
	return e;
}

static inline bool is_v4(const struct endpoint *e)
{
	static const u8 mapped[12] = {[10] = 0xff, [11] = 0xff};

	return !memcmp(e->ip.b, mapped, sizeof(mapped));
}

static inline void put_ethernet(struct buf *f, u16 type)
{
	put_hex(f, "020000000001 020000000002");
	put16(f, type);
}

struct ipv4_of {
	struct endpoint src, dst;
	u16 payload; /* bytes behind the header */
	u16 id;
	u16 fragment; /* flags and offset as on the wire */
	u8 proto;
};

static inline void put_ipv4(struct buf *f, const struct ipv4_of *of)
{
	put16(f, 0x4500);
	put16(f, (u16)(20 + of->payload));
	put16(f, of->id);
	put16(f, of->fragment);
	put8(f, 64);
	put8(f, of->proto);
	put16(f, 0); /* the checksum is nobody's business here */
	put(f, of->src.ip.b + 12, 4);
	put(f, of->dst.ip.b + 12, 4);
}

static inline void put_ipv6(struct buf *f, struct endpoint src, struct endpoint dst, u8 next,
			    u16 payload)
{
	put32(f, 0x60000000);
	put16(f, payload);
	put8(f, next);
	put8(f, 64);
	put(f, src.ip.b, 16);
	put(f, dst.ip.b, 16);
}

/* Ethernet and IP of the family that the addresses have. */
static inline void put_ip(struct buf *f, struct endpoint src, struct endpoint dst, u8 proto,
			  u32 payload)
{
	struct ipv4_of of = {.src = src, .dst = dst, .proto = proto, .payload = (u16)payload};

	if (is_v4(&src)) {
		put_ethernet(f, 0x0800);
		put_ipv4(f, &of);
		return;
	}
	put_ethernet(f, 0x86dd);
	put_ipv6(f, src, dst, proto, (u16)payload);
}

static inline void put_udp(struct buf *f, u16 src, u16 dst, u32 payload)
{
	put16(f, src);
	put16(f, dst);
	put16(f, (u16)(8 + payload));
	put16(f, 0);
}

struct tcp_of {
	u32 seq;
	u8 flags;
	u8 options; /* bytes of options, a multiple of 4 */
};

static inline void put_tcp(struct buf *f, u16 src, u16 dst, const struct tcp_of *of)
{
	put16(f, src);
	put16(f, dst);
	put32(f, of->seq);
	put32(f, 0);
	put8(f, (u8)((20 + of->options) / 4 << 4));
	put8(f, of->flags);
	put16(f, 65535);
	put32(f, 0);
	put_many(f, 1, of->options); /* no-operation */
}

static inline void frame_udp(struct buf *f, struct endpoint src, struct endpoint dst,
			     const void *data, u32 len)
{
	f->len = 0;
	put_ip(f, src, dst, 17, 8 + len);
	put_udp(f, src.port, dst.port, len);
	put(f, data, len);
}

static inline void frame_tcp(struct buf *f, struct endpoint src, struct endpoint dst,
			     const struct tcp_of *of, const void *data, u32 len)
{
	f->len = 0;
	put_ip(f, src, dst, 6, 20u + of->options + len);
	put_tcp(f, src.port, dst.port, of);
	put(f, data, len);
}

#endif
