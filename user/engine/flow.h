/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A flow at one point, as far as the engine knows it. A session behind a NAT has two, so what few
 * of them have is allocated when it is needed.
 */
#ifndef P2PSCOPE_ENGINE_FLOW_H
#define P2PSCOPE_ENGINE_FLOW_H

#include "engine/drops.h"
#include "engine/hash_index.h"
#include "engine/session_view.h"
#include "p2pscope/event.h"

struct session_state;

enum heading { OUTBOUND, INBOUND, HEADINGS };

/* A side has finished its handshake when it sends what takes the new keys to make. */
#define DTLS_THROUGH (1u << DTLS_FINISHED | 1u << DTLS_CIPHER13 | 1u << DTLS_DATA)

#define LEG_STREAMS 16 /* of one heading, over or not; a new one takes the oldest one's place */

/* An RTP stream of a leg: what is used of its record, as of the last sample. */
struct leg_stream {
	u64 packets, bytes;
	u64 first_ns, first_bytes; /* at its first sample: its last packet, and its bytes */
	u64 last_ns; /* its last packet */
	u32 ssrc, max_seq, timestamp, longest_gap, tick, jitter; /* as in struct stream */
	u32 first_seq, duplicates, reordered; /* as in struct stream_rare */
	u32 lost_counted; /* what of its loss is in the metrics */
	u16 freezes; /* as in struct stream_rare */
	u8 payload_type, jitter_known;
	u8 bare; /* its payloads are not encrypted */
};

/* Do the hellos of a flow have use_srtp (RFC 5764 section 4.1)? What tells more is last. */
enum srtp_offer {
	SRTP_NO_HELLO,
	SRTP_CUT, /* only the beginning of a hello is known, and does not have it */
	SRTP_NONE,
	SRTP_OFFERED,
};

/* One heading of a flow at one point. */
struct leg {
	u32 requests; /* Binding requests and GOOG-PINGs */
	u16 check_max; /* the largest check that was reported, bytes */
	u16 dtls_seen : DTLS_STEP_MAX; /* bits 1 << enum dtls_step */
	u16 passed : 1, rtp : 1, rtcp : 1; /* are there such packets: any, RTP, RTCP */
	u16 unasked : 1; /* there are answers, with credentials, to requests that were never seen */
	u64 request_ns, success_ns;
};

/* What is kept of it only where the host is: nothing uses it of the gateway's other side. */
struct leg_inside {
	u32 successes; /* matched answers that went this way */
	u32 hellos;
	u16 dtls_max; /* the largest handshake datagram that was reported, bytes */
	u16 nstreams;
	u32 data_packets;
	struct leg_stream *stream;
	u32 rtp_packets;
	u32 opaque; /* packets of no protocol that is known here */
	u64 media_first_ns, rtp_first_ns, media_ns, rtcp_ns, data_ns, last_ns;
	u64 hello_ns; /* the first ClientHello */
	u64 through_ns; /* the first of DTLS_THROUGH */
};

/* A TURN allocation, as its carrying flow shows it. */
struct allocation {
	struct endpoint relayed; /* all zero until granted */
	struct endpoint mapped;
	u16 error; /* the last one that is not a normal step */
	u8 with_credentials; /* the last Allocate request had MESSAGE-INTEGRITY */
	u8 requests, closed;
	u8 peers; /* a permission or a channel was asked for */
	u8 steps; /* errors in a row */
	u64 first_ns, granted_ns, error_ns;
};

/* The last mapping that a flow was translated by and is no more, by no doing of its host. */
struct mapping_loss {
	struct endpoint inside, remote; /* of a relayed flow the remote is the TURN server */
	struct endpoint outside; /* what the inside was until then */
	u8 by; /* enum mapping_end */
	u64 at_ns; /* when that was found out */
};

/* Of the checks that go in at its side, those that the cover of the other side leaves out. */
struct flow_cover {
	u32 before; /* so many came before it begins */
	u32 until : 31; /* so many had come when it ended; valid with `over` */
	u32 over : 1;
	u64 from_ns, to_ns; /* the last of the former, 0: none; the last that is in it */
};

/* What most flows do not have. */
struct flow_more {
	struct endpoint server; /* relayed: the TURN server */
	/* where the peer says the host's check came from (XOR-MAPPED-ADDRESS of its answer) */
	struct endpoint seen_as;
	struct allocation alloc; /* of a flow to a TURN server */
	struct drop_sums *drops;
	struct mapping_loss *lost; /* NULL: it has lost none */
	u8 offload; /* enum offload of nat.h: by conntrack, of a relayed flow of what carries it */
	u64 offload_ns; /* since when */
	/* drops that the record counts, as far as they were taken in; some block nothing */
	u32 (*dropped)[CLASS_MAX]; /* of both directions; NULL: none */
	struct passages *passages; /* NULL: nothing is known to be kept here (passage.h) */
	struct flow_cover cover;
	u64 tls_sampled_ns, tls_packets[HEADINGS]; /* TURN over TLS: its last sample */
};

