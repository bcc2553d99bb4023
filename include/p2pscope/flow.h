/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is remembered of a flow: the record of a known flow, and the smaller one of a flow on
 * probation.
 *
 * A direction's half is written only for packets of that direction. Its counters are added to
 * atomically, since two CPUs may carry one direction. The rest is written for rare packets
 * (handshakes, first sights) and may lose a race between two of them without harm: at worst an
 * event is reported twice.
 */
#ifndef P2PSCOPE_FLOW_H
#define P2PSCOPE_FLOW_H

#include "conntrack.h"
#include "types.h"
#include "words.h"

#define FLOW_STREAMS 4 /* SSRCs of a direction at a time: audio, video, RTX, one spare */
/* requests of a direction that may still be answered: 8 x 50 ms pacing (RFC 8445 section 14.2) */
#define FLOW_PENDING 8

/* Bits above those of enum stun_flag. */
enum pending_flag {
	/* retransmitted: its round trip is not known (Karn; RFC 8489 section 6.2.1) */
	PENDING_REPEATED = 1 << 29,
	PENDING_REPORTED = 1 << 30, /* the request was reported, so its answer is, too */
};

/* A request that waits for its answer. */
struct pending {
	u64 id; /* stun_name() of its transaction id; 0: the slot is empty */
	u64 sent_ns; /* of the first transmission */
	u32 flags; /* enum stun_flag of the request, enum pending_flag */
	u32 channel; /* of a ChannelBind its channel, of a ConnectionBind its CONNECTION-ID */
};
P2PSCOPE_SIZE(struct pending, 24);

/*
 * One RTP stream (RFC 3550 appendices A.1 and A.8): what each of its packets reads and writes, one
 * cache line. It counts as one once two packets with consecutive numbers were seen. Times are in
 * units of 1024 ns that wrap (stream_time.h).
 */
struct stream {
	u64 packets;
	u64 bytes; /* RTP header and payload */
	u64 seen; /* bit n: number max_seq - n has come */
	u64 last_ns; /* of the last packet; exact for some and coarse for others (stream_time.h) */
	u32 ssrc;
	u32 max_seq; /* the highest extended sequence number: cycles * 65536 + number */
	u32 timestamp; /* of the last packet, RTP's own */
	u32 longest_gap;
	u32 tick; /* of RTP's clock, in 2^-16 units; 0 while its rate is not known */
	u32 jitter; /* in 1/16 unit */
	u32 window_arrival; /* when the window began in which its clock is sought */
	u8 valid;
	u8 payload_type; /* of the first packet */
	u8 jitter_known;
	u8 zero;
};
P2PSCOPE_SIZE(struct stream, 64);

/* What few packets of a stream change. */
struct stream_rare {
	/* expected = max_seq - first_seq + 1; lost = expected - (packets - duplicates) */
	u32 first_seq;
	u32 duplicates; /* packets whose number had come before */
	u32 reordered; /* packets that came behind a higher number */
	u32 window_timestamp; /* with window_arrival */
	u16 freezes; /* gaps of more than 500 ms in which media was missing, up to 65535 */
	u16 unsure; /* packets that were counted as `other` until it became valid, up to 65535 */
	u32 dropped; /* packets that the kernel dropped on this gateway */
};
P2PSCOPE_SIZE(struct stream_rare, 24);

/*
 * How far a DTLS handshake has come, as clear text shows it: bits of flow_dir.dtls_seen, and the
 * `step` of an event.
 */
enum dtls_step {
	DTLS_CLIENT_HELLO, /* first fragment of a ClientHello */
	DTLS_HELLO_VERIFY, /* HelloVerifyRequest, or a ServerHello that is a HelloRetryRequest */
	DTLS_SERVER_HELLO,
	DTLS_HANDSHAKE, /* any other clear handshake message */
	DTLS_CHANGE_CIPHER, /* ChangeCipherSpec: 1.2 */
	DTLS_FINISHED, /* handshake record of epoch 1: the encrypted Finished of 1.2 */
	DTLS_CIPHER13, /* unified header of epoch 2 (1.3): the encrypted rest of the handshake */
	/* application data: content type 23 with epoch > 0, or a unified header of epoch >= 3 */
	DTLS_DATA,
	DTLS_ALERT, /* in clear text: epoch 0 */
	/* content type 21 of a later epoch: close_notify most likely, its number cannot be read */
	DTLS_ALERT_CIPHER,
	DTLS_ACK, /* content type 26, clear */
	DTLS_HELLO_PIECE, /* a later fragment of a ClientHello or ServerHello */
	DTLS_STEP_MAX,
};

