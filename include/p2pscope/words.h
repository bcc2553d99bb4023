/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Every closed list, once. Each list makes the C names and the words that users see in JSON, on the
 * command line and as Prometheus labels; words_name() in user/engine/names.c gives the word of a
 * value. Append only: numbers are in maps and events.
 */
#ifndef P2PSCOPE_WORDS_H
#define P2PSCOPE_WORDS_H

/* What a message is, by its bytes and by the flow it belongs to (RFC 7983, RFC 9443). */
#define P2PSCOPE_CLASSES(X)                  \
	X(CLASS_STUN, "stun")                \
	X(CLASS_CLASSIC_STUN, "classicstun") \
	X(CLASS_CHANNEL_DATA, "channeldata") \
	X(CLASS_DTLS, "dtls")                \
	X(CLASS_RTP, "rtp")                  \
	X(CLASS_RTCP, "rtcp")                \
	X(CLASS_QUIC, "quic")                \
	X(CLASS_ZRTP, "zrtp")                \
	X(CLASS_OTHER, "other")

/* What carries a message: UDP or TCP, directly or inside TURN. Carrier = 2 * TCP + relayed. */
#define P2PSCOPE_CARRIERS(X)                  \
	X(CARRIER_UDP, "udp")                 \
	X(CARRIER_UDP_RELAYED, "udp_relayed") \
	X(CARRIER_TCP, "tcp")                 \
	X(CARRIER_TCP_RELAYED, "tcp_relayed")

/* How far a session came. */
#define P2PSCOPE_STAGES(X)              \
	X(STAGE_GATHERING, "gathering") \
	X(STAGE_CHECKING, "checking")   \
	X(STAGE_CONNECTED, "connected") \
	X(STAGE_NOMINATED, "nominated") \
	X(STAGE_SECURED, "secured")     \
	X(STAGE_MEDIA, "media")         \
	X(STAGE_ENDED, "ended")

#define P2PSCOPE_VERDICTS(X)              \
	X(VERDICT_PENDING, "pending")     \
	X(VERDICT_SUCCEEDED, "succeeded") \
	X(VERDICT_FAILED, "failed")       \
	X(VERDICT_BLOCKED, "blocked")     \
	X(VERDICT_UNKNOWN, "unknown")

#define P2PSCOPE_WHERES(X)    \
	X(WHERE_NONE, "")     \
	X(WHERE_HERE, "here") \
	X(WHERE_UPSTREAM, "upstream")

/* What happened to a session besides that it came to a stage, in its timeline. */
#define P2PSCOPE_COURSE(X)                                                           \
	X(COURSE_VERDICT, "verdict") /* a verdict was given before it ever worked */ \
	X(COURSE_CUT, "cut") /* it worked, and does no more */                       \
	X(COURSE_IMPAIRED, "impaired") /* it works, part of its packets is lost */   \
	X(COURSE_RECOVERED, "recovered") /* packets pass again */                    \
	X(COURSE_REOPENED, "reopened") /* the verdict was taken back */

/* What a session carries where no DTLS was seen. */
#define P2PSCOPE_PAYLOADS(X)                                                          \
	X(PAYLOAD_NONE, "") /* DTLS, or nothing yet */                                \
	X(PAYLOAD_WIREGUARD, "wireguard")                                             \
	X(PAYLOAD_RTP, "rtp") /* in clear, or keyed by signalling (SDES, RFC 4568) */ \
	X(PAYLOAD_QUIC, "quic")                                                       \
	X(PAYLOAD_UNKNOWN, "unknown") /* an application's own encryption, or plain data */

/*
 * Why a packet, or a part of it, was not understood. A stage returns one of these; PASS means that
 * it was. NOT_IP (ARP, LLDP, …) and NOT_TRANSPORT (neither UDP, TCP nor ICMP) are simply not for
 * us, and are not counted as skipped.
 */
#define P2PSCOPE_REASONS(X)                                                                       \
	X(REASON_PASS, "")                                                                        \
	X(REASON_NOT_IP, "not-ip")                                                                \
	X(REASON_NOT_TRANSPORT, "not-transport")                                                  \
	X(REASON_SHORT_LINK, "short-link")                                                        \
	X(REASON_SHORT_IP, "short-ip")                                                            \
	X(REASON_BAD_IP, "bad-ip")                                                                \
	X(REASON_IP_EXTENSIONS, "ip-extensions") /* more of IPv6 than are followed */             \
	X(REASON_SHORT_TRANSPORT, "short-transport")                                              \
	X(REASON_FRAGMENT_ORPHAN, "fragment-orphan") /* its first fragment was not seen */        \
	X(REASON_BAD_STUN, "bad-stun") /* the cookie, but a wrong length or attribute */          \
	X(REASON_BAD_DTLS, "bad-dtls")                                                            \
	X(REASON_TCP_LOST_SYNC, "tcp-lost-sync") /* a gap, or an implausible length */            \
	X(REASON_TCP_TOO_MANY, "tcp-too-many") /* more messages in a segment than are followed */ \
	X(REASON_STREAMS_FULL, "streams-full") /* more SSRCs on a flow than its record holds */   \
	X(REASON_CHANNEL_UNKNOWN, "channel-unknown") /* its ChannelBind was not seen */           \
	X(REASON_CUT, "cut") /* a snapshot length, or a message split by TCP */

/* Maps that can be full. */
#define P2PSCOPE_MAPS(X)              \
	X(MAP_FLOWS, "flows")         \
	X(MAP_PROBATION, "probation") \
	X(MAP_FRAGMENTS, "fragments") \
	X(MAP_CHANNELS, "channels")   \
	X(MAP_TCP_HOLES, "tcp_holes") \
	X(MAP_TCP_PARTS, "tcp_parts")

