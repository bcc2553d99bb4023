/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What passes from stage to stage: a packet whose headers are parsed, and a message whose bytes are
 * copied.
 *
 * The pipeline includes no kernel and no system header. What it needs from where it runs is
 * declared in map_ops.h.
 */
#ifndef P2PSCOPE_BPF_CONTEXT_H
#define P2PSCOPE_BPF_CONTEXT_H

#include "p2pscope/cursor.h"
#include "p2pscope/dtls.h"
#include "p2pscope/event.h"
#include "p2pscope/stun.h"
#include "p2pscope/tls.h"

/*
 * Where a packet's bytes come from; `kind` is a constant of each program, so that only its helpers
 * remain.
 */
enum source_kind { SOURCE_XDP, SOURCE_TC, SOURCE_MEMORY };

struct source {
	void *ctx;
	u32 kind;
};

/* A packet whose headers are parsed. */
struct packet {
	struct flow_key key;
	u32 at; /* where the transport's payload begins in the frame */
	u32 payload; /* its bytes on the wire; of a later fragment, all behind the IP headers */
	u32 message; /* UDP: bytes of the datagram of which this may be the first fragment */
	u32 have; /* bytes of the frame that are there */
	/* UDP: an aggregate of datagrams of this size, the last may be shorter; else 0 */
	u32 segment;
	u32 seq; /* TCP */
	u32 id; /* of a fragment */
	u8 dir; /* enum direction */
	u8 fragment; /* enum fragment */
	u8 flags; /* TCP */
	u8 ttl;
};

/* The sender's end of a flow, of a packet that goes in direction `dir`, and the receiver's. */
static __always_inline struct endpoint *key_src(struct flow_key *key, u8 dir)
{
	return dir == DIR_IN ? &key->far : &key->near;
}

static __always_inline struct endpoint *key_dst(struct flow_key *key, u8 dir)
{
	return dir == DIR_IN ? &key->near : &key->far;
}

/*
 * Bytes of the payload, from `from` on, that are in the frame: less than on the wire when the
 * capture cut it.
 */
static __always_inline u32 packet_there(const struct packet *pkt, u32 from)
{
	u32 end = pkt->at + pkt->payload;
	u32 begin = pkt->at + from;

	if (end > pkt->have)
		end = pkt->have;
	return end > begin ? end - begin : 0;
}

/* What a message leads to. */
enum next { NEXT_NONE, NEXT_INNER, NEXT_EMBEDDED };

/* How far a TCP segment was read. */
struct tcp_reading {
	u32 at; /* the next message, from the beginning of the payload */
	u32 turn; /* channel numbers mean something */
	u32 lost; /* an implausible length */
	u32 turn_tcp; /* the bytes are those of a peer */
	u32 framing; /* enum framing */
	struct tcp_half half; /* of the segment's direction */
};

/* How far a datagram of DTLS was read. */
struct dtls_reading {
	u32 at; /* the next record */
	u32 data, other; /* records of data, and of anything else */
	u32 bad;
	struct dtls_record record;
};

/* Which of a direction's streams a packet goes to. */
struct stream_choice {
	u32 index;
	u32 rank; /* enum stream_rank */
	u32 proven; /* one of them is valid */
};

/*
 * A message of a flow: a datagram, a message cut out of a TCP stream, or what either carries inside
 * TURN.
 */
struct msg_context {
	struct packet pkt; /* the packet at hand */
	struct bytes data;
	struct flow_key key;
	struct endpoint server; /* inside TURN: the server; else all zero */
	u64 now_ns;
	u64 coarse_ns;
	u32 ifindex;
	u32 at; /* where the message begins in `data` */
	u32 have; /* where the bytes end that are in `data` */
	u32 len; /* bytes the message has on the wire */
	/* bytes of it that the flow's counter takes: of a first fragment less than `len` */
	u32 counted;
	u8 dir; /* enum direction */
	u8 carrier; /* enum carrier */
	u8 cls; /* enum msg_class */
	u8 framing; /* enum framing */
	u8 known; /* the flow is in the main map */
	/* the flow was seen leaving, and conntrack was not asked for it; see ct_lookup.h */
	u8 ct_wanted;
	u8 zero[2];
	struct stun_parts parts;
	struct tcp_reading tcp;
	struct dtls_reading dtls;
	struct tls_hello tls;
	struct stream_choice choice;
	u32 aggregate_at; /* the next datagram of an aggregate */
	struct event event;
	union { /* built here, then copied into a map */
		struct flow_record flow;
		struct probe_record probe;
	} fresh;
};

#endif
