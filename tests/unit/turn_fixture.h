/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A TURN client's messages: `peer` is the TURN server, `other` the peer behind it. */
#ifndef P2PSCOPE_TESTS_TURN_FIXTURE_H
#define P2PSCOPE_TESTS_TURN_FIXTURE_H

#include "pipeline_fixture.h"

#define CHANNEL 0x4001

static inline void send_turn_answer(struct pipeline *p, u16 type)
{
	struct buf m;

	msg_stun(&m, type, p->ids);
	send_udp(p, IN, &m);
}

static inline void send_turn_allocate(struct pipeline *p)
{
	struct buf m;

	msg_stun(&m, 0x0003, ++p->ids);
	send_udp(p, OUT, &m);
	send_turn_answer(p, 0x0103);
	clear_events(p);
}

static inline void bind_request(struct pipeline *p, u16 channel, struct endpoint peer)
{
	struct buf m;

	msg_stun(&m, 0x0009, ++p->ids);
	msg_attr32(&m, 0x000c, (u32)channel << 16);
	msg_address(&m, 0x0012, peer, true);
	send_udp(p, OUT, &m);
}

static inline void bind_channel(struct pipeline *p, u16 channel, struct endpoint peer)
{
	bind_request(p, channel, peer);
	send_turn_answer(p, 0x0109);
	clear_events(p);
}

static inline void send_in_channel(struct pipeline *p, enum host_dir way, u16 channel,
				   const struct buf *inner, bool padded)
{
	struct buf m;

	msg_channel(&m, channel, inner->b, inner->len, padded);
	send_udp(p, way, &m);
}

static inline void send_in_indication(struct pipeline *p, enum host_dir way, struct endpoint peer,
				      const struct buf *inner)
{
	struct buf m;

	msg_stun(&m, way == OUT ? 0x0016 : 0x0017, ++p->ids);
	msg_address(&m, 0x0012, peer, true);
	msg_attr(&m, 0x0013, inner->b, inner->len);
	send_udp(p, way, &m);
}

/* Returns the key that the inner flow must have. */
static inline struct flow_key inner_key(struct pipeline *p, struct endpoint peer)
{
	struct flow_key carrying = key_between(p, PROTO_UDP), key = carrying;

	if (p->variant->wan)
		key.far = peer;
	else
		key.near = peer;
	key.tag = flow_tag(&carrying);
	key.relayed = 1;
	return key;
}

static inline const struct flow_record *inner_record(struct pipeline *p)
{
	struct flow_key key = inner_key(p, p->other);

	return flow_of(p, &key);
}

static inline const struct flow_dir *inner_half(struct pipeline *p, enum host_dir way)
{
	const struct flow_record *r = inner_record(p);

	assert_non_null(r);
	return &r->dir[dir_of(p, way)];
}

/* A check and its answer inside. */
static inline void establish_in_channel(struct pipeline *p)
{
	struct check_of of = {.id = ++p->ids, .username = "bobb:alic"};
	struct buf m;

	msg_check(&m, &of);
	send_in_channel(p, OUT, CHANNEL, &m, true);
	msg_answer(&m, of.id, p->other);
	send_in_channel(p, IN, CHANNEL, &m, false);
	clear_events(p);
}

#endif
