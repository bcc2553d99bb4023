/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* TCP streams of the pipeline's tests. */
#ifndef P2PSCOPE_TESTS_TCP_STREAM_FIXTURE_H
#define P2PSCOPE_TESTS_TCP_STREAM_FIXTURE_H

#include "pipeline_fixture.h"

static inline const struct flow_record *tcp_record(struct pipeline *p)
{
	return record_of(p, PROTO_TCP);
}

static inline const struct flow_dir *tcp_half(struct pipeline *p, enum host_dir way)
{
	const struct flow_record *r = tcp_record(p);

	assert_non_null(r);
	return &r->dir[dir_of(p, way)];
}

static inline void send_stream(struct pipeline *p, enum host_dir way, struct buf *s)
{
	send_tcp(p, way, PSH | ACK, s->b, s->len);
	s->len = 0;
}

/* Adds a message to a stream, behind two bytes of length. */
static inline void put_rfc4571(struct buf *s, const struct buf *m)
{
	put16(s, (u16)m->len);
	put(s, m->b, m->len);
}

static inline u64 messages_counted(struct pipeline *p, enum host_dir way, enum carrier carrier)
{
	u64 sum = 0;

	for (int cls = 0; cls < CLASS_MAX; cls++)
		sum += packets_counted(p, way, carrier, cls);
	return sum;
}

#endif
