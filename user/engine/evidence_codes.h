/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Every kind of evidence, once: C name, the word that users' scripts see as "code" in JSON, and the
 * text as a printf format. A code and the order of its arguments are stable; the text may be
 * reworded. Append only.
 *
 * A format may use %s, %u, %d, %x, %llu and %f with digits, '.' and '0' (see evidence.c).
 */
#ifndef P2PSCOPE_ENGINE_EVIDENCE_CODES_H
#define P2PSCOPE_ENGINE_EVIDENCE_CODES_H

#define P2PSCOPE_EVIDENCE(X)                                                                       \
	/* connectivity checks: RFC 8445 */                                                        \
	X(EVIDENCE_CHECK_OUT, "check-out", "%sBinding request to %s")                              \
	X(EVIDENCE_CHECK_IN, "check-in", "%sBinding request from %s")                              \
	X(EVIDENCE_CHECK_ANSWERED, "check-answered", "%s answered%s: %s")                          \
	X(EVIDENCE_CHECK_ERROR, "check-error", "check answered with error %u: %s")                 \
	X(EVIDENCE_CHECKS_REFUSED, "checks-refused",                                               \
	  "the peer refused %u checks of one path or more")                                        \
	X(EVIDENCE_CHECK_UNANSWERED, "check-unanswered", "Binding request to %s, %u tries, %s")    \
	X(EVIDENCE_CHECK_STRAY, "check-stray",                                                     \
	  "%u checks of the peer, as from %s to %s, found no mapping")                             \
	X(EVIDENCE_NOMINATED, "pair-nominated", "pair to %s nominated")                            \
	X(EVIDENCE_CONSENT_UNANSWERED, "consent-unanswered",                                       \
	  "checks go on, the last answer was %llu s before")                                       \
	X(EVIDENCE_CONSENT_MEDIA, "consent-media",                                                 \
	  "the peer's media or data came on for %llu s after that answer")                         \
	X(EVIDENCE_ROLE_REFUSED, "role-refused",                                                   \
	  "%u checks answered with error 487 (role conflict), none with success")                  \
	X(EVIDENCE_ROLE_KEPT, "role-kept",                                                         \
	  "both sides stay %s to the last, and nobody nominates a pair")                           \
	/* STUN and TURN servers: RFC 8489, RFC 8656 */                                            \
	X(EVIDENCE_STUN_UNANSWERED, "stun-unanswered",                                             \
	  "STUN left for %u addresses, as %s and %s, none answered; %s")                           \
	X(EVIDENCE_STUN_ONE_SERVER, "stun-one-server",                                             \
	  "the one STUN server that was asked has not answered: whether UDP gets anywhere is not " \
	  "known")                                                                                 \
	X(EVIDENCE_TURN_ERROR, "turn-error", "TURN server %s refuses the allocation: error %u")    \
	X(EVIDENCE_TURN_PEER_ERROR, "turn-peer-error", "TURN server %s lets no peer in: error %u") \
	X(EVIDENCE_HAIRPIN_MISSING, "hairpin-missing",                                             \
	  "checks to %s, which is this gateway, not turned back: %u")                              \
	X(EVIDENCE_NOT_TRANSLATED, "not-translated",                                               \
	  "checks leave from %s for %s, not translated")                                           \
	X(EVIDENCE_SERVER_SILENT, "server-silent",                                                 \
	  "server %s never answered what it was asked last")                                       \
	X(EVIDENCE_TURN_PERMISSION, "turn-permission",                                             \
	  "TURN server %s was asked to let a peer in, no check was seen yet")                      \
	X(EVIDENCE_TLS_MEDIA, "tls-media",                                                         \
	  "no check is answered in clear, but TLS to %s%s%s carries packets both ways as media "   \
	  "does")                                                                                  \
	/* drops of this gateway */                                                                \
	X(EVIDENCE_DROP, "drop", "%s %s %s dropped by this kernel: %s")                            \
	X(EVIDENCE_DROPS, "drops", "%u %s %s %s dropped here: %s")                                 \
	X(EVIDENCE_DROP_RULE_UNKNOWN, "drop-rule-unknown",                                         \
	  "rule that dropped to %s not known: %s")                                                 \
	X(EVIDENCE_DROP_QUEUE, "drop-queue", "dropped by the program behind queue %d")             \
	X(EVIDENCE_DROP_QUEUE_UNKNOWN, "drop-queue-unknown",                                       \
	  "dropped by a program behind a queue")                                                   \
	X(EVIDENCE_IDS_ALERT, "ids-alert", "%s by signature %llu (%s): %s")                        \
	X(EVIDENCE_FOREIGN_XDP, "foreign-xdp",                                                     \
	  "an XDP program that is not ours is attached to %s: what it drops is not seen")          \
	/* refusals from outside: RFC 792, RFC 4443, RFC 9293 */                                   \
	X(EVIDENCE_ICMP, "icmp-error", "ICMP %u/%u from %s about %s")                              \
	X(EVIDENCE_ICMP_ERRORS, "icmp-errors", "%u ICMP%s errors %u/%u from %s about %s")          \
	X(EVIDENCE_ICMP_TOO_BIG, "icmp-too-big",                                                   \
	  "%u ICMP errors: larger than the %u bytes that %s lets pass")                            \
	X(EVIDENCE_TCP_RESET, "tcp-reset",                                                         \
	  "TCP to %s reset %u times before the server answered, TTL %u")                           \
	X(EVIDENCE_TCP_RESET_TTL, "tcp-reset-ttl",                                                 \
	  "TCP to %s reset %u times, with TTL %u where %u is its own")                             \
	/* NATs of both sides: RFC 4787 */                                                         \
	X(EVIDENCE_NAT_HOST, "nat-host",                                                           \
	  "host's side: mapping %s (%u seen), filtering %s (%u seen)")                             \
	X(EVIDENCE_NAT_HOST_PORTS, "nat-host-ports",                                               \
	  "one socket of the host has %s%u outside ports: the mapping differs per destination")    \
	X(EVIDENCE_NAT_PEER, "nat-peer",                                                           \
	  "peer's side: mapping differs per destination: checks from %u ports it never "           \
	  "signalled, as %s")                                                                      \
	X(EVIDENCE_NAT_PEER_UNKNOWN, "nat-peer-unknown",                                           \
	  "peer's side: mapping undetermined, %u checks came from signalled ports")                \
	/* DTLS: RFC 6347, RFC 9147 */                                                             \
	X(EVIDENCE_DTLS_HELLO, "dtls-hello", "DTLS ClientHello %s %s")                             \
	X(EVIDENCE_DTLS_STEP, "dtls-step", "DTLS %s %s %s, %u bytes")                              \
	X(EVIDENCE_DTLS_OVER, "dtls-over", "DTLS handshake completed after %u ms")                 \
	X(EVIDENCE_DTLS_JOINED_LATE, "dtls-joined-late",                                           \
	  "DTLS handshake completed, its beginning was not seen")                                  \
	X(EVIDENCE_DTLS_ALERT, "dtls-alert", "DTLS alert %u from the %s")                          \
	X(EVIDENCE_DTLS_STUCK, "dtls-stuck",                                                       \
	  "DTLS came in at one side and never went out at the other")                              \
	X(EVIDENCE_DTLS_PIECES, "dtls-pieces",                                                     \
	  "pieces of the peer's hello came, up to %u bytes, its larger ones never")                \
	X(EVIDENCE_DTLS_LARGE_OUT, "dtls-large-out",                                               \
	  "the host's %u bytes leave and never arrive: the peer sent %u ClientHellos; "            \
	  "checks of %u bytes pass")                                                               \
	X(EVIDENCE_DTLS_LARGE_IN, "dtls-large-in",                                                 \
	  "the peer's first %u bytes came, its flight after %u ClientHellos never")                \
	X(EVIDENCE_DTLS_UNANSWERED, "dtls-unanswered",                                             \
	  "ClientHello left %u times, no DTLS came back, checks are answered")                     \
	X(EVIDENCE_DTLS_MISSING, "dtls-missing",                                                   \
	  "checks go on being answered, the peer's ClientHello never came")                        \
	X(EVIDENCE_DTLS_UNFINISHED, "dtls-unfinished",                                             \
	  "%u ClientHellos from the host, %u from the peer, handshake not completed")              \
	/* media and data */                                                                       \
	X(EVIDENCE_RTP_STREAM, "rtp-stream", "RTP stream 0x%08x %s the host")                      \
	X(EVIDENCE_MEDIA, "media", "media or data both ways")                                      \
	X(EVIDENCE_MEDIA_OPAQUE, "media-opaque",                                                   \
	  "%llu packets out and %llu in that are no protocol known here")                          \
	X(EVIDENCE_MEDIA_STUCK, "media-stuck",                                                     \
	  "media came in at one side and never went out at the other")                             \
	X(EVIDENCE_MEDIA_MISSING, "media-missing",                                                 \
	  "the host's media leaves, neither media nor a report of the peer comes, other packets "  \
	  "do")                                                                                    \
	/* what a capture lacks */                                                                 \
	X(EVIDENCE_ONE_DIRECTION, "one-direction",                                                 \
	  "the %s answers the %s, of whom nothing is seen: one direction only")                    \
	X(EVIDENCE_CAPTURE_ONE_DIRECTION, "capture-one-direction",                                 \
	  "all packets of the capture go the same way: one direction only")                        \
	X(EVIDENCE_CAPTURE_STUN_ONLY, "capture-stun-only",                                         \
	  "no packet but STUN is in the capture; checks %s")                                       \
	X(EVIDENCE_CAPTURE_SECURED, "capture-secured",                                             \
	  "the capture ends after the handshake, before media is due")                             \
	X(EVIDENCE_CAPTURE_MEDIA, "capture-media",                                                 \
	  "the capture ends while media goes from the %s, before a report is due")                 \
	/* mappings of this gateway in mid-call: RFC 4787 */                                       \
	X(EVIDENCE_MAPPING_CHANGED, "mapping-changed",                                             \
	  "%s was %s outside, and is %s from now on (the mapping before: %s)")                     \
	X(EVIDENCE_MAPPING_GONE, "mapping-gone", "%s was %s outside, that mapping is gone (%s)")   \
	X(EVIDENCE_MAPPING_SILENCE, "mapping-silence",                                             \
	  "the host goes on sending, the peer's last packet came %llu s before")                   \
	X(EVIDENCE_MAPPING_MEDIA, "mapping-media",                                                 \
	  "the peer's checks follow, its media came last %llu s before")                           \
	/* conntrack's IPS_OFFLOAD and IPS_HW_OFFLOAD */                                           \
	X(EVIDENCE_OFFLOADED, "offloaded",                                                         \
	  "the kernel has handed the flow to %s over to %s: its packets pass unseen")              \
	X(EVIDENCE_SECURED_HOLDS, "secured-holds",                                                 \
	  "checks go on being answered for %llu s after the handshake, and nobody sends media")    \
	X(EVIDENCE_SECURED_QUIET, "secured-quiet",                                                 \
	  "both sides fell silent after the handshake, before media")                              \
	X(EVIDENCE_CHECKS_KEPT, "checks-kept",                                                     \
	  "%u checks of the peer came in at the WAN for the host, none left at the LAN")           \
	/* in mid-call */                                                                          \
	X(EVIDENCE_STOPPED_HERE, "stopped-here",                                                   \
	  "%u %s %s the host came in for %.1f s, and none has passed on")                          \
	X(EVIDENCE_PEER_CLOSED, "peer-closed",                                                     \
	  "%s says port unreachable%s, the host went on for %.1f s after its last packet")         \
	X(EVIDENCE_MEDIA_STOPS, "media-stops",                                                     \
	  "neither media nor a report of the peer for %llu s, its answers come, the host's media " \
	  "goes out")

#define P2PSCOPE_EVIDENCE_ENUM(name, word, format) name,

enum evidence_code { P2PSCOPE_EVIDENCE(P2PSCOPE_EVIDENCE_ENUM) EVIDENCE_CODES };

#undef P2PSCOPE_EVIDENCE_ENUM

#endif
