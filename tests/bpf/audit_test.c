/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What rules do to WebRTC's traffic: each kind of rule that blocks calls is found, with its handle
 * and text.
 */
#include "audited.h"

#define UDP3478 (BIT(TEST_STUN_3478) | BIT(TEST_CHANNEL_DATA))
#define FORWARD(policy, rules)                                                             \
	"table inet filter {\n chain forward { type filter hook forward priority filter; " \
	"policy " policy ";\n" rules "\n }\n}\n"

static void nothing_in_the_way(void **state)
{
	(void)state;
	for (u8 version = 4; version <= 6; version += 2) {
		audit_ruleset("", path_out(version));
		assert_others_pass(0);
		assert_string_equal(results[TEST_IDLE].step, "no conntrack");
		assert_string_equal(results[TEST_DTLS].step, "Finished, in");
		audit_ruleset("", path_own(version));
		assert_others_pass(0);
	}
}

/* Answers go to where the questions came out. */
static void nat_masquerade(void **state)
{
	(void)state;
	for (u8 version = 4; version <= 6; version += 2) {
		audit_ruleset(NAT, path_out(version));
		assert_others_pass(BIT(TEST_CHECKS_IN));
		assert_why(TEST_CHECKS_IN, RESULT_BLOCKED, CAUSE_DROP,
			   "delivered to the gateway itself: no mapping leads to the host");
		assert_string_equal(results[TEST_IDLE].step, "120 s without a packet");
		audit_ruleset(NAT, path_own(version));
		assert_others_pass(0);
	}
}

/* Segments with wrong numbers, and ICMP about what nobody sent, would be invalid. */
static void a_firewall_as_it_should_be(void **state)
{
	(void)state;
	shadow_rules(NAT FORWARD("drop",
				 "  ct state established,related accept\n  ct state invalid "
				 "drop\n  iifname lan accept"));
	assert_int_equal(
		ruleset_load(
			"table inet filter {\n chain input { type filter hook input priority "
			"filter;\n"
			"  ct state established,related accept\n  iifname wan drop comment "
			"\"stray\"\n }\n"
			" chain output { type filter hook output priority filter; policy accept;\n"
			"  ct state invalid drop\n }\n}\n"),
		0);
	for (int own = 0; own < 2; own++) {
		struct audit_path path = own ? path_own(4) : path_out(4);

		audit_running(&path);
		assert_others_pass(BIT(TEST_CHECKS_IN));
		assert_stopped(TEST_CHECKS_IN, CAUSE_RULE,
			       "Binding request from another address, in", "stray");
	}
}

static void only_the_web(void **state)
{
	(void)state;
	audit_ruleset(NAT FORWARD("drop",
				  "  ct state established accept\n  tcp dport { 80, 443 } accept"),
		      path_out(4));
	assert_others_pass(~BIT(TEST_TURN_TLS_443));
	assert_policy(TEST_STUN_3478, "Binding request, out", "forward");
	assert_policy(TEST_TURN_TCP_3478, "SYN, out", "forward");
	assert_policy(TEST_TURN_TLS_5349, "SYN, out", "forward");
	assert_policy(TEST_CHECKS, "Binding request, out", "forward");
	assert_policy(TEST_MTU, "Binding request, out", "forward");
}

static void no_way_back(void **state)
{
	(void)state;
	audit_ruleset(NAT FORWARD("drop", "  iifname lan accept"), path_out(6));
	assert_others_pass(~0u);
	assert_policy(TEST_STUN_3478, "Binding success response, in", "forward");
	assert_policy(TEST_TURN_TCP_3478, "SYN-ACK, in", "forward");
	assert_policy(TEST_CHANNEL_DATA, "Allocate error response, 401, in", "forward");
	assert_policy(TEST_SRTP, "Binding success response, in", "forward");
	audit_ruleset("table inet filter {\n chain input { type filter hook input priority filter; "
		      "policy "
		      "drop;\n }\n}\n",
		      path_own(6));
	assert_policy(TEST_STUN_3478, "Binding success response, in", "input");
	assert_policy(TEST_TURN_TLS_443, "SYN-ACK, in", "input");
}

