/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * DTLS of a known flow: each step of the handshake is reported the first time a direction takes it.
 */
#ifndef P2PSCOPE_BPF_DTLS_TRACK_H
#define P2PSCOPE_BPF_DTLS_TRACK_H

#include "counters.h"
#include "emit.h"
#include "p2pscope/dtls.h"

struct dtls_track {
	struct msg_context *m;
	struct flow_dir *half;
};

/*
 * Returns how often the step was seen, this time included. Only hellos and clear alerts are
 * counted; the others return 1 the first time and then 0.
 */
static __always_inline u32 dtls_track_seen(struct flow_dir *half, u8 step)
{
	if (step == DTLS_CLIENT_HELLO)
		return shared_next(&half->hellos);
	if (step == DTLS_ALERT)
		return shared_next(&half->alerts);
	return half->dtls_seen & (1u << step) ? 0 : 1;
}

/* Copies a hello's body into the event. Returns how many bytes of it there are. */
static __always_inline u32 dtls_track_copy_hello(struct msg_context *m, const struct dtls_record *r)
{
	struct emit_copy c = {
		.in = &m->data, .to = m->event.dtls.hello, .at = r->hello_at, .len = r->hello_len};

	if (c.len > DTLS_HELLO_KEPT)
		c.len = DTLS_HELLO_KEPT;
	if (c.len)
		loop_times(DTLS_HELLO_KEPT / 16, emit_copy_step, &c);
	return c.len;
}

/* Reports a record; `count` is as dtls_track_seen() returned it. */
static __always_inline void dtls_track_emit(struct msg_context *m, const struct dtls_record *r,
					    u32 count)
{
	struct dtls_info *info = &m->event.dtls;

	info->step = r->step;
	info->alert_level = r->alert_level;
	info->alert = r->alert;
	info->epoch = r->epoch;
	info->record_version = r->version;
	info->message_len = r->message_len;
	info->count = count;
	info->hello_len = dtls_track_copy_hello(m, r);
	emit_event(m, EVENT_DTLS, count, EVENT_SIZE(dtls) - DTLS_HELLO_KEPT + info->hello_len);
}

/* A record that was read, m->dtls.record or a substitute for one. */
static __always_inline void dtls_track_step(struct msg_context *m, struct flow_dir *half,
					    const struct dtls_record *r)
{
	u32 count;

	if (r->step == DTLS_DATA)
		m->dtls.data++;
	else
		m->dtls.other++;
	if (r->step >= DTLS_STEP_MAX)
		return;
	count = dtls_track_seen(half, r->step);
	half->dtls_seen |= 1u << r->step;
	if (count && worth_reporting(count))
		dtls_track_emit(m, r, count);
}

/* Handles one record of a datagram. A step of loop_times(): returns 1 at the end. */
static __maybe_unused int dtls_track_record(u32 index, void *ctx)
{
	const struct dtls_track *h = ctx;
	struct msg_context *m = h->m;
	struct dtls_record *r = &m->dtls.record;
	u32 end = m->at + m->len;

	(void)index;
	if (dtls_parse(&m->data, m->dtls.at, m->have, end, r)) {
		m->dtls.bad = 1;
		return 1;
	}
	m->dtls.at = r->next;
	dtls_track_step(m, h->half, r);
	return m->dtls.at >= m->have || m->dtls.at >= end;
}

/*
 * DTLS inside STUN is acknowledged in STUN, too: the other side's flight has arrived, as an ACK
 * record would say.
 */
static __always_inline void dtls_track_ack(struct msg_context *m, struct flow_dir *half)
{
	struct dtls_record *r = &m->dtls.record;

	__builtin_memset(r, 0, sizeof(*r));
	r->step = DTLS_ACK;
	dtls_track_step(m, half, r);
}

/*
 * A DTLS datagram, the message at hand. Inside STUN it may be empty, and carry an acknowledgement
 * (`acked`).
 */
static __always_inline void dtls_track_datagram(struct msg_context *m, struct flow_dir *half,
						bool acked)
{
	struct dtls_track h = {.m = m, .half = half};

	__builtin_memset(&m->dtls, 0, sizeof(m->dtls));
	m->dtls.at = m->at;
	if (m->len)
		loop_times(DTLS_RECORDS, dtls_track_record, &h);
	if (acked)
		dtls_track_ack(m, half);
	if (m->dtls.bad)
		count_skipped(REASON_BAD_DTLS);
	if (m->dtls.data) {
		shared_next(&half->data_packets);
		half->data_ns = m->coarse_ns;
	}
	if (m->dtls.other)
		shared_next(&half->dtls_packets);
}

/*
 * The same for a flow on probation, where a check carries what is to be known of the flow that its
 * answer makes.
 */
static __always_inline void dtls_track_probation(struct msg_context *m, struct probe_dir *probe,
						 bool acked)
{
	struct flow_dir *half = &m->fresh.flow.dir[DIR_IN];

	half->dtls_seen = probe->dtls_seen;
	half->dtls_packets = probe->dtls_packets;
	half->hellos = probe->hellos;
	half->alerts = probe->alerts;
	dtls_track_datagram(m, half, acked);
	probe->dtls_seen = half->dtls_seen;
	probe->dtls_packets = half->dtls_packets;
	probe->hellos = half->hellos;
	probe->alerts = half->alerts;
}

#endif
