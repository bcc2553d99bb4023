/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The kinds of packets that are measured, and how each is made. */
#ifndef P2PSCOPE_BENCH_KINDS_H
#define P2PSCOPE_BENCH_KINDS_H

#include "../unit/traffic_fixture.h"
#include "subjects.h"

enum {
	MEDIA4,
	MEDIA6,
	MEDIA_VLAN,
	MEDIA_CHANNEL,
	MEDIA_ICE_TCP,
	MEDIA_TURN_TCP,
	CONSENT,
	OTHER_UDP,
	OTHER_TCP,
	QUIC,
	FIRST,
	FLOOD,
	KINDS
};

struct bench_kind {
	const char *name, *what;
	u8 carrier, cls; /* what we take it for */
	/*
	 * each packet is of another flow, unknown to us and to the floor; else no event is expected
	 */
	bool strangers;
	struct next_field fields[NEXT_FIELDS];
	struct buf frame[DIR_MAX][SUBJECTS]; /* the last packet that each was given */
};

#define RELAYED CARRIER_UDP_RELAYED

static const struct bench_kind kind_list[KINDS] = {
	[MEDIA4] = {.name = "media", .what = "media, IPv4", .cls = CLASS_RTP},
	[MEDIA6] = {.name = "media_ipv6", .what = "media, IPv6", .cls = CLASS_RTP},
	[MEDIA_VLAN] = {.name = "media_vlan", .what = "media, IPv4 with 802.1Q", .cls = CLASS_RTP},
	[MEDIA_CHANNEL] = {.name = "media_channel",
			   .what = "media in ChannelData",
			   .carrier = RELAYED,
			   .cls = CLASS_RTP},
	[MEDIA_ICE_TCP] = {.name = "media_ice_tcp",
			   .what = "media, ICE-TCP",
			   .carrier = CARRIER_TCP,
			   .cls = CLASS_RTP},
	[MEDIA_TURN_TCP] = {.name = "media_turn_tcp",
			    .what = "media, TURN over TCP",
			    .carrier = CARRIER_TCP_RELAYED,
			    .cls = CLASS_RTP},
	[CONSENT] = {.name = "stun_consent", .what = "consent check", .cls = CLASS_STUN},
	[OTHER_UDP] = {.name = "other_udp", .what = "UDP that is not RTC", .cls = CLASS_OTHER},
	[OTHER_TCP] = {.name = "other_tcp",
		       .what = "TCP that is not RTC",
		       .carrier = CARRIER_TCP,
		       .cls = CLASS_OTHER},
	[QUIC] = {.name = "quic", .what = "QUIC, short header", .cls = CLASS_QUIC},
	[FIRST] = {.name = "stun_first",
		   .what = "first check of a flow",
		   .cls = CLASS_STUN,
		   .strangers = true},
	[FLOOD] = {.name = "stun_flood",
		   .what = "STUN flood, maps full",
		   .cls = CLASS_STUN,
		   .strangers = true},
};

#undef RELAYED

/*
 * Sends a scene past the interface: what the host's peer sends comes in, what the host sends goes
 * out.
 */
static inline void play_traffic(struct subjects *s, const struct traffic *traffic)
{
	static const struct next_field unchanged[NEXT_FIELDS];

	for (u32 i = 0; i < traffic->count; i++) {
		const struct traffic_packet *p = &traffic->packet[i];
		enum bench_hook hook = p->in ? XDP : TC_OUT;
		struct buf f = {.len = 0};

		put(&f, p->data, p->len);
		next_choose(s, hook, OURS, unchanged);
		next_run(s, hook, &f, 1);
	}
}

static inline void set_field(struct bench_kind *k, u32 place, u32 at, enum next_change change,
			     u32 by)
{
	k->fields[place] = (struct next_field){.at = at, .change = change, .by = by};
}

/*
 * Makes the next packet of a PCMU stream (RFC 3551), whose clock is known, so that jitter is
 * measured. RTP begins at `at`.
 */
static inline void set_rtp_fields(struct bench_kind *k, u32 place, u32 at)
{
	set_field(k, place, at + 2, NEXT_ADD16, 1);
	set_field(k, place + 1, at + 4, NEXT_ADD32, 160);
}

static inline void make_rtp(struct buf *m)
{
	struct rtp_of of = {.ssrc = 0xbeef, .seq = 1, .len = 160, .step = 160};

	msg_rtp(m, &of);
}

/* The same bytes in both directions. Returns their offset in the frame. */
static inline u32 both_ways(struct bench_kind *k, struct endpoint host, struct endpoint peer,
			    const struct buf *m)
{
	frame_udp(&k->frame[DIR_IN][OURS], peer, host, m->b, m->len);
	frame_udp(&k->frame[DIR_OUT][OURS], host, peer, m->b, m->len);
	return k->frame[DIR_IN][OURS].len - m->len;
}

