/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <string.h>

#include "audit/payload_stun.h"
#include "audit/payloads.h"
#include "p2pscope/stun.h"

#define FINGERPRINT_XOR 0x5354554e

enum { BINDING_REQUEST = 0x0001, BINDING_SUCCESS = 0x0101 };

void stun_begin(struct wire *wire, u16 type)
{
	wire_put16(wire, type);
	wire_put16(wire, 0);
	wire_put32(wire, STUN_COOKIE);
	wire_noise(wire, 12);
}

static void set_length(struct wire *wire)
{
	wire_set16(wire, 2, (u16)(wire->length - STUN_HEADER));
}

void stun_attr(struct wire *wire, u16 type, const void *value, u32 length)
{
	static const u8 padding[4];

	wire_put16(wire, type);
	wire_put16(wire, (u16)length);
	wire_put(wire, value, length);
	wire_put(wire, padding, -length & 3);
	set_length(wire);
}

void stun_attr32(struct wire *wire, u16 type, u32 value)
{
	const u8 bytes[4] = {(u8)(value >> 24), (u8)(value >> 16), (u8)(value >> 8), (u8)value};

	stun_attr(wire, type, bytes, sizeof(bytes));
}

void stun_attr_address(struct wire *wire, u16 type, const struct endpoint *endpoint)
{
	const u8 *mask = wire->bytes + 4;
	bool v4 = addr_is_v4(&endpoint->ip);
	u32 size = v4 ? 4 : 16;
	u16 port = endpoint->port ^ (STUN_COOKIE >> 16);
	u8 value[20] = {0, v4 ? 1 : 2, (u8)(port >> 8), (u8)port};

	for (u32 i = 0; i < size; i++)
		value[4 + i] = endpoint->ip.b[16 - size + i] ^ mask[i];
	stun_attr(wire, type, value, 4 + size);
}

void stun_integrity(struct wire *wire)
{
	struct wire digest = {.length = 0};

	wire_noise(&digest, 20);
	stun_attr(wire, ATTR_MESSAGE_INTEGRITY, digest.bytes, digest.length);
}

/* ITU-T V.42, as in Ethernet. */
static u32 crc32(const u8 *bytes, u32 length)
{
	u32 crc = ~0u;

	while (length--) {
		crc ^= *bytes++;
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

/* The length in the header counts it already (RFC 8489 section 14.7). */
void stun_fingerprint(struct wire *wire)
{
	u32 covered = wire->length;

	wire_set16(wire, 2, (u16)(covered + 8 - STUN_HEADER));
	stun_attr32(wire, ATTR_FINGERPRINT, crc32(wire->bytes, covered) ^ FINGERPRINT_XOR);
}

void stun_request(struct wire *wire, const struct talk *talk)
{
	(void)talk;
	stun_begin(wire, BINDING_REQUEST);
}

void stun_response(struct wire *wire, const struct talk *talk)
{
	stun_begin(wire, BINDING_SUCCESS);
	stun_attr_address(wire, ATTR_XOR_MAPPED_ADDRESS, &talk->outside);
}

void ice_check(struct wire *wire, const struct talk *talk)
{
	static const char ufrags[] = "Jx3k:9bTq";
	static const u8 tie_breaker[8] = {0x6a, 0x1c, 0x93, 0x0e, 0x52, 0xd7, 0x48, 0xbf};

	(void)talk;
	stun_begin(wire, BINDING_REQUEST);
	stun_attr(wire, ATTR_USERNAME, ufrags, sizeof(ufrags) - 1);
	stun_attr(wire, ATTR_ICE_CONTROLLING, tie_breaker, sizeof(tie_breaker));
	/* peer-reflexive, of a host's first interface */
	stun_attr32(wire, ATTR_PRIORITY, 0x6e7f1eff);
	stun_integrity(wire);
	stun_fingerprint(wire);
}

static void answer(struct wire *wire, const struct endpoint *seen)
{
	stun_begin(wire, BINDING_SUCCESS);
	stun_attr_address(wire, ATTR_XOR_MAPPED_ADDRESS, seen);
	stun_integrity(wire);
	stun_fingerprint(wire);
}

void ice_answer_in(struct wire *wire, const struct talk *talk)
{
	answer(wire, &talk->outside);
}

void ice_answer_out(struct wire *wire, const struct talk *talk)
{
	answer(wire, &talk->remote);
}
