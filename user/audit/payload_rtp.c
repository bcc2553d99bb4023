/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "audit/payloads.h"

#define VIDEO 96
#define AUDIO 111
#define SSRC_OUT 0x4d2f9a61

enum { SENDER_REPORT = 200, RECEIVER_REPORT = 201 };

/* RFC 3711 section 3.1: header, encrypted payload, authentication tag; `length` is their sum. */
static void put_srtp(struct packet_builder *out, u8 payload_type, u32 length)
{
	builder_put8(out, 0x80);
	builder_put8(out, payload_type);
	builder_put16(out, 21843);
	builder_put32(out, 3141592653u);
	builder_put32(out, SSRC_OUT);
	builder_noise(out, length - 12);
}

/*
 * RFC 3711 section 3.4: header and SSRC, `encrypted` bytes, E flag and index, authentication tag.
 */
static void put_srtcp(struct packet_builder *out, u8 first, u8 type, u32 encrypted)
{
	builder_put8(out, first);
	builder_put8(out, type);
	builder_put16(out, (u16)(encrypted / 4 + 1));
	builder_put32(out, SSRC_OUT);
	builder_noise(out, encrypted);
	builder_put32(out, 0x80000007);
	builder_noise(out, 10);
}

void srtp_video(struct packet_builder *out, const struct conversation_state *state)
{
	(void)state;
	put_srtp(out, VIDEO, 1100);
}

void srtp_audio(struct packet_builder *out, const struct conversation_state *state)
{
	(void)state;
	put_srtp(out, AUDIO, 100);
}

void srtp_1280(struct packet_builder *out, const struct conversation_state *state)
{
	put_srtp(out, VIDEO, 1280 - 8 - (state->version == 4 ? 20 : 40));
}

void srtcp_sender(struct packet_builder *out, const struct conversation_state *state)
{
	(void)state;
	put_srtcp(out, 0x80, SENDER_REPORT, 20);
}

void srtcp_receiver(struct packet_builder *out, const struct conversation_state *state)
{
	(void)state;
	put_srtcp(out, 0x81, RECEIVER_REPORT, 24);
}
