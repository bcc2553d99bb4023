/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The engine: events, flow samples and time go in, sessions with verdicts come out.
 *
 * Pure: no clock, no file, no socket, no thread, no libbpf. All times are Unix nanoseconds of packet time, 0 when not
 * known. Live and replay drive it alike and get the same verdicts. One owner at a time; outputs read an engine_view,
 * which is a copy.
 */
#ifndef P2PSCOPE_ENGINE_H
#define P2PSCOPE_ENGINE_H

#include <stddef.h>

#include "p2pscope/event.h"

struct engine;

enum side { SIDE_LAN, SIDE_WAN };

struct engine_limits {
	u32 sessions; /* the most kept; beyond it the oldest that is over is forgotten, else the new one is counted as lost */
	u64 keep_ended_ns; /* how long a session that is over can still be asked for */
};

/* --- what a session looks like from outside --- */

#define UFRAG_MAX 64
#define SESSION_PAIRS 64
#define SESSION_MEDIA 16
#define SESSION_EVIDENCE 64
#define EVIDENCE_TEXT 120

struct ufrag {
	u8 len; /* 0: not known */
	u8 bytes[UFRAG_MAX]; /* from the network: escape before printing */
};

enum candidate_type { CANDIDATE_UNKNOWN, CANDIDATE_HOST, CANDIDATE_SRFLX, CANDIDATE_PRFLX, CANDIDATE_RELAY };

enum pair_state { PAIR_CHECKING, PAIR_SUCCEEDED, PAIR_FAILED };

struct pair {
	struct endpoint local; /* on the host; all zero when only the outside was seen */
	struct endpoint mapped; /* the same seen outside the gateway */
	struct endpoint remote;
	struct endpoint relay; /* our side's relayed address; all zero for a direct pair */
	u8 proto;
	u8 relayed; /* inside TURN of our side */
	u8 remote_relayed; /* the remote address lies on a known TURN server */
	u8 state; /* enum pair_state */
	u8 nominated;
	u8 local_type, remote_type; /* enum candidate_type */
	u8 zero;
	u32 rtt_us; /* 0: not known */
	u32 checks_out, checks_in, answers_out, answers_in;
};

enum dtls_state { DTLS_NONE, DTLS_NEW, DTLS_CONNECTED, DTLS_FAILED };

struct dtls_view {
	u8 state; /* enum dtls_state */
	u8 alert_seen;
	u8 alert;
	u8 client; /* who sent the ClientHello: 1 host, 2 peer, 0 not seen */
	u16 version; /* 0xfefd is 1.2, 0xfefc is 1.3; 0 not known */
	u16 srtp_profile; /* RFC 5764 section 4.1.2; 0 not known */
	u32 handshake_ms; /* valid when state is DTLS_CONNECTED */
};

struct media_view {
	u32 ssrc;
	u8 dir; /* enum media_dir */
	u8 data; /* 1: a data channel inside DTLS, `ssrc` means nothing; 0: RTP */
	u8 encrypted; /* SRTP: the flow has DTLS or ICE */
	u8 payload_type;
	u64 packets, bytes;
	u32 lost;
};

enum media_dir { MEDIA_OUT, MEDIA_IN }; /* from the host; to the host */

/* At which point something was seen: interface side and direction. */
enum point { AT_LAN_IN, AT_LAN_OUT, AT_WAN_IN, AT_WAN_OUT, AT_GATEWAY };

struct evidence {
	u64 time_ns;
	u8 at; /* enum point */
	char text[EVIDENCE_TEXT]; /* clean ASCII */
};

struct session_times {
	u64 first, connected, nominated, secured, media, last, ended;
};

struct session {
	u64 serial; /* the id that users see is this in hexadecimal, six digits or more */
	u8 verdict, stage, cause, where; /* the lists of words.h */
	u8 probable; /* confidence: 1 probable, 0 certain */
	u8 degraded; /* enum cause, CAUSE_NONE when nothing better was blocked */
	u8 over; /* the verdict does not change any more, unless the session comes back to life */
	u8 family; /* 4 or 6 */
	u8 has_host, has_peer;
	u8 path_known; /* the next four are known: a pair was answered */
	u8 path_local, path_remote; /* enum candidate_type */
	u8 path_proto;
	u8 path_relayed;
	struct addr host; /* on the LAN */
	struct addr peer;
	struct ufrag ufrags[2]; /* [0] the host's own, [1] the peer's */
	struct session_times times;
	u32 npairs, nmedia, nevidence;
	u32 evidence_lost; /* evidence that found no room */
	struct pair *pairs; /* at most SESSION_PAIRS */
	struct dtls_view dtls;
	struct media_view *media; /* at most SESSION_MEDIA */
	struct evidence *evidence; /* in time order, at most SESSION_EVIDENCE */
};

