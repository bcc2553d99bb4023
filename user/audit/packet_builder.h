/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A message that grows at its end; numbers are written in network order. What there is no room for
 * ends the program.
 */
#ifndef P2PSCOPE_AUDIT_PACKET_BUILDER_H
#define P2PSCOPE_AUDIT_PACKET_BUILDER_H
#include "p2pscope/types.h"

#define WIRE_BYTES 2048

struct wire {
	u32 length;
	u8 bytes[WIRE_BYTES];
};

void wire_put(struct wire *wire, const void *bytes, u32 count);
void wire_put8(struct wire *wire, u8 value);
void wire_put16(struct wire *wire, u16 value);
void wire_put24(struct wire *wire, u32 value);
void wire_put32(struct wire *wire, u32 value);

/* The bytes of a text without its end. */
void wire_text(struct wire *wire, const char *text);

/* Bytes that look like keys, digests, and what is encrypted: the same ones each time. */
void wire_noise(struct wire *wire, u32 count);

/* Overwrites what is there. */
void wire_set16(struct wire *wire, u32 at, u16 value);

/*
 * Begins a part that has its length, of `size` bytes (1 to 3), in front; gives its place, with
 * which it is ended.
 */
u32 wire_open(struct wire *wire, u32 size);
void wire_close(struct wire *wire, u32 place, u32 size);

#endif
