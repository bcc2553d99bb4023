/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Addresses, endpoints and flow keys.
 *
 * This header and its neighbours are compiled twice, as BPF and natively, so they include nothing
 * but each other and the compiler's own stdbool.h. Ports and lengths are in host byte order: the
 * parser converts them once. Addresses are bytes in network order.
 */
#ifndef P2PSCOPE_TYPES_H
#define P2PSCOPE_TYPES_H

#include <stdbool.h>

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef int s32;
typedef long long s64;

/*
 * For reading other types in words: the compiler must not assume that a type is only read as it was
 * written.
 */
typedef u16 __attribute__((may_alias)) word16;
typedef u32 __attribute__((may_alias)) word32;

#ifndef NULL
#define NULL ((void *)0)
#endif

#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif

#ifndef __maybe_unused
#define __maybe_unused __attribute__((unused))
#endif

#define P2PSCOPE_SIZE(type, bytes) \
	_Static_assert(sizeof(type) == (bytes), #type " is not " #bytes " bytes")

/*
 * IPv4 is kept as ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2), so that one map holds both families.
 */
struct addr {
	u8 b[16];
} __attribute__((aligned(4))); /* read in words, too */

struct endpoint {
	struct addr ip;
	u16 port;
	u16 zero;
};
P2PSCOPE_SIZE(struct endpoint, 20);

#define IS_LITTLE_ENDIAN (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)

/*
 * Stores the port, in host byte order, and the zeros after it as one word: it is done for each
 * packet, and stores are what parsing costs.
 */
static __always_inline void endpoint_set_port(struct endpoint *e, u16 port)
{
	*(word32 *)&e->port = IS_LITTLE_ENDIAN ? port : (u32)port << 16;
}

/* Returns whether two endpoints are the same, address and port. Without branches. */
static __always_inline bool endpoint_equal(const struct endpoint *a, const struct endpoint *b)
{
	const word32 *x = (const word32 *)a, *y = (const word32 *)b;
	u32 differs = 0;

	for (unsigned int i = 0; i < sizeof(*a) / sizeof(u32); i++)
		differs |= x[i] ^ y[i];
	return !differs;
}

/*
 * A flow at one interface. The two ends are told apart by where they lie, not by who sends: a
 * packet that comes in has its source on the far side of the interface, one that goes out has its
 * destination there. No comparison is needed, and the host is always `far` on a LAN interface and
 * `near` on a WAN one.
 *
 * For a pair inside TURN `far` and `near` are the TURN client and its peer, `relayed` is 1, `proto`
 * is the transport of the TURN connection and `tag` is the flow_tag() of the flow that carries it.
 */
struct flow_key {
	struct endpoint far;
	struct endpoint near;
	u32 tag; /* interface index, or flow_tag() of the carrying flow */
	u8 proto; /* IPPROTO_UDP or IPPROTO_TCP */
	u8 relayed;
	u16 zero;
};
P2PSCOPE_SIZE(struct flow_key, 48);

/* Stores the protocol of a flow that is not relayed, and the zeros after it, as one word. */
static __always_inline void flow_key_set_proto(struct flow_key *key, u8 proto)
{
	*(word32 *)&key->proto = IS_LITTLE_ENDIAN ? proto : (u32)proto << 24;
}

enum direction {
	DIR_IN, /* from the far side of the interface into the gateway */
	DIR_OUT, /* from the gateway to the far side */
	DIR_MAX,
};

enum { PROTO_ICMP = 1, PROTO_TCP = 6, PROTO_UDP = 17, PROTO_ICMPV6 = 58 };

/* of a path only: TURN over TLS; no protocol has this number (RFC 3692) */
enum { PROTO_TLS = 253 };

/*
 * Returns a 32-bit hash of a flow, by which what is inside it (relayed pairs, channels) refers to
 * it: FNV-1a over the key's words. It is the same in BPF and natively, and never 0..65535, where
 * interface indexes are.
 */
static __always_inline u32 flow_tag(const struct flow_key *key)
{
	const word32 *word = (const word32 *)key;
	u32 hash = 2166136261u;

	for (unsigned int i = 0; i < sizeof(*key) / sizeof(u32); i++)
		hash = (hash ^ word[i]) * 16777619u;
	return hash | 0x10000;
}

/* Returns whether an address is an IPv4 one. */
static __always_inline bool addr_is_v4(const struct addr *a)
{
	const word32 *w = (const word32 *)a->b;

	return w[0] == 0 && w[1] == 0 && a->b[8] == 0 && a->b[9] == 0 && a->b[10] == 0xff &&
	       a->b[11] == 0xff;
}

#endif