/*
 * One direction of a flow. A packet of a valid stream is counted in its stream and nowhere else:
 * flow_packets() and its neighbours add them up.
 */
struct flow_dir {
	struct stream stream[FLOW_STREAMS];
	u64 packets;
	u64 bytes; /* transport payload */
	u64 last_ns; /* coarse */
	u64 media_ns; /* coarse: last RTP packet */
	u64 rtp_packets; /* of `packets` */
	u32 dtls_seen; /* bits 1 << enum dtls_step */
	u32 rtcp_packets;
	u32 data_packets; /* datagrams with DTLS application data */
	u32 dtls_packets; /* datagrams with handshake, alert, CCS or ACK records */
	u64 data_ns; /* coarse: last DTLS application data */
	/* STUN and handshakes */
	u64 request_ns; /* last Binding request or GOOG-PING request */
	u64 success_ns; /* last success response that matched a request of the other direction */
	u32 requests;
	u32 successes; /* matched */
	u32 errors;
	u32 hellos; /* ClientHello first fragments: retransmissions show here */
	u32 rtt_us; /* the last: from a request in the other direction to its success in this one */
	u32 rtt_min_us;
	u32 user_hash; /* of the USERNAME last reported */
	/* enum stun_flag reported in this direction since `user_hash`: a new one is a change */
	u32 stun_flags;
	u32 alerts; /* DTLS alerts in clear text */
	/* later IP fragments: their bytes are in `bytes`, they do not count as packets */
	u32 fragments;
	u32 icmp; /* ICMP errors that went in this direction and name this flow */
	/* messages by the low 4 bits of their method, up to 255 */
	u8 turn_seen[16];
	u32 user_before; /* the USERNAME reported before that one: two sessions may share a flow */
	/*
	 * TURN peers whose CreatePermission was reported, a bit each (by hash): a refresh is no
	 * change
	 */
	u64 peers;
	struct pending pending[FLOW_PENDING];
	struct stream_rare rare[FLOW_STREAMS]; /* of each stream */
	u64 rtcp_ns; /* coarse: last RTCP packet */
};
P2PSCOPE_SIZE(struct flow_dir, 704);

/* How messages are cut out of a TCP stream. */
enum framing {
	FRAMING_NONE, /* datagrams */
	FRAMING_TURN, /* STUN and ChannelData, padded to four (RFC 8656 section 12.5) */
	FRAMING_RFC4571, /* ICE-TCP: two bytes of length before each message (RFC 6544, RFC 4571) */
	FRAMING_TLS, /* to a TURN server: messages cannot be told apart */
};

/* bytes of a message that are put together: enough to classify it, and for a STUN transaction id */
#define TCP_FIRST 32

/* in tcp_half.seen: a hole of this direction is remembered (struct tcp_hole) */
#define TCP_HALF_HOLE 0x80
/* in tcp_half.seen: a ClientHello of this direction is put together (struct tcp_part) */
#define TCP_HALF_PART 0x40

/* Where the messages of one direction of a TCP stream begin. */
struct tcp_half {
	u32 next_seq; /* where the next message begins; may be ahead of what was seen */
	u8 synced; /* next_seq is valid */
	/*
	 * enum tcp_flag: FIN and RST that were reported, the opening SYN, PSH for any payload; and
	 * TCP_HALF_HOLE, TCP_HALF_PART
	 */
	u8 seen;
	/*
	 * bytes of a message, fewer than TCP_FIRST, that ended the last segment and are in `head`
	 */
	u8 head_len;
	u8 ttl; /* of the last segment that was no reset, 0 when there was none */
	u8 head[TCP_FIRST];
};

/*
 * What is remembered of few directions of TCP, by the flow's key with the direction in `zero`: the
 * first bytes of a connection that has no record yet, fewer than tell what it is (`end` is 0); or
 * the hole that segments have left which were lost or come late.
 */
struct tcp_hole {
	struct tcp_half half; /* how far the stream is read before the hole, or in it */
	u32 end; /* the sequence number behind the hole */
};
P2PSCOPE_SIZE(struct tcp_hole, 44);

#define TCP_PART_KEPT 2048 /* bytes of a message that are put together; a power of two */

/*
 * A ClientHello that is put together out of several segments, by the same key; its TLS record
 * headers are taken out (RFC 8446 section 5.1).
 */
struct tcp_part {
	u32 seq; /* of the byte that comes next */
	u32 have; /* bytes in `b` */
	u32 want; /* 0 when it turned out to be none */
	u32 record; /* ClientHello: bytes of the current record that are still to come */
	u8 head[8]; /* ClientHello: the header of the next record, as far as it is there */
	u8 head_len;
	u8 zero[3];
	/* twice as much, so that the verifier sees that all reads and writes fit */
	u8 b[2 * TCP_PART_KEPT];
};

