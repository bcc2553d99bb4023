/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Flows as the engine knows them. There are two for each session behind a NAT: what few have is
 * made when it is needed.
 */
#ifndef P2PSCOPE_ENGINE_FLOW_H
#define P2PSCOPE_ENGINE_FLOW_H

#include "engine/engine.h"
#include "engine/hash_index.h"

struct session_state;
struct rule_state;

enum heading { OUTBOUND, INBOUND, HEADINGS };

/* What a drop, or a loss between two points, hit. */
enum blocked_kind { BLOCKED_CHECK, BLOCKED_DTLS, BLOCKED_MEDIA, BLOCKED_TURN, BLOCKED_KINDS };

/* Drops by this gateway, of one kind. */
struct drop_sum {
	u32 count;
	u32 reason; /* the kernel's number */
	u8 heading;
	u8 cause; /* enum cause */
	u64 first_ns, last_ns;
	struct endpoint to; /* where the first dropped packet was going */
	struct rule_state *rule; /* that dropped the first of them, as far as it is known */
};

/* A side is through with its handshake when it sends what only the new keys can make. */
#define DTLS_THROUGH (1u << DTLS_FINISHED | 1u << DTLS_CIPHER13 | 1u << DTLS_DATA)

/* NULL with those of whom nothing was dropped, as of most. */
struct drop_sums {
	struct drop_sum of[BLOCKED_KINDS];
};

static inline const struct drop_sum *drops_of(const struct drop_sums *sums, enum blocked_kind kind)
{
	static const struct drop_sum none;

	return sums ? &sums->of[kind] : &none;
}

/* of one heading, those that are over among them; then the oldest is forgotten */
#define LEG_STREAMS 16

/*
 * An RTP stream of a leg: of its record what is asked for, and how it was when it was sampled last.
 */
struct leg_stream {
	u64 packets, bytes;
	/* when it was first sampled: the last media of its direction, and what it had */
	u64 first_ns, first_bytes;
	u64 last_ns; /* the last media of its direction when there was last more of it */
	u32 ssrc, max_seq, timestamp, longest_gap, tick, jitter; /* as in struct stream */
	u32 first_seq, duplicates, reordered; /* as in struct stream_rare */
	u32 lost_counted; /* what of its loss is in the metrics */
	u16 freezes; /* as in struct stream_rare */
	u8 payload_type, jitter_known;
	u8 bare; /* its payloads are not encrypted */
};

/* One heading of a flow at one point. */
struct leg {
	u32 requests; /* Binding requests and GOOG-PINGs */
	u16 check_max; /* the largest check that was told, bytes */
	u16 dtls_seen : DTLS_STEP_MAX; /* bits 1 << enum dtls_step */
	u16 passed : 1, rtp : 1, rtcp : 1; /* are there such packets: any, RTP, RTCP */
	u16 unasked : 1; /* there are answers, with credentials, to requests that were never seen */
	u64 request_ns, success_ns;
};

/*
 * What more is known of it where the host is: of the other side of the gateway nobody asks for
 * that.
 */
struct leg_inside {
	u32 successes; /* matched answers that went this way */
	u32 hellos;
	u16 dtls_max; /* the largest handshake datagram that was told, bytes */
	u16 nstreams;
	u32 data_packets;
	struct leg_stream *stream;
	u64 rtp_packets;
	u64 opaque; /* packets of no protocol that is known here */
	u64 media_first_ns, rtp_first_ns, media_ns, data_ns, last_ns;
	u64 hello_ns; /* the first ClientHello */
	u64 through_ns; /* the first of what shows that this side is through with its handshake */
};

/* A TURN allocation, as its carrying flow shows it. */
struct allocation {
	struct endpoint relayed; /* all zero until granted */
	struct endpoint mapped;
	u16 error; /* the last one that is not a normal step */
	u8 with_credentials; /* the last Allocate request had MESSAGE-INTEGRITY */
	u8 requests, closed;
	u8 peers; /* a permission or a channel was asked for */
	u64 first_ns, granted_ns, error_ns;
};

/* What most flows do not have. */
struct flow_more {
	struct endpoint server; /* relayed: the TURN server */
	/* where the peer says the host's check came from (XOR-MAPPED-ADDRESS of its answer) */
	struct endpoint seen_as;
	struct allocation alloc; /* of a flow to a TURN server */
	struct drop_sums *drops;
	u64 tls_sampled_ns, tls_packets[HEADINGS]; /* TURN over TLS: its last sample */
};

