/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "audit/payload_hello.h"

void put_hello_start(struct packet_builder *out, u16 version, u8 session)
{
	builder_put16(out, version);
	builder_noise(out, 32);
	builder_put8(out, session);
	builder_noise(out, session);
}

void put_cipher_suites(struct packet_builder *out, bool modern)
{
	static const u8 suites[] = {
		0x13, 0x01, 0x13, 0x02, 0x13, 0x03, /* 1.3: AES-GCM, ChaCha20 */
		0xc0, 0x2b, 0xc0, 0x2f, 0xcc, 0xa9, 0xcc, 0xa8, 0xc0, 0x09, 0xc0, 0x13, /* ECDHE */
		0xc0, 0x0a, 0xc0, 0x14, 0x00, 0x9c, 0x00, 0x2f, 0x00, 0x35,
	};
	u32 first = modern ? 0 : 6, list = builder_open(out, 2);

	builder_put(out, suites + first, sizeof(suites) - first);
	builder_close(out, list, 2);
	builder_put16(out, 0x0100);
}

void put_common_extensions(struct packet_builder *out)
{
	static const u8 extensions[] = {
		0x00, 0x17, 0, 0, /* extended_master_secret */
		0xff, 0x01, 0, 1, 0, /* renegotiation_info */
		/* supported_groups */
		0x00, 0x0a, 0, 10, 0, 8, 0x11, 0xec, 0x00, 0x1d, 0x00, 0x17, 0x00, 0x18, 0x00, 0x0b,
		0, 2, 1, 0, /* ec_point_formats */
		0x00, 0x23, 0, 0, /* session_ticket */
		0x00, 0x0d, 0, 18, 0, 16, 4, 3, 8, 4, 4, 1, 5, 3, 8, 5, 5, 1, 8, 6, 6,
		1, /* signature_algorithms */
	};

	builder_put(out, extensions, sizeof(extensions));
}

void put_hello_extension(struct packet_builder *out, u16 type, const void *bytes, u16 length)
{
	builder_put16(out, type);
	builder_put16(out, length);
	builder_put(out, bytes, length);
}

void put_key_share_key(struct packet_builder *out, u16 group, u16 length)
{
	builder_put16(out, group);
	builder_put16(out, length);
	builder_noise(out, length);
}
