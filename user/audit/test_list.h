/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The tests of an audit, and what can come of one. */
#ifndef P2PSCOPE_AUDIT_TEST_LIST_H
#define P2PSCOPE_AUDIT_TEST_LIST_H

#include "shadow/ruleset.h"

/* Name, word in JSON and in the table, description. Append only: the order is that of the table. */
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

#define P2PSCOPE_AUDIT_RESULTS(X)                                                         \
	X(RESULT_UNKNOWN, "unknown") /* no answer was possible; `why` says what failed */ \
	X(RESULT_PASSES, "passes")                                                        \
	X(RESULT_BLOCKED, "blocked")                                                      \
	X(RESULT_ABSENT, "absent") /* the gateway has no such path: no address, or no route */

#define P2PSCOPE_ENUM_TEST(name, word, text) name,
#define P2PSCOPE_ENUM_RESULT(name, word) name,
enum audit_test { P2PSCOPE_AUDIT_TESTS(P2PSCOPE_ENUM_TEST) TEST_COUNT };
enum result_kind { P2PSCOPE_AUDIT_RESULTS(P2PSCOPE_ENUM_RESULT) RESULT_COUNT };
#undef P2PSCOPE_ENUM_TEST
#undef P2PSCOPE_ENUM_RESULT

/* What came of one test on one path. */
struct test_result {
	u8 kind; /* enum result_kind */
	/*
	 * enum cause when blocked: rule, queue, no-route, rpfilter, mtu or conntrack; drop when the
	 * cause is not known
	 */
	u8 cause;
	u8 has_rule;
	struct rule rule; /* with has_rule: the handle and text that the administrator sees */
	u16 queue; /* of cause queue */
	/* the last packet sent, "ServerHello, in"; of idle and mtu what was measured */
	char step[64];
	char why[REASON_TEXT]; /* of a result without a rule; "" when there is nothing to add */
};

#endif
