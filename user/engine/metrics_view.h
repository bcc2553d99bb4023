/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The engine's counters and histograms, as outputs read them. Their label sets are bounded. */
#ifndef P2PSCOPE_ENGINE_METRICS_VIEW_H
#define P2PSCOPE_ENGINE_METRICS_VIEW_H

#include "engine/nat/nat_view.h"
#include "engine/verdict/causes.h"

/* A label set of p2pscope_sessions_total. A session is counted once, when it is over. */
struct sessions_count {
	u8 verdict, where, cause;
	u8 relayed, path_known;
	u8 proto, family;
	u8 zero;
	u64 sessions;
};

#define HISTOGRAM_BUCKETS 12

/*
 * The upper bounds are engine_bounds or jitter_bounds. The counts of the buckets are not
 * cumulative; the last one is that of +Inf.
 */
struct histogram {
	u64 bucket[HISTOGRAM_BUCKETS + 1];
	u64 count;
	double sum; /* seconds */
};

#define SESSIONS_COUNTS 512
#define TURN_COUNTS 128

struct turn_count {
	u16 method; /* enum stun_method */
	u16 code; /* 0: success */
	u64 responses;
};

/* The metrics whose label sets are in bounded tables. */
enum label_sets { LABEL_SETS_SESSIONS, LABEL_SETS_TURN, LABEL_SETS_COUNT };

/* Bounds on what is kept or looked at for one sender, so that it costs nobody else anything. */
enum sender_bound {
	BOUND_ASKED_REMOTES, /* addresses that a host has asked in vain over UDP */
	BOUND_SOCKET_FLOWS, /* flows that are found by the host's socket */
	BOUND_SAME_UFRAGS, /* sessions of the same ufrags */
	BOUND_STREAMS, /* streams of a flow whose packets are followed through the gateway */
	BOUND_CLOSED_PEERS, /* peers whose errors are remembered for their other sessions */
	BOUND_COUNT,
};

/* What is known of how RTP is encrypted. */
enum keying {
	KEYING_DTLS, /* a DTLS handshake of the session has made the keys (RFC 5764) */
	KEYING_NONE, /* the packets are bare codec frames */
	KEYING_UNKNOWN, /* keys of signalling, or no handshake was seen */
	KEYING_COUNT,
};

/* RTP packets and what became of them between one end and here. */
struct rtp_metrics {
	u64 packets, lost, duplicates, reordered, freezes;
	struct histogram jitter; /* of each stream at each sample */
};

struct engine_metrics {
	u64 stage[STAGE_COUNT]; /* sessions that are not over, by stage */
	u64 active; /* sum of the above */
	u64 verdicts[VERDICT_COUNT][WHERE_COUNT][CAUSE_COUNT]; /* given, ever */
	u64 reopened; /* verdicts that were taken back */
	struct histogram time_to_verdict[2][CAUSE_COUNT]; /* by "blocked", else failed */
	struct sessions_count sessions[SESSIONS_COUNTS];
	u32 nsessions;
	u64 outlook[CAUSE_COUNT]; /* pending sessions, by the cause that they look like */
	struct turn_count turn[TURN_COUNTS];
	u32 nturn;
	struct histogram time_to_connect[2], path_rtt[2]; /* by "relayed" */
	struct histogram dtls_handshake, rtt[2]; /* rtt by enum side */
	u64 media_bytes[2][2]; /* [relayed][0 udp, 1 tcp] */
	u64 relay_bytes_saved; /* of them, direct ones of hosts that hold a relay */
	u64 rtp_bytes[KEYING_COUNT];
	struct rtp_metrics rtp[2]; /* by the side it came from: enum side */
	u64 rtp_unencrypted; /* streams */
	u64 mappings[2]; /* alive: [0 udp, 1 tcp] */
	u64 mappings_created[MAPPING_KIND_COUNT];
	u64 mappings_ended[MAPPING_END_COUNT];
	u64 mappings_evicted; /* forgotten alive, as there were too many that nobody answered */
	u64 remotes_lost; /* not kept: their mapping has too many */
	u64 mapping_conflicts; /* conntrack and the packets did not agree */
	u64 hosts[BEHAVIOUR_PORT_DEPENDENT + 1]
		 [BEHAVIOUR_PORT_DEPENDENT + 1]; /* by mapping and filtering of their path */
	u32 outside_addresses;
	u32 ports_used[2]; /* of the outside address that uses most: [0 udp, 1 tcp] */
	struct conntrack_table conntrack;
	u64 events; /* taken in */
	u64 sessions_lost; /* not kept: the table was full of sessions that are not over */
	u64 bounds_reached[BOUND_COUNT]; /* something gave its place, or was not looked at */
	u64 label_sets_full[LABEL_SETS_COUNT]; /* not counted: there was no room for their labels */
};

/* Upper bounds of buckets, seconds, ascending. */
extern const double engine_bounds[HISTOGRAM_BUCKETS], jitter_bounds[HISTOGRAM_BUCKETS];

#endif
