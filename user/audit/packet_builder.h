/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A message that grows at its end; numbers are written in network order. What there is no room for
 * ends the program.
 */
#ifndef P2PSCOPE_AUDIT_PACKET_BUILDER_H
#define P2PSCOPE_AUDIT_PACKET_BUILDER_H
#include "p2pscope/types.h"

#define BUILDER_BYTES 2048

struct packet_builder {
	u32 length;
	u8 bytes[BUILDER_BYTES];
};

void builder_put(struct packet_builder *out, const void *bytes, u32 count);
void builder_put8(struct packet_builder *out, u8 value);
void builder_put16(struct packet_builder *out, u16 value);
void builder_put24(struct packet_builder *out, u32 value);
void builder_put32(struct packet_builder *out, u32 value);

/* The bytes of a text without its end. */
void builder_text(struct packet_builder *out, const char *text);

/* Bytes that look like keys, digests, and what is encrypted: the same ones each time. */
void builder_noise(struct packet_builder *out, u32 count);

/* Overwrites what is there. */
void builder_set16(struct packet_builder *out, u32 at, u16 value);

/*
 * Begins a part that has its length, of `size` bytes (1 to 3), in front; gives its place, with
 * which it is ended.
 */
u32 builder_open(struct packet_builder *out, u32 size);
void builder_close(struct packet_builder *out, u32 place, u32 size);

#endif
