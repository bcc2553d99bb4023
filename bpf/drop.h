/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Packets that this machine's kernel dropped, if they belong to a flow we know. The kernel shows
 * the packet as it was at that moment: before or behind NAT, at the interface that it came in on or
 * would have left by. So the key is built as each observed interface would have built it: the
 * source is on the far side of the interface that it came in on, the destination on that of any
 * other.
 */
#ifndef P2PSCOPE_BPF_DROP_H
#define P2PSCOPE_BPF_DROP_H

#include "emit.h"
#include "headers.h"
#include "p2pscope/config.h"
#include "p2pscope/demux.h"
#include "p2pscope/loop.h"
#include "p2pscope/rtp.h"
#include "verifier.h"

/*
 * Returns the index of the observed interface in a slot, 0 when there is none. Declared here and
 * not in map_ops.h, as there are no drops natively.
 */
static __always_inline u32 observed_lookup(u32 slot);

struct drop_loop {
	struct msg_context *m;
	struct flow_key key; /* as on the interface that it came in on */
};

/*
 * Returns the offset of the transport's payload, 0 when its header is cut. `c` stands after the
 * first eight bytes of the transport header.
 */
static __always_inline u32 drop_payload_at(const struct cursor *c, u8 proto)
{
	if (proto == PROTO_UDP)
		return c->at;
	if (c->at + 12 > c->len)
		return 0;
	return c->at - 8 + (bytes_u8(c->in, c->at + 4) >> 4) * 4u;
}

/*
 * Fills what an event says of the payload at m->at, and m->cls. In TCP media does not stand
 * unframed.
 */
static __always_inline void drop_describe(struct msg_context *m, bool tcp)
{
	struct drop_info *info = &m->event.drop;
	const u8 *head = bytes_at(&m->data, m->at);
	struct dtls_record r;

	info->step = DTLS_STEP_MAX;
	info->id_known = 0;
	info->payload = m->len;
	m->cls = CLASS_OTHER;
	if (m->at + HEAD_BYTES > m->have || m->len < HEAD_BYTES)
		return;
	m->cls = demux_known(head, m->len);
	if (tcp && m->cls != CLASS_STUN && m->cls != CLASS_CHANNEL_DATA)
		m->cls = CLASS_OTHER;
	if ((m->cls == CLASS_STUN || m->cls == CLASS_CLASSIC_STUN) &&
	    m->at + STUN_HEADER <= m->have) {
		info->id_known = 1;
		__builtin_memcpy(info->id, bytes_at(&m->data, m->at + 8), sizeof(info->id));
	}
	if (m->cls == CLASS_DTLS && !dtls_parse(&m->data, m->at, m->have, m->at + m->len, &r))
		info->step = r.step;
}

/* Counts the drop of an RTP packet, whose SSRC is `ssrc`, for its stream. */
static __always_inline void drop_count_stream(struct flow_dir *half, u32 ssrc)
{
	for (u32 i = 0; i < FLOW_STREAMS; i++)
		if (half->stream[i].valid && half->stream[i].ssrc == ssrc)
			shared_next(&half->rare[i].dropped);
}

static __always_inline u32 drop_count_known(struct msg_context *m, struct flow_record *flow)
{
	u32 dir = m->dir & 1, cls = m->cls;

	hide_value(cls); /* else it is read again behind the comparison */
	if (cls >= CLASS_MAX)
		return 0;
	if (cls == CLASS_RTP && m->at + RTP_HEADER <= m->have)
		drop_count_stream(&flow->dir[dir], bytes_be32(&m->data, m->at + 8));
	return shared_next(&flow->drops[dir][cls]);
}

/*
 * Counts the drop for the flow m->key. Returns its number in its direction and class, 0 when the
 * flow is neither known nor on probation.
 */
static __always_inline u32 drop_count(struct msg_context *m)
{
	struct flow_record *flow = flow_lookup(&m->key);
	struct probe_record *probe;

	m->known = flow != NULL;
	if (flow)
		return drop_count_known(m, flow);
	probe = probe_lookup(&m->key);
	return probe ? shared_next(&probe->drops[m->dir & 1]) : 0;
}

/*
 * Reports a drop with as much of the packet as was copied. After its length there may be padding
 * of the link's.
 */
static __always_inline void drop_emit(struct msg_context *m, u32 count)
{
	struct drop_info *info = &m->event.drop;

	info->count = count;
	info->packet_have = m->have < info->packet_len ? m->have : info->packet_len;
	__builtin_memcpy(info->packet, m->data.b, DROP_KEPT);
	emit_event(m, EVENT_DROP, count,
		   __builtin_offsetof(struct event, drop.packet) + info->packet_have);
}

/* Looks for the flow at one observed interface. A step of loop_times(), which goes on (0). */
static __maybe_unused int drop_at_interface(u32 index, void *ctx)
{
	struct drop_loop *loop = ctx;
	struct msg_context *m = loop->m;
	struct self_counters *counters;
	u32 count;

	m->ifindex = observed_lookup(index);
	if (!m->ifindex)
		return 0;
	m->key = loop->key;
	m->dir = DIR_IN;
	if (m->ifindex != m->event.drop.came_in) {
		m->dir = DIR_OUT;
		m->key.far = loop->key.near;
		m->key.near = loop->key.far;
	}
	m->key.tag = m->ifindex;
	count = drop_count(m);
	if (!count)
		return 0;
	counters = self_lookup();
	if (counters)
		counters->drops_seen++;
	if (worth_reporting(count))
		drop_emit(m, count);
	return 0;
}

/*
 * Handles a dropped packet: `have` of its bytes, from the IP header on, are in `data`, and the
 * caller has set the time and those fields of the event that the kernel knows besides.
 */
static __always_inline void drop_packet(struct msg_context *m)
{
	struct cursor c = cursor_on_copy(&m->data, 0, m->have);
	struct drop_loop loop = {.m = m};
	struct ip ip;

	if (headers_parse_copy(&c, DIR_IN, &loop.key, &ip))
		return;
	m->at = drop_payload_at(&c, ip.proto);
	if (!m->at)
		return;
	m->len = ip.payload - (m->at - (c.at - 8));
	if (m->len > ip.payload) /* the transport header is longer than the packet */
		return;
	m->carrier = ip.proto == PROTO_TCP ? CARRIER_TCP : CARRIER_UDP;
	m->event.drop.packet_len = c.at - 8 + ip.payload;
	drop_describe(m, ip.proto == PROTO_TCP);
	loop_times(OBSERVED_MAX, drop_at_interface, &loop);
}

#endif
