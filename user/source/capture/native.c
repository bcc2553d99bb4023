/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "source/capture/native.h"

#include <stdlib.h>

#include "source/capture/map_ops_native.h"

#include "../../../bpf/pipeline.h"

#define NATIVE_PROBATION 65536
#define NATIVE_FRAGMENTS 8192
#define NATIVE_CHANNELS 65536
#define NATIVE_TCP_HOLES 8192
#define NATIVE_TCP_PARTS 1024

#define UNCLASSED_WORD(name, word) word,

struct native *native_new(u32 max_flows, native_emit_fn emit, void *arg)
{
	struct native *n = calloc(1, sizeof(*n));

	if (!n)
		return NULL;
	n->emit = emit;
	n->arg = arg;
	n->flows = table_new(sizeof(struct flow_key), sizeof(struct native_flow), max_flows, false);
	n->probation = table_new(sizeof(struct flow_key), sizeof(struct probe_record),
				 NATIVE_PROBATION, true);
	n->fragments = table_new(sizeof(struct fragment_key), sizeof(struct flow_key),
				 NATIVE_FRAGMENTS, true);
	n->channels = table_new(sizeof(struct channel_key), sizeof(struct channel), NATIVE_CHANNELS,
				true);
	n->tcp_holes =
		table_new(sizeof(struct flow_key), sizeof(struct tcp_hole), NATIVE_TCP_HOLES, true);
	n->tcp_parts =
		table_new(sizeof(struct flow_key), sizeof(struct tcp_part), NATIVE_TCP_PARTS, true);
	n->points = calloc(POINT_SLOTS, sizeof(*n->points));
	if (n->flows && n->probation && n->fragments && n->channels && n->tcp_holes &&
	    n->tcp_parts && n->points)
		return n;
	native_free(n);
	return NULL;
}

void native_free(struct native *n)
{
	if (!n)
		return;
	table_free(n->flows);
	table_free(n->probation);
	table_free(n->fragments);
	table_free(n->channels);
	table_free(n->tcp_holes);
	table_free(n->tcp_parts);
	free(n->points);
	free(n);
}

void native_admit_dtls(struct native *n, u32 ifindex)
{
	n->dtls_point = ifindex;
}

void native_count(struct native *n, u32 ifindex, enum direction dir, enum msg_class cls)
{
	current = n;
	count_class(ifindex, dir, CARRIER_UDP, cls, 1);
}

u64 native_unclassed(const struct native *n, enum native_unclassed why)
{
	return n->unclassed[why];
}

const char *native_unclassed_word(enum native_unclassed why)
{
	static const char *const words[] = {NATIVE_UNCLASSED(UNCLASSED_WORD)};

	return words[why];
}

/* Returns whether the packet at hand was counted as one that was not understood. */
static bool is_counted_as_skipped(struct native *n)
{
	u64 before = n->skipped;

	if (!n->touched)
		return false;
	n->skipped = 0;
	for (unsigned int i = 0; i < REASON_COUNT; i++)
		n->skipped += n->self.skipped[i];
	return n->skipped != before;
}

static enum native_unclassed why_unclassed(const struct native *n, enum reason reason)
{
	const struct packet *pkt = &n->context.pkt;

	if (reason)
		return reason == REASON_NOT_IP ? UNCLASSED_NOT_IP : UNCLASSED_NOT_TRANSPORT;
	if (pkt->fragment == FRAGMENT_LATER)
		return UNCLASSED_FRAGMENT;
	if (pkt->key.proto != PROTO_TCP)
		return UNCLASSED_ICMP;
	return pkt->payload ? UNCLASSED_PART : UNCLASSED_NO_DATA;
}

/* What a capture cut off is not a fault of the packet. */
static enum reason skip(enum reason reason, bool cut)
{
	if (cut && reason_is_short(reason))
		reason = REASON_CUT;
	packet_count_skipped(reason);
	return reason;
}

enum reason native_skip(struct native *n, enum reason reason, bool cut)
{
	current = n;
	n->classed = false;
	return skip(reason, cut);
}

void native_account(struct native *n, enum reason reason, bool carrier)
{
	if (!is_counted_as_skipped(n) && !n->classed)
		n->unclassed[carrier ? UNCLASSED_TUNNEL : why_unclassed(n, reason)]++;
}

enum reason native_packet(struct native *n, u32 ifindex, enum direction dir, enum native_link link,
			  const u8 *data, u32 have, u32 wire, u64 now_ns)
{
	struct memory memory = {.data = data, .len = have};
	struct source src = {.ctx = &memory, .kind = SOURCE_MEMORY};
	struct raw_packet raw = {.begin = data,
				 .end = data + have,
				 .wire = wire,
				 .have = have,
				 .ifindex = ifindex,
				 .dir = dir,
				 .ethernet = link == NATIVE_ETHERNET};
	enum reason reason;

	current = n;
	n->classed = false;
	n->now_ns = now_ns;
	n->dtls_opens = ifindex == n->dtls_point;
	reason = headers_parse(&raw, &n->context.pkt);
	if (!reason)
		reason = packet_dispatch(&src, &n->context.pkt, raw.begin, raw.end);
	return skip(reason, have < wire);
}

struct flow_visit {
	native_flow_fn fn;
	void *arg;
};

static bool flow_visit(void *arg, const void *key, void *value)
{
	struct flow_visit *v = arg;
	struct native_flow *flow = value;

	flow->touched = 0;
	v->fn(v->arg, key, &flow->record);
	return false;
}

static bool flow_visit_touched(void *arg, const void *key, void *value)
{
	const struct native_flow *flow = value;
	const struct flow_key *k = key;

	return (flow->touched || k->proto == PROTO_TCP) && flow_visit(arg, key, value);
}

void native_each_flow(struct native *n, native_flow_fn fn, void *arg)
{
	struct flow_visit v = {.fn = fn, .arg = arg};

	table_each(n->flows, flow_visit, &v);
}

void native_each_touched(struct native *n, native_flow_fn fn, void *arg)
{
	struct flow_visit v = {.fn = fn, .arg = arg};

	table_each(n->flows, flow_visit_touched, &v);
}

static bool flow_is_old(void *arg, const void *key, void *value)
{
	const u64 *before_ns = arg;
	const struct flow_record *flow = &((const struct native_flow *)value)->record;

	(void)key;
	return flow->first_ns < *before_ns && flow_last_ns(&flow->dir[DIR_IN]) < *before_ns &&
	       flow_last_ns(&flow->dir[DIR_OUT]) < *before_ns;
}

void native_expire(struct native *n, u64 before_ns)
{
	table_each(n->flows, flow_is_old, &before_ns);
}

const struct self_counters *native_self(const struct native *n)
{
	return &n->self;
}

const struct point_counters *native_point(const struct native *n, u32 ifindex)
{
	return &n->points[ifindex % POINT_SLOTS];
}
