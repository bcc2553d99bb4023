/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * DTLS 1.3 as browsers speak it: the key share, X25519MLKEM768, makes hellos of more than a
 * thousand bytes.
 */
#include "audit/payload_dtls.h"
#include "audit/payload_hello.h"
#include "audit/payloads.h"

#define DATAGRAM 1200
#define FRAGMENT (DATAGRAM - 13 - 12) /* behind the headers of record and message */
#define HYBRID 0x11ec
#define X25519 0x001d
#define CIPHERTEXT 0x2e /* RFC 9147 section 4: sequence number of 16 bits, length, epoch 2 */

static void put_keys(struct wire *wire)
{
	u32 extension, list;

	wire_put16(wire, EXTENSION_KEY_SHARE);
	extension = wire_open(wire, 2);
	list = wire_open(wire, 2);
	hello_key(wire, HYBRID, 1216);
	hello_key(wire, X25519, 32);
	wire_close(wire, list, 2);
	wire_close(wire, extension, 2);
}

static void make_hello(struct wire *body)
{
	static const u8 versions[] = {4, 0xfe, 0xfc, 0xfe, 0xfd};
	u32 extensions;

	hello_begin(body, DTLS_1_2, 0);
	wire_put8(body, 0);
	hello_suites(body, true);
	extensions = wire_open(body, 2);
	hello_extensions(body);
	dtls_use_srtp(body);
	hello_extension(body, EXTENSION_SUPPORTED_VERSIONS, versions, sizeof(versions));
	put_keys(body);
	wire_close(body, extensions, 2);
}

static void put_fragment(struct wire *wire, u32 offset)
{
	struct wire whole = {.length = 0}, part = {.length = 0};
	u32 left;

	make_hello(&whole);
	left = whole.length - offset;
	wire_put(&part, whole.bytes + offset, left < FRAGMENT ? left : FRAGMENT);
	dtls_handshake(wire, CLIENT_HELLO, 0, &part, offset, whole.length);
}

void dtls_large_first(struct wire *wire, const struct talk *talk)
{
	(void)talk;
	put_fragment(wire, 0);
}

void dtls_large_second(struct wire *wire, const struct talk *talk)
{
	(void)talk;
	put_fragment(wire, FRAGMENT);
}

void dtls_large_answer(struct wire *wire, const struct talk *talk)
{
	static const u8 version[] = {0xfe, 0xfc};
	struct wire body = {.length = 0};
	u32 extensions, key;

	(void)talk;
	hello_begin(&body, DTLS_1_2, 0);
	wire_put16(&body, 0x1301);
	wire_put8(&body, 0);
	extensions = wire_open(&body, 2);
	hello_extension(&body, EXTENSION_SUPPORTED_VERSIONS, version, sizeof(version));
	wire_put16(&body, EXTENSION_KEY_SHARE);
	key = wire_open(&body, 2);
	hello_key(&body, HYBRID, 1120);
	wire_close(&body, key, 2);
	wire_close(&body, extensions, 2);
	dtls_handshake(wire, SERVER_HELLO, 0, &body, 0, body.length);
}

void dtls_large_rest(struct wire *wire, const struct talk *talk)
{
	u32 record;

	(void)talk;
	wire_put8(wire, CIPHERTEXT);
	wire_put16(wire, 0xa17c); /* encrypted, too */
	record = wire_open(wire, 2);
	wire_noise(wire, 560);
	wire_close(wire, record, 2);
}
