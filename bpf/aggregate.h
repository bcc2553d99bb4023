/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Several UDP datagrams of one size under one header: what a socket sends with UDP_SEGMENT (GSO),
 * and what the kernel puts together when it forwards (GRO). Only tc sees them. Each takes the slow
 * path.
 */
#ifndef P2PSCOPE_BPF_AGGREGATE_H
#define P2PSCOPE_BPF_AGGREGATE_H

#include "ct_lookup.h"
#include "dispatch.h"
#include "message_load.h"
#include "p2pscope/loop.h"
#include "untracked.h"

#define AGGREGATE_SEGMENTS 128 /* UDP_MAX_SEGMENTS of linux/udp.h; 64 before Linux 6.9 */

struct aggregate {
	void *ctx;
	struct msg_context *m;
	const struct packet *pkt;
};

/* Handles the next datagram of an aggregate. A step of loop_times(): returns 1 at the end. */
static __always_inline int aggregate_message(const struct aggregate *a, const struct source *src)
{
	const struct packet *pkt = a->pkt;
	struct msg_context *m = a->m;
	u32 at = m->aggregate_at;
	u32 len = pkt->payload - at, there = packet_there(pkt, at);

	if (at >= pkt->payload)
		return 1;
	if (len > pkt->segment)
		len = pkt->segment;
	message_begin(m, pkt, CARRIER_UDP);
	m->len = len;
	m->counted = len;
	message_load(m, src, pkt->at + at, there < len ? there : len, 0);
	m->aggregate_at = at + len;
	if (m->at + HEAD_BYTES > m->have || flow_lookup(&pkt->key) ||
	    !untracked_done(pkt, bytes_at(&m->data, m->at), len))
		message_deliver(m);
	return 0;
}

/* aggregate_message() as loop_times() calls it. */
static __maybe_unused int aggregate_step(u32 index, void *ctx)
{
	const struct aggregate *a = ctx;
	const struct source src = {.ctx = a->ctx, .kind = SOURCE_TC};

	(void)index;
	return aggregate_message(a, &src);
}

/* Handles the datagrams of an aggregate one by one. */
static __always_inline void aggregate_packet(const struct source *src, const struct packet *pkt)
{
	struct aggregate a = {.ctx = src->ctx, .m = context_lookup(), .pkt = pkt};

	if (!a.m)
		return;
	a.m->aggregate_at = 0;
	a.m->now_ns = clock_ns();
	a.m->coarse_ns = clock_coarse_ns();
	loop_times(AGGREGATE_SEGMENTS, aggregate_step, &a);
	ct_learn(src, pkt, a.m);
}

#endif
