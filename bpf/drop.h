/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Packets that this machine's kernel dropped, if they belong to a flow we know. The kernel gives
 * the packet as it was at that moment: behind or before NAT, at the interface it came in on or
 * would have left by. So the key is built as each observed interface would have built it: on the
 * one it came in on its source is beyond, on any other its destination.
 */
#ifndef P2PSCOPE_BPF_DROP_H
#define P2PSCOPE_BPF_DROP_H

#include "icmp.h"

/*
 * The index of an observed interface, by slot; 0 is none. Here, not in map_ops.h: there are no
 * drops natively.
 */
static __always_inline u32 observed_lookup(u32 slot);

struct drop_loop {
	struct work *w;
	struct flow_key key; /* as on the interface it came in on */
};

/*
 * Where the transport's payload begins, 0 when its header is cut. `c` stands behind the ports'
 * eight bytes.
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
 * Fills what an event tells of the payload at w->at, and w->cls. `framed`: it is TCP, where media
 * does not stand bare.
 */
static __always_inline void drop_describe(struct work *w, bool tcp)
{
	struct drop_info *info = &w->event.drop;
	const u8 *head = bytes_at(&w->data, w->at);
	struct dtls_record r;

	info->step = DTLS_STEP_MAX;
	info->id_known = 0;
	info->payload = w->len;
	w->cls = CLASS_OTHER;
	if (w->at + HEAD_BYTES > w->have || w->len < HEAD_BYTES)
		return;
	w->cls = demux_known(head, w->len);
	if (tcp && w->cls != CLASS_STUN && w->cls != CLASS_CHANNEL_DATA)
		w->cls = CLASS_OTHER;
	if ((w->cls == CLASS_STUN || w->cls == CLASS_CLASSIC_STUN) &&
	    w->at + STUN_HEADER <= w->have) {
		info->id_known = 1;
		__builtin_memcpy(info->id, bytes_at(&w->data, w->at + 8), sizeof(info->id));
	}
	if (w->cls == CLASS_DTLS && !dtls_parse(&w->data, w->at, w->have, w->at + w->len, &r))
		info->step = r.step;
}

/*
 * Counts the drop at the flow w->key. Gives which of its class it is, 0 when no such flow is known.
 */
static __always_inline u32 drop_count(struct work *w)
{
	struct flow_record *flow = flow_lookup(&w->key);
	struct probe_record *probe;

	w->known = flow != NULL;
	if (flow)
		return w->cls < CLASS_MAX ? shared_next(&flow->drops[w->cls]) : 0;
	probe = probe_lookup(&w->key);
	return probe ? shared_next(&probe->drops) : 0;
}

/*
 * Tells a drop with as much of the packet as was copied; behind its length there may be the link's
 * padding.
 */
static __always_inline void drop_tell(struct work *w, u32 count)
{
	struct drop_info *info = &w->event.drop;

	info->count = count;
	info->packet_have = w->have < info->packet_len ? w->have : info->packet_len;
	__builtin_memcpy(info->packet, w->data.b, DROP_KEPT);
	emit(w, EVENT_DROP, count,
	     __builtin_offsetof(struct event, drop.packet) + info->packet_have);
}

/* One observed interface; a step of the loop over them. */
static __maybe_unused int drop_at_interface(u32 index, void *ctx)
{
	struct drop_loop *loop = ctx;
	struct work *w = loop->w;
	struct self_counters *counters;
	u32 count;

	w->ifindex = observed_lookup(index);
	if (!w->ifindex)
		return 0;
	w->key = loop->key;
	w->dir = DIR_IN;
	if (w->ifindex != w->event.drop.came_in) {
		w->dir = DIR_OUT;
		w->key.far = loop->key.near;
		w->key.near = loop->key.far;
	}
	w->key.tag = w->ifindex;
	count = drop_count(w);
	if (!count)
		return 0;
	counters = self_lookup();
	if (counters)
		counters->drops_seen++;
	if (worth_telling(count))
		drop_tell(w, count);
	return 0;
}

/*
 * A dropped packet: its bytes from the IP header on are in `data`, `have` of them; the time is set,
 * and of the event what the kernel says besides.
 */
static __always_inline void drop_packet(struct work *w)
{
	struct cursor c = cursor_on_copy(&w->data, 0, w->have);
	struct drop_loop loop = {.w = w};
	struct ip ip;

	if (key_from_copy(&c, DIR_IN, &loop.key, &ip))
		return;
	w->at = drop_payload_at(&c, ip.proto);
	if (!w->at)
		return;
	w->len = ip.payload - (w->at - (c.at - 8));
	if (w->len > ip.payload) /* the header is longer than the packet */
		return;
	w->carrier = ip.proto == PROTO_TCP ? CARRIER_TCP : CARRIER_UDP;
	w->event.drop.packet_len = c.at - 8 + ip.payload;
	drop_describe(w, ip.proto == PROTO_TCP);
	loop_times(OBSERVED_MAX, drop_at_interface, &loop);
}

#endif
