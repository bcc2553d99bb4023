/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <string.h>

#include "audit/payload_stun.h"
#include "audit/payloads.h"
#include "p2pscope/stun.h"

#define FINGERPRINT_XOR 0x5354554e

enum { BINDING_REQUEST = 0x0001, BINDING_SUCCESS = 0x0101 };

void stun_begin(struct packet_builder *out, u16 type)
{
	builder_put16(out, type);
	builder_put16(out, 0);
	builder_put32(out, STUN_COOKIE);
	builder_noise(out, 12);
}

static void stun_set_length(struct packet_builder *out)
{
	builder_set16(out, 2, (u16)(out->length - STUN_HEADER));
}

void stun_attr(struct packet_builder *out, u16 type, const void *value, u32 length)
{
	static const u8 padding[4];

	builder_put16(out, type);
	builder_put16(out, (u16)length);
	builder_put(out, value, length);
	builder_put(out, padding, -length & 3);
	stun_set_length(out);
}

void stun_attr32(struct packet_builder *out, u16 type, u32 value)
{
	const u8 bytes[4] = {(u8)(value >> 24), (u8)(value >> 16), (u8)(value >> 8), (u8)value};

	stun_attr(out, type, bytes, sizeof(bytes));
}

void stun_attr_address(struct packet_builder *out, u16 type, const struct endpoint *endpoint)
{
	const u8 *mask = out->bytes + 4;
	bool v4 = addr_is_v4(&endpoint->ip);
	u32 size = v4 ? 4 : 16;
	u16 port = endpoint->port ^ (STUN_COOKIE >> 16);
	u8 value[20] = {0, v4 ? 1 : 2, (u8)(port >> 8), (u8)port};

	for (u32 i = 0; i < size; i++)
		value[4 + i] = endpoint->ip.b[16 - size + i] ^ mask[i];
	stun_attr(out, type, value, 4 + size);
}

void stun_integrity(struct packet_builder *out)
{
	struct packet_builder digest = {.length = 0};

	builder_noise(&digest, 20);
	stun_attr(out, ATTR_MESSAGE_INTEGRITY, digest.bytes, digest.length);
}

/* The CRC-32 of ITU-T V.42 (RFC 8489 section 14.7). */
static u32 stun_crc32(const u8 *bytes, u32 length)
{
	u32 crc = ~0u;

	while (length--) {
		crc ^= *bytes++;
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

/* The checksum covers a header whose length includes FINGERPRINT (RFC 8489 section 14.7). */
void stun_fingerprint(struct packet_builder *out)
{
	u32 covered = out->length;

	builder_set16(out, 2, (u16)(covered + 8 - STUN_HEADER));
	stun_attr32(out, ATTR_FINGERPRINT, stun_crc32(out->bytes, covered) ^ FINGERPRINT_XOR);
}

void stun_request(struct packet_builder *out, const struct conversation_state *state)
{
	(void)state;
	stun_begin(out, BINDING_REQUEST);
}

void stun_response(struct packet_builder *out, const struct conversation_state *state)
{
	stun_begin(out, BINDING_SUCCESS);
	stun_attr_address(out, ATTR_XOR_MAPPED_ADDRESS, &state->outside);
}

void ice_check(struct packet_builder *out, const struct conversation_state *state)
{
	static const char ufrags[] = "Jx3k:9bTq";
	static const u8 tie_breaker[8] = {0x6a, 0x1c, 0x93, 0x0e, 0x52, 0xd7, 0x48, 0xbf};

	(void)state;
	stun_begin(out, BINDING_REQUEST);
	stun_attr(out, ATTR_USERNAME, ufrags, sizeof(ufrags) - 1);
	stun_attr(out, ATTR_ICE_CONTROLLING, tie_breaker, sizeof(tie_breaker));
	/* a peer-reflexive candidate of a host's first interface */
	stun_attr32(out, ATTR_PRIORITY, 0x6e7f1eff);
	stun_integrity(out);
	stun_fingerprint(out);
}

static void put_check_response(struct packet_builder *out, const struct endpoint *seen)
{
	stun_begin(out, BINDING_SUCCESS);
	stun_attr_address(out, ATTR_XOR_MAPPED_ADDRESS, seen);
	stun_integrity(out);
	stun_fingerprint(out);
}

void ice_answer_in(struct packet_builder *out, const struct conversation_state *state)
{
	put_check_response(out, &state->outside);
}

void ice_answer_out(struct packet_builder *out, const struct conversation_state *state)
{
	put_check_response(out, &state->remote);
}
