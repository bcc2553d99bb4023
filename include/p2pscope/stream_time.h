/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * When the packets of an RTP stream came: the rate of its clock, its jitter (RFC 3550 section
 * 6.4.1, appendix A.8) and its gaps.
 *
 * Times are in units of 1024 ns and of 32 bits: only their differences matter, which are right up
 * to half an hour. A tick of RTP's clock is in 2^-16 units. So a packet costs a multiplication and
 * no division.
 */
#ifndef P2PSCOPE_STREAM_TIME_H
#define P2PSCOPE_STREAM_TIME_H

#include "flow.h"
#include "rtp.h"

#define STREAM_MS(ms) ((u32)((ms)*1000000ull >> 10))
#define STREAM_TICK(rate) ((u32)(64000000000ull / (rate)))

/*
 * An exact clock costs a fifth of what a packet may cost. So of each STREAM_CYCLE packets only the
 * first ones have exact times, and jitter is taken over the STREAM_MEASURED differences between
 * them.
 */
#define STREAM_CYCLE 128
#define STREAM_MEASURED 8

#define STREAM_WINDOW STREAM_MS(2000) /* over which a clock must fit */
#define STREAM_JUMP STREAM_MS(5000) /* further off, a timestamp is that of a new start */
#define STREAM_FREEZE STREAM_MS(500)
#define STREAM_PACE STREAM_MS(250) /* who sends less often is silent */

/* Returns a time in ns in units. */
static __always_inline u32 stream_units(u64 ns)
{
	return (u32)(ns >> 10);
}

/* Returns units in ns. */
static __always_inline u64 stream_ns(u64 units)
{
	return units << 10;
}

/* Returns a stream's jitter in ns; it is valid when jitter_known. */
static __always_inline u64 stream_jitter_ns(u32 jitter)
{
	return stream_ns(jitter) / 16;
}

/*
 * Returns the tick of a static payload type's clock (RFC 3551 section 6, tables 4 and 5), 0 for a
 * dynamic type.
 */
static __always_inline u32 stream_static_tick(u8 payload_type)
{
	switch (payload_type) {
	case 0:
	case 3 ... 5:
	case 7 ... 9:
	case 12:
	case 13:
	case 15:
	case 18:
		return STREAM_TICK(8000);
	case 16:
		return STREAM_TICK(11025);
	case 6:
		return STREAM_TICK(16000);
	case 17:
		return STREAM_TICK(22050);
	case 10:
	case 11:
		return STREAM_TICK(44100);
	case 14:
	case 25:
	case 26:
	case 28:
	case 31 ... 34:
		return STREAM_TICK(90000);
	}
	return 0;
}

/* Returns the rate of a clock in Hz by its tick; 0 for 0. */
static __always_inline u32 stream_clock_rate(u32 tick)
{
	return tick ? (u32)((64000000000ull + tick / 2) / tick) : 0;
}

/* Returns whether so many ticks took this time, in units, within 1/32. */
static __always_inline bool stream_fits(u32 ticks, u32 tick, u32 elapsed)
{
	s64 off = (s64)((u64)ticks * tick >> 16) - elapsed;

	return (u64)(off < 0 ? -off : off) * 32 <= elapsed;
}

/* A window begins with this packet, which came at `now`, in units. */
static __always_inline void stream_window(struct stream *s, struct stream_rare *rare, u32 timestamp,
					  u32 now)
{
	s->window_arrival = now;
	rare->window_timestamp = timestamp;
}

/*
 * A window is over: takes the clock that fits it. When none does, nothing changes, as a burst may
 * have begun or ended it.
 */
static __always_inline void stream_clock(struct stream *s, struct stream_rare *rare, u32 timestamp,
					 u32 now)
{
	u32 elapsed = now - s->window_arrival, ticks = timestamp - rare->window_timestamp, tick = 0;

	if (stream_fits(ticks, STREAM_TICK(8000), elapsed))
		tick = STREAM_TICK(8000);
	else if (stream_fits(ticks, STREAM_TICK(16000), elapsed))
		tick = STREAM_TICK(16000);
	else if (stream_fits(ticks, STREAM_TICK(48000), elapsed))
		tick = STREAM_TICK(48000);
	else if (stream_fits(ticks, STREAM_TICK(90000), elapsed))
		tick = STREAM_TICK(90000);
	if (tick && tick != s->tick) {
		s->tick = tick;
		s->jitter = 0;
		s->jitter_known = 0;
	}
	stream_window(s, rare, timestamp, now);
}

/*
 * Returns by how much the gap between the last packet and this one is longer than their timestamps
 * say, in units.
 */
static __always_inline s64 stream_late(const struct stream *s, u32 timestamp, s32 gap)
{
	return gap - ((s64)(s32)(timestamp - s->timestamp) * s->tick >> 16);
}

/* Adds the next difference in transit, in units (RFC 3550 appendix A.8). */
static __always_inline void stream_jitter(struct stream *s, s64 late)
{
	u32 off = (u32)(late < 0 ? -late : late);

	if (late > (s64)STREAM_JUMP || late < -(s64)STREAM_JUMP)
		return;
	s->jitter += off - ((s->jitter + 8) >> 4);
	s->jitter_known = 1;
}

/* Measures a packet whose time, `now` in units, is exact, as the time of the packet before was. */
static __always_inline void stream_measure(struct stream *s, struct stream_rare *rare,
					   u32 timestamp, u32 now)
{
	if (s->tick)
		stream_jitter(s, stream_late(s, timestamp, (s32)(now - stream_units(s->last_ns))));
	if (now - s->window_arrival >= STREAM_WINDOW)
		stream_clock(s, rare, timestamp, now);
}

/*
 * Returns whether media was missing in a long gap, other than by silence: more numbers were skipped
 * than a silent sender uses up, or the packet that ends the gap was sent long before it came.
 */
static __always_inline bool stream_froze(const struct stream *s, u32 timestamp, s32 gap, u32 ahead)
{
	s64 late = stream_late(s, timestamp, gap);

	if ((u64)ahead * STREAM_PACE > (u32)gap)
		return true;
	return s->tick && late * 2 > gap && late < gap * 2ll;
}

/* Starts the times of a stream with its first packet; `now_ns` is of the exact clock. */
static __always_inline void stream_time_begin(struct stream *s, struct stream_rare *rare,
					      const struct rtp *r, u64 now_ns)
{
	s->last_ns = now_ns;
	s->timestamp = r->timestamp;
	s->tick = stream_static_tick(r->payload_type);
	stream_window(s, rare, s->timestamp, stream_units(now_ns));
}

/*
 * Another packet. `ahead` is by how much its number is above the highest before, 0 when it is not.
 * `measured`: the time is of the exact clock, and so was the time of the packet before.
 */
static __always_inline void stream_came(struct stream *s, struct stream_rare *rare,
					const struct rtp *r, u32 ahead, u64 now_ns, bool measured)
{
	u32 now = stream_units(now_ns);
	s32 gap = (s32)(now - stream_units(s->last_ns));

	if (measured)
		stream_measure(s, rare, r->timestamp, now);
	if (gap > (s32)s->longest_gap)
		s->longest_gap = (u32)gap;
	if (gap > (s32)STREAM_FREEZE && stream_froze(s, r->timestamp, gap, ahead) &&
	    rare->freezes < 0xffff)
		rare->freezes++;
	s->last_ns = now_ns;
	s->timestamp = r->timestamp;
}

#endif
