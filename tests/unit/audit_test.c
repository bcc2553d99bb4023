/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What follows from an audit's results: the exit status, the media paths, the advice. */
#include "audit_fixture.h"
#include "util/options.h"

static const char *change_of(const struct audited_path *audited, enum audit_test test)
{
	static char text[256];

	return report_change(text, sizeof(text), audited, test);
}

static void status_of_a_report(void **state)
{
	struct audited_path *audited = one_path();

	(void)state;
	assert_int_equal(report_status(&report), EXIT_DONE);
	block_conversation(audited, TEST_CHECKS_IN, CAUSE_RULE, "check, in");
	assert_int_equal(report_blocked(&report), 0);
	assert_int_equal(report_status(&report), EXIT_DONE);
	audited->results[TEST_DATA].kind = RESULT_ABSENT;
	assert_int_equal(report_status(&report), EXIT_DONE);
	audited->results[TEST_DATA].kind = RESULT_UNKNOWN;
	assert_int_equal(report_status(&report), EXIT_USAGE);
	block_conversation(audited, TEST_SRTP, CAUSE_RULE, "SRTP, in");
	assert_int_equal(report_blocked(&report), 1);
	assert_int_equal(report_status(&report), EXIT_PROBLEM);
	for (unsigned int test = 0; test < TEST_COUNT; test++)
		audited->results[test].kind = RESULT_ABSENT;
	assert_int_equal(report_status(&report), EXIT_USAGE);
	report.count = 0;
	assert_int_equal(report_status(&report), EXIT_USAGE);
}

static void media_paths_that_work(void **state)
{
	static const struct {
		enum audit_test test;
		bool direct, udp, tcp, tls;
	} cases[] = {
		{TEST_CHECKS, false, true, true, true},
		{TEST_DTLS, false, true, true, true},
		{TEST_SRTP, false, true, true, true},
		{TEST_STUN_3478, true, false, true, true},
		{TEST_CHANNEL_DATA, true, false, true, true},
		{TEST_TURN_TCP_3478, true, true, false, true},
		{TEST_TURN_TLS_443, true, true, true, true},
		{TEST_STUN_19302, true, true, true, true},
		{TEST_DTLS_LARGE, false, true, true, true},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct audited_path *audited = one_path();
		struct media_paths media;

		block_conversation(audited, cases[i].test, CAUSE_RULE, "");
		media = report_media(audited->results);
		assert_int_equal(media.direct, cases[i].direct);
		assert_int_equal(media.relay_udp, cases[i].udp);
		assert_int_equal(media.relay_tcp, cases[i].tcp);
		assert_int_equal(media.relay_tls, cases[i].tls);
		block_conversation(audited, TEST_TURN_TLS_443, CAUSE_RULE, "");
		block_conversation(audited, TEST_TURN_TLS_5349, CAUSE_RULE, "");
		assert_false(report_media(audited->results).relay_tls);
	}
}

static void advice_for_this_gateway(void **state)
{
	static const struct {
		enum audit_test test;
		u8 cause;
		const char *step, *change;
	} cases[] = {
		{TEST_STUN_3478, CAUSE_RULE, "Binding request, out",
		 "accept udp dport 3478 from the LAN"},
		{TEST_STUN_3478, CAUSE_RULE, "Binding response, in",
		 "accept ct state established,related"},
		{TEST_DTLS, CAUSE_RULE, "Binding request, out",
		 "accept meta l4proto udp from the LAN"},
		{TEST_CHANNEL_DATA, CAUSE_RULE, "ChannelData, out",
		 "accept udp dport 3478 from the LAN, also ChannelData (first byte 64-79)"},
		{TEST_MTU, CAUSE_RULE, "1280 bytes, in",
		 "accept ct state established,related, also packets of 1280 bytes"},
		{TEST_TURN_TLS_443, CAUSE_RULE, "ServerHello, in",
		 "accept ct state established,related"},
		{TEST_TURN_TLS_443, CAUSE_RULE, "SYN, out", "accept tcp dport 443 from the LAN"},
		{TEST_DTLS, CAUSE_RULE, "ClientHello, out",
		 "accept meta l4proto udp from the LAN, also DTLS (first byte 20-63)"},
		{TEST_SRTP, CAUSE_RULE, "SRTP, in",
		 "accept ct state established,related, also RTP (first byte 128-191)"},
		{TEST_TOO_BIG, CAUSE_RULE, "too big, in",
		 "accept icmp type destination-unreachable"},
		{TEST_DATA, CAUSE_QUEUE, "data, out", "let the program behind queue 7 accept it"},
		{TEST_CHECKS, CAUSE_NO_ROUTE, "check, out",
		 "add the route, or switch forwarding on"},
		{TEST_CHECKS, CAUSE_RPFILTER, "check, out",
		 "set net.ipv4.conf.br-lan.rp_filter to 2 (loose), or add the route back"},
		{TEST_CHECKS, CAUSE_RPFILTER, "check, in",
		 "set net.ipv4.conf.eth1.rp_filter to 2 (loose), or add the route back"},
		{TEST_MTU, CAUSE_MTU, "", "raise the MTU of the interfaces to 1280 or more"},
		{TEST_IDLE, CAUSE_CONNTRACK, "",
		 "raise net.netfilter.nf_conntrack_udp_timeout_stream, or the rule's ct timeout, "
		 "to 30"},
		{TEST_DTLS, CAUSE_DROP, "ClientHello, out", ""},
		{TEST_CHECKS_IN, CAUSE_RULE, "check, in", ""},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct audited_path *audited = one_path();

		assert_string_equal(change_of(audited, cases[i].test), "");
		audited->results[cases[i].test].queue = 7;
		audited->results[cases[i].test].rule.handle = 4;
		block_conversation(audited, cases[i].test, cases[i].cause, cases[i].step);
		assert_string_equal(change_of(audited, cases[i].test), cases[i].change);
	}
}

static void advice_for_elsewhere(void **state)
{
	struct audited_path *audited = one_path();

	(void)state;
	audited->path.version = 6;
	block_conversation(audited, TEST_TOO_BIG, CAUSE_RULE, "too big, in");
	assert_string_equal(change_of(audited, TEST_TOO_BIG), "accept icmpv6 type packet-too-big");
	audited->path.lan = 0;
	audited->lan[0] = '\0';
	block_conversation(audited, TEST_STUN_3478, CAUSE_RULE, "Binding request, out");
	assert_string_equal(change_of(audited, TEST_STUN_3478),
			    "accept udp dport 3478 from this machine");
	block_conversation(audited, TEST_DTLS, CAUSE_RPFILTER, "ClientHello, out");
	assert_string_equal(change_of(audited, TEST_DTLS), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(status_of_a_report),
		cmocka_unit_test(media_paths_that_work),
		cmocka_unit_test(advice_for_this_gateway),
		cmocka_unit_test(advice_for_elsewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
