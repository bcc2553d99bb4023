/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Traffic: a list of packets of every kind, each with its direction. Tests that change packets at
 * random, fuzzers and benchmarks start from these.
 */
#ifndef P2PSCOPE_TESTS_TRAFFIC_FIXTURE_H
#define P2PSCOPE_TESTS_TRAFFIC_FIXTURE_H

#include "message.h"

#define TRAFFIC_MAX 512

struct traffic_packet {
	u8 *data;
	u32 len;
	u8 in; /* toward the host */
};

struct traffic {
	struct traffic_packet packet[TRAFFIC_MAX];
	u32 count;
	struct endpoint host, peer, other;
	u32 seq[2];
	u64 ids;
};

static inline void traffic_start(struct traffic *s, bool six)
{
	memset(s, 0, sizeof(*s));
	s->host = ep(six ? "2001:db8::2" : "192.168.0.2", 7000);
	s->peer = ep(six ? "2001:db8:1::2" : "5.0.0.2", 7002);
	s->other = ep(six ? "2001:db8:1::3" : "5.0.0.3", 7004);
}

static inline void traffic_free(struct traffic *s)
{
	for (u32 i = 0; i < s->count; i++)
		free(s->packet[i].data);
	s->count = 0;
}

static inline void traffic_frame(struct traffic *s, u8 in, const struct buf *f)
{
	struct traffic_packet *p = &s->packet[s->count];

	if (s->count == TRAFFIC_MAX)
		abort();
	p->data = malloc(f->len + 1);
	if (!p->data)
		abort();
	memcpy(p->data, f->b, f->len);
	p->len = f->len;
	p->in = in;
	s->count++;
}

static inline void traffic_udp(struct traffic *s, u8 in, const struct buf *m)
{
	struct buf f;

	frame_udp(&f, in ? s->peer : s->host, in ? s->host : s->peer, m->b, m->len);
	traffic_frame(s, in, &f);
}

static inline void traffic_tcp(struct traffic *s, u8 in, u8 flags, const void *data, u32 len)
{
	struct tcp_of of = {.seq = s->seq[in], .flags = flags, .options = 12};
	struct buf f;

	frame_tcp(&f, in ? s->peer : s->host, in ? s->host : s->peer, &of, data, len);
	traffic_frame(s, in, &f);
	s->seq[in] += len + ((flags & 3) != 0);
}

/* A check and its answer; `in`: the check comes from the peer. */
static inline void traffic_check(struct traffic *s, u8 in, bool nominate)
{
	struct check_of of = {.id = ++s->ids,
			      .username = in ? "alic:bobb" : "bobb:alic",
			      .use_candidate = nominate};
	struct buf m;

	of.role = in ? ROLE_CONTROLLED : ROLE_CONTROLLING;
	msg_check(&m, &of);
	traffic_udp(s, in, &m);
	msg_answer(&m, of.id, s->host);
	traffic_udp(s, !in, &m);
}

static inline void traffic_rtp(struct traffic *s, u8 in, u16 first, u16 count)
{
	struct rtp_of of = {.ssrc = 0xcafe, .payload_type = 111, .len = 100};
	struct buf m;

	for (of.seq = first; of.seq != (u16)(first + count); of.seq++) {
		msg_rtp(&m, &of);
		traffic_udp(s, in, &m);
	}
}

static inline void traffic_record(struct traffic *s, u8 in, u8 type, u16 epoch, u32 len)
{
	static const u8 sealed[1200];
	struct record_of of = {.type = type, .epoch = epoch};
	struct buf m = {.len = 0};

	msg_record(&m, &of, sealed, len);
	traffic_udp(s, in, &m);
}

