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
#define EVIDENCE_TEXT 160

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
	u8 both_speak; /* media or data goes both ways */
	u32 rtt_us; /* from here to the peer and back; 0: not known */
	u32 rtt_lan_us; /* from here to the host and back */
	u32 checks_out, checks_in, answers_out, answers_in;
	u64 media; /* packets of media or data, of both ways */
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
	u8 encryption; /* enum encryption */
	u8 payload_type;
	u8 jitter_known;
	u8 one_way; /* no RTP comes the other way */
	u8 zero;
	u64 packets, bytes;
	u32 lost; /* numbers that never came; not those lost between here and the receiver */
	u32 duplicates; /* numbers that came again */
	u32 reordered;
	u32 freezes; /* gaps of more than 500 ms in which media was missing, other than by silence */
	u32 clock_rate; /* Hz; 0: not known */
	u64 longest_gap_ns; /* between two packets, silence or not */
	u64 jitter_ns; /* RFC 3550 section 6.4.1; valid when jitter_known */
	u64 last_ns; /* last packet, as sampled */
	u64 rate_bytes, rate_ns; /* so much came in so much time; 0: not known */
};

enum encryption {
	ENCRYPTION_UNKNOWN,
	ENCRYPTION_EXPECTED, /* ICE, but no handshake was seen */
	ENCRYPTION_SEEN, /* a DTLS handshake of the session has given the keys */
	ENCRYPTION_NONE, /* payloads as long as a codec's frames, or a profile that does not encrypt */
};

enum media_dir { MEDIA_OUT, MEDIA_IN }; /* from the host; to the host */

#define RULE_NAME 64
#define RULE_TEXT 256

/* A rule of this machine's firewall. Names and text are an administrator's: they may hold any byte but 0. */
struct rule {
	char family[8]; /* "ip", "ip6", "inet", "bridge", "netdev", "arp" */
	char table[RULE_NAME], chain[RULE_NAME];
	u64 handle; /* in the running ruleset; 0: a chain's policy */
	char text[RULE_TEXT]; /* as nft(8) lists it, with its comment; of a policy "policy drop" */
};

/* What a rule did. */
struct rule_view {
	struct rule rule;
	u64 blocked, degraded; /* sessions, ever */
	u32 hosts; /* different ones, ever */
	u64 first, last; /* drop */
};

#define NO_RULE 0xffffffffu

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
	u32 rule, degraded_rule; /* index into engine_view.rules, or NO_RULE */
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
	u8 zero[2];
	struct session_times times;
	u32 npairs, nmedia, nevidence;
	u32 evidence_lost; /* evidence that found no room */
	struct pair *pairs; /* at most SESSION_PAIRS */
	struct dtls_view dtls;
	struct media_view *media; /* at most SESSION_MEDIA */
	struct evidence *evidence; /* in time order, at most SESSION_EVIDENCE */
};

enum { MAPPING_BY_STUN = 1 << 0, MAPPING_BY_CONNTRACK = 1 << 1 };

struct mapping {
	u8 proto;
	u8 kind; /* enum mapping_kind */
	u8 sources; /* bits MAPPING_BY_* */
	u8 ended_by; /* enum mapping_end */
	u32 nremotes;
	struct endpoint inside, outside;
	struct endpoint
		upstream; /* what servers and peers see it as, behind a NAT further out; all zero when not known */
	struct endpoint conflict; /* conntrack says another outside endpoint than the packets show; else all zero */
	struct endpoint *remotes; /* as the inside addresses them; of an ended mapping the last ones */
	u64 created, refreshed, ended;
};

/* One thing that RFC 4787 asks of a NAT. */
struct trait {
	u8 value; /* enum behaviour */
	u8 excluded; /* bits 1 << enum behaviour: what it is not, though what it is may be undetermined */
	u16 zero;
	u32 samples; /* observations that speak on it */
	u32 contrary; /* those of them that speak against `value` */
};

