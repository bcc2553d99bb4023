/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "audit/packet_builder.h"
#include "audit/payload_hello.h"
#include "audit/payloads.h"

#define DTLS_1_0 0xfeff
#define DTLS_1_2 0xfefd
#define COOKIE 20
#define DATAGRAM 1200
#define FRAGMENT (DATAGRAM - 13 - 12) /* a datagram less the headers of record and message */
#define HYBRID 0x11ec
#define X25519 0x001d
#define CIPHERTEXT 0x2e /* unified header (RFC 9147 section 4): 16-bit number, length, epoch 2 */

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

/* Begins a record (RFC 6347 section 4.1). Returns its place for builder_close(), with size 2. */
static u32 open_record(struct packet_builder *out, u8 type, u16 epoch, u32 sequence)
{
	builder_put8(out, type);
	builder_put16(out, DTLS_1_2);
	builder_put16(out, epoch);
	builder_put16(out, 0);
	builder_put32(out, sequence);
	return builder_open(out, 2);
}

/*
 * Appends a record with a handshake message (RFC 6347 section 4.2.2), or with a fragment of one of
 * `whole` bytes that begins at `offset`.
 */
static void put_handshake_message(struct packet_builder *out, u8 type, u16 sequence,
				  const struct packet_builder *body, u32 offset, u32 whole)
{
	u32 record = open_record(out, RECORD_HANDSHAKE, 0, sequence);

	builder_put8(out, type);
	builder_put24(out, whole);
	builder_put16(out, sequence);
	builder_put24(out, offset);
	builder_put24(out, body->length);
	builder_put(out, body->bytes, body->length);
	builder_close(out, record, 2);
}

static void put_message(struct packet_builder *out, u8 type, u16 sequence,
			const struct packet_builder *body)
{
	put_handshake_message(out, type, sequence, body, 0, body->length);
}

/* Appends a message of which only the length matters. */
static void put_opaque_message(struct packet_builder *out, u8 type, u16 sequence, u32 length)
{
	struct packet_builder body = {.length = 0};

	builder_noise(&body, length);
	put_message(out, type, sequence, &body);
}

/* Appends the extension in which a client offers SRTP (RFC 5764 section 4.1.1). */
static void put_use_srtp(struct packet_builder *out)
{
	/* AES-CM with HMAC-SHA1, AES-GCM; no MKI */
	static const u8 profiles[] = {0, 6, 0, 1, 0, 7, 0, 8, 0};

	put_hello_extension(out, EXTENSION_USE_SRTP, profiles, sizeof(profiles));
}

static void put_dtls12_hello(struct packet_builder *out, u16 sequence, u8 cookie)
{
	struct packet_builder body = {.length = 0};
	u32 extensions;

	put_hello_start(&body, DTLS_1_2, 0);
	builder_put8(&body, cookie);
	builder_noise(&body, cookie);
	put_cipher_suites(&body, false);
	extensions = builder_open(&body, 2);
	put_common_extensions(&body);
	put_use_srtp(&body);
	builder_close(&body, extensions, 2);
	put_message(out, CLIENT_HELLO, sequence, &body);
}

/* The record of the first ClientHello has the oldest version (RFC 6347 section 4.2.1). */
void dtls_hello(struct packet_builder *out, const struct conversation_state *state)
{
	(void)state;
	put_dtls12_hello(out, 0, 0);
	builder_set16(out, 1, DTLS_1_0);
}

void dtls_verify(struct packet_builder *out, const struct conversation_state *state)
{
	struct packet_builder body = {.length = 0};

	(void)state;
	builder_put16(&body, DTLS_1_0);
	builder_put8(&body, COOKIE);
	builder_noise(&body, COOKIE);
	put_message(out, HELLO_VERIFY_REQUEST, 0, &body);
	builder_set16(out, 1, DTLS_1_0);
}

void dtls_hello_again(struct packet_builder *out, const struct conversation_state *state)
{
	(void)state;
	put_dtls12_hello(out, 1, COOKIE);
}

static void put_dtls12_server_hello(struct packet_builder *out, u16 sequence)
{
	static const u8 extensions[] = {
		0, 24, 0x00, 0x17, 0, 0,  0xff, 0x01, 0, 1, 0, 0x00, 0x0b,
		0, 2,  1,    0,    0, 14, 0,    5,    0, 2, 0, 1,    0,
	};
	struct packet_builder body = {.length = 0};

	put_hello_start(&body, DTLS_1_2, 0);
	builder_put16(&body, 0xc02b);
	builder_put8(&body, 0);
	builder_put(&body, extensions, sizeof(extensions));
	put_message(out, SERVER_HELLO, sequence, &body);
}