struct flow {
	struct hash_link link;
	struct hash_link by_socket; /* by its local endpoint, once it is `asked` */
	struct flow_key key;
	struct flow *twin; /* the same packets on the other side of the gateway */
	struct session_state *session;
	union {
		struct flow *next; /* in the session's list */
		struct flow *older; /* among those without a session, while it has none */
	};
	struct flow *newer; /* the same */
	struct leg leg[HEADINGS];
	struct leg_inside *inside; /* of both headings; NULL: all of it is zero */
	struct flow_more *more; /* NULL: all of it is zero */
	u64 first_ns, last_ns;
	u32 ifindex;
	u8 tls_rhythm; /* samples in a row that looked like media */
	u8 side : 1; /* enum side */
	/* bits 1 << enum filter_test: what the NAT does to its packets was counted */
	u8 filter_observed : 3;
	u8 gathers : 1; /* Binding without USERNAME, or TURN */
	/* a WAN flow of the gateway itself: its checks leave and have come from no LAN */
	u8 own : 1;
	u8 answered : 1; /* a request on it was */
	u8 tls : 1; /* it leads to a TURN server and cannot be read */
	u8 port_answered : 1; /* while it was not, other UDP from the same port of the host was */
	/* the host has asked on it, as an answer shows, and it is found by its socket */
	u8 asked : 1;
	u8 conntrack_known : 1; /* conntrack has reported its entry */
	u8 prohibited : 1; /* an ICMP error came back to the host that says so */
	u8 srtp : 2; /* enum srtp_offer */
	u8 carries : 2; /* bits of enum flow_payload */
};

/* Returns the heading of a packet that a point on this side (enum side) saw go this way. */
enum heading engine_heading(u8 side, u8 dir);
/* Returns the point, for evidence, of an interface on this side and a direction. */
enum point engine_at(u8 side, u8 dir);

/* Keeps the largest size of messages, bytes; those of TCP may be longer than what `size` holds. */
static inline void raise_size(u16 *size, u32 than)
{
	if (than > *size)
		*size = than < 0xffff ? (u16)than : 0xffff;
}

/* Returns the host's end, which is the mapped one on a WAN flow, and the peer's. */
static inline const struct endpoint *flow_local(const struct flow *f)
{
	return f->side == SIDE_LAN ? &f->key.far : &f->key.near;
}

static inline const struct endpoint *flow_remote(const struct flow *f)
{
	return f->side == SIDE_LAN ? &f->key.near : &f->key.far;
}

/* Returns the LAN view of a flow when there is one, else the flow itself. */
struct flow *flow_inside(struct flow *f);
/*
 * Returns whether a flow was seen at the WAN alone although a LAN (`lan`) is watched, and is not
 * the gateway's own: then no host is known for it.
 */
bool flow_is_stray(const struct flow *f, bool lan);
/*
 * Returns whether a packet that goes this way, enum direction, is met first here, and so reported
 * here: coming in, or leaving where nothing was seen coming in.
 */
bool flow_meets_first(const struct flow *f, u8 dir);

/* Returns whether `f`, of the same local endpoint, runs inside TURN on that flow to its server. */
bool flow_is_carried_by(const struct flow *f, const struct flow *carrier);

/* Returns what most flows do not have: to read; to write, NULL when memory is out. */
const struct flow_more *flow_more(const struct flow *f);
struct flow_more *flow_more_get(struct flow *f);
/*
 * Returns the same of what is kept where the host is. leg_inside_get() returns NULL on the other
 * side of the gateway, too.
 */
const struct leg_inside *leg_inside(const struct flow *f, enum heading heading);
struct leg_inside *leg_inside_get(struct flow *f, enum heading heading);
/* Returns when anything last went this way where the host is, as far as samples and events tell. */
u64 flow_heading_ns(const struct flow *f, enum heading heading);
/* Frees that where it is of no use any more: on the other side of the gateway. */
void leg_inside_trim(struct flow *f);

/*
 * Returns whether a request is not the first of its socket, or goes over a connection; once, where
 * the host is, of what passes both sides of the gateway.
 */
bool flow_asks_again(struct flow *f, const struct event *request);

/* Frees a flow that is in no table and no list any more. */
void flow_free(struct flow *f);

/* Prefetches the flow, or NULL, for a sample of it to come: this affects speed only. */
void flow_fetch(const struct flow *f);
/* Does the same for what the flow leads to, once the flow itself is in the cache. */
void flow_fetch_behind(const struct flow *f);

#endif
