/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is tried for a verdict, in this order: the first row of the session's phase whose predicate
 * finds its evidence rules. docs/verdicts.md tells the rows in the same order.
 */
#ifndef P2PSCOPE_ENGINE_VERDICT_PREDICATES_H
#define P2PSCOPE_ENGINE_VERDICT_PREDICATES_H

#include "engine/verdict/verdict.h"

/* X(C name, what it is, as a heading) */
#define VERDICT_PHASES(X)                                                              \
	X(PHASE_GATHERING, "The host never got to its first check")                    \
	X(PHASE_HIDDEN, "Only a part is seen, or the path is opaque")                  \
	X(PHASE_CHECKS, "No check of the host was answered")                           \
	X(PHASE_DTLS, "Checks were answered, the handshake is not over")               \
	X(PHASE_SECURED, "The handshake is over, and nobody sends media")              \
	X(PHASE_MEDIA, "The handshake is over, media does not go both ways")           \
	X(PHASE_CONSENT, "The session had worked")                                     \
	X(PHASE_CAPTURE_END, "The capture ends before the session")                    \
	X(PHASE_DEGRADED,                                                              \
	  "The session works, but by a relay or by TCP: something better was blocked") \
	X(PHASE_DEGRADED_TCP, "The session works by TCP, no UDP was dropped here")

#define VERDICT_PHASE_ENUM(name, title) name,

enum verdict_phase { VERDICT_PHASES(VERDICT_PHASE_ENUM) VERDICT_PHASE_COUNT };

#undef VERDICT_PHASE_ENUM

/* What a row rules, besides a cause. */
enum row_outcome {
	/* blocked here; the cause is what the kernel's drop reason means */
	OUTCOME_DROP_REASON = CAUSE_COUNT,
	OUTCOME_UNKNOWN,
	OUTCOME_SUCCEEDED,
	OUTCOME_TIME_OVER, /* what would be ruled if the session's time were over */
};

enum row_flags {
	ROW_PLAIN = 0,
	/* may be decisive, and is asked before the session's time is over */
	ROW_EARLY = 1 << 0,
	/*
	 * rests on something that was not seen to come in: where somebody else's XDP program is
	 * before ours that proves nothing, and the verdict is `unknown`
	 */
	ROW_ABSENCE = 1 << 1,
	/* what a pending session looks like: as soon as it is found, or after tries in vain */
	ROW_OUTLOOK = 1 << 2,
	ROW_OUTLOOK_VAIN = 1 << 3,
};

