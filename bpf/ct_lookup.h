/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What conntrack says of a flow. It is asked once at each interface that the flow leaves by, after
 * its first STUN or TURN message, and the answer is kept in the flow's record. There the packet is
 * as NAT left it, and the entry is in the kernel's table already: nf_confirm() is the last of the
 * postrouting hooks, which run before tc.
 */
#ifndef P2PSCOPE_BPF_CT_LOOKUP_H
#define P2PSCOPE_BPF_CT_LOOKUP_H

#include "emit.h"
#include "message_load.h"
#include "verifier.h"

/* Returns where the flow's answer is kept, NULL when it has no record any more. */
static __always_inline struct conntrack *ct_place(struct msg_context *m)
{
	struct flow_record *flow = flow_lookup(&m->key);
	struct probe_record *probe;

	m->known = flow != NULL;
	if (flow)
		return &flow->nat;
	probe = probe_lookup(&m->key);
	if (!probe)
		return NULL;
	hide_value(probe);
	return &probe->nat;
}

/* Keeps and reports the answer, which is in the event. */
GLOBAL_FUNCTION ct_keep(void)
{
	struct msg_context *m = context_lookup();
	struct self_counters *self = self_lookup();
	struct conntrack *place;

	if (!m || !self)
		return 0;
	self->conntrack_asked++;
	place = ct_place(m);
	if (place)
		*place = m->event.conntrack;
	if (m->event.conntrack.state != CONNTRACK_FOUND)
		return 0;
	self->conntrack_found++;
	emit_event(m, EVENT_CONNTRACK, 1, EVENT_SIZE(conntrack));
	return 0;
}

/*
 * Asks for the flow of a packet whose messages have been handled, if one of them wanted it. The
 * question is the answer to this packet, as it would come in: the kernel knows what is behind NAT
 * then.
 */
static __always_inline void ct_learn(const struct source *src, const struct packet *pkt,
				     struct msg_context *m)
{
	struct conntrack *ct = &m->event.conntrack;

	if (src->kind == SOURCE_XDP || !m->ct_wanted) /* XDP sees only what comes in */
		return;
	m->ct_wanted = 0;
	message_begin(m, pkt, pkt->key.proto == PROTO_TCP ? CARRIER_TCP : CARRIER_UDP);
	m->cls = CLASS_OTHER;
	__builtin_memset(ct, 0, sizeof(*ct));
	ct->orig_src = pkt->key.far;
	ct->orig_dst = pkt->key.near;
	ct->proto = pkt->key.proto;
	ct->state = conntrack_lookup(src, ct) ? CONNTRACK_FOUND : CONNTRACK_NONE;
	ct_keep();
}

#endif