static inline void traffic_handshake(struct traffic *s)
{
	struct buf m = {.len = 0}, hello = {.len = 0}, body = {.len = 0};
	struct handshake_of of = {.type = 2};
	struct record_of record = {.type = 22};

	msg_handshake(&m, 1, 150);
	traffic_udp(s, 0, &m);
	put_server_hello(&hello, "000e 0005 0002 0001 00");
	put_handshake(&body, &of, hello.b, hello.len);
	m.len = 0;
	msg_record(&m, &record, body.b, body.len);
	msg_handshake(&m, 11, 300);
	msg_handshake(&m, 14, 0);
	traffic_udp(s, 1, &m);
	m.len = 0;
	msg_handshake(&m, 16, 66);
	record.type = 20;
	msg_record(&m, &record, "\1", 1);
	traffic_udp(s, 0, &m);
	traffic_record(s, 0, 22, 1, 40);
	traffic_record(s, 1, 22, 1, 40);
	traffic_record(s, 0, 23, 1, 60);
	traffic_record(s, 1, 21, 0, 2);
	m.len = 0;
	put_hex(&m, "2e 0000 0019 000102030405060708090a0b0c0d0e0f101112131415161718");
	traffic_udp(s, 1, &m);
	m.b[0] = 0x2f;
	traffic_udp(s, 1, &m);
}

/* ICE, DTLS, media and data of one session on its direct path. */
static inline void traffic_session(struct traffic *s)
{
	struct buf m;

	traffic_check(s, 0, false);
	traffic_check(s, 1, false);
	traffic_check(s, 0, true);
	traffic_handshake(s);
	traffic_rtp(s, 0, 65530, 12);
	traffic_rtp(s, 1, 7, 5);
	msg_rtcp(&m, 0xcafe);
	traffic_udp(s, 0, &m);
	traffic_record(s, 0, 23, 1, 1000);
	traffic_check(s, 0, false);
	msg_stun(&m, 0x0200, ++s->ids);
	traffic_udp(s, 0, &m);
	msg_stun(&m, 0x0300, s->ids);
	traffic_udp(s, 1, &m);
	m.len = 0;
	put_hex(&m, "0001 0000 01020304 05060708 090a0b0c 0d0e0f10");
	traffic_udp(s, 0, &m);
}

/* Messages toward the TURN server that `peer` is now, and its answers. `tcp`: they go over TCP. */
static inline void traffic_turn_message(struct traffic *s, u8 in, bool tcp, const struct buf *m)
{
	if (tcp)
		traffic_tcp(s, in, 0x18, m->b, m->len);
	else
		traffic_udp(s, in, m);
}

static inline void traffic_turn_setup(struct traffic *s, bool tcp)
{
	struct buf m;

	msg_stun(&m, 0x0003, ++s->ids);
	msg_attr32(&m, 0x0019, 0x11000000);
	traffic_turn_message(s, 0, tcp, &m);
	msg_stun(&m, 0x0103, s->ids);
	msg_address(&m, 0x0016, s->other, true);
	msg_attr32(&m, 0x000d, 600);
	traffic_turn_message(s, 1, tcp, &m);
	msg_stun(&m, 0x0008, ++s->ids);
	msg_address(&m, 0x0012, s->other, true);
	traffic_turn_message(s, 0, tcp, &m);
	msg_stun(&m, 0x0118, s->ids);
	msg_error(&m, 403);
	traffic_turn_message(s, 1, tcp, &m);
	msg_stun(&m, 0x0009, ++s->ids);
	msg_attr32(&m, 0x000c, 0x40010000);
	msg_address(&m, 0x0012, s->other, true);
	traffic_turn_message(s, 0, tcp, &m);
	msg_stun(&m, 0x0109, s->ids);
	traffic_turn_message(s, 1, tcp, &m);
}

static inline void traffic_turn(struct traffic *s, bool tcp)
{
	struct rtp_of rtp = {.ssrc = 5, .payload_type = 96, .len = 51};
	struct check_of check = {.username = "bobb:alic"};
	struct buf inner, m, hello = {.len = 0};

	traffic_turn_setup(s, tcp);
	check.id = ++s->ids;
	msg_check(&inner, &check);
	msg_channel(&m, 0x4001, inner.b, inner.len, true);
	traffic_turn_message(s, 0, tcp, &m);
	msg_answer(&inner, check.id, s->other);
	msg_channel(&m, 0x4001, inner.b, inner.len, true);
	traffic_turn_message(s, 1, tcp, &m);
	msg_handshake(&hello, 1, 500);
	msg_channel(&m, 0x4001, hello.b, hello.len, true);
	traffic_turn_message(s, 0, tcp, &m);
	for (; rtp.seq < 4; rtp.seq++) {
		msg_rtp(&inner, &rtp);
		msg_channel(&m, 0x4001, inner.b, inner.len, true);
		traffic_turn_message(s, 1, tcp, &m);
	}
	msg_stun(&m, 0x0016, ++s->ids);
	msg_address(&m, 0x0012, s->other, true);
	msg_attr(&m, 0x0013, inner.b, inner.len);
	traffic_turn_message(s, 0, tcp, &m);
	msg_stun(&m, 0x0004, ++s->ids);
	msg_attr32(&m, 0x000d, 0);
	traffic_turn_message(s, 0, tcp, &m);
}