/* X(phase, predicate, cause or enum row_outcome, flags, evidence in words) */
#define VERDICT_ROWS(X)                                                                            \
	X(PHASE_GATHERING, gathering_dropped, OUTCOME_DROP_REASON, ROW_OUTLOOK,                    \
	  "requests to STUN or TURN servers were dropped by this kernel")                          \
	X(PHASE_GATHERING, turn_refuses_login, CAUSE_TURN_AUTH, ROW_OUTLOOK,                       \
	  "an allocation was refused with credentials (401, 441)")                                 \
	X(PHASE_GATHERING, turn_has_no_room, CAUSE_TURN_QUOTA, ROW_OUTLOOK,                        \
	  "an allocation was refused for quota (486)")                                             \
	X(PHASE_GATHERING, turn_refuses, CAUSE_TURN_REFUSED, ROW_OUTLOOK,                          \
	  "an allocation was refused with another error")                                          \
	X(PHASE_GATHERING, turn_refuses_peers, CAUSE_TURN_REFUSED, ROW_OUTLOOK,                    \
	  "permissions or channels were refused, and none was granted")                            \
	X(PHASE_GATHERING, servers_prohibited, CAUSE_ICMP_PROHIBITED, ROW_OUTLOOK,                 \
	  "ICMP 'prohibited' from further out about a STUN or TURN server, and no server "         \
	  "answered")                                                                              \
	X(PHASE_GATHERING, server_reset, CAUSE_TCP_RESET, ROW_OUTLOOK,                             \
	  "TCP to a STUN or TURN server was reset from beyond before the server answered, or "     \
	  "before it granted an allocation")                                                       \
	X(PHASE_GATHERING, server_silent, CAUSE_SERVER_SILENT, ROW_PLAIN,                          \
	  "the servers that were asked never answered, or only with 401 or 438: seven requests "   \
	  "and 8 s, four and 39.5 s, or one over TCP and 39.5 s")                                  \
                                                                                                   \
	X(PHASE_HIDDEN, one_end_seen, OUTCOME_UNKNOWN, ROW_PLAIN,                                  \
	  "only one end is seen, and what it sends shows that it hears the other")                 \
	X(PHASE_HIDDEN, tls_carries_media, OUTCOME_SUCCEEDED, ROW_PLAIN,                           \
	  "no check is answered, but TLS to a TURN server carries packets both ways as media "     \
	  "does: 20 a second, for 5 s; *probable*")                                                \
                                                                                                   \
	X(PHASE_CHECKS, not_turned_back, CAUSE_NO_HAIRPIN, ROW_OUTLOOK_VAIN,                       \
	  "checks to the host's own outside address came in at the LAN, and neither left nor "     \
	  "came back")                                                                             \
	X(PHASE_CHECKS, checks_dropped, OUTCOME_DROP_REASON, ROW_EARLY | ROW_OUTLOOK,              \
	  "checks were dropped by this kernel: the peer's, or the host's and none left")           \
	X(PHASE_CHECKS, checks_stuck, CAUSE_DROP, ROW_OUTLOOK_VAIN,                                \
	  "checks came in at the LAN twice or more and never left at the WAN")                     \
	X(PHASE_CHECKS, peers_checks_stuck, CAUSE_DROP, ROW_OUTLOOK_VAIN,                          \
	  "checks or answers of the peer came in at the WAN for 3 s, for where the host had sent " \
	  "some, and never left at the LAN")                                                       \
	X(PHASE_CHECKS, turn_refuses_login, CAUSE_TURN_AUTH, ROW_OUTLOOK,                          \
	  "an allocation was refused with credentials (401, 441)")                                 \
	X(PHASE_CHECKS, turn_has_no_room, CAUSE_TURN_QUOTA, ROW_OUTLOOK,                           \
	  "an allocation was refused for quota (486)")                                             \
	X(PHASE_CHECKS, turn_refuses, CAUSE_TURN_REFUSED, ROW_OUTLOOK,                             \
	  "an allocation was refused with another error")                                          \
	X(PHASE_CHECKS, turn_refuses_peers, CAUSE_TURN_REFUSED, ROW_OUTLOOK,                       \
	  "permissions or channels were refused, and none was granted")                            \
	X(PHASE_CHECKS, icmp_prohibits, CAUSE_ICMP_PROHIBITED, ROW_EARLY | ROW_OUTLOOK,            \
	  "ICMP 'prohibited' from further out about a public address")                             \
	X(PHASE_CHECKS, icmp_cannot_reach, CAUSE_ICMP_UNREACHABLE, ROW_OUTLOOK,                    \
	  "ICMP 'unreachable' from further out about a public address")                            \
	X(PHASE_CHECKS, relay_dropped, OUTCOME_DROP_REASON, ROW_OUTLOOK,                           \
	  "a rule, a queue, tc or XDP here dropped requests to STUN or TURN servers, and none "    \
	  "granted an allocation")                                                                 \
	X(PHASE_CHECKS, server_reset, CAUSE_TCP_RESET, ROW_OUTLOOK,                                \
	  "TCP to a STUN or TURN server was reset from beyond before the server answered, or "     \
	  "before it granted an allocation")                                                       \
	X(PHASE_CHECKS, role_refused, CAUSE_ROLE_CONFLICT, ROW_OUTLOOK,                            \
	  "checks are answered with 487, three times or more on one path, and never with success") \
	X(PHASE_CHECKS, checks_refused, CAUSE_CHECK_REFUSED, ROW_OUTLOOK,                          \
	  "checks are answered with 400, 401, 403 or 420, three times or more on one path, and "   \
	  "never with success")                                                                    \
	X(PHASE_CHECKS, nats_do_not_meet, CAUSE_NAT_INCOMPATIBLE, ROW_OUTLOOK_VAIN,                \
	  "the host's checks left, the peer's arrived at the WAN and found no mapping")            \
	X(PHASE_CHECKS, not_translated, CAUSE_NO_SOURCE_NAT, ROW_OUTLOOK_VAIN,                     \
	  "checks left the WAN for a public address from the host's own private one, and nobody "  \
	  "ever answered the host")                                                                \
	X(PHASE_CHECKS, stun_unanswered_unlike_udp, CAUSE_STUN_FILTERED,                           \
	  ROW_ABSENCE | ROW_OUTLOOK_VAIN,                                                          \
	  "STUN left for two addresses or more, two of them servers, and none answered, "          \
	  "while other UDP of the host (QUIC) to a port of theirs is answered")                    \
	X(PHASE_CHECKS, stun_unanswered_unlike_tcp, CAUSE_UDP_BLOCKED,                             \
	  ROW_ABSENCE | ROW_OUTLOOK_VAIN,                                                          \
	  "STUN left for two addresses or more, two of them servers, and none answered; "          \
	  "no other UDP to a port of theirs is answered, but the host's TCP is: by "               \
	  "anybody, or by one server, if that is the one that was asked")                          \
	X(PHASE_CHECKS, nothing_came, CAUSE_NO_ANSWER, ROW_ABSENCE | ROW_OUTLOOK_VAIN,             \
	  "the host's checks left, none of the peer's was ever seen")                              \
                                                                                                   \
	X(PHASE_DTLS, alert_is_fatal, CAUSE_DTLS_ALERT, ROW_EARLY | ROW_OUTLOOK,                   \
	  "a fatal alert in clear text; the verdict does not wait")                                \
	X(PHASE_DTLS, dtls_dropped, OUTCOME_DROP_REASON, ROW_EARLY | ROW_OUTLOOK,                  \
	  "DTLS packets were dropped by this kernel")                                              \
	X(PHASE_DTLS, dtls_stuck, CAUSE_DROP, ROW_OUTLOOK_VAIN,                                    \
	  "DTLS came in at one side of this gateway and never left at the other")                  \
	X(PHASE_DTLS, packets_offloaded, OUTCOME_UNKNOWN, ROW_PLAIN,                               \
	  "conntrack has a flowtable or hardware forward the packets, and of one direction or "    \
	  "of both none was seen since")                                                           \
	X(PHASE_DTLS, icmp_says_too_big, CAUSE_MTU, ROW_OUTLOOK,                                   \
	  "ICMP 'too big' about the host's packets")                                               \
	X(PHASE_DTLS, only_pieces_come, CAUSE_MTU, ROW_ABSENCE | ROW_OUTLOOK_VAIN,                 \
	  "later pieces of the peer's hello or flight came, but never its first datagram")         \
	X(PHASE_DTLS, large_flight_lost, CAUSE_MTU, ROW_ABSENCE | ROW_OUTLOOK_VAIN,                \
	  "the client repeats its ClientHello although an answer of more than 548 bytes left, or " \
	  "a small one came, and checks are answered; *probable*")                                 \
	X(PHASE_DTLS, hello_unanswered, CAUSE_DTLS_FILTERED, ROW_ABSENCE | ROW_OUTLOOK_VAIN,       \
	  "the host's ClientHello left twice or more, no DTLS came back, and checks are "          \
	  "answered; *probable* if it is large")                                                   \
	X(PHASE_DTLS, roles_are_the_same, CAUSE_ROLE_CONFLICT, ROW_PLAIN,                          \
	  "the latest checks of both sides carry the same role, nobody nominated a pair, and no "  \
	  "DTLS was seen")                                                                         \
	X(PHASE_DTLS, hello_missing, CAUSE_DTLS_FILTERED, ROW_ABSENCE | ROW_OUTLOOK,               \
	  "no DTLS either way while checks go on being answered for 5 s; *probable*")              \
	X(PHASE_DTLS, consent_cut_here, OUTCOME_DROP_REASON, ROW_OUTLOOK,                          \
	  "checks go on for 10 s, the last answer came 30 s ago, and this kernel has dropped "     \
	  "checks since, and none before")                                                         \
	X(PHASE_DTLS, consent_never_renewed, CAUSE_CONSENT_LOST, ROW_OUTLOOK,                      \
	  "checks go on for 10 s, the last answer came 30 s ago, nobody hung up, and no DTLS was " \
	  "seen")                                                                                  \
	X(PHASE_DTLS, dtls_never_over, CAUSE_DTLS_TIMEOUT, ROW_PLAIN,                              \
	  "there was DTLS, and the handshake is not over")                                         \
	X(PHASE_DTLS, stopped_early, CAUSE_CLOSED_EARLY, ROW_PLAIN,                                \
	  "ICE found a path, and both sides fell silent before any DTLS")                          \
                                                                                                   \
	X(PHASE_SECURED, consent_holds, OUTCOME_SUCCEEDED, ROW_EARLY,                              \
	  "a pair is nominated, the handshake is over, and checks are answered for 10 s after; "   \
	  "no media is dropped here or missing one way; *probable*")                               \
	X(PHASE_SECURED, hung_up_secured, OUTCOME_SUCCEEDED, ROW_EARLY,                            \
	  "a pair is nominated, the handshake is over, both sides have fallen silent, and no "     \
	  "media was dropped here or missing one way; *probable*")                                 \
                                                                                                   \
	X(PHASE_MEDIA, media_was_dropped, OUTCOME_DROP_REASON, ROW_OUTLOOK,                        \
	  "media packets were dropped by this kernel")                                             \
	X(PHASE_MEDIA, packets_offloaded, OUTCOME_UNKNOWN, ROW_PLAIN,                              \
	  "conntrack has a flowtable or hardware forward the packets, and of one direction or "    \
	  "of both none was seen since")                                                           \
	X(PHASE_MEDIA, media_cut_between, CAUSE_DROP, ROW_OUTLOOK,                                 \
	  "media of one direction comes in and none ever passes on (40 packets and 2.5 s, or 7 "   \
	  "and 4 s), in captures of both sides")                                                   \
	X(PHASE_MEDIA, media_stuck, CAUSE_DROP, ROW_PLAIN,                                         \
	  "media came in at one side of this gateway for 7.5 s and never left at the other")       \
	X(PHASE_MEDIA, media_unanswered, CAUSE_MEDIA_FILTERED, ROW_ABSENCE,                        \
	  "7.5 s of the host's media left, neither media nor a report came, other packets do")     \
                                                                                                   \
	X(PHASE_CONSENT, media_cut_here, OUTCOME_DROP_REASON, ROW_PLAIN,                           \
	  "media of one direction, or one stream of it (40 packets), goes on coming in, for 4 s "  \
	  "and 7 packets nothing of it has passed on, and this kernel has dropped some")           \
	X(PHASE_CONSENT, all_cut_here, OUTCOME_DROP_REASON, ROW_PLAIN,                             \
	  "for 5 s nothing of one direction has passed on, and this kernel has dropped three "     \
	  "packets of it or more")                                                                 \
	X(PHASE_CONSENT, mapping_lost, CAUSE_MAPPING_LOST, ROW_PLAIN,                              \
	  "the NAT mapping changed or was removed; for 5 s nothing came although the host went "   \
	  "on sending (7 s, if the peer sent no media), or checks and answers alone came of a "    \
	  "peer that had sent media until then")                                                   \
	X(PHASE_CONSENT, consent_cut_here, OUTCOME_DROP_REASON, ROW_PLAIN,                         \
	  "checks go on for 10 s, the last answer came 30 s ago, and this kernel has dropped "     \
	  "checks since, and none before")                                                         \
	X(PHASE_CONSENT, media_cut_between, CAUSE_DROP, ROW_PLAIN,                                 \
	  "the same of media in captures of both sides, where drops are not seen")                 \
	X(PHASE_CONSENT, checks_cut_between, CAUSE_DROP, ROW_PLAIN,                                \
	  "the same of checks: three or more came in at the LAN and none left, for 5 s")           \
	X(PHASE_CONSENT, call_offloaded, OUTCOME_UNKNOWN, ROW_PLAIN,                               \
	  "conntrack has a flowtable or hardware forward the packets, and of one direction or "    \
	  "of both none was seen since, for 7 s")                                                  \
	X(PHASE_CONSENT, icmp_prohibits_since, CAUSE_ICMP_PROHIBITED, ROW_PLAIN,                   \
	  "ICMP 'prohibited' came twice or more about a public address, nothing of the peer "      \
	  "since "                                                                                 \
	  "for 3 s, and the host goes on sending")                                                 \
	X(PHASE_CONSENT, peer_is_gone, CAUSE_PEER_GONE, ROW_PLAIN,                                 \
	  "the peer's machine answered 'port unreachable' twice or more, nothing of it came "      \
	  "since for 1.2 s (7.5 s with a check in vain, if it answered so to another session "     \
	  "only), the host goes on sending, and nobody hung up")                                   \
	X(PHASE_CONSENT, media_stops_coming, CAUSE_MEDIA_FILTERED, ROW_ABSENCE,                    \
	  "media and reports of the peer had come, and stop for 15 s, while its answers come and " \
	  "the host's media goes out")                                                             \
	X(PHASE_CONSENT, consent_lost_alone, CAUSE_STUN_FILTERED, ROW_PLAIN,                       \
	  "checks go on leaving the WAN, the last answer came 30 s ago (20 s, if one side hangs "  \
	  "up then), and for more than 10 s of it the peer's media or data came")                  \
	X(PHASE_CONSENT, consent_lost, CAUSE_CONSENT_LOST, ROW_PLAIN,                              \
	  "checks go on for 10 s, the last answer came 30 s ago, nobody hung up")                  \
	X(PHASE_CONSENT, consent_given_up, CAUSE_CONSENT_LOST, ROW_PLAIN,                          \
	  "checks went on for 10 s without an answer, nothing came, and the host has stopped; "    \
	  "*probable*")                                                                            \
                                                                                                   \
	X(PHASE_CAPTURE_END, stun_alone_goes_on, OUTCOME_SUCCEEDED, ROW_PLAIN,                     \
	  "the capture holds nothing but STUN, and checks went on being answered for 5 s after "   \
	  "the nomination; *probable*")                                                            \
	X(PHASE_CAPTURE_END, stun_alone, OUTCOME_UNKNOWN, ROW_PLAIN,                               \
	  "the capture holds nothing but STUN, and checks were answered")                          \
	X(PHASE_CAPTURE_END, one_end_seen_at_end, OUTCOME_UNKNOWN, ROW_PLAIN,                      \
	  "only one end is seen, and what it sends shows that it hears the other")                 \
	X(PHASE_CAPTURE_END, consent_given_up_at_end, CAUSE_CONSENT_LOST, ROW_PLAIN,               \
	  "the session had worked, then checks went on for 10 s without an answer, and nothing "   \
	  "came; *probable*")                                                                      \
	X(PHASE_CAPTURE_END, media_comes_at_end, OUTCOME_SUCCEEDED, ROW_PLAIN,                     \
	  "the handshake is over and media goes one way, before a report is due; *probable*")      \
	X(PHASE_CAPTURE_END, handshake_over_at_end, OUTCOME_SUCCEEDED, ROW_PLAIN,                  \
	  "the handshake is over, nothing speaks against the session, and no media was due; "      \
	  "*probable*")                                                                            \
	X(PHASE_CAPTURE_END, checks_kept_at_end, OUTCOME_TIME_OVER, ROW_PLAIN,                     \
	  "all that was tried was dropped here, or came in at one side and never left at the "     \
	  "other while that was captured: seven checks at least, in 3 s; *probable*")              \
	X(PHASE_CAPTURE_END, dtls_kept_at_end, OUTCOME_TIME_OVER, ROW_PLAIN,                       \
	  "the same of a DTLS flight, three times and for 3 s; *probable*")                        \
	X(PHASE_CAPTURE_END, icmp_prohibits_at_end, CAUSE_ICMP_PROHIBITED, ROW_PLAIN,              \
	  "ICMP 'prohibited' from further out about a public address, and no check either way "    \
	  "was answered or came")                                                                  \
	X(PHASE_CAPTURE_END, tls_carries_media_at_end, OUTCOME_SUCCEEDED, ROW_PLAIN,               \
	  "no check is answered, but TLS to a TURN server carries packets both ways as media "     \
	  "does; *probable*")                                                                      \
	X(PHASE_CAPTURE_END, nats_do_not_meet_at_end, CAUSE_NAT_INCOMPATIBLE, ROW_PLAIN,           \
	  "the host's checks left for 7.5 s in vain, the peer's arrived at the WAN and found no "  \
	  "mapping; *probable*")                                                                   \
	X(PHASE_CAPTURE_END, stun_unlike_udp_at_end, CAUSE_STUN_FILTERED, ROW_ABSENCE,             \
	  "STUN left for 7.5 s for two addresses or more and none answered, two of them servers, " \
	  "while other UDP of the host (QUIC) to a port of theirs is answered; *probable*")        \
	X(PHASE_CAPTURE_END, stun_unlike_tcp_at_end, CAUSE_UDP_BLOCKED, ROW_ABSENCE,               \
	  "STUN left for 7.5 s for two addresses or more and none answered, two of them servers, " \
	  "while TCP of the host is answered; *probable*")                                         \
	X(PHASE_CAPTURE_END, gave_up_at_end, OUTCOME_TIME_OVER, ROW_PLAIN,                         \
	  "the host's checks went on for 7.5 s in vain, and the next one is overdue; *probable*")  \
	X(PHASE_CAPTURE_END, hello_in_vain_at_end, OUTCOME_TIME_OVER, ROW_PLAIN,                   \
	  "a ClientHello was repeated, and nothing else ever came")                                \
	X(PHASE_CAPTURE_END, one_direction_at_end, OUTCOME_UNKNOWN, ROW_PLAIN,                     \
	  "all packets of the capture go the same way, and nothing, or `no-answer`, was ruled")    \
                                                                                                   \
	X(PHASE_DEGRADED, direct_dropped, OUTCOME_DROP_REASON, ROW_PLAIN,                          \
	  "checks of the host were dropped by this kernel")                                        \
	X(PHASE_DEGRADED, servers_dropped, OUTCOME_DROP_REASON, ROW_PLAIN,                         \
	  "requests to STUN or TURN servers were dropped by this kernel")                          \
	X(PHASE_DEGRADED, direct_stuck, CAUSE_DROP, ROW_PLAIN,                                     \
	  "checks to a public address came in at the LAN three times or more and never left")      \
                                                                                                   \
	X(PHASE_DEGRADED_TCP, udp_unlike_other_udp, CAUSE_STUN_FILTERED, ROW_PLAIN,                \
	  "STUN left over UDP for two addresses or more, two of them servers, and none "           \
	  "answered, while other UDP to a port of theirs is answered")                             \
	X(PHASE_DEGRADED_TCP, udp_unlike_tcp, CAUSE_UDP_BLOCKED, ROW_PLAIN,                        \
	  "STUN left over UDP for two addresses or more, two of them servers, and none "           \
	  "answered, and no other UDP to a port of theirs is answered")                            \
	X(PHASE_DEGRADED_TCP, udp_one_server, OUTCOME_UNKNOWN, ROW_PLAIN,                          \
	  "one server alone was asked over UDP: whether UDP gets anywhere is not known")

/*
 * A predicate looks for the evidence of one row. It changes nothing but the ruling: it adds
 * evidence with ruling_say() and sets `probable`, the drops to blame and, where the row does not
 * name it, the cause. What it left in there counts only if it found something.
 */
typedef enum finding predicate(const struct verdict_context *c, struct ruling *r);

#define VERDICT_PREDICATE(phase, name, outcome, flags, evidence) predicate name;
VERDICT_ROWS(VERDICT_PREDICATE)
#undef VERDICT_PREDICATE

#endif