/* All zero for UDP. */
struct tcp_state {
	struct tcp_half half[DIR_MAX];
	u8 framing; /* enum framing */
	u8 zero[3];
};
P2PSCOPE_SIZE(struct tcp_state, 84);

/*
 * In the kernel's hash table 104 bytes precede a value, from the beginning of a cache line on: the
 * headers of the allocator and of the table, and the key (struct htab_elem of
 * kernel/bpf/hashtab.c). So a cache line begins 24 bytes into the value.
 */
#define FLOW_LINE 24

/* What goes over a path of ICE instead of DTLS. */
enum flow_payload { CARRIES_WIREGUARD = 1, CARRIES_QUIC = 2 };

struct flow_record {
	u64 first_ns;
	u32 ifindex;
	u8 turn; /* a TURN request was answered with success here: channel numbers mean something */
	/*
	 * a ConnectionBind for a known peer was answered: the bytes are the peer's (RFC 6062
	 * section 4.4)
	 */
	u8 turn_tcp;
	u8 carries; /* bits of enum flow_payload */
	u8 zero[9];
	struct flow_dir dir[DIR_MAX];
	struct tcp_state tcp;
	struct endpoint server; /* relayed pair: the TURN server; else all zero */
	u32 drops[DIR_MAX][CLASS_MAX]; /* packets that the kernel dropped on this gateway */
	struct conntrack nat; /* as it was when the flow first left by this interface */
	u8 pad[4];
};
P2PSCOPE_SIZE(struct flow_record, 1704);
_Static_assert((__builtin_offsetof(struct flow_record, dir[DIR_OUT]) - FLOW_LINE) % 64 == 0 &&
		       __builtin_offsetof(struct flow_record, dir) == FLOW_LINE,
	       "a stream does not lie in one cache line");

/* One direction of a flow on probation: no request of it has been answered yet. */
struct probe_dir {
	u64 bytes; /* transport payload of the messages counted below */
	u32 requests;
	u32 other; /* errors, indications, and answers that match no request */
	u32 user_hash;
	u32 stun_flags;
	u32 icmp;
	u32 user_before;
	u32 dtls_seen, dtls_packets, hellos, alerts; /* of DTLS inside checks; as in flow_dir */
	struct pending pending[FLOW_PENDING];
};
P2PSCOPE_SIZE(struct probe_dir, 240);

struct probe_record {
	struct probe_dir dir[DIR_MAX];
	u64 first_ns;
	u32 ifindex;
	u32 drops[DIR_MAX];
	struct tcp_state tcp;
	struct conntrack nat; /* as in flow_record */
	u8 pad[4];
};
P2PSCOPE_SIZE(struct probe_record, 680);

/*
 * Where a channel of ChannelData leads: made by a ChannelBind request, confirmed by its answer (RFC
 * 8656 section 12).
 */
struct channel_key {
	/* of the carrying flow, as its tag alone may collide */
	struct endpoint far;
	u32 tag; /* flow_tag() of the carrying flow */
	u32 channel;
};
P2PSCOPE_SIZE(struct channel_key, 28);

struct channel {
	struct endpoint peer;
	u8 server_far; /* the TURN server is the far end of the carrying flow, else the near one */
	u8 confirmed;
	u16 zero;
};
P2PSCOPE_SIZE(struct channel, 24);

/*
 * Identifies the datagram that a fragment belongs to (RFC 791 section 3.2, RFC 8200 section 4.5).
 */
struct fragment_key {
	struct addr far, near;
	u32 id;
	u32 ifindex;
	u8 proto;
	u8 dir;
	u16 zero;
};
P2PSCOPE_SIZE(struct fragment_key, 44);

/* One per CPU and interface: what passed, by class. The slot is ifindex % POINT_SLOTS. */
#define POINT_SLOTS 1024

struct point_counters {
	/* datagrams; over TCP and inside TURN: messages */
	u64 packets[DIR_MAX][CARRIER_MAX][CLASS_MAX];
};

/* One per CPU: what the observer has missed. */
struct self_counters {
	u64 events; /* written to the ring */
	u64 events_lost; /* ring full */
	/* of new flows, as the ring was half full: a flood must not hide known flows */
	u64 events_withheld;
	u64 map_full[MAP_COUNT];
	/* by the data plane: what an LRU map evicted follows from them */
	u64 map_inserted[MAP_COUNT], map_deleted[MAP_COUNT];
	u64 conntrack_asked, conntrack_found; /* flows whose entry was looked up, and found */
	u64 skipped[REASON_COUNT];
	u64 drops_seen; /* drops of packets of known flows */
};

#endif