static void by_payload(void **state)
{
	(void)state;
	audit_ruleset(
		NAT FORWARD("accept",
			    "  meta l4proto udp @th,96,32 0x2112a442 drop comment \"cookie\""),
		path_out(4));
	assert_others_pass(UDP3478 | BIT(TEST_STUN_19302) | CHECKED);
	assert_stopped(TEST_STUN_19302, CAUSE_RULE, "Binding request, out", "cookie");
	assert_stopped(TEST_CHECKS, CAUSE_RULE, "Binding request, out", "cookie");
	audit_ruleset(
		NAT FORWARD("accept", "  meta l4proto udp @th,64,8 20-63 reject comment \"dtls\""),
		path_out(6));
	assert_others_pass(BIT(TEST_DTLS) | BIT(TEST_DTLS_LARGE) | BIT(TEST_DATA) |
			   BIT(TEST_CHECKS_IN));
	assert_stopped(TEST_DTLS, CAUSE_RULE, "ClientHello, out", "dtls");
	assert_stopped(TEST_DTLS_LARGE, CAUSE_RULE, "ClientHello, first datagram, out", "dtls");
	assert_stopped(TEST_DATA, CAUSE_RULE, "DTLS application data, out", "dtls");
	audit_ruleset(
		FORWARD("accept",
			"  iifname wan meta l4proto udp @th,64,8 128-191 drop comment \"media\""),
		path_out(4));
	assert_others_pass(BIT(TEST_SRTP) | BIT(TEST_SRTCP) | BIT(TEST_MTU));
	assert_stopped(TEST_SRTP, CAUSE_RULE, "SRTP, video, in", "media");
	assert_stopped(TEST_SRTCP, CAUSE_RULE, "SRTCP receiver report, in", "media");
}

static void drop_by_length(void **state)
{
	(void)state;
	audit_ruleset(NAT FORWARD("accept", "  udp length > 1200 drop"), path_out(4));
	assert_others_pass(BIT(TEST_CHANNEL_DATA) | BIT(TEST_DTLS_LARGE) | BIT(TEST_MTU) |
			   BIT(TEST_CHECKS_IN));
	assert_stopped(TEST_CHANNEL_DATA, CAUSE_RULE, "ChannelData, ClientHello, out",
		       "udp length");
	assert_stopped(TEST_DTLS_LARGE, CAUSE_RULE, "ClientHello, first datagram, out",
		       "udp length");
	assert_stopped(TEST_MTU, CAUSE_RULE, "1280 bytes, out", "udp length");
}

static void by_port(void **state)
{
	(void)state;
	audit_ruleset(FORWARD("accept", "  udp dport 1024-32767 udp dport != 3478-19302 drop"),
		      path_out(4));
	assert_others_pass(BIT(TEST_CHECKS));
	assert_stopped(TEST_CHECKS, CAUSE_RULE, "Binding request to a low port, out", "1024-32767");
}

static void drop_by_address(void **state)
{
	(void)state;
	audit_ruleset("table ip filter {\n set bad { type ipv4_addr; flags interval; elements = { "
		      "5.7.0.64/30, 9.9.9.9 }\n }\n"
		      " chain forward { type filter hook forward priority filter; policy accept;\n"
		      "  ip daddr @bad counter drop comment \"bad\"\n }\n}\n",
		      path_out(4));
	assert_others_pass(CHECKED);
	for (int test = TEST_CHECKS; test < TEST_COUNT; test++)
		assert_stopped(test, CAUSE_RULE, "Binding request, out", "\"bad\"");
}

static void icmp_blocked(void **state)
{
	(void)state;
	audit_ruleset(
		NAT FORWARD("accept", "  ip protocol icmp drop\n  icmpv6 type packet-too-big drop"),
		path_out(4));
	assert_others_pass(BIT(TEST_TOO_BIG) | BIT(TEST_CHECKS_IN));
	assert_stopped(TEST_TOO_BIG, CAUSE_RULE, "ICMP too big, in", "ip protocol icmp");
	audit_ruleset(
		FORWARD("accept", "  ip protocol icmp drop\n  icmpv6 type packet-too-big drop"),
		path_out(6));
	assert_others_pass(BIT(TEST_TOO_BIG));
	assert_stopped(TEST_TOO_BIG, CAUSE_RULE, "ICMP too big, in", "packet-too-big");
}

