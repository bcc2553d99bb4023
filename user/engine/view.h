/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The copy of the engine's state that outputs read: sessions, mappings, hosts, rules and metrics,
 * as they look from outside.
 */
#ifndef P2PSCOPE_ENGINE_VIEW_H
#define P2PSCOPE_ENGINE_VIEW_H

#include <stddef.h>

#include "engine/nat/nat_view.h"
#include "engine/verdict/causes.h"

struct engine;

#define UFRAG_MAX 64
#define SESSION_PAIRS 64
#define SESSION_MEDIA 64
#define SESSION_EVIDENCE 64
#define EVIDENCE_TEXT 160

struct ufrag {
	const u8 *bytes; /* from the network: escape before printing */
	u8 len; /* UFRAG_MAX at most; 0: not known */
};

enum candidate_type {
	CANDIDATE_UNKNOWN,
	CANDIDATE_HOST,
	CANDIDATE_SRFLX,
	CANDIDATE_PRFLX,
	CANDIDATE_RELAY
};

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
	/* gaps of more than 500 ms in which media was missing, other than by silence */
	u32 freezes;
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
	/* payloads as long as a codec's frames, or a profile that does not encrypt */
	ENCRYPTION_NONE,
};

enum media_dir { MEDIA_OUT, MEDIA_IN }; /* from the host; to the host */

#define RULE_NAME 64
#define RULE_TEXT 256

/*
 * A rule of this machine's firewall. Names and text are an administrator's: they may hold any byte
 * but 0.
 */
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
	u8 code; /* enum evidence_code */
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
	u8 ufrag_len[2]; /* as in struct ufrag: [0] the host's own, [1] the peer's */
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
	struct dtls_view dtls;
	u8 *ufrags; /* the bytes of both, one after the other */
	struct session_times times;
	u32 npairs, nmedia, nevidence;
	u32 evidence_lost; /* evidence that found no room */
	struct pair *pairs; /* at most SESSION_PAIRS */
	struct media_view *media; /* at most SESSION_MEDIA */
	struct evidence *evidence; /* in time order, at most SESSION_EVIDENCE */
};

/* The host's own (0), the peer's (1). */
static inline struct ufrag session_ufrag(const struct session *s, int whose)
{
	const u8 *bytes = whose && s->ufrags ? s->ufrags + s->ufrag_len[0] : s->ufrags;

	return (struct ufrag){.bytes = bytes, .len = s->ufrag_len[whose]};
}

/*
 * Label sets of p2pscope_sessions_total: counted when a verdict is given, again only if it turns
 * into another.
 */
struct verdict_count {
	u8 verdict, where, cause;
	u8 relayed, path_known;
	u8 proto, family;
	u8 zero;
	u64 sessions;
};

#define HISTOGRAM_BUCKETS 12

/*
 * Upper bounds are in engine_bounds, or jitter_bounds; `bucket` counts are not cumulative, the last
 * is +Inf.
 */
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

/* The metrics whose label sets are in bounded tables. */
enum label_sets { LABEL_SETS_VERDICTS, LABEL_SETS_TURN, LABEL_SETS_COUNT };

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
	u64 label_sets_full[LABEL_SETS_COUNT]; /* not counted: there was no room for their labels */
};

/* seconds, ascending */
extern const double engine_bounds[HISTOGRAM_BUCKETS], jitter_bounds[HISTOGRAM_BUCKETS];

struct engine_view {
	u64 time_ns;
	struct engine_metrics metrics;
	struct session *sessions; /* by time of first packet, oldest first */
	size_t nsessions;
	u64 from,
		/*
		 * which part of the list it is: view_filter.after of this one, and of the next; 0:
		 * it is the last
		 */
		next;
	struct mapping *mappings;
	size_t nmappings;
	struct nat_view nat; /* of all hosts together */
	struct host_view *hosts;
	size_t nhosts;
	struct outside_view *outsides;
	size_t noutsides;
	struct rule_view *rules; /* always there; sessions point into it */
	/*
	 * the first of them: they dropped packets of sessions, the others can drop packets and
	 * never did
	 */
	size_t nhurting;
	size_t nrules;
	u64 rules_left_out; /* more that can drop packets, for which there was no room */
};

enum {
	VIEW_METRICS = 0,
	VIEW_SESSIONS = 1 << 0,
	VIEW_MAPPINGS = 1 << 1,
	VIEW_HOSTS = 1 << 2,
	/* of the sessions what fits in a line: without pairs, media and evidence */
	VIEW_LINES = 1 << 3,
};

/* What to copy of the sessions; zeroes mean all. */
struct view_filter {
	u64 serial; /* this session only */
	u64 after; /* where the part before, of the same filter, told to go on */
	size_t most; /* in this part */
	u8 by_verdict; /* 1: only sessions whose verdict is `verdict` */
	u8 verdict;
};

/*
 * Copies what `what` (VIEW_* bits) asks for. Gives NULL when memory is out; free with
 * engine_view_free().
 */
struct engine_view *engine_view(struct engine *e, unsigned int what,
				const struct view_filter *filter);
void engine_view_free(struct engine_view *view);

#endif
