/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "audit/packet_builder.h"
#include "audit/payload_hello.h"
#include "audit/payloads.h"

#define DTLS_1_0 0xfeff
#define DTLS_1_2 0xfefd
#define COOKIE 20
#define DATAGRAM 1200
#define FRAGMENT (DATAGRAM - 13 - 12) /* behind the headers of record and message */
#define HYBRID 0x11ec
#define X25519 0x001d
#define CIPHERTEXT 0x2e /* RFC 9147 section 4: sequence number of 16 bits, length, epoch 2 */

enum { RECORD_CHANGE_CIPHER_SPEC = 20, RECORD_HANDSHAKE = 22, RECORD_DATA = 23 };
enum { CLIENT_HELLO = 1, SERVER_HELLO = 2 };

enum {
	HELLO_VERIFY_REQUEST = 3,
	CERTIFICATE = 11,
	SERVER_KEY_EXCHANGE = 12,
	CERTIFICATE_REQUEST = 13,
	SERVER_HELLO_DONE = 14,
	CERTIFICATE_VERIFY = 15,
	CLIENT_KEY_EXCHANGE = 16,
};

/* Begins a record; gives its place, with which wire_close() ends it, of size 2. */
static u32 dtls_record(struct wire *wire, u8 type, u16 epoch, u32 sequence)
{
	wire_put8(wire, type);
	wire_put16(wire, DTLS_1_2);
	wire_put16(wire, epoch);
	wire_put16(wire, 0);
	wire_put32(wire, sequence);
	return wire_open(wire, 2);
}

/*
 * A record with a handshake message, or the fragment of one of `whole` bytes that begins at
 * `offset`.
 */
static void dtls_handshake(struct wire *wire, u8 type, u16 sequence, const struct wire *body,
			   u32 offset, u32 whole)
{
	u32 record = dtls_record(wire, RECORD_HANDSHAKE, 0, sequence);

	wire_put8(wire, type);
	wire_put24(wire, whole);
	wire_put16(wire, sequence);
	wire_put24(wire, offset);
	wire_put24(wire, body->length);
	wire_put(wire, body->bytes, body->length);
	wire_close(wire, record, 2);
}

static void put_whole(struct wire *wire, u8 type, u16 sequence, const struct wire *body)
{
	dtls_handshake(wire, type, sequence, body, 0, body->length);
}

/* A message of which nothing but the length is of interest. */
static void put_noise(struct wire *wire, u8 type, u16 sequence, u32 length)
{
	struct wire body = {.length = 0};

	wire_noise(&body, length);
	put_whole(wire, type, sequence, &body);
}

/* Adds the extension in which a client offers SRTP. */
static void dtls_use_srtp(struct wire *wire)
{
	/* AES-CM with SHA-1, AES-GCM; no MKI */
	static const u8 profiles[] = {0, 6, 0, 1, 0, 7, 0, 8, 0};

	hello_extension(wire, EXTENSION_USE_SRTP, profiles, sizeof(profiles));
}

static void put_hello(struct wire *wire, u16 sequence, u8 cookie)
{
	struct wire body = {.length = 0};
	u32 extensions;

	hello_begin(&body, DTLS_1_2, 0);
	wire_put8(&body, cookie);
	wire_noise(&body, cookie);
	hello_suites(&body, false);
	extensions = wire_open(&body, 2);
	hello_extensions(&body);
	dtls_use_srtp(&body);
	wire_close(&body, extensions, 2);
	put_whole(wire, CLIENT_HELLO, sequence, &body);
}

/* The record of the first one has the oldest version (RFC 6347 section 4.2.1). */
void dtls_hello(struct wire *wire, const struct talk *talk)
{
	(void)talk;
	put_hello(wire, 0, 0);
	wire_set16(wire, 1, DTLS_1_0);
}

void dtls_verify(struct wire *wire, const struct talk *talk)
{
	struct wire body = {.length = 0};

	(void)talk;
	wire_put16(&body, DTLS_1_0);
	wire_put8(&body, COOKIE);
	wire_noise(&body, COOKIE);
	put_whole(wire, HELLO_VERIFY_REQUEST, 0, &body);
	wire_set16(wire, 1, DTLS_1_0);
}

void dtls_hello_again(struct wire *wire, const struct talk *talk)
{
	(void)talk;
	put_hello(wire, 1, COOKIE);
}

static void put_server_hello(struct wire *wire, u16 sequence)
{
	static const u8 extensions[] = {
		0, 24, 0x00, 0x17, 0, 0,  0xff, 0x01, 0, 1, 0, 0x00, 0x0b,
		0, 2,  1,    0,    0, 14, 0,    5,    0, 2, 0, 1,    0,
	};
	struct wire body = {.length = 0};

	hello_begin(&body, DTLS_1_2, 0);
	wire_put16(&body, 0xc02b);
	wire_put8(&body, 0);
	wire_put(&body, extensions, sizeof(extensions));
	put_whole(wire, SERVER_HELLO, sequence, &body);
}

/* A list of one certificate, signed by itself, as browsers make them. */
static void put_certificate(struct wire *wire, u16 sequence)
{
	struct wire body = {.length = 0};
	u32 list = wire_open(&body, 3), certificate = wire_open(&body, 3);

	wire_put32(&body, 0x30820115);
	wire_noise(&body, 0x115);
	wire_close(&body, certificate, 3);
	wire_close(&body, list, 3);
	put_whole(wire, CERTIFICATE, sequence, &body);
}

void dtls_server_flight(struct wire *wire, const struct talk *talk)
{
	(void)talk;
	put_server_hello(wire, 1);
	put_certificate(wire, 2);
	put_noise(wire, SERVER_KEY_EXCHANGE, 3, 115);
	put_noise(wire, CERTIFICATE_REQUEST, 4, 25);
	put_noise(wire, SERVER_HELLO_DONE, 5, 0);
}

static void put_finished(struct wire *wire, u32 sequence)
{
	u32 record = dtls_record(wire, RECORD_CHANGE_CIPHER_SPEC, 0, sequence);

	wire_put8(wire, 1);
	wire_close(wire, record, 2);
	record = dtls_record(wire, RECORD_HANDSHAKE, 1, 0);
	wire_noise(wire, 48);
	wire_close(wire, record, 2);
}

void dtls_client_flight(struct wire *wire, const struct talk *talk)
{
	(void)talk;
	put_certificate(wire, 2);
	put_noise(wire, CLIENT_KEY_EXCHANGE, 3, 33);
	put_noise(wire, CERTIFICATE_VERIFY, 4, 76);
	put_finished(wire, 5);
}

void dtls_finished(struct wire *wire, const struct talk *talk)
{
	(void)talk;
	put_finished(wire, 6);
}

void dtls_data(struct wire *wire, const struct talk *talk)
{
	u32 record = dtls_record(wire, RECORD_DATA, 1, 1);

	(void)talk;
	wire_noise(wire, 125);
	wire_close(wire, record, 2);
}

/*
 * DTLS 1.3 as browsers speak it: the key share, X25519MLKEM768, makes hellos of more than a
 * thousand bytes.
 */

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