/* A flow at one point, as far as the engine knows it. */
struct flow {
	struct link link;
	struct link by_socket; /* by its local endpoint, once it is `asked` */
	struct flow_key key;
	struct flow *twin; /* the same packets on the other side of the gateway */
	struct session_state *session;
	union {
		struct flow *next; /* in the session's list */
		struct flow *older; /* among the loose ones, while it has no session */
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
	u8 filter_told : 3;
	u8 gathers : 1; /* Binding without USERNAME, or TURN */
	/* a WAN flow of the gateway itself: its checks leave and have come from no LAN */
	u8 own : 1;
	u8 inbound_first : 1; /* the first request came from the peer */
	u8 answered : 1; /* a request on it was */
	u8 tls : 1; /* it leads to a TURN server and cannot be read */
	u8 port_answered : 1; /* while it waited, other UDP of the host from the same port was */
	/* the host has asked on it, as an answer shows, and it is looked for by its socket */
	u8 asked : 1;
	u8 conntrack_told : 1; /* what conntrack says of it is known */
};

/* Returns the heading of a packet that a point on this side (enum side) saw go this way. */
enum heading engine_heading(u8 side, u8 dir);
/* Returns the point, for evidence, of an interface on this side and a direction. */
enum point engine_at(u8 side, u8 dir);

/* The largest of messages, in bytes: those of TCP may be a few bytes longer than what it holds. */
static inline void largest(u16 *size, u32 than)
{
	if (than > *size)
		*size = than < 0xffff ? (u16)than : 0xffff;
}

/* The host's end (inside: on a WAN flow the mapped one) and the peer's. */
static inline const struct endpoint *flow_local(const struct flow *f)
{
	return f->side == SIDE_LAN ? &f->key.far : &f->key.near;
}

static inline const struct endpoint *flow_remote(const struct flow *f)
{
	return f->side == SIDE_LAN ? &f->key.near : &f->key.far;
}

/*
 * The flow of an event, made when it is new. NULL when the interface is not known or memory is out.
 */
struct flow *flow_of_event(struct engine *e, const struct event *event);
/* An answer shows that the host has asked on it. */
void flow_asked(struct engine *e, struct flow *f);
/* It was heard of again. */
void flow_touch(struct engine *e, struct flow *f);
/* It has a session now, or has none any more. */
void flow_tie(struct engine *e, struct flow *f, struct session_state *s);
void flow_loosen(struct engine *e, struct flow *f);
struct flow *flow_find(const struct engine *e, const struct flow_key *key);
/* Has memory fetched that a sample of it will touch; takes NULL too. */
void flow_fetch(const struct flow *f);
/* The same of what the flow leads to, once it is there itself. */
void flow_fetch_behind(const struct flow *f);
/* The LAN view of a flow when there is one, else itself. */
struct flow *flow_inside(struct flow *f);
/*
 * Seen at the WAN alone although a LAN (`lan`) is watched, and not the gateway's own: no host is
 * known for it.
 */
bool flow_is_stray(const struct flow *f, bool lan);
/*
 * Where a packet is met first, and so told: coming in, or leaving where nothing was seen coming in.
 */
bool flow_told_here(const struct flow *f, u8 dir);
/* To be read; to be written to, NULL when memory is out. */
const struct flow_more *flow_more(const struct flow *f);
struct flow_more *flow_more_get(struct flow *f);
/*
 * The same of what is kept where the host is: to be written to it is NULL on the other side of the
 * gateway, too.
 */
const struct leg_inside *leg_inside(const struct flow *f, enum heading heading);
struct leg_inside *leg_inside_get(struct flow *f, enum heading heading);
/* Frees it where it is of no use any more. */
void leg_inside_keep(struct flow *f);
/* Adds one drop, or `count` of them, to a sum; `sums` are made when there are none. */
void drop_add(struct drop_sum *sum, const struct drop_sum *what);
void drops_add(struct drop_sums **sums, enum blocked_kind kind, const struct drop_sum *what);
int flows_begin(struct engine *e);
void flows_expire(struct engine *e);
void flows_free(struct engine *e);

#endif
