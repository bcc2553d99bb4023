/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <assert.h>
#include <string.h>

#include "audit/packet_builder.h"

void builder_put(struct packet_builder *out, const void *bytes, u32 count)
{
	assert(count <= BUILDER_BYTES - out->length);
	memcpy(out->bytes + out->length, bytes, count);
	out->length += count;
}

void builder_put8(struct packet_builder *out, u8 value)
{
	builder_put(out, &value, 1);
}

void builder_put16(struct packet_builder *out, u16 value)
{
	builder_put8(out, (u8)(value >> 8));
	builder_put8(out, (u8)value);
}

void builder_put24(struct packet_builder *out, u32 value)
{
	builder_put8(out, (u8)(value >> 16));
	builder_put16(out, (u16)value);
}

void builder_put32(struct packet_builder *out, u32 value)
{
	builder_put16(out, (u16)(value >> 16));
	builder_put16(out, (u16)value);
}

void builder_text(struct packet_builder *out, const char *text)
{
	builder_put(out, text, (u32)strlen(text));
}

/* Xorshift (Marsaglia 2003). */
void builder_noise(struct packet_builder *out, u32 count)
{
	u32 state = 2463534242u + out->length;

	while (count--) {
		state ^= state << 13;
		state ^= state >> 17;
		state ^= state << 5;
		builder_put8(out, (u8)(state >> 8));
	}
}

void builder_set16(struct packet_builder *out, u32 at, u16 value)
{
	out->bytes[at] = (u8)(value >> 8);
	out->bytes[at + 1] = (u8)value;
}

u32 builder_open(struct packet_builder *out, u32 size)
{
	for (u32 i = 0; i < size; i++)
		builder_put8(out, 0);
	return out->length;
}

void builder_close(struct packet_builder *out, u32 place, u32 size)
{
	u32 length = out->length - place;

	for (u32 i = 1; i <= size; i++, length >>= 8)
		out->bytes[place - i] = (u8)length;
}
