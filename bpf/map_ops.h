/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * All that the pipeline asks of where it runs. The BPF programs answer with BPF maps and helpers
 * (map_ops_bpf.h), native.c with hash tables and packet time. Lookups give NULL when there is
 * nothing; what they give may be written to. Inserts give 0, or not 0 when the map is full.
 */
#ifndef P2PSCOPE_BPF_MAP_OPS_H
#define P2PSCOPE_BPF_MAP_OPS_H

#include "context.h"
#include "p2pscope/flow.h"

#define TCP_FILTER_SLOTS 65536

struct tcp_filter {
	u8 slot[TCP_FILTER_SLOTS];
};

#define HINT_SLOTS 65536

/* Bits: media and QUIC may share a flow (RFC 9443). A place is a flow's or a stream's. */
enum hint_mark {
	HINT_MEDIA = 1 << 0,
	HINT_QUIC = 1 << 1,
	HINT_STREAM = 1 << 2,
	HINT_STREAM_VALID = 1 << 3
};

/* What is remembered of a flow, or of a stream, that has no record (untracked.h). */
struct hint {
	u32 check; /* the whole hash, of which the place is a part */
	u32 ssrc; /* of a stream */
	u16 seq;
	u8 marks; /* enum hint_mark */
	/* packets of a stream with consecutive numbers; of QUIC the direction of the first */
	u8 row;
	u8 unsure; /* packets not yet believed, up to 255: of a flow RTCP, of a stream RTP */
	u8 zero[3];
};

#define LIVENESS_SLOTS 16384

/* When a host was last answered (liveness.h). */
struct liveness {
	u32 check; /* the whole hash, of which the place is a part */
	u32 time;
};

static __always_inline struct flow_record *flow_lookup(const struct flow_key *key);
static __always_inline long flow_insert(const struct flow_key *key,
					const struct flow_record *record);

/* Flows on probation: the least recently used makes room. */
static __always_inline struct probe_record *probe_lookup(const struct flow_key *key);
static __always_inline long probe_insert(const struct flow_key *key,
					 const struct probe_record *record);
static __always_inline void probe_delete(const struct flow_key *key);

static __always_inline struct channel *channel_lookup(const struct channel_key *key);
static __always_inline long channel_insert(const struct channel_key *key,
					   const struct channel *channel);

/* The flow to which the later fragments of a datagram belong. */
static __always_inline struct flow_key *fragment_lookup(const struct fragment_key *key);
static __always_inline long fragment_insert(const struct fragment_key *key,
					    const struct flow_key *flow);

/* A byte shared by all TCP connections of one hash: 0 says that none of them is ours. */
static __always_inline u8 *tcp_filter_slot(u32 hash);

static __always_inline struct hint *hint_lookup(u32 hash);
static __always_inline struct liveness *liveness_lookup(u32 hash);

/* May a DTLS handshake open a flow on which no STUN was answered? In BPF a constant: no. */
static __always_inline bool dtls_opens(void);

static __always_inline struct point_counters *point_lookup(u32 ifindex);
static __always_inline struct self_counters *self_lookup(void);

/* This CPU's place to work on a message. */
static __always_inline struct msg_context *context_lookup(void);

/*
 * Writes an event of `size` bytes. Of a flow that is not `known` only while there is room for those
 * that are.
 */
static __always_inline void event_write(const struct event *event, u32 size, bool known);

/* Time of the packet in ns, exact and cheap. */
static __always_inline u64 clock_ns(void);
static __always_inline u64 clock_coarse_ns(void);

/*
 * Copies `len` (1..MESSAGE_KEPT) bytes at `at` of the frame. Gives 0, or not 0 when they are not
 * there.
 */
static __always_inline long source_load(const struct source *src, u32 at, u8 *to, u32 len);

/*
 * Makes the frame's first `bytes`, which are there, linear where they lie in pages: only then can
 * they be read directly, and be told of a packet that is dropped (skb_copy()). Pointers into the
 * packet are void behind it.
 */
static __always_inline void source_pull(const struct source *src, u32 bytes);

/*
 * Asks conntrack. A question, in `ct`, is one of conntrack.h; if there is an entry, it is filled in
 * and the answer is true, else it stays as it is.
 */
static __always_inline bool conntrack_lookup(const struct source *src, struct conntrack *ct);

/* Adds to a counter that several CPUs share. */
static __always_inline void shared_add(u64 *counter, u64 n);
static __always_inline u32 shared_next(u32 *counter); /* adds 1 and gives the new value */

#endif