#define MAPPING_REMOTES 16

enum mapping_end { MAPPING_ALIVE, MAPPING_IDLE };
enum { MAPPING_BY_STUN = 1 << 0, MAPPING_BY_CONNTRACK = 1 << 1 };

struct mapping {
	u8 proto;
	u8 sources; /* bits MAPPING_BY_* */
	u8 ended_by; /* enum mapping_end */
	u8 nremotes;
	struct endpoint inside, outside;
	struct endpoint remotes[MAPPING_REMOTES];
	u64 created, refreshed, ended;
};

/* Label sets of p2pscope_sessions_total: counted when a verdict is given, again only if it turns into another. */
struct verdict_count {
	u8 verdict, where, cause;
	u8 relayed, path_known;
	u8 proto, family;
	u8 zero;
	u64 sessions;
};

#define HISTOGRAM_BUCKETS 12

/* Upper bounds are in engine_metrics.bounds; `bucket` counts are not cumulative, the last is +Inf. */
struct histogram {
	u64 bucket[HISTOGRAM_BUCKETS + 1];
	u64 count;
	double sum; /* seconds */
};

#define VERDICT_COUNTS 256
#define TURN_COUNTS 128

struct turn_count {
	u16 method; /* enum stun_method */
	u16 code; /* 0: success */
	u64 responses;
};

struct engine_metrics {
	u64 stage[STAGE_COUNT]; /* sessions that are not over, by stage */
	u64 active; /* sum of the above */
	struct verdict_count verdicts[VERDICT_COUNTS];
	u32 nverdicts;
	struct turn_count turn[TURN_COUNTS];
	u32 nturn;
	struct histogram time_to_connect, dtls_handshake, rtt[2]; /* rtt by enum side */
	u64 media_bytes[2][2]; /* [relayed][0 udp, 1 tcp] */
	u64 rtp_lost;
	u64 mappings[2]; /* alive: [0 udp, 1 tcp] */
	u64 events; /* taken in */
	u64 sessions_lost; /* not kept: the table was full of sessions that are not over */
};

extern const double engine_bounds[HISTOGRAM_BUCKETS]; /* seconds, ascending */

/* --- the calls --- */

/* Gives NULL when memory is out. */
struct engine *engine_new(const struct engine_limits *limits);
void engine_free(struct engine *e);

/* Says on which side an interface lies. Must come before its first event; again with another side changes it. */
void engine_point(struct engine *e, u32 ifindex, enum side side);

/* Says that an address is the gateway's own outside address, so that a mapping to it is told from a NAT further out. */
void engine_outside(struct engine *e, const struct addr *ip);

/* Something changed on a flow. */
void engine_event(struct engine *e, const struct event *event);

/* The record of a known flow as it is now: call for each flow about once a second of packet time. */
void engine_sample(struct engine *e, const struct flow_key *key, const struct flow_record *record);

/* Lets time pass: timers run, verdicts become final. Call about once a second of packet time. */
void engine_tick(struct engine *e, u64 now_ns);

/*
 * Tells which kernel drop reason numbers mean which cause: the numbers differ between kernels, so the source reads
 * them from BTF. Unnamed reasons mean CAUSE_DROP.
 */
void engine_drop_reason(struct engine *e, u32 reason, enum cause cause, const char *name);

/* --- the copy that outputs read --- */

struct engine_view {
	u64 time_ns;
	struct engine_metrics metrics;
	struct session *sessions; /* by time of first packet, oldest first */
	size_t nsessions;
	struct mapping *mappings;
	size_t nmappings;
};

enum { VIEW_METRICS = 0, VIEW_SESSIONS = 1 << 0, VIEW_MAPPINGS = 1 << 1 };

/* What to copy of the sessions; zeroes mean all. */
struct view_filter {
	u64 serial; /* this session only */
	u8 by_verdict; /* 1: only sessions whose verdict is `verdict` */
	u8 verdict;
};

/* Copies what `what` (VIEW_* bits) asks for. Gives NULL when memory is out; free with engine_view_free(). */
struct engine_view *engine_view(const struct engine *e, unsigned int what, const struct view_filter *filter);
void engine_view_free(struct engine_view *view);

#endif
