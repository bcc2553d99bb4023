/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "audit/payload_hello.h"

void hello_begin(struct wire *wire, u16 version, u8 session)
{
	wire_put16(wire, version);
	wire_noise(wire, 32);
	wire_put8(wire, session);
	wire_noise(wire, session);
}

void hello_suites(struct wire *wire, bool modern)
{
	static const u8 suites[] = {
		0x13, 0x01, 0x13, 0x02, 0x13, 0x03, /* 1.3: AES-GCM, ChaCha20 */
		0xc0, 0x2b, 0xc0, 0x2f, 0xcc, 0xa9, 0xcc, 0xa8, 0xc0, 0x09, 0xc0, 0x13, /* ECDHE */
		0xc0, 0x0a, 0xc0, 0x14, 0x00, 0x9c, 0x00, 0x2f, 0x00, 0x35,
	};
	u32 first = modern ? 0 : 6, list = wire_open(wire, 2);

	wire_put(wire, suites + first, sizeof(suites) - first);
	wire_close(wire, list, 2);
	wire_put16(wire, 0x0100);
}

void hello_extensions(struct wire *wire)
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

	wire_put(wire, extensions, sizeof(extensions));
}

void hello_extension(struct wire *wire, u16 type, const void *bytes, u16 length)
{
	wire_put16(wire, type);
	wire_put16(wire, length);
	wire_put(wire, bytes, length);
}

void hello_key(struct wire *wire, u16 group, u16 length)
{
	wire_put16(wire, group);
	wire_put16(wire, length);
	wire_noise(wire, length);
}
