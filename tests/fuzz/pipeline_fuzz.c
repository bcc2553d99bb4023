/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* End to end: packets through the native pipeline, its events and records through the engine. */
#include "fuzz.h"
#include "p2pscope/stream.h"
#include "pipeline_steps.h"
#include "source/capture/map_ops_native.h"

#define STEPS 64
#define SECOND 1000000000ull

static void fuzz_event(void *arg, const struct event *event, u32 size)
{
	struct fuzz *f = arg;
	struct event whole;

	hold(size >= offsetof(struct event, stun) && size <= sizeof(whole));
	hold(event->kind >= EVENT_STUN && event->kind <= EVENT_TLS && event->kind != EVENT_DROP);
	hold(event->cls < CLASS_MAX && event->dir < DIR_MAX && event->known <= 1);
	if (event->kind == EVENT_STUN)
		hold(event->stun.username_len <= STUN_USERNAME_KEPT &&
		     event->stun.software_len <= STUN_SOFTWARE_KEPT);
	if (event->kind == EVENT_DTLS)
		hold(event->dtls.step < DTLS_STEP_MAX && event->dtls.hello_len <= DTLS_HELLO_KEPT);
	if (event->kind == EVENT_DTLS)
		hold(size >= offsetof(struct event, dtls.hello) + event->dtls.hello_len);
	memset(&whole, 0, sizeof(whole));
	memcpy(&whole, event, size);
	engine_event(f->engine, &whole);
	f->events++;
}

static void sample_flow(void *arg, const struct flow_key *key, const struct flow_record *record)
{
	struct fuzz *f = arg;

	hold(record->tcp.framing <= FRAMING_TLS && record->turn <= 1 && record->turn_tcp <= 1);
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
	native_each_flow(f->native, sample_flow, f);
	engine_tick(f->engine, f->now);
}

/* A request and its answer, whatever the bytes are. */
static void fuzz_exchange(struct fuzz *f, u16 request, u16 response)
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
		return fuzz_pass(f, &f->bytes);
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
		fuzz_exchange(f, 0x0003, 0x0103);
		return fuzz_exchange(f, 0x0009, 0x0109);
	case STEP_CONNECT:
		return fuzz_exchange(f, 0x0001, 0x0101);
	}
}

/* Takes the next step from the input. Returns false at its end. */
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

static bool forget_entry(void *arg, const void *key, void *value)
{
	(void)arg, (void)key, (void)value;
	return true;
}

/* One instance for all runs, emptied in between: making one takes longer than a run. */
static struct native *fresh_native(struct fuzz *f)
{
	static struct native *n;

	if (!n)
		n = native_new(16, fuzz_event, NULL);
	if (!n)
		abort();
	table_each(n->flows, forget_entry, NULL);
	table_each(n->probation, forget_entry, NULL);
	table_each(n->fragments, forget_entry, NULL);
	table_each(n->tcp_holes, forget_entry, NULL);
	table_each(n->tcp_parts, forget_entry, NULL);
	table_each(n->channels, forget_entry, NULL);
	memset(n->points, 0, 2 * sizeof(*n->points));
	memset(&n->self, 0, sizeof(n->self));
	memset(&n->context, 0, sizeof(n->context));
	memset(n->tcp_filter, 0, sizeof(n->tcp_filter));
	memset(n->hints, 0, sizeof(n->hints));
	memset(n->liveness, 0, sizeof(n->liveness));
	n->arg = f;
	return n;
}

/* `alone`: as a capture of one point is replayed. */
static void fuzz_start(struct fuzz *f, bool alone)
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

/* A counter that went below zero is a large number. */
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

	fuzz_start(&f, size & 1);
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
