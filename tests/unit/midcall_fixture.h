/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A call as the flow records of both sides of the gateway count it, second by second: audio and
 * video each way, reports, and checks that are answered.
 */
#ifndef P2PSCOPE_TESTS_MIDCALL_FIXTURE_H
#define P2PSCOPE_TESTS_MIDCALL_FIXTURE_H

#include "engine_fixture.h"

#define STREAMS 2
#define RATE 50 /* packets a second of each stream */

/* What becomes of one direction in this second. */
struct way_state {
	bool silent; /* its sender sends no media */
	bool gone; /* its sender sends nothing at all */
	u32 dropped[STREAMS]; /* of RATE packets of each stream, by this gateway */
	bool checks_dropped; /* by this gateway */
	bool lost; /* none comes here: lost before */
	u32 part_lost; /* of RATE packets of each stream, before they come here */
};

struct midcall {
	struct engine_fixture w;
	struct way_state way[2]; /* by enum host_dir */
	struct flow_record record[2]; /* by enum side */
	u32 carrier_drops; /* of what carries the call inside TURN */
	u32 seconds; /* that the call has lasted */
	bool unseen; /* the kernel's drops are not reported */
};

static inline struct flow_dir *half_at(struct midcall *m, enum side side, enum host_dir way)
{
	return &m->record[side].dir[(side == SIDE_LAN) == (way == OUT) ? DIR_IN : DIR_OUT];
}

static inline void stream_passes(struct midcall *m, enum side side, enum host_dir way, u32 i,
				 u32 packets)
{
	struct flow_dir *d = half_at(m, side, way);
	struct stream *st = &d->stream[i];

	if (!packets)
		return;
	st->ssrc = 0x100 * (u32)(way + 1) + i;
	st->valid = 1;
	st->packets += packets;
	st->bytes += packets * 200ull;
	st->max_seq = (m->seconds + 1) * RATE;
	st->last_ns = d->media_ns = d->last_ns = m->w.now;
	d->rare[i].first_seq = 1;
}

/* The packet is dropped between the points: the LAN's flow is the one that is found. */
static inline void drop_packets(struct midcall *m, enum host_dir way, u8 cls, u32 stream, u32 count)
{
	struct event ev = event_at_point(&m->w, SIDE_LAN, way, EVENT_DROP, cls);
	u32 *counted = &m->record[SIDE_LAN].drops[ev.dir][cls];

	if (m->unseen || !count)
		return;
	if (cls == CLASS_RTP)
		half_at(m, SIDE_LAN, way)->rare[stream].dropped += count;
	*counted += count;
	ev.drop.reason = 5;
	ev.drop.count = *counted;
	engine_event(m->w.e, &ev);
}

static inline void media_goes(struct midcall *m, enum host_dir way)
{
	const struct way_state *state = &m->way[way];
	enum side in = way == OUT ? SIDE_LAN : SIDE_WAN;

	for (u32 i = 0; i < STREAMS && !state->silent && !state->gone && !state->lost; i++) {
		stream_passes(m, in, way, i, RATE - state->part_lost);
		stream_passes(m, !in, way, i, RATE - state->part_lost - state->dropped[i]);
		drop_packets(m, way, CLASS_RTP, i, state->dropped[i]);
	}
}

static inline void point_hears(struct midcall *m, enum side side, enum host_dir way, bool answer)
{
	struct flow_dir *d = half_at(m, side, way);

	d->last_ns = m->w.now;
	if (answer) {
		d->successes++;
		d->success_ns = m->w.now;
	} else {
		d->requests++;
		d->request_ns = m->w.now;
	}
	d->rtcp_packets++;
	d->rtcp_ns = m->w.now;
}

/* Returns whether it arrives. */
static inline bool message_goes(struct midcall *m, enum host_dir way, bool answer)
{
	const struct way_state *state = &m->way[way];
	enum side in = way == OUT ? SIDE_LAN : SIDE_WAN;

	if (state->gone || state->lost)
		return false;
	point_hears(m, in, way, answer);
	if (state->checks_dropped) {
		drop_packets(m, way, CLASS_STUN, 0, 1);
		return false;
	}
	point_hears(m, !in, way, answer);
	return true;
}

static inline void sample_side(struct midcall *m, enum side side)
{
	struct event ev = event_at_point(&m->w, side, OUT, EVENT_STREAM, CLASS_RTP);

	engine_sample(m->w.e, &ev.key, &m->record[side]);
}

/* So many seconds of the call pass. */
static inline void call_goes_on(struct midcall *m, int seconds)
{
	for (int i = 0; i < seconds; i++) {
		for (int way = 0; way < 2; way++) {
			media_goes(m, way);
			if (message_goes(m, way, false))
				message_goes(m, !way, true);
		}
		sample_side(m, SIDE_LAN);
		sample_side(m, SIDE_WAN);
		m->seconds++;
		advance_time(&m->w, SEC);
	}
}

/* The peer's kernel says that nobody listens. */
static inline void port_unreachable(struct midcall *m)
{
	struct event ev = event_at_point(&m->w, SIDE_WAN, IN, EVENT_ICMP, CLASS_OTHER);

	ev.icmp.type = 3;
	ev.icmp.code = 3;
	ev.icmp.sender = ep("5.0.0.2", 0);
	engine_event(m->w.e, &ev);
}

static inline void call_begins(struct midcall *m)
{
	connect_peers(&m->w);
	complete_dtls(&m->w);
	for (u32 i = 0; i < STREAMS; i++) {
		rtp_stream(&m->w, OUT, 0x100 * (OUT + 1) + i);
		rtp_stream(&m->w, IN, 0x100 * (IN + 1) + i);
	}
	call_goes_on(m, 10);
}

static inline int midcall_setup(void **state)
{
	static struct midcall m;

	memset(&m, 0, sizeof(m));
	engine_fixture_start(&m.w);
	call_begins(&m);
	*state = &m;
	return 0;
}

static inline int midcall_teardown(void **state)
{
	struct midcall *m = *state;

	engine_fixture_end(&m->w);
	return 0;
}

#endif
