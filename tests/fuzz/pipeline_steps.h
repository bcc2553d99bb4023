/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Packets out of the input of pipeline_fuzz.c, a list of steps, each | op 1 | arg 1 | length 2,
 * little-endian | bytes |. A step becomes a packet with valid headers around the bytes, so that
 * they reach the parsers; requests get answers with their transaction ids, so that flows become
 * known.
 *
 *   op: bits 0-3 enum fuzz_step; 4 toward the host; 5 IPv6; 6 over TCP;
 *       7 from the host's other port (TCP: RFC 4571 framing)
 *   arg: bit 7 inside channel 0x4001, for messages; the rest belongs to the step
 */
#ifndef P2PSCOPE_TESTS_PIPELINE_STEPS_H
#define P2PSCOPE_TESTS_PIPELINE_STEPS_H

#include "../unit/message.h"
#include "engine/engine.h"
#include "source/capture/native.h"

enum fuzz_step {
	STEP_FRAME, /* the bytes are the frame */
	STEP_PAYLOAD, /* UDP's, or the next of the TCP stream; arg: flags */
	STEP_SEGMENT, /* TCP out of order; arg: how far back or ahead */
	STEP_REQUEST, /* STUN; arg: its method; the bytes are attributes */
	STEP_ANSWER, /* to the last request the other way; arg: bit 0 an error */
	STEP_RTP, /* arg: bits 0-1 SSRC, 2-6 how many numbers are left out */
	STEP_RECORD, /* DTLS; arg: bits 0-2 content type, 3-4 epoch */
	STEP_HANDSHAKE, /* DTLS; arg: its type */
	STEP_CHANNEL, /* ChannelData; arg: bits 0-1 its number */
	STEP_ICMP, /* an error that quotes the flow; arg: type and code */
	STEP_FRAGMENT, /* arg: its offset; bit 6: more follow */
	STEP_TIME, /* arg: seconds that pass */
	STEP_BIND, /* an allocation with channel 0x4001 in it */
	STEP_CONNECT, /* a check and its answer */
	STEP_COUNT,
};

struct fuzz_conversation {
	struct endpoint host, peer;
	u64 pending[2]; /* last request of each way */
	u32 seq[2];
	u16 rtp[2][4];
};

struct fuzz {
	struct native *native;
	struct engine *engine;
	struct fuzz_conversation talk[8];
	u64 now, ids;
	u32 events;
	/* the step at hand */
	struct fuzz_conversation *c;
	u8 op, arg;
	bool in, six, tcp;
	struct buf bytes;
};

static inline void fuzz_pass(struct fuzz *f, const struct buf *frame)
{
	u8 *there = malloc(frame->len + 1); /* exact: overreads are seen */

	if (!there)
		return;
	memcpy(there, frame->b, frame->len);
	f->now += 1000000;
	native_packet(f->native, 1, f->in ? DIR_OUT : DIR_IN, NATIVE_ETHERNET, there, frame->len,
		      frame->len, f->now);
	free(there);
}

static inline struct endpoint step_source(const struct fuzz *f)
{
	return f->in ? f->c->peer : f->c->host;
}

static inline struct endpoint step_destination(const struct fuzz *f)
{
	return f->in ? f->c->host : f->c->peer;
}

static inline void pass_segment(struct fuzz *f, u32 seq, u8 flags, const struct buf *data)
{
	struct tcp_of of = {.seq = seq, .flags = flags};
	struct buf frame;

	frame_tcp(&frame, step_source(f), step_destination(f), &of, data->b, data->len);
	fuzz_pass(f, &frame);
}

/* Sends bytes as they are. */
static inline void pass_bytes(struct fuzz *f, u8 flags, const struct buf *data)
{
	struct buf frame;

	if (!f->tcp) {
		frame_udp(&frame, step_source(f), step_destination(f), data->b, data->len);
		fuzz_pass(f, &frame);
		return;
	}
	pass_segment(f, f->c->seq[f->in], flags, data);
	f->c->seq[f->in] += data->len;
}

/* Sends a message, in what its carrier wants around it. */
static inline void pass_message(struct fuzz *f, const struct buf *m)
{
	struct buf inside, framed = {.len = 0};

	if (f->arg & 0x80) {
		msg_channel(&inside, 0x4001, m->b, m->len, true);
		m = &inside;
	}
	if (f->tcp && f->op & 0x80)
		put16(&framed, (u16)m->len);
	put(&framed, m->b, m->len);
	pass_bytes(f, 0x18, &framed);
}

