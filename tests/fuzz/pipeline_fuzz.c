/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The whole way: packets through the native pipeline, its events and records through the engine.
 *
 * The input is a list of steps, each | op 1 | arg 1 | length 2, little-endian | bytes |. A step becomes a packet with valid
 * headers around the bytes, so that they reach the parsers; requests get answers with their transaction ids, so that flows
 * become known.
 *
 *   op: bits 0-3 enum step; 4 toward the host; 5 IPv6; 6 over TCP; 7 from the host's other port (TCP: RFC 4571 framing)
 *   arg: bit 7 inside channel 0x4001, for messages; the rest belongs to the step
 */
#include "../unit/message.h"
#include "engine/engine.h"
#include "fuzz.h"
#include "source/native_maps.h"

#define STEPS 64
#define SECOND 1000000000ull

enum step {
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

struct conversation {
	struct endpoint host, peer;
	u64 pending[2]; /* last request of each way */
	u32 seq[2];
	u16 rtp[2][4];
};

struct fuzz {
	struct native *native;
	struct engine *engine;
	struct conversation talk[8];
	u64 now, ids;
	u32 events;
	/* the step at hand */
	struct conversation *c;
	u8 op, arg;
	bool in, six, tcp;
	struct buf bytes;
};

static void on_event(void *arg, const struct event *event, u32 size)
{
	struct fuzz *f = arg;
	struct event whole;

	hold(size >= offsetof(struct event, stun) && size <= sizeof(whole));
	hold(event->kind >= EVENT_STUN && event->kind <= EVENT_TLS && event->kind != EVENT_DROP);
	hold(event->cls < CLASS_MAX && event->dir < DIR_MAX && event->known <= 1);
	if (event->kind == EVENT_STUN)
		hold(event->stun.username_len <= STUN_USERNAME_KEPT && event->stun.software_len <= STUN_SOFTWARE_KEPT);
	if (event->kind == EVENT_DTLS)
		hold(event->dtls.step < DTLS_STEP_MAX && event->dtls.hello_len <= DTLS_HELLO_KEPT);
	if (event->kind == EVENT_DTLS)
		hold(size >= offsetof(struct event, dtls.hello) + event->dtls.hello_len);
	memset(&whole, 0, sizeof(whole));
	memcpy(&whole, event, size);
	engine_event(f->engine, &whole);
	f->events++;
}

static void pass(struct fuzz *f, const struct buf *frame)
{
	u8 *there = malloc(frame->len + 1); /* of the exact size: what is read too many is seen */

	if (!there)
		return;
	memcpy(there, frame->b, frame->len);
	f->now += 1000000;
	native_packet(f->native, 1, f->in ? DIR_OUT : DIR_IN, NATIVE_ETHERNET, there, frame->len, frame->len, f->now);
	free(there);
}

static struct endpoint from(const struct fuzz *f)
{
	return f->in ? f->c->peer : f->c->host;
}

static struct endpoint to(const struct fuzz *f)
{
	return f->in ? f->c->host : f->c->peer;
}

static void pass_segment(struct fuzz *f, u32 seq, u8 flags, const struct buf *data)
{
	struct tcp_of of = {.seq = seq, .flags = flags};
	struct buf frame;

	frame_tcp(&frame, from(f), to(f), &of, data->b, data->len);
	pass(f, &frame);
}

/* Sends bytes as they are. */
static void pass_bytes(struct fuzz *f, u8 flags, const struct buf *data)
{
	struct buf frame;

	if (!f->tcp) {
		frame_udp(&frame, from(f), to(f), data->b, data->len);
		pass(f, &frame);
		return;
	}
	pass_segment(f, f->c->seq[f->in], flags, data);
	f->c->seq[f->in] += data->len;
}

/* Sends a message, in what its carrier wants around it. */
static void pass_message(struct fuzz *f, const struct buf *m)
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

static void put_attributes(struct buf *m, const struct buf *bytes)
{
	put(m, bytes->b, bytes->len);
	set16(m, 2, (u16)bytes->len);
}

static void step_request(struct fuzz *f)
{
	struct buf m;

	msg_stun(&m, methods[(f->arg & 0x7f) % (sizeof(methods) / sizeof(methods[0]))], ++f->ids);
	put_attributes(&m, &f->bytes);
	f->c->pending[f->in] = f->ids;
	pass_message(f, &m);
}

static void step_answer(struct fuzz *f)
{
	u16 method = methods[((f->arg & 0x7f) >> 1) % (sizeof(methods) / sizeof(methods[0]))];
	struct buf m;

	msg_stun(&m, (u16)(method | (f->arg & 1 ? 0x0110 : 0x0100)), f->c->pending[!f->in]);
	put_attributes(&m, &f->bytes);
	pass_message(f, &m);
}

static void step_rtp(struct fuzz *f)
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

static void step_record(struct fuzz *f)
{
	struct record_of of = {.type = (u8)(20 + (f->arg & 7)), .epoch = f->arg >> 3 & 3};
	struct buf m = {.len = 0};

	msg_record(&m, &of, f->bytes.b, f->bytes.len);
	pass_message(f, &m);
}

static void step_handshake(struct fuzz *f)
{
	struct handshake_of of = {.type = f->arg & 31};
	struct record_of record = {.type = 22};
	struct buf body = {.len = 0}, m = {.len = 0};

	put_handshake(&body, &of, f->bytes.b, f->bytes.len);
	msg_record(&m, &record, body.b, body.len);
	pass_message(f, &m);
}

static void step_channel(struct fuzz *f)
{
	struct buf m;

	msg_channel(&m, 0x4000 + (f->arg & 3), f->bytes.b, f->bytes.len, f->arg & 4);
	f->arg &= 0x7f;
	pass_message(f, &m);
}

static void step_icmp(struct fuzz *f)
{
	struct endpoint router = ep(f->six ? "2001:db8::fe" : "203.0.113.254", 0);
	struct buf quoted, frame = {.len = 0};

	frame_udp(&quoted, to(f), from(f), f->bytes.b, f->bytes.len);
	put_ip(&frame, router, to(f), f->six ? 58 : 1, 8 + quoted.len - 14);
	put8(&frame, f->arg >> 5);
	put8(&frame, f->arg & 31);
	put_hex(&frame, "0000 00000578");
	put(&frame, quoted.b + 14, quoted.len - 14);
	pass(f, &frame);
}

static void step_fragment(struct fuzz *f)
{
	struct ipv4_of of = {.src = from(f), .dst = to(f), .proto = 17, .payload = (u16)f->bytes.len, .id = 7};
	u32 offset = f->arg & 0x3f, more = f->arg >> 6 & 1;
	struct buf frame = {.len = 0};

	if (f->six) {
		put_ethernet(&frame, 0x86dd);
		put_ipv6(&frame, from(f), to(f), 44, (u16)(8 + f->bytes.len));
		put16(&frame, 0x1100);
		put16(&frame, (u16)(offset << 3 | more));
		put32(&frame, 7);
	} else {
		of.fragment = (u16)(more << 13 | offset);
		put_ethernet(&frame, 0x0800);
		put_ipv4(&frame, &of);
	}
	put(&frame, f->bytes.b, f->bytes.len);
	pass(f, &frame);
}

static void sample(void *arg, const struct flow_key *key, const struct flow_record *record)
{
	struct fuzz *f = arg;

	hold(record->tcp.framing <= FRAMING_TLS && record->turn <= 1 && record->peer_tcp <= 1);
	hold(key->relayed <= 1 && (key->proto == PROTO_UDP || key->proto == PROTO_TCP));
	for (int d = 0; d < DIR_MAX; d++) {
		hold(record->dir[d].packets < 1 << 20 &&
		     stream_all_packets(&record->dir[d]) <= record->dir[d].packets + 0xffff);
	}
	engine_sample(f->engine, key, record);
}

static void step_time(struct fuzz *f)
{
	f->now += (f->arg & 0x7f) * SECOND;
	native_each_flow(f->native, sample, f);
	engine_tick(f->engine, f->now);
}

/* A request and its answer, whatever the bytes are. */
static void exchange(struct fuzz *f, u16 request, u16 response)
{
	struct endpoint peer = ep(f->six ? "2001:db8:1::3" : "5.0.0.3", 7004);
	struct buf m;

	msg_stun(&m, request, ++f->ids);
	if (request == 0x0001)
		msg_text(&m, 0x0006, f->in ? "alic:bobb" : "bobb:alic");
	if (request == 0x0009)
		msg_attr32(&m, 0x000c, 0x40010000);
	if (request == 0x0009)
		msg_address(&m, 0x0012, peer, true);
	pass_message(f, &m);
	f->in = !f->in;
	msg_stun(&m, response, f->ids);
	msg_address(&m, request == 0x0003 ? 0x0016 : 0x0020, peer, true);
	pass_message(f, &m);
	f->in = !f->in;
}

static void run_step(struct fuzz *f)
{
	switch ((f->op & 15) % STEP_COUNT) {
	case STEP_FRAME:
		return pass(f, &f->bytes);
	case STEP_PAYLOAD:
		return pass_bytes(f, f->arg, &f->bytes);
	case STEP_SEGMENT:
		return pass_segment(f, f->c->seq[f->in] + (u32)(f->arg - 64) * 5, 0x10, &f->bytes);
	case STEP_REQUEST:
		return step_request(f);
	case STEP_ANSWER:
		return step_answer(f);
	case STEP_RTP:
		return step_rtp(f);
	case STEP_RECORD:
		return step_record(f);
	case STEP_HANDSHAKE:
		return step_handshake(f);
	case STEP_CHANNEL:
		return step_channel(f);
	case STEP_ICMP:
		return step_icmp(f);
	case STEP_FRAGMENT:
		return step_fragment(f);
	case STEP_TIME:
		return step_time(f);
	case STEP_BIND:
		f->arg &= 0x7f;
		exchange(f, 0x0003, 0x0103);
		return exchange(f, 0x0009, 0x0109);
	case STEP_CONNECT:
		return exchange(f, 0x0001, 0x0101);
	}
}

/* Takes the next step from the input. Gives false at its end. */
static bool next_step(struct fuzz *f, const uint8_t **data, size_t *size)
{
	u32 len, room = BUF_MAX - 512;

	if (*size < 4)
		return false;
	f->op = (*data)[0];
	f->arg = (*data)[1];
	len = (*data)[2] | (u32)(*data)[3] << 8;
	*data += 4;
	*size -= 4;
	if (len > *size)
		len = (u32)*size;
	f->bytes.len = 0;
	put(&f->bytes, *data, len < room ? len : room);
	*data += len;
	*size -= len;
	f->in = f->op >> 4 & 1;
	f->six = f->op >> 5 & 1;
	f->tcp = f->op >> 6 & 1;
	f->c = &f->talk[f->op >> 5];
	return true;
}

static bool forget(void *arg, const void *key, void *value)
{
	(void)arg, (void)key, (void)value;
	return true;
}

/* One instance for all runs, emptied: to make one takes longer than a run does. */
static struct native *fresh_native(struct fuzz *f)
{
	static struct native *n;

