/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the data plane reports to the engine: that something CHANGED on a flow. In steady state it
 * is silent; counters are read from the flow records.
 *
 * Which STUN messages are reported (bpf/stun_track.h holds the rule). "Sparsely" means the first 8,
 * then each power of two (worth_reporting()):
 *  - requests of a direction in which no request has been answered yet, sparsely;
 *  - any request with a USERNAME, or with it a flag (USE-CANDIDATE, role), not reported before in
 *    that direction;
 *  - the first matched success of a direction, and the first that answers a request with
 *    USE-CANDIDATE; both again after the USERNAME of the requests has changed (ICE restart);
 *  - errors, sparsely;
 *  - TURN requests: Allocate, Connect and the like sparsely; Refresh with lifetime 0;
 *    CreatePermission for a new peer; ChannelBind that binds something new; and their answers. What
 *    keeps an allocation alive is silent;
 *  - Send and Data indications: the first 8 of a direction; Binding indications: the first;
 *  - anything of a flow on probation, sparsely, and any change as above.
 *
 * DTLS, also inside checks (libwebrtc): each step the first time in a direction, ClientHello and
 * alerts in clear sparsely. RTP: a stream when it becomes valid. ICMP errors and drops sparsely.
 * TCP: the first FIN and the first RST of a direction; of a connection to a STUN or TURN port
 * (3478, 5349) on which nothing of ours was read yet, the RST alone. TLS: the ClientHello of a
 * connection that leads to a TURN server by its port, server name or ALPN. Conntrack: once for each
 * flow and interface, after the first STUN or TURN message that leaves there, when the kernel has
 * an entry for it.
 *
 * Ports and numbers are in host byte order, addresses in network byte order.
 */
#ifndef P2PSCOPE_EVENT_H
#define P2PSCOPE_EVENT_H

#include "flow.h"

enum event_kind {
	EVENT_STUN = 1,
	EVENT_DTLS,
	EVENT_STREAM,
	EVENT_DROP,
	EVENT_ICMP,
	EVENT_TCP_CLOSE,
	EVENT_CONNTRACK,
	EVENT_TLS,
};

enum stun_class { STUN_REQUEST, STUN_INDICATION, STUN_SUCCESS, STUN_ERROR };

/* RFC 8489 section 18.2, RFC 8656 section 17, RFC 6062 section 6.1, libwebrtc. */
enum stun_method {
	STUN_BINDING = 0x001,
	STUN_ALLOCATE = 0x003,
	STUN_REFRESH = 0x004,
	STUN_SEND = 0x006,
	STUN_DATA = 0x007,
	STUN_CREATE_PERMISSION = 0x008,
	STUN_CHANNEL_BIND = 0x009,
	STUN_CONNECT = 0x00a,
	STUN_CONNECTION_BIND = 0x00b,
	STUN_CONNECTION_ATTEMPT = 0x00c,
	STUN_GOOG_PING = 0x080,
};

enum stun_flag {
	STUN_F_USE_CANDIDATE = 1 << 0,
	STUN_F_CONTROLLING = 1 << 1,
	STUN_F_CONTROLLED = 1 << 2,
	STUN_F_INTEGRITY = 1 << 3, /* MESSAGE-INTEGRITY or MESSAGE-INTEGRITY-SHA256 is there */
	STUN_F_NONCE = 1 << 4,
	STUN_F_FINGERPRINT = 1 << 5,
	STUN_F_CLASSIC = 1 << 6, /* RFC 3489: no cookie */
	STUN_F_PRIORITY = 1 << 7,
	STUN_F_USERNAME = 1 << 8,
	STUN_F_LIFETIME = 1 << 9,
	STUN_F_DATA = 1 << 10,
	STUN_F_TCP_TRANSPORT = 1 << 11, /* REQUESTED-TRANSPORT is TCP (RFC 6062) */
	/* a response whose request was seen on this flow, or a request that says it has arrived */
	STUN_F_MATCHED = 1 << 12,
	STUN_F_MATCHED_NOMINATION = 1 << 13, /* and that request had USE-CANDIDATE */
	STUN_F_USERNAME_CUT = 1 << 14, /* the USERNAME was longer than what is kept */
	STUN_F_NEW_CHANNEL = 1 << 15, /* this ChannelBind success made a new binding */
	/* The sender of a request on probation was answered here within the last minute … */
	STUN_F_TCP_ANSWERED = 1 << 16, /* over TCP, by anybody: a SYN-ACK */
	/* over UDP other than STUN (QUIC), by somebody at the port that this goes to */
	STUN_F_PORT_ANSWERED = 1 << 17,
	STUN_F_MS_TURN = 1 << 18, /* [MS-TURN]; method and class are those of RFC 8656 */
};

