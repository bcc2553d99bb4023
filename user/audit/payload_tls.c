/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "audit/payload_hello.h"
#include "audit/payloads.h"

#define TLS_1_0 0x0301 /* of a ClientHello's record (RFC 8446 section 5.1) */
#define TLS_1_2 0x0303
#define X25519 0x001d
#define SESSION 32

enum { CHANGE_CIPHER_SPEC = 20, HANDSHAKE = 22, DATA = 23 };
enum { CLIENT_HELLO = 1, SERVER_HELLO = 2 };

static u32 put_record(struct packet_builder *out, u8 type, u16 version)
{
	builder_put8(out, type);
	builder_put16(out, version);
	return builder_open(out, 2);
}

static void put_server_name(struct packet_builder *out)
{
	u32 extension, list, name;

	builder_put16(out, EXTENSION_SERVER_NAME);
	extension = builder_open(out, 2);
	list = builder_open(out, 2);
	builder_put8(out, 0);
	name = builder_open(out, 2);
	builder_text(out, "turn.example");
	builder_close(out, name, 2);
	builder_close(out, list, 2);
	builder_close(out, extension, 2);
}

/* A client sends a list of keys, a server one key. */
static void put_key_share(struct packet_builder *out, bool client)
{
	builder_put16(out, EXTENSION_KEY_SHARE);
	builder_put16(out, client ? 38 : 36);
	if (client)
		builder_put16(out, 36);
	put_key_share_key(out, X25519, 32);
}

void tls_hello(struct packet_builder *out, const struct conversation_state *state)
{
	static const u8 versions[] = {4, 3, 4, 3, 3};
	u32 record = put_record(out, HANDSHAKE, TLS_1_0), message, extensions;

	(void)state;
	builder_put8(out, CLIENT_HELLO);
	message = builder_open(out, 3);
	put_hello_start(out, TLS_1_2, SESSION);
	put_cipher_suites(out, true);
	extensions = builder_open(out, 2);
	put_server_name(out);
	put_common_extensions(out);
	put_hello_extension(out, EXTENSION_SUPPORTED_VERSIONS, versions, sizeof(versions));
	put_key_share(out, true);
	builder_close(out, extensions, 2);
	builder_close(out, message, 3);
	builder_close(out, record, 2);
}

static void put_data(struct packet_builder *out, u32 length)
{
	u32 record = put_record(out, DATA, TLS_1_2);

	builder_noise(out, length);
	builder_close(out, record, 2);
}

static void put_change_cipher_spec(struct packet_builder *out)
{
	u32 record = put_record(out, CHANGE_CIPHER_SPEC, TLS_1_2);

	builder_put8(out, 1);
	builder_close(out, record, 2);
}

/* The encrypted certificate follows in the same segment. */
void tls_server_hello(struct packet_builder *out, const struct conversation_state *state)
{
	static const u8 version[] = {3, 4};
	u32 record = put_record(out, HANDSHAKE, TLS_1_2), message, extensions;

	(void)state;
	builder_put8(out, SERVER_HELLO);
	message = builder_open(out, 3);
	put_hello_start(out, TLS_1_2, SESSION);
	builder_put16(out, 0x1301);
	builder_put8(out, 0);
	extensions = builder_open(out, 2);
	put_hello_extension(out, EXTENSION_SUPPORTED_VERSIONS, version, sizeof(version));
	put_key_share(out, false);
	builder_close(out, extensions, 2);
	builder_close(out, message, 3);
	builder_close(out, record, 2);
	put_change_cipher_spec(out);
	put_data(out, 900);
}

void tls_finished(struct packet_builder *out, const struct conversation_state *state)
{
	(void)state;
	put_change_cipher_spec(out);
	put_data(out, 69);
}

void tls_data(struct packet_builder *out, const struct conversation_state *state)
{
	(void)state;
	put_data(out, 150);
}
