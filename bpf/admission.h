/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which flows get a record. A flow is on probation, in an LRU map, until an answer matches a
 * request of the other direction by its transaction id; only then does it move to the main map.
 * Forged requests evict other flows on probation and nothing else.
 */
#ifndef P2PSCOPE_BPF_ADMISSION_H
#define P2PSCOPE_BPF_ADMISSION_H

#include "counters.h"
#include "p2pscope/dtls.h"
#include "p2pscope/stun.h"

/* Returns the slot of a transaction, or else the least recently used one. */
static __always_inline struct pending *pending_slot(struct pending *ring, u64 id)
{
	u32 best = 0;

	for (u32 i = 0; i < FLOW_PENDING; i++) {
		if (ring[i].id == id)
			return &ring[i];
		if (ring[i].sent_ns < ring[best & (FLOW_PENDING - 1)].sent_ns)
			best = i;
	}
	return &ring[best & (FLOW_PENDING - 1)];
}

/*
 * Remembers the request at hand until it is answered. Returns its slot; PENDING_REPEATED is set
 * when it was there already.
 */
static __always_inline struct pending *pending_put(struct pending *ring,
						   const struct msg_context *m)
{
	u64 id = stun_id(&m->event.stun);
	struct pending *p = pending_slot(ring, id);

	if (p->id == id) {
		p->flags |= PENDING_REPEATED;
		return p;
	}
	p->id = id;
	p->sent_ns = m->now_ns;
	p->flags = m->event.stun.flags;
	p->channel = m->event.stun.channel;
	return p;
}

/*
 * Returns the request whose transaction id is `id` (stun_id()), NULL when there is none or `id` is
 * 0.
 */
static __always_inline struct pending *pending_find(struct pending *ring, u64 id)
{
	for (u32 i = 0; i < FLOW_PENDING; i++)
		if (id && ring[i].id == id)
			return &ring[i];
	return NULL;
}

/*
 * Returns whether the request at hand has a USERNAME, or a role or nomination with that USERNAME,
 * not reported before in this direction, and remembers that it has. The two USERNAMEs used last
 * count as reported: two sessions may share a flow.
 */
static __always_inline bool request_changed(const struct msg_context *m, u32 *user_hash,
					    u32 *user_before, u32 *flags_reported)
{
	const u32 watched = STUN_F_USE_CANDIDATE | STUN_F_CONTROLLING | STUN_F_CONTROLLED;
	u32 flags = m->event.stun.flags & watched;
	u32 user = m->parts.user_hash;
	bool changed = false;

	if (user && user != *user_hash && user != *user_before) {
		*user_before = *user_hash;
		*user_hash = user;
		*flags_reported &= ~watched;
		changed = true;
	}
	if (flags & ~*flags_reported)
		changed = true;
	*flags_reported |= flags;
	return changed;
}

/*
 * Returns the record on probation of the flow at hand, which is made when it is not there; NULL
 * when there is no memory for it.
 */
static __always_inline struct probe_record *probe_get(struct msg_context *m)
{
	struct probe_record *probe = probe_lookup(&m->key);

	if (probe)
		return probe;
	__builtin_memset(&m->fresh.probe, 0, sizeof(m->fresh.probe));
	m->fresh.probe.first_ns = m->now_ns;
	m->fresh.probe.ifindex = m->ifindex;
	m->fresh.probe.tcp.framing = m->framing;
	if (probe_insert(&m->key, &m->fresh.probe))
		count_full(MAP_PROBATION);
	else
		count_inserted(MAP_PROBATION);
	return probe_lookup(&m->key);
}

/* Fills one direction of a new record from its half of the record on probation. */
static __always_inline void probe_promote_half(struct flow_dir *to, const struct probe_dir *from)
{
	__builtin_memset(to, 0, sizeof(*to));
	to->requests = from->requests;
	to->packets = from->requests + from->other;
	to->bytes = from->bytes;
	to->user_hash = from->user_hash;
	to->user_before = from->user_before;
	to->stun_flags = from->stun_flags;
	to->icmp = from->icmp;
	to->dtls_seen = from->dtls_seen;
	to->dtls_packets = from->dtls_packets;
	to->hellos = from->hellos;
	to->alerts = from->alerts;
	for (u32 i = 0; i < FLOW_PENDING; i++)
		to->pending[i] = from->pending[i];
}

/* Moves the flow at hand from probation to the main map. Returns false when that is full. */
static __always_inline bool probe_promote(struct msg_context *m, const struct probe_record *probe)
{
	struct flow_record *flow = &m->fresh.flow;

	/* in parts: the compiler expands no memset of more than a kilobyte */
	__builtin_memset(flow, 0, __builtin_offsetof(struct flow_record, dir));
	__builtin_memset(&flow->tcp, 0,
			 sizeof(*flow) - __builtin_offsetof(struct flow_record, tcp));
	probe_promote_half(&flow->dir[DIR_IN], &probe->dir[DIR_IN]);
	probe_promote_half(&flow->dir[DIR_OUT], &probe->dir[DIR_OUT]);
	flow->first_ns = probe->first_ns;
	flow->ifindex = m->ifindex;
	flow->tcp = probe->tcp;
	flow->server = m->server;
	flow->drops[DIR_IN][CLASS_STUN] = probe->drops[DIR_IN];
	flow->drops[DIR_OUT][CLASS_STUN] = probe->drops[DIR_OUT];
	flow->nat = probe->nat;
	if (flow_insert(&m->key, flow)) {
		count_full(MAP_FLOWS);
		return false;
	}
	count_inserted(MAP_FLOWS);
	probe_delete(&m->key);
	count_deleted(MAP_PROBATION);
	return true;
}

/*
 * DTLS without STUN: a ClientHello, HelloVerifyRequest or ServerHello of DTLS 1.0 or later opens
 * the flow. Returns its record, NULL for anything else.
 */
static __always_inline struct flow_record *admit_dtls(struct msg_context *m)
{
	struct dtls_record *r = &m->dtls.record;
	struct probe_record *probe;
	struct flow_record *flow;

	if (dtls_parse(&m->data, m->at, m->have, m->at + m->len, r) || r->version >> 8 != 0xfe ||
	    r->step > DTLS_SERVER_HELLO)
		return NULL;
	probe = probe_get(m);
	flow = probe && probe_promote(m, probe) ? flow_lookup(&m->key) : NULL;
	if (flow)
		count_flow(flow_dir_of(flow, m->dir), m->counted, m->coarse_ns);
	m->known = flow != NULL;
	return flow;
}

#endif
