/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What passes from stage to stage of the pipeline: a packet whose headers are parsed, and a message
 * whose bytes are copied.
 *
 * The pipeline includes no kernel and no system header. What it needs from the place it runs in is
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
 * Where a packet's bytes come from. `kind` is a constant in each program, so the compiler keeps
 * only the code of that kind.
 */
enum source_kind { SOURCE_XDP, SOURCE_TC, SOURCE_MEMORY };

struct source {
	void *ctx;
	u32 kind;
};

/* A packet whose headers are parsed. */
struct packet {
	struct flow_key key;
	u32 at; /* offset of the transport's payload in the frame */
	/*
	 * bytes of the payload on the wire; of a later fragment: everything after the IP headers
	 */
	u32 payload;
	/* UDP: payload bytes of the whole datagram, of which this may be the first fragment */
	u32 message;
	u32 have; /* bytes of the frame that can be loaded */
	/* UDP: an aggregate of datagrams of this size, of which the last may be shorter; else 0 */
	u32 segment;
	u32 seq; /* TCP */
	u32 id; /* of a fragment: identifies its datagram */
	u8 dir; /* enum direction */
	u8 fragment; /* enum fragment */
	u8 flags; /* TCP */
	u8 ttl;
};

/* Return the end of a flow that sent a packet of direction `dir`, and the one that receives it. */
static __always_inline struct endpoint *key_src(struct flow_key *key, u8 dir)
{
	return dir == DIR_IN ? &key->far : &key->near;
}

static __always_inline struct endpoint *key_dst(struct flow_key *key, u8 dir)
{
	return dir == DIR_IN ? &key->near : &key->far;
}

/*
 * Returns how many bytes of the payload, from offset `from` on, are in the frame: fewer than on the
 * wire when the capture cut it.
 */
static __always_inline u32 packet_there(const struct packet *pkt, u32 from)
{
	u32 end = pkt->at + pkt->payload;
	u32 begin = pkt->at + from;

	if (end > pkt->have)
		end = pkt->have;
	return end > begin ? end - begin : 0;
}

/*
 * What is to be done after a message: nothing, the message it carries (TURN), or the DTLS datagram
 * it embeds (libwebrtc's DTLS in STUN).
 */
enum next { NEXT_NONE, NEXT_INNER, NEXT_EMBEDDED };

/* Whether a TCP segment is read into a hole: from the hole's beginning, or from its own on. */
enum tcp_filling { FILLING_NONE, FILLING_HOLE, FILLING_AMID };

/* How far a TCP segment was read. */
struct tcp_reading {
	u32 at; /* offset of the next message in the payload */
	u32 turn; /* a TURN request was answered here: channel numbers mean something */
	u32 lost; /* a length was implausible: the message boundary is lost */
	u32 turn_tcp; /* the bytes are those of a peer (RFC 6062) */
	u32 framing; /* enum framing */
	struct tcp_half half; /* state of the segment's direction */
	u32 limit; /* offset in the payload up to which messages are new */
	/* enum tcp_filling: it is read into `hole`, whose half is in `half`, ours in `saved` */
	u32 filling;
	u32 hole_known; /* `hole` is in its map under `key` */
	u32 hole_changed;
	struct tcp_half saved;
	struct tcp_hole hole;
	struct flow_key key;
	u32 chunk; /* bytes of this segment that were added to a message */
};

/* How far a DTLS datagram was read. */
struct dtls_reading {
	u32 at; /* the next record */
	u32 data, other; /* records with application data, and all others */
	u32 bad;
	struct dtls_record record;
};

/* Which of a direction's stream slots an RTP packet goes to. */
struct stream_choice {
	u32 index;
	u32 rank; /* enum stream_rank */
	u32 proven; /* one of the direction's streams is valid */
};

/*
 * What is known of the message at hand: a datagram, a message cut out of a TCP stream, or what
 * either carries inside TURN. One per CPU; the comments of the functions call it the message at
 * hand.
 */
struct msg_context {
	struct packet pkt; /* the packet that the message came in */
	struct bytes data;
	struct flow_key key;
	struct endpoint server; /* inside TURN: the TURN server; else all zero */
	u64 now_ns;
	u64 coarse_ns;
	u32 ifindex;
	u32 at; /* offset of the message in `data` */
	u32 have; /* end of the bytes that are in `data` */
	u32 len; /* bytes of the message on the wire */
	/* bytes of it that count for the flow: fewer than `len` in a first fragment */
	u32 counted;
	u8 dir; /* enum direction */
	u8 carrier; /* enum carrier */
	u8 cls; /* enum msg_class */
	u8 framing; /* enum framing */
	u8 known; /* the flow is in the main map */
	/* the flow was seen leaving, and conntrack is to be asked for it (ct_lookup.h) */
	u8 ct_wanted;
	u8 zero[2];
	struct stun_parts parts;
	struct tcp_reading tcp;
	struct dtls_reading dtls;
	struct tls_hello tls;
	struct stream_choice choice;
	u32 rtcp_at, rtcp_parts; /* of a compound: how far it is read, and how many are */
	u32 aggregate_at; /* offset of the next datagram in an aggregate's payload */
	struct event event;
	union { /* a new record is built here, as the stack is too small, and copied into its map */
		struct flow_record flow;
		struct probe_record probe;
		struct tcp_part part;
	} fresh;
};

#endif
