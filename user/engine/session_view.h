/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What outputs read of a session: its pairs, DTLS association, media, evidence and verdict. */
#ifndef P2PSCOPE_ENGINE_SESSION_VIEW_H
#define P2PSCOPE_ENGINE_SESSION_VIEW_H

#include "p2pscope/types.h"
#include "p2pscope/words.h"

/* On which side of the gateway an interface lies. */
enum side { SIDE_LAN, SIDE_WAN };

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

#define UNKNOWN_MS 0xffffffffu

struct dtls_view {
	u8 state; /* enum dtls_state */
	u8 alert_seen;
	u8 alert;
	u8 client; /* who sent the ClientHello: 1 host, 2 peer, 0 not seen */
	u16 version; /* 0xfefd is 1.2, 0xfefc is 1.3; 0 not known */
	u16 srtp_profile; /* RFC 5764 section 4.1.2; 0 not known */
	u32 handshake_ms; /* UNKNOWN_MS unless its first ClientHello and its end were seen */
};

#define STREAM_STOPPED_NS 5000000000ull

struct media_view {
	u32 ssrc;
	u8 dir; /* enum media_dir */
	u8 data; /* 1: a data channel inside DTLS, `ssrc` means nothing; 0: RTP */
	u8 encryption; /* enum encryption */
	u8 payload_type;
	u8 jitter_known;
	u8 one_way; /* no RTP comes the other way */
	u8 stopped; /* the session goes on, and no packet of it came for STREAM_STOPPED_NS */
	u64 packets, bytes;
	u32 lost; /* sequence numbers that never came here; loss behind this point is not in it */
	u32 lost_here; /* packets that came here and were dropped by this gateway */
	u32 duplicates; /* numbers that came again */
	u32 reordered;
	/* gaps of more than 500 ms in which media was missing, other than by silence */
	u32 freezes;
	u32 clock_rate; /* Hz; 0: not known */
	u64 longest_gap_ns; /* between two packets, silence or not */
	u64 jitter_ns; /* RFC 3550 section 6.4.1; valid when jitter_known */
	u64 last_ns; /* last packet, as sampled */
	u64 rate_bytes, rate_ns; /* bytes that came in so many ns; 0: not known */
};

enum encryption {
	ENCRYPTION_UNKNOWN,
	ENCRYPTION_EXPECTED, /* ICE, but no handshake was seen */
	ENCRYPTION_SEEN, /* a DTLS handshake of the session has made the keys */
	/* payloads as long as a codec's frames, or a profile that does not encrypt */
	ENCRYPTION_NONE,
};

enum media_dir { MEDIA_OUT, MEDIA_IN }; /* from the host; to the host */

#define NO_RULE 0xffffffffu

/* At which point something was seen: interface side and direction. */
enum point { AT_LAN_IN, AT_LAN_OUT, AT_WAN_IN, AT_WAN_OUT, AT_GATEWAY };

struct evidence {
	u64 time_ns;
	u8 at; /* enum point */
	u8 code; /* enum evidence_code */
	char text[EVIDENCE_TEXT]; /* clean ASCII */
};

/* What a session carries, as far as it can be told apart. */
enum media_kind {
	MEDIA_KIND_RTP,
	MEDIA_KIND_SRTP,
	MEDIA_KIND_RTCP,
	MEDIA_KIND_DATA,
	MEDIA_KIND_CHECKS,
	MEDIA_KIND_ALL,
};

/* What the evidence of a session that has no verdict yet speaks for. */
struct outlook {
	u8 where, cause; /* CAUSE_NONE: for nothing so far */
	u16 zero;
	u32 rule; /* index into engine_view.rules, or NO_RULE */
};

/* A session works or has worked, and part of its packets was lost. */
struct impairment {
	u64 from_ns, to_ns; /* the first and the last that is known of */
	u64 dropped; /* packets lost meanwhile */
	u64 passed; /* of the same kind and direction, meanwhile */
	u32 rule; /* index into engine_view.rules, or NO_RULE */
	u8 where, cause; /* cause: CAUSE_NONE where packets were missing when they came here */
	u8 dir; /* enum media_dir */
	u8 kind; /* enum media_kind */
};

/* Something that happened to a session, and what was said of it from then on. */
struct course_entry {
	u64 time_ns;
	u8 state; /* enum course_state */
	u8 verdict, where, cause;
	u32 zero;
};

#define COURSE_ENTRIES 16 /* the first ones and the last */

/* RTP packets that were missing when they should have come here, in the seconds that lack some. */
struct loss_window {
	u64 from_ns, last_ns; /* 0: none */
	u32 lost, packets;
};

/* The course of a session that had a verdict other than that it succeeded, or was impaired. */
struct course {
	struct impairment impaired; /* the last; all zero when there was none */
	u64 worked_ns; /* how long it worked before it was cut; 0: it was not, or never worked */
	struct loss_window loss[2]; /* by enum heading */
	u64 alert_ns; /* of the fatal DTLS alert */
	u64 reopened_ns; /* when its verdict was taken back: from then on it is tried anew */
	u64 decisive_ns; /* of the verdict that it has: when what it rests on began; 0: not told */
	u64 cut_ns; /* when it was told to be cut */
	u32 nentries, entries_lost;
	struct course_entry *entries; /* in time order, at most COURSE_ENTRIES */
};

struct session_times {
	u64 first, connected, nominated, secured, media, last, ended;
};

struct session {
	u64 id; /* what users see, as 16 hexadecimal digits; never 0 */
	u64 serial; /* ascends in the order in which sessions began */
	u8 verdict, stage, cause, where; /* the lists of words.h */
	u8 probable; /* confidence: 1 probable, 0 certain */
	u8 degraded; /* enum cause, CAUSE_NONE when nothing better was blocked */
	u8 ufrag_len[2]; /* as in struct ufrag: [0] the host's own, [1] the peer's */
	u32 rule, degraded_rule; /* index into engine_view.rules, or NO_RULE */
	/*
	 * the verdict does not change any more, unless the session comes back to life; one that did
	 * not wait may have been given before
	 */
	u8 over;
	u8 family; /* 4 or 6 */
	u8 has_host, has_peer;
	u8 path_known; /* the next four are known: a pair was answered */
	u8 path_local, path_remote; /* enum candidate_type */
	u8 path_proto;
	u8 path_relayed;
	u8 payload; /* enum payload */
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
	struct outlook outlook; /* while it is pending */
	struct course *course; /* NULL: only its stages are to be told */
};

/* Returns the ufrag of the host (0) or of its peer (1), which belongs to the session. */
static inline struct ufrag session_ufrag(const struct session *s, int whose)
{
	const u8 *bytes = whose && s->ufrags ? s->ufrags + s->ufrag_len[0] : s->ufrags;

	return (struct ufrag){.bytes = bytes, .len = s->ufrag_len[whose]};
}

#endif