/* How a NAT mapping came to be. */
#define P2PSCOPE_MAPPING_KINDS(X)                                                                 \
	X(MAPPING_DYNAMIC, "dynamic") /* by a packet from inside: hole punching needs these */    \
	X(MAPPING_FORWARD,                                                                        \
	  "forward") /* by a packet from outside that the gateway let in: DNAT, a port forward */ \
	X(MAPPING_HAIRPIN, "hairpin") /* came back in: RFC 4787 section 6 */

/* Who ended a NAT mapping. */
#define P2PSCOPE_MAPPING_ENDS(X)                                                                   \
	X(MAPPING_ALIVE, "")                                                                       \
	X(MAPPING_IDLE, "idle") /* without conntrack: silent for two minutes (RFC 4787 REQ-5) */   \
	X(MAPPING_TIMEOUT, "timeout") /* its time in conntrack ran out */                          \
	X(MAPPING_EARLY_DROP, "early-drop") /* conntrack was full and took its place */            \
	X(MAPPING_DELETED,                                                                         \
	  "deleted") /* before its time: conntrack -D, a flush, a ruleset or address change */     \
	X(MAPPING_TURN_CLOSE, "turn-close") /* it ran out behind a TURN Refresh with LIFETIME 0 */ \
	X(MAPPING_TCP_CLOSE, "tcp-close") /* behind FIN or RST */

/* What can be said of a NAT: RFC 4787 sections 4.1 to 6. */
#define P2PSCOPE_BEHAVIOURS(X)                                    \
	X(BEHAVIOUR_UNDETERMINED, "undetermined")                 \
	X(BEHAVIOUR_ENDPOINT_INDEPENDENT, "endpoint-independent") \
	X(BEHAVIOUR_ADDRESS_DEPENDENT, "address-dependent")       \
	X(BEHAVIOUR_PORT_DEPENDENT, "address-and-port-dependent") \
	X(BEHAVIOUR_YES, "yes")                                   \
	X(BEHAVIOUR_NO, "no")                                     \
	X(BEHAVIOUR_PAIRED, "paired")                             \
	X(BEHAVIOUR_ARBITRARY, "arbitrary")

/* What lies between our outside address and the internet. */
#define P2PSCOPE_UPSTREAMS(X)                                                     \
	X(UPSTREAM_UNDETERMINED, "undetermined")                                  \
	X(UPSTREAM_NONE, "none")                                                  \
	X(UPSTREAM_NAT, "nat")                                                    \
	X(UPSTREAM_DOUBLE_NAT,                                                    \
	  "double-nat") /* our outside address is private (RFC 1918, RFC 4193) */ \
	X(UPSTREAM_CARRIER_GRADE, "carrier-grade") /* it is of 100.64.0.0/10 (RFC 6598) */

/* What a path's mapping and filtering mean for peer-to-peer: one line. */
#define P2PSCOPE_MEANINGS(X)                                                                      \
	X(MEANING_UNDETERMINED, "not enough seen yet to say which peers can be reached directly") \
	X(MEANING_OPEN, "direct connections work, also from peers behind symmetric NATs")         \
	X(MEANING_ADDRESS_FILTER, "direct connections work with checks from both sides, also to " \
				  "peers behind symmetric NATs with one address")                 \
	X(MEANING_PORT_FILTER, "direct connections to peers behind endpoint-independent NATs "    \
			       "work; to symmetric NATs they need a relay")                       \
	X(MEANING_ANY_FILTER,                                                                     \
	  "direct connections to peers behind endpoint-independent NATs work; whether to "        \
	  "symmetric NATs is not seen yet")                                                       \
	X(MEANING_SYMMETRIC,                                                                      \
	  "direct connections work only to peers behind address-dependent filtering or less; to " \
	  "others they need a relay")

#define P2PSCOPE_ENUM(name, word) name,

enum msg_class { P2PSCOPE_CLASSES(P2PSCOPE_ENUM) CLASS_MAX };
enum carrier { P2PSCOPE_CARRIERS(P2PSCOPE_ENUM) CARRIER_MAX };
enum stage { P2PSCOPE_STAGES(P2PSCOPE_ENUM) STAGE_COUNT };
enum verdict { P2PSCOPE_VERDICTS(P2PSCOPE_ENUM) VERDICT_COUNT };
enum where { P2PSCOPE_WHERES(P2PSCOPE_ENUM) WHERE_COUNT };
enum payload { P2PSCOPE_PAYLOADS(P2PSCOPE_ENUM) PAYLOAD_COUNT };
enum course_state { P2PSCOPE_COURSE(P2PSCOPE_ENUM) COURSE_COUNT };
enum reason { P2PSCOPE_REASONS(P2PSCOPE_ENUM) REASON_COUNT };
enum map_id { P2PSCOPE_MAPS(P2PSCOPE_ENUM) MAP_COUNT };
enum mapping_kind { P2PSCOPE_MAPPING_KINDS(P2PSCOPE_ENUM) MAPPING_KIND_COUNT };
enum mapping_end { P2PSCOPE_MAPPING_ENDS(P2PSCOPE_ENUM) MAPPING_END_COUNT };
enum behaviour { P2PSCOPE_BEHAVIOURS(P2PSCOPE_ENUM) BEHAVIOUR_COUNT };
enum upstream { P2PSCOPE_UPSTREAMS(P2PSCOPE_ENUM) UPSTREAM_COUNT };
enum meaning { P2PSCOPE_MEANINGS(P2PSCOPE_ENUM) MEANING_COUNT };

#undef P2PSCOPE_ENUM

#endif