/* A chain of one self-signed certificate, as browsers make them. */
static void put_certificate(struct packet_builder *out, u16 sequence)
{
	struct packet_builder body = {.length = 0};
	u32 list = builder_open(&body, 3), certificate = builder_open(&body, 3);

	builder_put32(&body, 0x30820115);
	builder_noise(&body, 0x115);
	builder_close(&body, certificate, 3);
	builder_close(&body, list, 3);
	put_message(out, CERTIFICATE, sequence, &body);
}

void dtls_server_flight(struct packet_builder *out, const struct conversation_state *state)
{
	(void)state;
	put_dtls12_server_hello(out, 1);
	put_certificate(out, 2);
	put_opaque_message(out, SERVER_KEY_EXCHANGE, 3, 115);
	put_opaque_message(out, CERTIFICATE_REQUEST, 4, 25);
	put_opaque_message(out, SERVER_HELLO_DONE, 5, 0);
}

static void put_finished(struct packet_builder *out, u32 sequence)
{
	u32 record = open_record(out, RECORD_CHANGE_CIPHER_SPEC, 0, sequence);

	builder_put8(out, 1);
	builder_close(out, record, 2);
	record = open_record(out, RECORD_HANDSHAKE, 1, 0);
	builder_noise(out, 48);
	builder_close(out, record, 2);
}

void dtls_client_flight(struct packet_builder *out, const struct conversation_state *state)
{
	(void)state;
	put_certificate(out, 2);
	put_opaque_message(out, CLIENT_KEY_EXCHANGE, 3, 33);
	put_opaque_message(out, CERTIFICATE_VERIFY, 4, 76);
	put_finished(out, 5);
}

void dtls_finished(struct packet_builder *out, const struct conversation_state *state)
{
	(void)state;
	put_finished(out, 6);
}

void dtls_data(struct packet_builder *out, const struct conversation_state *state)
{
	u32 record = open_record(out, RECORD_DATA, 1, 1);

	(void)state;
	builder_noise(out, 125);
	builder_close(out, record, 2);
}

/*
 * DTLS 1.3 as browsers speak it: the key share X25519MLKEM768 makes hellos longer than 1000 bytes.
 */

static void put_keys(struct packet_builder *out)
{
	u32 extension, list;

	builder_put16(out, EXTENSION_KEY_SHARE);
	extension = builder_open(out, 2);
	list = builder_open(out, 2);
	put_key_share_key(out, HYBRID, 1216);
	put_key_share_key(out, X25519, 32);
	builder_close(out, list, 2);
	builder_close(out, extension, 2);
}

static void make_large_hello(struct packet_builder *body)
{
	static const u8 versions[] = {4, 0xfe, 0xfc, 0xfe, 0xfd};
	u32 extensions;

	put_hello_start(body, DTLS_1_2, 0);
	builder_put8(body, 0);
	put_cipher_suites(body, true);
	extensions = builder_open(body, 2);
	put_common_extensions(body);
	put_use_srtp(body);
	put_hello_extension(body, EXTENSION_SUPPORTED_VERSIONS, versions, sizeof(versions));
	put_keys(body);
	builder_close(body, extensions, 2);
}

static void put_hello_fragment(struct packet_builder *out, u32 offset)
{
	struct packet_builder whole = {.length = 0}, part = {.length = 0};
	u32 left;

	make_large_hello(&whole);
	left = whole.length - offset;
	builder_put(&part, whole.bytes + offset, left < FRAGMENT ? left : FRAGMENT);
	put_handshake_message(out, CLIENT_HELLO, 0, &part, offset, whole.length);
}

void dtls_large_first(struct packet_builder *out, const struct conversation_state *state)
{
	(void)state;
	put_hello_fragment(out, 0);
}

void dtls_large_second(struct packet_builder *out, const struct conversation_state *state)
{
	(void)state;
	put_hello_fragment(out, FRAGMENT);
}

void dtls_large_answer(struct packet_builder *out, const struct conversation_state *state)
{
	static const u8 version[] = {0xfe, 0xfc};
	struct packet_builder body = {.length = 0};
	u32 extensions, key;

	(void)state;
	put_hello_start(&body, DTLS_1_2, 0);
	builder_put16(&body, 0x1301);
	builder_put8(&body, 0);
	extensions = builder_open(&body, 2);
	put_hello_extension(&body, EXTENSION_SUPPORTED_VERSIONS, version, sizeof(version));
	builder_put16(&body, EXTENSION_KEY_SHARE);
	key = builder_open(&body, 2);
	put_key_share_key(&body, HYBRID, 1120);
	builder_close(&body, key, 2);
	builder_close(&body, extensions, 2);
	put_handshake_message(out, SERVER_HELLO, 0, &body, 0, body.length);
}

void dtls_large_rest(struct packet_builder *out, const struct conversation_state *state)
{
	u32 record;

	(void)state;
	builder_put8(out, CIPHERTEXT);
	builder_put16(out, 0xa17c); /* the sequence number is encrypted */
	record = builder_open(out, 2);
	builder_noise(out, 560);
	builder_close(out, record, 2);
}