static const u16 methods[] = {0x0001, 0x0003, 0x0004, 0x0008, 0x0009, 0x0016,
			      0x0017, 0x0011, 0x0200, 0x000a, 0x000b, 0x001c};

static inline void put_attributes(struct buf *m, const struct buf *bytes)
{
	put(m, bytes->b, bytes->len);
	set16(m, 2, (u16)bytes->len);
}

static inline void step_request(struct fuzz *f)
{
	struct buf m;

	msg_stun(&m, methods[(f->arg & 0x7f) % (sizeof(methods) / sizeof(methods[0]))], ++f->ids);
	put_attributes(&m, &f->bytes);
	f->c->pending[f->in] = f->ids;
	pass_message(f, &m);
}

static inline void step_answer(struct fuzz *f)
{
	u16 method = methods[((f->arg & 0x7f) >> 1) % (sizeof(methods) / sizeof(methods[0]))];
	struct buf m;

	msg_stun(&m, (u16)(method | (f->arg & 1 ? 0x0110 : 0x0100)), f->c->pending[!f->in]);
	put_attributes(&m, &f->bytes);
	pass_message(f, &m);
}

static inline void step_rtp(struct fuzz *f)
{
	u16 *seq = &f->c->rtp[f->in][f->arg & 3];
	struct rtp_of of = {.ssrc = 0x1000u + (f->arg & 3), .payload_type = 96};
	struct buf m;

	*seq = (u16)(*seq + 1 + ((f->arg & 0x7f) >> 2) * 37);
	of.seq = *seq;
	msg_rtp(&m, &of);
	put(&m, f->bytes.b, f->bytes.len);
	pass_message(f, &m);
}

static inline void step_record(struct fuzz *f)
{
	struct record_of of = {.type = (u8)(20 + (f->arg & 7)), .epoch = f->arg >> 3 & 3};
	struct buf m = {.len = 0};

	msg_record(&m, &of, f->bytes.b, f->bytes.len);
	pass_message(f, &m);
}

static inline void step_handshake(struct fuzz *f)
{
	struct handshake_of of = {.type = f->arg & 31};
	struct record_of record = {.type = 22};
	struct buf body = {.len = 0}, m = {.len = 0};

	put_handshake(&body, &of, f->bytes.b, f->bytes.len);
	msg_record(&m, &record, body.b, body.len);
	pass_message(f, &m);
}

static inline void step_channel(struct fuzz *f)
{
	struct buf m;

	msg_channel(&m, 0x4000 + (f->arg & 3), f->bytes.b, f->bytes.len, f->arg & 4);
	f->arg &= 0x7f;
	pass_message(f, &m);
}

static inline void step_icmp(struct fuzz *f)
{
	struct endpoint router = ep(f->six ? "2001:db8::fe" : "203.0.113.254", 0);
	struct buf quoted, frame = {.len = 0};

	frame_udp(&quoted, step_destination(f), step_source(f), f->bytes.b, f->bytes.len);
	put_ip(&frame, router, step_destination(f), f->six ? 58 : 1, 8 + quoted.len - 14);
	put8(&frame, f->arg >> 5);
	put8(&frame, f->arg & 31);
	put_hex(&frame, "0000 00000578");
	put(&frame, quoted.b + 14, quoted.len - 14);
	fuzz_pass(f, &frame);
}

static inline void step_fragment(struct fuzz *f)
{
	struct ipv4_of of = {.src = step_source(f),
			     .dst = step_destination(f),
			     .proto = 17,
			     .payload = (u16)f->bytes.len,
			     .id = 7};
	u32 offset = f->arg & 0x3f, more = f->arg >> 6 & 1;
	struct buf frame = {.len = 0};

	if (f->six) {
		put_ethernet(&frame, 0x86dd);
		put_ipv6(&frame, step_source(f), step_destination(f), 44, (u16)(8 + f->bytes.len));
		put16(&frame, 0x1100);
		put16(&frame, (u16)(offset << 3 | more));
		put32(&frame, 7);
	} else {
		of.fragment = (u16)(more << 13 | offset);
		put_ethernet(&frame, 0x0800);
		put_ipv4(&frame, &of);
	}
	put(&frame, f->bytes.b, f->bytes.len);
	fuzz_pass(f, &frame);
}

#endif
