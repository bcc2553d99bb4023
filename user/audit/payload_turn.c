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
#define TEXT(wire, type, text) stun_attr(wire, type, text, sizeof(text) - 1)

static void put_nonce(struct wire *wire)
{
	TEXT(wire, REALM, "turn.example");
	TEXT(wire, ATTR_NONCE, "5b1e7c04d9f2a836");
}

static void put_credentials(struct wire *wire)
{
	TEXT(wire, ATTR_USERNAME, "1893456000:user");
	put_nonce(wire);
	stun_integrity(wire);
}

void turn_allocate(struct wire *wire, const struct talk *talk)
{
	(void)talk;
	stun_begin(wire, ALLOCATE);
	stun_attr32(wire, ATTR_REQUESTED_TRANSPORT, (u32)PROTO_UDP << 24);
}

void turn_unauthorized(struct wire *wire, const struct talk *talk)
{
	(void)talk;
	stun_begin(wire, ALLOCATE_ERROR);
	TEXT(wire, ATTR_ERROR_CODE, "\0\0\4\1Unauthorized");
	put_nonce(wire);
}

void turn_allocate_again(struct wire *wire, const struct talk *talk)
{
	turn_allocate(wire, talk);
	put_credentials(wire);
}

void turn_allocated(struct wire *wire, const struct talk *talk)
{
	const struct endpoint relayed = {.ip = talk->far.ip, .port = 51623};

	stun_begin(wire, ALLOCATE_SUCCESS);
	stun_attr_address(wire, ATTR_XOR_RELAYED_ADDRESS, &relayed);
	stun_attr_address(wire, ATTR_XOR_MAPPED_ADDRESS, &talk->outside);
	stun_attr32(wire, ATTR_LIFETIME, 600);
	stun_integrity(wire);
}

void turn_permission(struct wire *wire, const struct talk *talk)
{
	stun_begin(wire, CREATE_PERMISSION);
	stun_attr_address(wire, ATTR_XOR_PEER_ADDRESS, &talk->peer);
	put_credentials(wire);
}

void turn_permitted(struct wire *wire, const struct talk *talk)
{
	(void)talk;
	stun_begin(wire, CREATE_PERMISSION_SUCCESS);
	stun_integrity(wire);
}

void turn_bind(struct wire *wire, const struct talk *talk)
{
	stun_begin(wire, CHANNEL_BIND);
	stun_attr32(wire, ATTR_CHANNEL_NUMBER, (u32)CHANNEL << 16);
	stun_attr_address(wire, ATTR_XOR_PEER_ADDRESS, &talk->peer);
	put_credentials(wire);
}

void turn_bound(struct wire *wire, const struct talk *talk)
{
	(void)talk;
	stun_begin(wire, CHANNEL_BIND_SUCCESS);
	stun_integrity(wire);
}

/* RFC 8656 section 12.4, over UDP: not padded. */
static void put_channel_data(struct wire *wire, const struct talk *talk, payload_fn *inner)
{
	u32 data;

	wire_put16(wire, CHANNEL);
	data = wire_open(wire, 2);
	inner(wire, talk);
	wire_close(wire, data, 2);
}

void turn_channel_hello(struct wire *wire, const struct talk *talk)
{
	put_channel_data(wire, talk, dtls_large_first);
}

void turn_channel_data(struct wire *wire, const struct talk *talk)
{
	put_channel_data(wire, talk, srtp_video);
}
