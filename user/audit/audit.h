/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What WebRTC needs of a gateway: each need is a conversation of packets, built as real clients
 * send them, that is sent through a shadow of the gateway packet by packet, the answers to where
 * the questions came out.
 */
#ifndef P2PSCOPE_AUDIT_AUDIT_H
#define P2PSCOPE_AUDIT_AUDIT_H
#include "shadow/ruleset.h"
#include "shadow/shadow.h"

/* The word in JSON, and what it is for people. */
#define P2PSCOPE_AUDIT_TESTS(X)                                                                  \
	X(TEST_STUN_3478, "stun-3478", "STUN and TURN over UDP, port 3478")                      \
	X(TEST_STUN_19302, "stun-19302", "STUN over UDP, port 19302")                            \
	X(TEST_TURN_TCP_3478, "turn-tcp-3478", "TURN over TCP, port 3478")                       \
	X(TEST_TURN_TLS_443, "turn-tls-443", "TURN over TLS, port 443")                          \
	X(TEST_TURN_TLS_5349, "turn-tls-5349", "TURN over TLS, port 5349")                       \
	X(TEST_CHANNEL_DATA, "channel-data",                                                     \
	  "media inside TURN: ChannelData both ways, port 3478")                                 \
	X(TEST_CHECKS, "checks", "ICE checks between any UDP ports, with their answers")         \
	X(TEST_CHECKS_IN, "checks-in", "ICE checks from an address that nothing was sent to")    \
	X(TEST_DTLS, "dtls", "DTLS handshake between any UDP ports")                             \
	X(TEST_DTLS_LARGE, "dtls-large", "DTLS handshake whose ClientHello takes two datagrams") \
	X(TEST_SRTP, "srtp", "SRTP both ways")                                                   \
	X(TEST_SRTCP, "srtcp", "SRTCP both ways")                                                \
	X(TEST_DATA, "data", "data channels: DTLS application data both ways")                   \
	X(TEST_TOO_BIG, "icmp-too-big", "ICMP that says a packet was too big, back in")          \
	X(TEST_IDLE, "idle", "a mapping that lives on through 30 s without a packet")            \
	X(TEST_MTU, "mtu", "packets of 1280 bytes both ways, whole")

#define P2PSCOPE_AUDIT_RESULTS(X)                                                        \
	X(RESULT_UNKNOWN, "unknown") /* `why` says what stood in the way of an answer */ \
	X(RESULT_PASSES, "passes")                                                       \
	X(RESULT_BLOCKED, "blocked")                                                     \
	X(RESULT_ABSENT, "absent") /* the gateway has no such way: no address, or no route */

#define P2PSCOPE_ENUM_TEST(name, word, text) name,
#define P2PSCOPE_ENUM_RESULT(name, word) name,
enum audit_test { P2PSCOPE_AUDIT_TESTS(P2PSCOPE_ENUM_TEST) TEST_COUNT };
enum result_kind { P2PSCOPE_AUDIT_RESULTS(P2PSCOPE_ENUM_RESULT) RESULT_COUNT };
#undef P2PSCOPE_ENUM_TEST
#undef P2PSCOPE_ENUM_RESULT

/*
 * From where to where: a host behind the gateway, or with lan 0 the machine itself, and who it
 * talks to beyond.
 */
struct audit_path {
	u32 lan, wan; /* interface numbers */
	u8 version; /* 4 or 6 */
	struct addr host; /* of the machine itself with lan 0 */
	struct addr server; /* STUN and TURN */
	struct addr peer, other; /* `other` is nobody that the host has sent anything to */
};

struct test_result {
	u8 kind; /* enum result_kind */
	/*
	 * enum cause when blocked: rule, queue, no-route, rpfilter, mtu, conntrack; drop: it is not
	 * known
	 */
	u8 cause;
	u8 has_rule;
	struct rule rule;
	u16 queue; /* of cause queue */
	char step
		[64]; /* what was sent last: "ServerHello, in"; of idle and mtu: what was measured */
	char why[REASON_TEXT]; /* of a result without a rule, "" when there is nothing to add */
};

/*
 * Sends all needs of one way through the shadow, which is watched already and has the ruleset
 * `listed` (as listed before it was watched). Fills findings[TEST_COUNT]. -errno when the shadow
 * itself fails; findings are not complete then.
 */
int audit_path_run(struct shadow *shadow, const struct ruleset *listed,
		   const struct audit_path *path, struct test_result *results);

#endif
