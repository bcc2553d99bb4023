/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <assert.h>
#include <string.h>

#include "audit/packet_builder.h"

void wire_put(struct wire *wire, const void *bytes, u32 count)
{
	assert(count <= WIRE_BYTES - wire->length);
	memcpy(wire->bytes + wire->length, bytes, count);
	wire->length += count;
}

void wire_put8(struct wire *wire, u8 value)
{
	wire_put(wire, &value, 1);
}

void wire_put16(struct wire *wire, u16 value)
{
	wire_put8(wire, (u8)(value >> 8));
	wire_put8(wire, (u8)value);
}

void wire_put24(struct wire *wire, u32 value)
{
	wire_put8(wire, (u8)(value >> 16));
	wire_put16(wire, (u16)value);
}

void wire_put32(struct wire *wire, u32 value)
{
	wire_put16(wire, (u16)(value >> 16));
	wire_put16(wire, (u16)value);
}

void wire_text(struct wire *wire, const char *text)
{
	wire_put(wire, text, (u32)strlen(text));
}

/* Marsaglia's xorshift. */
void wire_noise(struct wire *wire, u32 count)
{
	u32 state = 2463534242u + wire->length;

	while (count--) {
		state ^= state << 13;
		state ^= state >> 17;
		state ^= state << 5;
		wire_put8(wire, (u8)(state >> 8));
	}
}

void wire_set16(struct wire *wire, u32 at, u16 value)
{
	wire->bytes[at] = (u8)(value >> 8);
	wire->bytes[at + 1] = (u8)value;
}

u32 wire_open(struct wire *wire, u32 size)
{
	for (u32 i = 0; i < size; i++)
		wire_put8(wire, 0);
	return wire->length;
}

void wire_close(struct wire *wire, u32 place, u32 size)
{
	u32 length = wire->length - place;

	for (u32 i = 1; i <= size; i++, length >>= 8)
		wire->bytes[place - i] = (u8)length;
}