struct nat_behaviour {
	struct trait translates; /* yes or no */
	struct trait mapping; /* section 4.1 */
	struct trait filtering; /* section 5 */
	struct trait port_preservation; /* section 4.2.1 */
	struct trait parity; /* section 4.2.2 */
	struct trait pooling; /* section 4.1: paired or arbitrary */
	struct trait hairpinning; /* section 6 */
	/* Binding lifetime, section 4.3: silence that mappings outlived, and silence that ended them; seconds, 0: not seen */
	u32 lifetime_samples, lifetime_at_least, lifetime_at_most;
};

/* The NATs between an inside host, or all of them, and the internet. */
struct nat_view {
	struct nat_behaviour gateway; /* this machine */
	struct nat_behaviour upstream; /* whatever lies further out */
	u8 upstream_kind; /* enum upstream */
	u8 mapping, filtering; /* enum behaviour: of the whole way */
	u8 meaning; /* enum meaning */
};

struct host_view {
	struct addr ip;
	u32 mappings; /* alive */
	u64 last;
	struct nat_view nat;
};

struct outside_view {
	struct addr ip;
	u32 ports[2]; /* that mappings of this address use now: [0] UDP, [1] TCP */
};

/* The kernel's table of connections, of which mappings are a part. */
struct conntrack_table {
	u64 early_drops; /* entries pushed out by others, ever */
	u64 drops; /* packets dropped as there was no room, ever */
	u32 entries, limit; /* limit 0: not known */
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

/* Upper bounds are in engine_bounds, or jitter_bounds; `bucket` counts are not cumulative, the last is +Inf. */
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

/* RTP packets and what became of them between one end and here. */
struct rtp_metrics {
	u64 packets, lost, duplicates, reordered, freezes;
	struct histogram jitter; /* of each stream at each sample */
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
	struct rtp_metrics rtp[2]; /* by the side it came from: enum side */
	u64 rtp_unencrypted; /* streams */
	u64 mappings[2]; /* alive: [0 udp, 1 tcp] */
	u64 mappings_created[MAPPING_KIND_COUNT];
	u64 mappings_ended[MAPPING_END_COUNT];
	u64 mappings_evicted; /* forgotten alive, as there were too many that nobody answered */
	u64 remotes_lost; /* not kept: their mapping has too many */
	u64 mapping_conflicts; /* conntrack and the packets did not agree */
	u64 hosts[BEHAVIOUR_PORT_DEPENDENT + 1]
		 [BEHAVIOUR_PORT_DEPENDENT + 1]; /* by mapping and filtering of their way */
	u32 outside_addresses;
	u32 ports_used[2]; /* of the outside address that uses most: [0 udp, 1 tcp] */
	struct conntrack_table conntrack;
	u64 events; /* taken in */
	u64 sessions_lost; /* not kept: the table was full of sessions that are not over */
};

extern const double engine_bounds[HISTOGRAM_BUCKETS], jitter_bounds[HISTOGRAM_BUCKETS]; /* seconds, ascending */

/* --- the calls --- */

/* Gives NULL when memory is out. */
struct engine *engine_new(const struct engine_limits *limits);
void engine_free(struct engine *e);

/* Says on which side an interface lies. Must come before its first event; again with another side changes it. */
void engine_point(struct engine *e, u32 ifindex, enum side side);

/* Says that an address is the gateway's own outside address, so that a mapping to it is told from a NAT further out. */
void engine_outside(struct engine *e, const struct addr *ip);

/*
 * Says that an XDP program of somebody else sits before us on an interface of that name, or (`name` NULL) that there is none
 * any more: what it drops is never seen, so that what did not come in is no evidence. Often, at no cost.
 */
void engine_foreign_xdp(struct engine *e, u32 ifindex, const char *name);

/* Something changed on a flow. */
void engine_event(struct engine *e, const struct event *event);

/*
 * Samples of these flows come next, `count` of them: what is known of the one behind is fetched from memory while one is
 * taken in. Nothing else than time depends on it.
 */
void engine_expect(struct engine *e, const struct flow_key *keys, size_t count);

/* The record of a known flow as it is now: call for each flow about once a second of packet time. */
void engine_sample(struct engine *e, const struct flow_key *key, const struct flow_record *record);

#define NOT_QUEUED (-1) /* the rule drops it */
#define QUEUE_UNKNOWN (-2) /* the rule has several to give it to */

/*
 * Says which rule dropped the packet of a drop event, out of the shadow ruleset (user/audit/), or gave it to the queue of
 * that number. `rule` is NULL when it could not be found; `why_not` then says why, in a few words.
 */
void engine_rule(struct engine *e, const struct event *drop, const struct rule *rule, s32 queue, const char *why_not);

#define RULES_MAX 256 /* metrics have a label set for each that hurts */

/* Says which rules can drop packets by now, and how many more there are than these, RULES_MAX at most. */
void engine_rules(struct engine *e, const struct rule *rules, size_t count, u64 left_out);

/* What an intrusion detection system said of a packet. */
#define IDS_TEXT 96

struct ids_alert {
	u64 time_ns;
	struct endpoint src, dst; /* as it saw the packet: before or behind NAT */
	u64 signature; /* id */
	u8 proto;
	u8 dropped; /* it dropped the packet, else it only told */
	u16 zero;
	char text[IDS_TEXT]; /* clean ASCII */
};

/* Gives whether the packet is one of a session, whose evidence it then is. */
bool engine_ids(struct engine *e, const struct ids_alert *alert);

/*
 * Conntrack entries that mappings rest on, in turn: what to ask the kernel next. Gives how many of `room` were filled, as
 * questions of conntrack.h. Each is to be answered by engine_conntrack_answer(): with the same question, what came of it,
 * and how long it has left in ns.
 */
size_t engine_conntrack_questions(struct engine *e, struct conntrack *questions, size_t room);
void engine_conntrack_answer(struct engine *e, const struct conntrack *question, const struct conntrack *answer,
			     u64 left_ns);

/* The kernel's table as it is now; call before the answers, which it explains. */
void engine_conntrack_table(struct engine *e, const struct conntrack_table *table);

/* Lets time pass: timers run, verdicts become final. Call about once a second of packet time. */
void engine_tick(struct engine *e, u64 now_ns);

/* What a capture lacks as a whole, so that it proves nothing where it is missing. */
enum { LACKS_ALL_BUT_STUN = 1 << 0, LACKS_A_DIRECTION = 1 << 1 };

/*
 * The packets end here, as captures do; what comes later belongs to another one. Nothing more is waited for: what was seen
 * in part is told as that. `lacks`: LACKS_* bits.
 */
void engine_end(struct engine *e, unsigned int lacks);

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
	u64 from,
		next; /* which part of the list it is: view_filter.after of this one, and of the next; 0: it is the last */
	struct mapping *mappings;
	size_t nmappings;
	struct nat_view nat; /* of all hosts together */
	struct host_view *hosts;
	size_t nhosts;
	struct outside_view *outsides;
	size_t noutsides;
	struct rule_view *rules; /* always there; sessions point into it */
	size_t nhurting; /* the first of them: they dropped packets of sessions, the others can drop packets and never did */
	size_t nrules;
	u64 rules_left_out; /* more that can drop packets, for which there was no room */
};

enum {
	VIEW_METRICS = 0,
	VIEW_SESSIONS = 1 << 0,
	VIEW_MAPPINGS = 1 << 1,
	VIEW_HOSTS = 1 << 2,
	VIEW_LINES = 1 << 3, /* of the sessions what fits in a line: without pairs, media and evidence */
};

/* What to copy of the sessions; zeroes mean all. */
struct view_filter {
	u64 serial; /* this session only */
	u64 after; /* where the part before, of the same filter, told to go on */
	size_t most; /* in this part */
	u8 by_verdict; /* 1: only sessions whose verdict is `verdict` */
	u8 verdict;
};

/* Copies what `what` (VIEW_* bits) asks for. Gives NULL when memory is out; free with engine_view_free(). */
struct engine_view *engine_view(struct engine *e, unsigned int what, const struct view_filter *filter);
void engine_view_free(struct engine_view *view);

#endif