	if (!n)
		n = native_new(16, on_event, NULL);
	if (!n)
		abort();
	table_each(n->flows, forget, NULL);
	table_each(n->probation, forget, NULL);
	table_each(n->fragments, forget, NULL);
	table_each(n->channels, forget, NULL);
	memset(n->points, 0, 2 * sizeof(*n->points));
	memset(&n->self, 0, sizeof(n->self));
	memset(&n->work, 0, sizeof(n->work));
	memset(n->tcp_filter, 0, sizeof(n->tcp_filter));
	memset(n->hints, 0, sizeof(n->hints));
	memset(n->answered, 0, sizeof(n->answered));
	n->arg = f;
	return n;
}

/* `alone`: as a capture of one point is replayed. */
static void start(struct fuzz *f, bool alone)
{
	static const struct engine_limits limits = {.sessions = 16, .keep_ended_ns = 600 * SECOND};

	memset(f, 0, sizeof(*f));
	f->native = fresh_native(f);
	f->engine = engine_new(&limits);
	if (!f->engine)
		abort();
	engine_point(f->engine, 1, alone ? SIDE_WAN : SIDE_LAN);
	native_admit_dtls(f->native, alone ? 1 : 0);
	f->now = 1700000000 * SECOND;
	for (int i = 0; i < 8; i++) {
		f->talk[i].host = ep(i & 1 ? "2001:db8::2" : "192.168.0.2", (u16)(7000 + (i >> 2)));
		f->talk[i].peer = ep(i & 1 ? "2001:db8:1::2" : "5.0.0.2", 3478);
		f->talk[i].seq[0] = 0xffffff00;
	}
}

/* A counter below nothing is a large one. */
static void hold_counters(const struct fuzz *f)
{
	const u64 *counter = (const u64 *)native_point(f->native, 1);
	const struct self_counters *self = native_self(f->native);

	for (size_t i = 0; i < sizeof(struct point_counters) / sizeof(u64); i++)
		hold(counter[i] < 1 << 20);
	hold(self->events == f->events);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct engine_view *view;
	struct fuzz f;

	start(&f, size & 1);
	for (int i = 0; i < STEPS && next_step(&f, &data, &size); i++)
		run_step(&f);
	hold_counters(&f);
	f.arg = 60;
	step_time(&f);
	engine_tick(f.engine, f.now);
	engine_end(f.engine, size >> 1 & (LACKS_ALL_BUT_STUN | LACKS_A_DIRECTION));
	view = engine_view(f.engine, VIEW_SESSIONS | VIEW_MAPPINGS, NULL);
	hold(view && view->nsessions <= 16);
	engine_view_free(view);
	engine_free(f.engine);
	return 0;
}