#define STUN_USERNAME_KEPT 128
#define STUN_SOFTWARE_KEPT 32

/*
 * A STUN or TURN message. Absent addresses are all zero. Strings are bytes from the network: escape
 * them before printing.
 */
struct stun_info {
	u8 id[12]; /* transaction id as on the wire */
	u16 method; /* enum stun_method, or what was there */
	u8 cls; /* enum stun_class */
	u8 zero;
	u32 flags; /* enum stun_flag */
	u16 error; /* 300..699, 0 when absent */
	u16 pad;
	/* ChannelBind: the channel number, also in the answer. RFC 6062: CONNECTION-ID */
	u32 channel;
	u32 priority;
	u32 lifetime; /* seconds */
	u32 rtt_us; /* with STUN_F_MATCHED */
	struct endpoint mapped; /* (XOR-)MAPPED-ADDRESS */
	struct endpoint relayed; /* XOR-RELAYED-ADDRESS */
	struct endpoint peer; /* first XOR-PEER-ADDRESS */
	u16 username_len; /* bytes in `username`; see STUN_F_USERNAME_CUT */
	u16 software_len;
	u8 username[STUN_USERNAME_KEPT];
	u8 software[STUN_SOFTWARE_KEPT];
};

#define DTLS_HELLO_KEPT 512

struct dtls_info {
	u8 step; /* enum dtls_step */
	u8 alert_level;
	u8 alert;
	u8 epoch;
	u16 record_version; /* as on the wire: 0xfefd is DTLS 1.2; 0 with a unified header */
	u16 hello_len; /* bytes in `hello`; 0 but for ClientHello and ServerHello */
	u32 message_len; /* length of the whole handshake message */
	u32 count; /* how often this direction has taken this step, this time included */
	u8 hello[DTLS_HELLO_KEPT]; /* body of the first fragment, after the handshake header */
};

struct stream_info {
	u32 ssrc;
	u8 payload_type;
	u8 zero[3];
};

/* bytes of a dropped packet: headers, and as much of its payload as a rule can look at */
#define DROP_KEPT 256

struct drop_info {
	/* the kernel's enum skb_drop_reason; its name is in the running kernel's BTF */
	u32 reason;
	u32 count; /* drops of this flow and class so far, this one included */
	/* address in the kernel, which the daemon looks up in /proc/kallsyms; 0 when not known */
	u64 location;
	u32 came_in; /* index of the interface it came in on; 0: this machine sent it */
	u32 device; /* index of the interface it was at when it was dropped; 0 when not known */
	u32 mark; /* the packet's mark, which rules set */
	u8 step; /* of a DTLS packet: enum dtls_step, else DTLS_STEP_MAX */
	u8 id_known; /* it is a STUN message, and `id` is its transaction id */
	u8 id[12];
	u16 payload; /* bytes of transport payload */
	u16 packet_len; /* bytes of the IP packet */
	u16 packet_have; /* of them in `packet` */
	/* from its IP header on, as it was when it was dropped: before, amid or behind NAT */
	u8 packet[DROP_KEPT];
	u8 zero[8];
};

struct icmp_info {
	struct endpoint sender; /* port 0 */
	u8 type;
	u8 code;
	u8 v6;
	u8 zero;
	u32 mtu; /* of "too big", else 0 */
};

struct tcp_close_info {
	u8 reset; /* RST, else FIN */
	u8 ttl;
	/* of the last segment before it in the same direction; 0: there was none */
	u8 ttl_before;
	/*
	 * no payload was seen in this direction: it answers the other end's SYN, or its first bytes
	 */
	u8 early;
};

#define TLS_NAME_KEPT 64

/* A ClientHello to a TURN server. */
struct tls_info {
	u32 name_len; /* bytes in `name`; 0: it has none, or too far in */
	u8 name[TLS_NAME_KEPT]; /* as on the wire: escape it before printing */
};

struct event {
	/* of the packet: monotonic from BPF, Unix time once the source has converted it */
	u64 time_ns;
	struct flow_key key;
	u32 ifindex;
	u8 kind; /* enum event_kind */
	u8 dir; /* enum direction of the message */
	u8 cls; /* enum msg_class */
	u8 known; /* the flow is in the main map; else it is on probation */
	u32 count; /* messages of this kind and direction on this flow so far, this one included */
	u32 wire_len; /* bytes of the message on the wire, without headers */
	struct endpoint server; /* relayed pair: the TURN server */
	u32 zero;
	union {
		struct stun_info stun;
		struct dtls_info dtls;
		struct stream_info stream;
		struct drop_info drop;
		struct icmp_info icmp;
		struct tcp_close_info tcp_close;
		struct conntrack conntrack;
		struct tls_info tls;
	};
};

#endif
