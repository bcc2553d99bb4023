/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "audit/payload_stun.h"
#include "audit/payloads.h"
#include "p2pscope/stun.h"

/* Classes and methods as on the wire (RFC 8656 section 17). */
enum {
	ALLOCATE = 0x0003,
	ALLOCATE_SUCCESS = 0x0103,
	ALLOCATE_ERROR = 0x0113,
	CREATE_PERMISSION = 0x0008,
	CREATE_PERMISSION_SUCCESS = 0x0108,
	CHANNEL_BIND = 0x0009,
	CHANNEL_BIND_SUCCESS = 0x0109,
};

#define CHANNEL 0x4000
#define REALM 0x0014
#define TEXT(out, type, text) stun_attr(out, type, text, sizeof(text) - 1)

static void put_nonce(struct packet_builder *out)
{
	TEXT(out, REALM, "turn.example");
	TEXT(out, ATTR_NONCE, "5b1e7c04d9f2a836");
}

static void put_credentials(struct packet_builder *out)
{
	TEXT(out, ATTR_USERNAME, "1893456000:user");
	put_nonce(out);
	stun_integrity(out);
}

void turn_allocate(struct packet_builder *out, const struct conversation_state *state)
{
	(void)state;
	stun_begin(out, ALLOCATE);
	stun_attr32(out, ATTR_REQUESTED_TRANSPORT, (u32)PROTO_UDP << 24);
}

void turn_unauthorized(struct packet_builder *out, const struct conversation_state *state)
{
	(void)state;
	stun_begin(out, ALLOCATE_ERROR);
	TEXT(out, ATTR_ERROR_CODE, "\0\0\4\1Unauthorized");
	put_nonce(out);
}

void turn_allocate_again(struct packet_builder *out, const struct conversation_state *state)
{
	turn_allocate(out, state);
	put_credentials(out);
}

void turn_allocated(struct packet_builder *out, const struct conversation_state *state)
{
	const struct endpoint relayed = {.ip = state->far.ip, .port = 51623};

	stun_begin(out, ALLOCATE_SUCCESS);
	stun_attr_address(out, ATTR_XOR_RELAYED_ADDRESS, &relayed);
	stun_attr_address(out, ATTR_XOR_MAPPED_ADDRESS, &state->outside);
	stun_attr32(out, ATTR_LIFETIME, 600);
	stun_integrity(out);
}

void turn_permission(struct packet_builder *out, const struct conversation_state *state)
{
	stun_begin(out, CREATE_PERMISSION);
	stun_attr_address(out, ATTR_XOR_PEER_ADDRESS, &state->peer);
	put_credentials(out);
}

void turn_permitted(struct packet_builder *out, const struct conversation_state *state)
{
	(void)state;
	stun_begin(out, CREATE_PERMISSION_SUCCESS);
	stun_integrity(out);
}

void turn_bind(struct packet_builder *out, const struct conversation_state *state)
{
	stun_begin(out, CHANNEL_BIND);
	stun_attr32(out, ATTR_CHANNEL_NUMBER, (u32)CHANNEL << 16);
	stun_attr_address(out, ATTR_XOR_PEER_ADDRESS, &state->peer);
	put_credentials(out);
}

void turn_bound(struct packet_builder *out, const struct conversation_state *state)
{
	(void)state;
	stun_begin(out, CHANNEL_BIND_SUCCESS);
	stun_integrity(out);
}

/* RFC 8656 section 12.4: over UDP it is not padded. */
static void put_channel_data(struct packet_builder *out, const struct conversation_state *state,
			     payload_fn *inner)
{
	u32 data;

	builder_put16(out, CHANNEL);
	data = builder_open(out, 2);
	inner(out, state);
	builder_close(out, data, 2);
}

void turn_channel_hello(struct packet_builder *out, const struct conversation_state *state)
{
	put_channel_data(out, state, dtls_large_first);
}

void turn_channel_data(struct packet_builder *out, const struct conversation_state *state)
{
	put_channel_data(out, state, srtp_video);
}
