/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A message that grows at its end. Numbers are written in network byte order. Writing past the end
 * is a bug of this program and asserted against: all messages are constant.
 */
#ifndef P2PSCOPE_AUDIT_PACKET_BUILDER_H
#define P2PSCOPE_AUDIT_PACKET_BUILDER_H

#include "p2pscope/types.h"

#define BUILDER_BYTES 2048

struct packet_builder {
	u32 length;
	u8 bytes[BUILDER_BYTES];
};

/* Appends bytes, or a number of 1, 2, 3 or 4 bytes. */
void builder_put(struct packet_builder *out, const void *bytes, u32 count);
void builder_put8(struct packet_builder *out, u8 value);
void builder_put16(struct packet_builder *out, u16 value);
void builder_put24(struct packet_builder *out, u32 value);
void builder_put32(struct packet_builder *out, u32 value);

/* Appends the bytes of a text without its NUL. */
void builder_text(struct packet_builder *out, const char *text);

/* Appends bytes that look encrypted; the same ones at the same offset each time. */
void builder_noise(struct packet_builder *out, u32 count);

/* Overwrites the two bytes at offset `at`. */
void builder_set16(struct packet_builder *out, u32 at, u16 value);

/*
 * Begins a part that has its length, a number of `size` bytes (1 to 3), in front of it. Returns the
 * offset at which the part begins, for builder_close().
 */
u32 builder_open(struct packet_builder *out, u32 size);

/* Ends the part that began at offset `place`: writes its length, with the size given to open. */
void builder_close(struct packet_builder *out, u32 place, u32 size);

#endif