/* The next segment of the scene's connection, with which the one after it is in sequence. */
static inline u32 both_ways_tcp(struct bench_kind *k, const struct traffic *traffic,
				const struct buf *m)
{
	struct tcp_of in = {.seq = traffic->seq[1], .flags = 0x18, .options = 12}, out = in;

	out.seq = traffic->seq[0];
	frame_tcp(&k->frame[DIR_IN][OURS], traffic->peer, traffic->host, &in, m->b, m->len);
	frame_tcp(&k->frame[DIR_OUT][OURS], traffic->host, traffic->peer, &out, m->b, m->len);
	set_field(k, 0, 14 + 20 + 4, NEXT_ADD32, m->len);
	return k->frame[DIR_IN][OURS].len - m->len;
}

static inline void tag_frame(struct buf *f)
{
	memmove(f->b + 16, f->b + 12, f->len - 12);
	memcpy(f->b + 12, "\x81\0\0\x64", 4);
	f->len += 4;
}

/* A session in steady state, of either family. */
static inline void make_media(struct bench_kind *k, struct traffic *traffic, bool tagged)
{
	struct buf m;
	u32 at;

	traffic_session(traffic);
	make_rtp(&m);
	at = both_ways(k, traffic->host, traffic->peer, &m);
	if (tagged) {
		tag_frame(&k->frame[DIR_IN][OURS]);
		tag_frame(&k->frame[DIR_OUT][OURS]);
		at += 4;
	}
	set_rtp_fields(k, 0, at);
}

static inline void make_channel(struct bench_kind *k, struct traffic *traffic, bool tcp)
{
	struct buf inner, m;
	u32 at;

	traffic_turn(traffic, tcp);
	make_rtp(&inner);
	msg_channel(&m, 0x4001, inner.b, inner.len, true);
	at = tcp ? both_ways_tcp(k, traffic, &m) : both_ways(k, traffic->host, traffic->peer, &m);
	set_rtp_fields(k, tcp, at + 4);
}

static inline void make_ice_tcp(struct bench_kind *k, struct traffic *traffic)
{
	struct buf inner, m = {.len = 0};

	traffic_ice_tcp(traffic);
	make_rtp(&inner);
	put16(&m, (u16)inner.len);
	put(&m, inner.b, inner.len);
	set_rtp_fields(k, 1, both_ways_tcp(k, traffic, &m) + 2);
}

/*
 * Checks, each with a transaction id of its own. `k` says whether they belong to the scene's
 * session or to unknown flows.
 */
static inline void make_check(struct bench_kind *k, struct traffic *traffic)
{
	struct check_of of = {.id = 4711, .username = "bobb:alic", .role = ROLE_CONTROLLING};
	struct buf m;
	u32 at;

	if (!k->strangers)
		traffic_session(traffic);
	msg_check(&m, &of);
	at = both_ways(k, traffic->host, traffic->peer, &m);
	if (!k->strangers) {
		set_field(k, 0, at + 16, NEXT_ADD32, 1);
		return;
	}
	set_field(k, 0, 14 + 12, NEXT_RANDOM, 0); /* the sender's address */
	set_field(k, 1, at + 16, NEXT_RANDOM, 0);
}

static inline void make_other(struct bench_kind *k, struct traffic *traffic, const char *hex,
			      bool tcp)
{
	struct buf m = {.len = 0};

	put_hex(&m, hex);
	put_many(&m, 0xa5, 160);
	if (tcp)
		both_ways_tcp(k, traffic, &m);
	else
		both_ways(k, traffic->host, traffic->peer, &m);
	memset(k->fields, 0, sizeof(k->fields)); /* one is like the other */
}

/* Long headers in both directions, after which short ones are believed. */
static inline void open_quic(struct traffic *traffic)
{
	struct buf m = {.len = 0};

	put_hex(&m, "c3 00000001 08 0102030405060708");
	put_many(&m, 0x11, 1186);
	traffic_udp(traffic, 0, &m);
	traffic_udp(traffic, 1, &m);
}

static inline void make_frames(struct bench_kind *kinds, int i, struct traffic *traffic)
{
	struct bench_kind *k = &kinds[i];

	switch (i) {
	case MEDIA4:
	case MEDIA6:
	case MEDIA_VLAN:
		return make_media(k, traffic, i == MEDIA_VLAN);
	case MEDIA_CHANNEL:
	case MEDIA_TURN_TCP:
		return make_channel(k, traffic, i == MEDIA_TURN_TCP);
	case MEDIA_ICE_TCP:
		return make_ice_tcp(k, traffic);
	case OTHER_UDP:
	case OTHER_TCP:
		return make_other(k, traffic, "04000000 01020304 05060708", i == OTHER_TCP);
	case QUIC:
		open_quic(traffic);
		return make_other(k, traffic, "41 0102030405060708 a1a2a3a4a5a6", false);
	default:
		return make_check(k, traffic);
	}
}

#endif
