/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Every cause of a verdict, once: C name; word in JSON, on the command line and in metrics; verdict
 * and place that come with it; what it means; what evidence it needs; what to do about it. A drop
 * by this kernel is always `here`, whatever the place that stands with its cause.
 *
 * docs/verdicts.md and the list in the manual page are made from these sentences, and `explain`
 * prints them. Append only: users store the words. A new cause also needs a row in predicates.h and
 * a line in tests/unit/causes_test.c, which fails without them.
 */
#ifndef P2PSCOPE_ENGINE_VERDICT_CAUSES_H
#define P2PSCOPE_ENGINE_VERDICT_CAUSES_H

#include "p2pscope/words.h"

#define P2PSCOPE_CAUSES(X)                                                                         \
	X(CAUSE_NONE, "", VERDICT_UNKNOWN, WHERE_NONE, "", "", "")                                 \
	X(CAUSE_RULE, "rule", VERDICT_BLOCKED, WHERE_HERE,                                         \
	  "A firewall rule of this gateway dropped packets of this session.",                      \
	  "The kernel drops packets of the session with reason NETFILTER_DROP. The "               \
	  "shadow ruleset tells which rule it was.",                                               \
	  "Look at the forward rules ('nft -a list ruleset' counts hits where a rule has a "       \
	  "counter) and let the ports or hosts in question pass.")                                 \
	X(CAUSE_QUEUE, "queue", VERDICT_BLOCKED, WHERE_HERE,                                       \
	  "A program behind NFQUEUE on this gateway (an IDS or IPS) dropped packets of this "      \
	  "session.",                                                                              \
	  "The kernel drops packets of the session where a program behind NFQUEUE has given its "  \
	  "verdict (net/netfilter/nfnetlink_queue.c).",                                            \
	  "Look at that program's log and rules.")                                                 \
	X(CAUSE_RPFILTER, "rpfilter", VERDICT_BLOCKED, WHERE_HERE,                                 \
	  "Reverse path filtering of this gateway dropped packets: they came in where no route "   \
	  "leads back.",                                                                           \
	  "The kernel drops packets of the session with reason IP_RPFILTER (RFC 3704).",           \
	  "Check the routes, or set net.ipv4.conf.IF.rp_filter to 2 (loose) on that interface.")   \
	X(CAUSE_CONNTRACK, "conntrack", VERDICT_BLOCKED, WHERE_HERE,                               \
	  "Connection tracking of this gateway dropped packets.",                                  \
	  "The kernel drops packets of the session with a reason of its connection tracking; "     \
	  "kernels up to 6.1 have none, and a full table shows as NETFILTER_DROP.",                \
	  "Check whether the table is full: net.netfilter.nf_conntrack_count against "             \
	  "nf_conntrack_max.")                                                                     \
	X(CAUSE_XDP, "xdp", VERDICT_BLOCKED, WHERE_HERE,                                           \
	  "Another XDP program on this gateway dropped packets of this session.",                  \
	  "The kernel drops packets of the session with reason XDP.",                              \
	  "'bpftool net' lists the programs.")                                                     \
	X(CAUSE_TC, "tc", VERDICT_BLOCKED, WHERE_HERE,                                             \
	  "A traffic control filter on this gateway dropped packets of this session.",             \
	  "The kernel drops packets of the session with reason TC_INGRESS or TC_EGRESS.",          \
	  "'tc filter show dev IF ingress' and 'egress' list them.")                               \
	X(CAUSE_NO_ROUTE, "no-route", VERDICT_BLOCKED, WHERE_HERE,                                 \
	  "This gateway has no route to where the packets should go.",                             \
	  "The kernel drops packets of the session with reason IP_INNOROUTES or "                  \
	  "IP_OUTNOROUTES.",                                                                       \
	  "Check 'ip route' and 'ip -6 route'.")                                                   \
	X(CAUSE_DROP, "drop", VERDICT_BLOCKED, WHERE_HERE,                                         \
	  "This gateway dropped packets of this session; the kernel tells no more than the "       \
	  "evidence has.",                                                                         \
	  "The kernel drops packets of the session for any other reason, or they came in at one "  \
	  "side of this gateway and never left at the other.",                                     \
	  "Look at the firewall rules and at the interface's counters ('ip -s link').")            \
	X(CAUSE_ICMP_PROHIBITED, "icmp-prohibited", VERDICT_BLOCKED, WHERE_UPSTREAM,               \
	  "A router or firewall beyond this gateway answered that this traffic is prohibited.",    \
	  "An ICMP error of code 9, 10 or 13 (RFC 1812 section 5.2.7.1), or ICMPv6 type 1 other "  \
	  "than code 0, 3 and 4 (RFC 4443 section 3.1), came in at the WAN about a public "        \
	  "address.",                                                                              \
	  "The evidence names who said so: its administrator can allow it. A TURN server on TCP "  \
	  "or TLS port 443 often passes.")                                                         \
	X(CAUSE_ICMP_UNREACHABLE, "icmp-unreachable", VERDICT_BLOCKED, WHERE_UPSTREAM,             \
	  "A router or host beyond this gateway answered that the address cannot be reached.",     \
	  "Any other ICMP destination unreachable (RFC 792, RFC 4443) came in at the "             \
	  "WAN about a public address; an error that says the peer's own host is away, "           \
	  "or its port is closed, does not count.",                                                \
	  "Check the address and the route to it.")                                                \
	X(CAUSE_TCP_RESET, "tcp-reset", VERDICT_BLOCKED, WHERE_UPSTREAM,                           \
	  "The server, or somebody in its name, ended the TCP connection instead of "              \
	  "answering.",                                                                            \
	  "A RST (RFC 9293 section 3.5.2) came in at the WAN in answer to the host's "             \
	  "SYN or first bytes to a STUN or TURN server, or after it had asked for an allocation, " \
	  "and none was granted after it.",                                                        \
	  "Check that the server listens on that port. If it does, a firewall beyond "             \
	  "this gateway resets the connection: ask its administrator to allow it, or "             \
	  "use TLS on port 443.")                                                                  \
	X(CAUSE_UDP_BLOCKED, "udp-blocked", VERDICT_BLOCKED, WHERE_UPSTREAM,                       \
	  "UDP leaves this gateway and nothing ever comes back, while TCP works.",                 \
	  "STUN left for two addresses or more, two of them servers, none answered, and "          \
	  "TCP of the host was answered; one server suffices if it is the one that "               \
	  "answered over TCP.",                                                                    \
	  "The network beyond this gateway blocks UDP. Ask its administrator to allow "            \
	  "it, or offer the hosts a TURN server on TCP or TLS port 443.")                          \
	X(CAUSE_STUN_FILTERED, "stun-filtered", VERDICT_BLOCKED, WHERE_UPSTREAM,                   \
	  "STUN messages leave and are never answered, while other UDP to the same side is.",      \
	  "As udp-blocked, but other UDP of the host (QUIC) to the port of one of the "            \
	  "servers was answered; or consent checks (RFC 7675) were no longer answered "            \
	  "while the peer's media or data went on.",                                               \
	  "Something beyond this gateway filters STUN by its content. TURN over TLS on port 443 "  \
	  "passes most such filters.")                                                             \
	X(CAUSE_DTLS_FILTERED, "dtls-filtered", VERDICT_BLOCKED, WHERE_UPSTREAM,                   \
	  "The path works for STUN, but DTLS handshakes are never answered.",                      \
	  "The host's ClientHello left twice or more (RFC 6347 section 4.2.4) and no "             \
	  "DTLS came back, or no DTLS was seen at all, while checks went on being "                \
	  "answered.",                                                                             \
	  "Something beyond this gateway filters DTLS by its content. TURN over TLS hides it.")    \
	X(CAUSE_MEDIA_FILTERED, "media-filtered", VERDICT_BLOCKED, WHERE_UPSTREAM,                 \
	  "The session was set up completely, but media in one direction did not arrive.",         \
	  "The handshake was completed and the host's media left for 7.5 s, within "               \
	  "which a receiver reports (RFC 3550 section 6.2); neither media nor a report "           \
	  "of the peer came, but other packets did.",                                              \
	  "Something on the path filters or shapes media: look for deep packet inspection or "     \
	  "limits on UDP.")                                                                        \
	X(CAUSE_MTU, "mtu", VERDICT_BLOCKED, WHERE_UPSTREAM,                                       \
	  "Small packets pass and large ones do not.",                                             \
	  "ICMP 'too big' (RFC 1191, RFC 8201) about the host's packets, or a DTLS flight larger " \
	  "than 548 bytes is repeated in vain while small packets pass. Here: the kernel drops "   \
	  "with reason PKT_TOO_BIG.",                                                              \
	  "Check the MTU of tunnels and PPPoE links on the path, and let ICMP 'too big' pass.")    \
	X(CAUSE_NO_ANSWER, "no-answer", VERDICT_FAILED, WHERE_NONE,                                \
	  "No connectivity check was answered and none came from the other side: it was "          \
	  "away, or never tried.",                                                                 \
	  "The host's checks left and none was answered within 39.5 s (RFC 8489 section "          \
	  "6.2.1, with the RTO of RFC 8445 section 14.3), and no check of the peer was "           \
	  "ever seen.",                                                                            \
	  "Nothing to repair here: check the other side and the signalling.")                      \
	X(CAUSE_NAT_INCOMPATIBLE, "nat-incompatible", VERDICT_FAILED, WHERE_NONE,                  \
	  "Both sides tried, but their NATs give every destination another port, so no check "     \
	  "arrives.",                                                                              \
	  "The host's checks left, and the peer's arrived at the WAN where no mapping let them "   \
	  "in (RFC 4787 sections 4.1 and 5).",                                                     \
	  "Offer the hosts a TURN server, or use port-preserving NAT (without 'random').")         \
	X(CAUSE_TURN_AUTH, "turn-auth", VERDICT_FAILED, WHERE_NONE,                                \
	  "The TURN server refused the user name or password.",                                    \
	  "An Allocate request with credentials was answered with 401 (RFC 8489 section "          \
	  "9.2.4) or 441 (RFC 8656 section 5), and none was granted since.",                       \
	  "Check the credentials; those with a lifetime need clocks that agree.")                  \
	X(CAUSE_TURN_QUOTA, "turn-quota", VERDICT_FAILED, WHERE_NONE,                              \
	  "The TURN server has reached a limit on allocations.",                                   \
	  "An Allocate request was answered with 486 (RFC 8656 section 7.2), and none was "        \
	  "granted since.",                                                                        \
	  "Raise its quota or add capacity.")                                                      \
	X(CAUSE_TURN_REFUSED, "turn-refused", VERDICT_FAILED, WHERE_NONE,                          \
	  "The TURN server refused the request.",                                                  \
	  "An Allocate request was answered with another error than 401, 441 and 486, or with "    \
	  "438 or 300 (RFC 8489 sections 9.2.5 and 10) three times in a row, and none was "        \
	  "granted "                                                                               \
	  "since; or each CreatePermission and ChannelBind was (RFC 8656 sections 9.2 and 12.2).", \
	  "The evidence has the error code; the server's log tells more.")                         \
	X(CAUSE_DTLS_ALERT, "dtls-alert", VERDICT_FAILED, WHERE_NONE,                              \
	  "One side ended the DTLS handshake with an alert.",                                      \
	  "A fatal alert in clear text (RFC 5246 section 7.2, RFC 6347, RFC 9147): the "           \
	  "verdict does not wait.",                                                                \
	  "The evidence has the alert's number: mostly a certificate or cipher suite "             \
	  "that the other side does not accept.")                                                  \
	X(CAUSE_DTLS_TIMEOUT, "dtls-timeout", VERDICT_FAILED, WHERE_NONE,                          \
	  "The path worked, but the DTLS handshake was not completed.",                            \
	  "DTLS was seen, but 15 s after the path was found (four flights of RFC 6347 "            \
	  "section 4.2.4.1) the handshake was not completed.",                                     \
	  "Look at both applications; if several hosts are hit, something filters DTLS.")          \
	X(CAUSE_CONSENT_LOST, "consent-lost", VERDICT_FAILED, WHERE_NONE,                          \
	  "The session worked, then the other side stopped answering for 30 seconds.",             \
	  "Checks go on for 10 s or more after the last answer, which came 30 s ago "              \
	  "(RFC 7675 section 5.1), and nobody has hung up.",                                       \
	  "The path or the other side went away: look for link failures or address changes at "    \
	  "that time.")                                                                            \
	X(CAUSE_ROLE_CONFLICT, "role-conflict", VERDICT_FAILED, WHERE_NONE,                        \
	  "Both sides insisted on the same ICE role until the end.",                               \
	  "The host's checks were answered with 487 (RFC 8445 section 7.2.5.1), three "            \
	  "times or more on one path, and never with success; or the latest checks of "            \
	  "both sides carried the same role (section 7.3.1.1), nobody nominated a pair "           \
	  "and no DTLS was seen.",                                                                 \
	  "That is a fault of one of the applications.")                                           \
	X(CAUSE_CLOSED_EARLY, "closed-early", VERDICT_FAILED, WHERE_NONE,                          \
	  "One side gave up before the session was set up.",                                       \
	  "ICE had found a path, and before a DTLS record of either side was seen, both fell "     \
	  "silent or the host stopped asking.",                                                    \
	  "Mostly a user who hung up.")                                                            \
	X(CAUSE_MAPPING_LOST, "mapping-lost", VERDICT_FAILED, WHERE_HERE,                          \
	  "The session worked, then this gateway gave the host another outside address or port, "  \
	  "and the peer did not follow.",                                                          \
	  "The NAT mapping (RFC 4787 section 4.1) of a path that carried the session changed, or " \
	  "its conntrack entry was removed before its time, and nothing came in since although "   \
	  "the host went on sending.",                                                             \
	  "Look at what happened at that time: 'conntrack -F' or '-D', a new WAN address, a "      \
	  "failover. Hosts recover by an ICE restart; addresses that stay avoid the need.")        \
	X(CAUSE_PEER_GONE, "peer-gone", VERDICT_FAILED, WHERE_NONE,                                \
	  "The session worked, then the peer's program was gone: its machine answers that nobody " \
	  "listens there any more, and nobody had hung up.",                                       \
	  "An ICMP port unreachable (RFC 792, RFC 4443) of the peer itself, or of the same "       \
	  "machine about another session that fell silent at that time, and nothing came in "      \
	  "since although the host went on sending.",                                              \
	  "Look at the peer: its program or the server has crashed or was restarted.")             \
	X(CAUSE_SERVER_SILENT, "server-silent", VERDICT_FAILED, WHERE_NONE,                        \
	  "The STUN or TURN servers that the host asked never answered, and so it never got to "   \
	  "its "                                                                                   \
	  "first check.",                                                                          \
	  "Requests to each server that was asked within the last minute went unanswered for as "  \
	  "long as a client waits (RFC 8489 sections 6.2.1 and 6.2.2), whether or not the server " \
	  "had answered 401 (section 9.2.4) before.",                                              \
	  "Check that the servers run and that their names lead to them; a server that answers "   \
	  "401 "                                                                                   \
	  "and then nothing may have lost its database. If other hosts reach them, something "     \
	  "between drops what this one sends.")                                                    \
	X(CAUSE_CHECK_REFUSED, "check-refused", VERDICT_FAILED, WHERE_NONE,                        \
	  "The peer is there, and answered each check of the host with an error.",                 \
	  "The host's checks were answered with 400, 401, 403 or 420 (RFC 8489 sections 6.3.1 "    \
	  "and "                                                                                   \
	  "9.1.3), three times or more on one path, and never with success.",                      \
	  "Mostly one side uses an old ufrag or password: look at how the application signals an " \
	  "ICE restart.")                                                                          \
	X(CAUSE_NO_HAIRPIN, "no-hairpin", VERDICT_FAILED, WHERE_HERE,                              \
	  "Two hosts are behind this gateway, and it does not turn back what one of them sends "   \
	  "to "                                                                                    \
	  "its own outside address.",                                                              \
	  "The host's checks to an address that it is seen as from outside came in at the LAN "    \
	  "and "                                                                                   \
	  "never left, and nobody answered (RFC 4787 section 6, REQ-9).",                          \
	  "Let the gateway translate such packets (hairpinning), or let the hosts offer their "    \
	  "inside addresses; a TURN server helps as well.")                                        \
	X(CAUSE_NO_SOURCE_NAT, "no-source-nat", VERDICT_FAILED, WHERE_HERE,                        \
	  "Packets of the host leave this gateway with its private address, to which no answer "   \
	  "finds "                                                                                 \
	  "back.",                                                                                 \
	  "Checks left the WAN for a public address with a source of RFC 1918 or RFC 4193 that "   \
	  "is "                                                                                    \
	  "the host's own, and nothing outside ever answered this host.",                          \
	  "Add source NAT (masquerade) for this network on the WAN, or a route back to it.")

#define P2PSCOPE_CAUSE_ENUM(name, word, verdict, where, means, evidence, advice) name,

enum cause { P2PSCOPE_CAUSES(P2PSCOPE_CAUSE_ENUM) CAUSE_COUNT };

#undef P2PSCOPE_CAUSE_ENUM

#endif
