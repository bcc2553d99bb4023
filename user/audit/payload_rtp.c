/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "audit/payloads.h"

#define VIDEO 96
#define AUDIO 111
#define SSRC_OUT 0x4d2f9a61

enum { SENDER_REPORT = 200, RECEIVER_REPORT = 201 };

/* RFC 3711 section 3.1: header, what is encrypted, tag. `length` is of all of it. */
static void put_srtp(struct wire *wire, u8 payload_type, u32 length)
{
	wire_put8(wire, 0x80);
	wire_put8(wire, payload_type);
	wire_put16(wire, 21843);
	wire_put32(wire, 3141592653u);
	wire_put32(wire, SSRC_OUT);
	wire_noise(wire, length - 12);
}

/* RFC 3711 section 3.4: header and SSRC, `encrypted` bytes, E bit and index, tag. */
static void put_srtcp(struct wire *wire, u8 first, u8 type, u32 encrypted)
{
	wire_put8(wire, first);
	wire_put8(wire, type);
	wire_put16(wire, (u16)(encrypted / 4 + 1));
	wire_put32(wire, SSRC_OUT);
	wire_noise(wire, encrypted);
	wire_put32(wire, 0x80000007);
	wire_noise(wire, 10);
}

void srtp_video(struct wire *wire, const struct talk *talk)
{
	(void)talk;
	put_srtp(wire, VIDEO, 1100);
}

void srtp_audio(struct wire *wire, const struct talk *talk)
{
	(void)talk;
	put_srtp(wire, AUDIO, 100);
}

void srtp_1280(struct wire *wire, const struct talk *talk)
{
	put_srtp(wire, VIDEO, 1280 - 8 - (talk->version == 4 ? 20 : 40));
}

void srtcp_sender(struct wire *wire, const struct talk *talk)
{
	(void)talk;
	put_srtcp(wire, 0x80, SENDER_REPORT, 20);
}

void srtcp_receiver(struct wire *wire, const struct talk *talk)
{
	(void)talk;
	put_srtcp(wire, 0x81, RECEIVER_REPORT, 24);
}
