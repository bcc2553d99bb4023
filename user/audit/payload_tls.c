/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "audit/payload_hello.h"
#include "audit/payloads.h"

#define TLS_1_0 0x0301 /* of a ClientHello's record (RFC 8446 section 5.1) */
#define TLS_1_2 0x0303
#define X25519 0x001d
#define SESSION 32

enum { CHANGE_CIPHER_SPEC = 20, HANDSHAKE = 22, DATA = 23 };
enum { CLIENT_HELLO = 1, SERVER_HELLO = 2 };

static u32 put_record(struct wire *wire, u8 type, u16 version)
{
	wire_put8(wire, type);
	wire_put16(wire, version);
	return wire_open(wire, 2);
}

static void put_server_name(struct wire *wire)
{
	u32 extension, list, name;

	wire_put16(wire, EXTENSION_SERVER_NAME);
	extension = wire_open(wire, 2);
	list = wire_open(wire, 2);
	wire_put8(wire, 0);
	name = wire_open(wire, 2);
	wire_text(wire, "turn.example");
	wire_close(wire, name, 2);
	wire_close(wire, list, 2);
	wire_close(wire, extension, 2);
}

/* Of a client a list. */
static void put_key_share(struct wire *wire, bool client)
{
	wire_put16(wire, EXTENSION_KEY_SHARE);
	wire_put16(wire, client ? 38 : 36);
	if (client)
		wire_put16(wire, 36);
	hello_key(wire, X25519, 32);
}

void tls_hello(struct wire *wire, const struct talk *talk)
{
	static const u8 versions[] = {4, 3, 4, 3, 3};
	u32 record = put_record(wire, HANDSHAKE, TLS_1_0), message, extensions;

	(void)talk;
	wire_put8(wire, CLIENT_HELLO);
	message = wire_open(wire, 3);
	hello_begin(wire, TLS_1_2, SESSION);
	hello_suites(wire, true);
	extensions = wire_open(wire, 2);
	put_server_name(wire);
	hello_extensions(wire);
	hello_extension(wire, EXTENSION_SUPPORTED_VERSIONS, versions, sizeof(versions));
	put_key_share(wire, true);
	wire_close(wire, extensions, 2);
	wire_close(wire, message, 3);
	wire_close(wire, record, 2);
}

static void put_data(struct wire *wire, u32 length)
{
	u32 record = put_record(wire, DATA, TLS_1_2);

	wire_noise(wire, length);
	wire_close(wire, record, 2);
}

static void put_change_cipher_spec(struct wire *wire)
{
	u32 record = put_record(wire, CHANGE_CIPHER_SPEC, TLS_1_2);

	wire_put8(wire, 1);
	wire_close(wire, record, 2);
}

/* With the certificate behind it, which is encrypted. */
void tls_server_hello(struct wire *wire, const struct talk *talk)
{
	static const u8 version[] = {3, 4};
	u32 record = put_record(wire, HANDSHAKE, TLS_1_2), message, extensions;

	(void)talk;
	wire_put8(wire, SERVER_HELLO);
	message = wire_open(wire, 3);
	hello_begin(wire, TLS_1_2, SESSION);
	wire_put16(wire, 0x1301);
	wire_put8(wire, 0);
	extensions = wire_open(wire, 2);
	hello_extension(wire, EXTENSION_SUPPORTED_VERSIONS, version, sizeof(version));
	put_key_share(wire, false);
	wire_close(wire, extensions, 2);
	wire_close(wire, message, 3);
	wire_close(wire, record, 2);
	put_change_cipher_spec(wire);
	put_data(wire, 900);
}

void tls_finished(struct wire *wire, const struct talk *talk)
{
	(void)talk;
	put_change_cipher_spec(wire);
	put_data(wire, 69);
}

void tls_data(struct wire *wire, const struct talk *talk)
{
	(void)talk;
	put_data(wire, 150);
}