/* ICE-TCP: several messages a segment, and one split over two. */
static inline void traffic_ice_tcp(struct traffic *s)
{
	struct check_of check = {.id = ++s->ids, .username = "bobb:alic"};
	struct rtp_of rtp = {.ssrc = 5, .len = 40};
	struct buf m, stream = {.len = 0};

	traffic_tcp(s, 0, 2, NULL, 0);
	traffic_tcp(s, 1, 0x12, NULL, 0);
	msg_check(&m, &check);
	put16(&stream, (u16)m.len);
	put(&stream, m.b, m.len);
	traffic_tcp(s, 0, 0x18, stream.b, stream.len);
	msg_answer(&m, check.id, s->host);
	stream.len = 0;
	put16(&stream, (u16)m.len);
	put(&stream, m.b, m.len);
	traffic_tcp(s, 1, 0x18, stream.b, stream.len);
	stream.len = 0;
	for (; rtp.seq < 5; rtp.seq++) {
		msg_rtp(&m, &rtp);
		put16(&stream, (u16)m.len);
		put(&stream, m.b, m.len);
	}
	traffic_tcp(s, 0, 0x10, stream.b, 131);
	traffic_tcp(s, 0, 0x18, stream.b + 131, stream.len - 131);
	traffic_tcp(s, 0, 0x11, NULL, 0);
}

/* The lower layers: a VLAN tag, two fragments, an ICMP error, and a packet of another protocol. */
static inline void traffic_lower_layers(struct traffic *s)
{
	struct traffic_packet *first = &s->packet[0];
	u32 ip = is_v4(&s->host) ? 20 : 40;
	struct buf f = {.len = 0}, m = {.len = 0};

	put(&f, first->data, 12);
	put_hex(&f, "8100 0064");
	put(&f, first->data + 12, first->len - 12);
	traffic_frame(s, 0, &f);
	f.len = 0;
	put_ip(&f, s->peer, s->host, ip == 20 ? 1 : 58, 8 + first->len - 14);
	put_hex(&f, ip == 20 ? "03030000 00000000" : "01040000 00000000");
	put(&f, first->data + 14, first->len - 14);
	traffic_frame(s, 1, &f);
	put_hex(&m, "1234 0100 0001 0000 0000 0000 07 6578616d706c65 03 6f7267 00 0001 0001");
	traffic_udp(s, 0, &m);
	traffic_tcp(s, 0, 0x18, "GET / HTTP/1.1\r\n\r\n", 18);
	f.len = 0;
	if (ip == 20) {
		struct ipv4_of of = {
			.src = s->host, .dst = s->peer, .proto = 17, .payload = 64, .id = 9};

		of.fragment = 0x2000;
		put_ethernet(&f, 0x0800);
		put_ipv4(&f, &of);
	} else {
		put_ethernet(&f, 0x86dd);
		put_ipv6(&f, s->host, s->peer, 44, 72);
		put_hex(&f, "1100 0001 00000009");
	}
	put_udp(&f, s->host.port, s->peer.port, 1000);
	put_many(&f, 0x80, 56);
	traffic_frame(s, 0, &f);
	f.b[ip == 20 ? 20 : 56] = ip == 20 ? 0 : 0; /* now the piece behind it */
	f.b[ip == 20 ? 21 : 57] = ip == 20 ? 8 : 64;
	traffic_frame(s, 0, &f);
}

/* Everything. */
static inline void traffic_all(struct traffic *s, bool six)
{
	traffic_start(s, six);
	traffic_session(s);
	traffic_lower_layers(s);
	s->host.port++;
	traffic_turn(s, false);
	s->host.port++;
	traffic_turn(s, true);
	s->host.port++;
	traffic_ice_tcp(s);
}

#endif