static void one_family(void **state)
{
	struct audit_path six = path_out(6);

	(void)state;
	audit_ruleset(FORWARD("accept", "  meta nfproto ipv6 drop comment \"six\""), path_out(4));
	assert_others_pass(0);
	audit_running(&six);
	for (int test = 0; test < TEST_COUNT; test++)
		assert_result(test, RESULT_BLOCKED, CAUSE_RULE);
	assert_stopped(TEST_TURN_TLS_443, CAUSE_RULE, "SYN, out", "six");
}

static void early_drop(void **state)
{
	(void)state;
	audit_ruleset(
		"table netdev early {\n chain in { type filter hook ingress device lan priority "
		"filter; policy accept;\n"
		"  udp dport 19302 drop\n }\n}\n",
		path_out(4));
	assert_others_pass(BIT(TEST_STUN_19302));
	assert_stopped(TEST_STUN_19302, CAUSE_RULE, "Binding request, out", "19302");
}

static void queue_without_listener(void **state)
{
	struct audit_path path = path_out(4);

	(void)state;
	shadow_rules("");
	assert_int_equal(
		system("iptables-nft -A FORWARD -p udp --dport 19302 -j NFQUEUE --queue-num 5 &&"
		       "iptables-nft -A FORWARD -p udp --dport 3478 -j NFQUEUE --queue-num 7 "
		       "--queue-bypass"),
		0);
	audit_running(&path);
	assert_others_pass(UDP3478 | BIT(TEST_STUN_19302));
	assert_stopped(TEST_STUN_19302, CAUSE_QUEUE, "Binding request, out", "dport 19302");
	assert_int_equal(results[TEST_STUN_19302].queue, 5);
	assert_stopped(TEST_STUN_3478, CAUSE_QUEUE, "Binding request, out", "dport 3478");
	assert_int_equal(results[TEST_STUN_3478].queue, 7);
}

/* The shadow does not know what a program on the gateway does with the packet. */
static void redirected_turn(void **state)
{
	(void)state;
	audit_ruleset(
		"table inet nat {\n chain in { type nat hook prerouting priority dstnat;\n"
		"  iifname lan tcp dport 443 redirect to :3129\n  iifname wan udp dport 61317 dnat "
		"ip to " HOST4 "\n }\n}\n",
		path_out(4));
	assert_others_pass(BIT(TEST_TURN_TLS_443));
	assert_why(TEST_TURN_TLS_443, RESULT_UNKNOWN, CAUSE_NONE,
		   "delivered to a program on the gateway: a proxy?");
}

static void too_much_to_tell(void **state)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	assert_non_null(out);
	fprintf(out, "table inet t {\n chain f { type filter hook forward priority filter;\n");
	for (int i = 0; i < 3000; i++)
		fprintf(out, "  counter\n");
	fprintf(out, "  udp dport 19302 drop\n }\n}\n");
	fclose(out);
	audit_ruleset(text, path_out(4));
	assert_others_pass(BIT(TEST_STUN_19302));
	assert_why(TEST_STUN_19302, RESULT_UNKNOWN, CAUSE_NONE,
		   "too many rules match to trace them all");
	free(text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_in_the_way),
		cmocka_unit_test(nat_masquerade),
		cmocka_unit_test(a_firewall_as_it_should_be),
		cmocka_unit_test(only_the_web),
		cmocka_unit_test(no_way_back),
		cmocka_unit_test(by_payload),
		cmocka_unit_test(drop_by_length),
		cmocka_unit_test(by_port),
		cmocka_unit_test(drop_by_address),
		cmocka_unit_test(icmp_blocked),
		cmocka_unit_test(one_family),
		cmocka_unit_test(early_drop),
		cmocka_unit_test(queue_without_listener),
		cmocka_unit_test(redirected_turn),
		cmocka_unit_test(too_much_to_tell),
	};

	if (!gateway_make(&gateway)) {
		printf("not ok 1 - a gateway: %s\n", strerror(errno));
		return 1;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
