/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which rule drops a packet: each kind of rule that blocks calls, found in the shadow of a gateway.
 */
#include "shadow.h"

static void port_rule_with_comment(void **state)
{
	(void)state;
	shadow_rules(
		"table inet filter {\n chain forward { type filter hook forward priority filter; "
		"policy accept;\n"
		"  tcp dport 25 drop\n  udp dport 3478 counter drop comment \"no calls # handle 7 "
		"{\"\n }\n}");
	ask_udp(OURS, SERVER, gateway.lan, stun, sizeof(stun));
	assert_rule("inet", "filter", "forward", "no calls");
}

static void payload_matches(void **state)
{
	(void)state;
	shadow_rules(
		"table inet filter {\n chain forward { type filter hook forward priority filter; "
		"policy accept;\n"
		"  meta l4proto udp @th,96,32 0x2112a442 drop comment \"cookie\"\n"
		"  meta l4proto udp @th,64,16 0x16fe drop comment \"handshake\"\n"
		"  meta l4proto udp @th,64,8 128-191 drop comment \"media\"\n }\n}");
	ask_udp(OURS, THEIRS, gateway.lan, stun, sizeof(stun));
	assert_rule("inet", "filter", "forward", "cookie");
	ask_udp(OURS, THEIRS, gateway.lan, dtls, sizeof(dtls));
	assert_rule("inet", "filter", "forward", "handshake");
	ask_udp(OURS, THEIRS, gateway.lan, srtp, sizeof(srtp));
	assert_rule("inet", "filter", "forward", "media");
}

static void copied_sets_and_maps(void **state)
{
	(void)state;
	shadow_rules(
		"table inet filter {\n set bad { type ipv4_addr; flags interval; elements = { "
		"5.7.0.0/30, 9.9.9.9 } }\n"
		" map ports { type inet_service : verdict; elements = { 3478 : drop, 3479 : accept "
		"} "
		"}\n"
		" chain forward { type filter hook forward priority filter; policy accept;\n"
		"  udp dport vmap @ports comment \"by port\"\n  ip daddr @bad drop comment \"by "
		"address\"\n"
		"  udp dport { 9001, 9002 } drop comment \"anonymous\"\n }\n}");
	ask_udp(OURS, SERVER, gateway.lan, stun, sizeof(stun));
	assert_rule("inet", "filter", "forward", "by port");
	ask_udp(OURS, THEIRS, gateway.lan, stun, sizeof(stun));
	assert_rule("inet", "filter", "forward", "by address");
	ask_udp(OURS, ep(STRANGER4, 9002), gateway.lan, stun, sizeof(stun));
	assert_rule("inet", "filter", "forward", "anonymous");
}

/* What nft writes in several lines is reported in one. */
static void a_rule_of_many_lines(void **state)
{
	(void)state;
	shadow_rules(
		"table ip filter {\n chain forward { type filter hook forward priority filter; "
		"policy accept;\n"
		"  ip daddr { 5.7.0.2, 10.0.0.1, 10.0.0.2, 10.0.0.3, 10.0.0.4, 10.0.0.5 } drop "
		"comment \"many\"\n"
		"  accept\n }\n}");
	ask_udp(OURS, SERVER, gateway.lan, stun, sizeof(stun));
	assert_string_equal(
		engine.rule.text,
		"ip daddr { 5.7.0.2, 10.0.0.1, 10.0.0.2, 10.0.0.3, 10.0.0.4, 10.0.0.5 } "
		"drop comment \"many\"");
	assert_true(engine.rule.handle > 0);
}

static void chain_policies(void **state)
{
	(void)state;
	shadow_rules(
		"table ip filter {\n chain FORWARD { type filter hook forward priority filter; "
		"policy drop;\n"
		"  tcp dport { 80, 443 } accept\n }\n}");
	ask_udp(OURS, SERVER, gateway.lan, stun, sizeof(stun));
	assert_string_equal(engine.rule.family, "ip");
	assert_string_equal(engine.rule.chain, "FORWARD");
	assert_string_equal(engine.rule.text, "policy drop");
	assert_int_equal(engine.rule.handle, 0);
}

static void reject_rules(void **state)
{
	const struct tcp_of syn = {.seq = 1, .flags = 2};
	struct buf frame = {.len = 0};

	(void)state;
	shadow_rules(
		"table inet filter {\n chain forward { type filter hook forward priority filter; "
		"policy accept;\n"
		"  udp dport 3478 reject with icmpx type admin-prohibited\n"
		"  tcp dport 3478 reject with tcp reset\n }\n}");
	ask_udp(OURS, SERVER, gateway.lan, stun, sizeof(stun));
	assert_rule("inet", "filter", "forward", "admin-prohibited");
	frame_tcp(&frame, OURS, SERVER, &syn, NULL, 0);
	put_checksum(&frame);
	ask_frame(&frame, gateway.lan);
	assert_rule("inet", "filter", "forward", "tcp reset");
}

/* By iptables-nft, whose NFQUEUE works also on kernels where nft(8) has no queue. */
static void copied_queues(void **state)
{
	(void)state;
	shadow_rules("");
	assert_true(!system(
		"iptables-nft -A FORWARD -p udp --dport 3478 -j NFQUEUE --queue-num 40005 && "
		"iptables-nft -A FORWARD -p udp --dport 1001 -j NFQUEUE --queue-balance 6:9 && "
		"iptables-nft -A FORWARD -p udp -j NFQUEUE --queue-balance 11:12 "
		"--queue-cpu-fanout"));
	ask_udp(OURS, SERVER, gateway.lan, stun, sizeof(stun));
	assert_rule("ip", "filter", "FORWARD", "queue num 40005");
	assert_int_equal(engine.queue, 40005);
	ask_udp(OURS, ep(PEER4, 1001), gateway.lan, stun, sizeof(stun));
	assert_rule("ip", "filter", "FORWARD", "queue num 6-9");
	assert_in_range(engine.queue, 6, 9);
	ask_udp(OURS, ep(PEER4, 1002), gateway.lan, stun, sizeof(stun));
	assert_rule("ip", "filter", "FORWARD", "fanout");
	assert_int_equal(engine.queue, QUEUE_UNKNOWN);
}

static void a_chain_that_is_jumped_to(void **state)
{
	(void)state;
	shadow_rules("table inet fw {\n chain calls { udp dport 9999 accept\n  udp dport 3478 drop "
		     "comment \"deep\"\n }\n"
		     " chain lan { jump calls\n }\n"
		     " chain forward { type filter hook forward priority filter; policy drop;\n"
		     "  iifname lan goto lan\n accept\n }\n}");
	ask_udp(OURS, SERVER, gateway.lan, stun, sizeof(stun));
	assert_rule("inet", "fw", "calls", "deep");
	ask_udp(OURS, THEIRS, gateway.lan, stun, sizeof(stun));
	assert_string_equal(engine.rule.text, "policy drop");
	assert_string_equal(engine.rule.chain, "forward");
}

static void every_hook_and_family(void **state)
{
	(void)state;
	shadow_rules(
		"table ip raw {\n chain pre { type filter hook prerouting priority raw; udp dport "
		"1001 drop\n }\n}\n"
		"table inet mangle {\n chain post { type filter hook postrouting priority mangle; "
		"udp dport 1002 drop\n "
		"}\n}\n"
		"table ip6 filter {\n chain v6 { type filter hook forward priority filter; udp "
		"dport "
		"1003 drop\n }\n}\n"
		"table netdev early {\n chain in { type filter hook ingress device lan priority "
		"filter; policy accept;\n"
		"  udp dport 1004 drop\n }\n}\n");
	ask_udp(OURS, ep(PEER4, 1001), gateway.lan, stun, sizeof(stun));
	assert_rule("ip", "raw", "pre", "1001");
	ask_udp(OURS, ep(PEER4, 1002), gateway.lan, stun, sizeof(stun));
	assert_rule("inet", "mangle", "post", "1002");
	ask_udp(ep(HOST6, 7000), ep(PEER6, 1003), gateway.lan, stun, sizeof(stun));
	assert_rule("ip6", "filter", "v6", "1003");
	ask_udp(OURS, ep(PEER4, 1004), gateway.lan, stun, sizeof(stun));
	assert_rule("netdev", "early", "in", "1004");
}

static void own_packets(void **state)
{
	(void)state;
	shadow_rules(
		"table inet filter {\n chain output { type filter hook output priority filter; "
		"policy accept;\n"
		"  udp dport 3478 drop comment \"own\"\n }\n}");
	ask_udp(ep(OUTSIDE4, 7000), SERVER, 0, stun, sizeof(stun));
	assert_rule("inet", "filter", "output", "own");
	ask_udp(ep(OUTSIDE6, 7000), ep(PEER6, 3478), 0, stun, sizeof(stun));
	assert_rule("inet", "filter", "output", "own");
}

static void marks_from_elsewhere(void **state)
{
	struct buf frame = {.len = 0};
	struct event event;

	(void)state;
	shadow_rules(
		"table inet filter {\n chain forward { type filter hook forward priority filter; "
		"policy accept;\n"
		"  meta mark 0x2a drop\n }\n}");
	frame_udp(&frame, OURS, SERVER, stun, sizeof(stun));
	event = drop_of(&frame, gateway.lan);
	shadow_ask(&event);
	assert_unknown("lets it pass");
	event = drop_of(&frame, gateway.lan);
	event.drop.mark = 0x2a;
	shadow_ask(&event);
	assert_rule("inet", "filter", "forward", "mark");
}

/* The packet alone passes; after many of its kind it is dropped. */
static void a_limit_of_the_rate(void **state)
{
	(void)state;
	shadow_rules(
		"table inet filter {\n chain forward { type filter hook forward priority filter; "
		"policy accept;\n"
		"  udp dport 3478 limit rate over 5/second burst 5 packets drop comment \"many\"\n"
		" }\n}");
	ask_udp(OURS, SERVER, gateway.lan, stun, sizeof(stun));
	assert_rule("inet", "filter", "forward", "many");
}

static void what_cannot_be_reproduced(void **state)
{
	(void)state;
	shadow_rules(
		"table inet filter {\n chain forward { type filter hook forward priority filter; "
		"policy accept;\n"
		"  udp dport 3478 limit rate over 5000/second burst 5000 packets drop\n"
		"  udp dport 3479 quota over 10 mbytes drop\n }\n}");
	ask_udp(OURS, SERVER, gateway.lan, stun, sizeof(stun));
	assert_unknown("the shadow lets it pass");
	ask_udp(OURS, ep(PEER4, 3479), gateway.lan, stun, sizeof(stun));
	assert_unknown("the shadow lets it pass");
	ask_udp(OURS, ep(PEER4, 1), 9999, stun, sizeof(stun));
	assert_unknown("interface");
	shadow_rules("");
	ask_udp(OURS, SERVER, gateway.lan, stun, sizeof(stun));
	assert_unknown("the shadow lets it pass");
}

/* A packet that was kept in part is as long as it was. */
static void length_match(void **state)
{
	static const u8 data[4000]; /* put together from fragments */

	(void)state;
	shadow_rules(
		"table inet filter {\n chain forward { type filter hook forward priority filter; "
		"policy accept;\n"
		"  udp length > 3000 drop comment \"long\"\n }\n}");
	ask_udp(OURS, THEIRS, gateway.lan, data, sizeof(data));
	assert_rule("inet", "filter", "forward", "long");
	ask_udp(OURS, THEIRS, gateway.lan, data, 1000);
	assert_unknown("the shadow lets it pass");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(port_rule_with_comment),
		cmocka_unit_test(payload_matches),
		cmocka_unit_test(copied_sets_and_maps),
		cmocka_unit_test(a_rule_of_many_lines),
		cmocka_unit_test(chain_policies),
		cmocka_unit_test(reject_rules),
		cmocka_unit_test(copied_queues),
		cmocka_unit_test(a_chain_that_is_jumped_to),
		cmocka_unit_test(every_hook_and_family),
		cmocka_unit_test(own_packets),
		cmocka_unit_test(marks_from_elsewhere),
		cmocka_unit_test(a_limit_of_the_rate),
		cmocka_unit_test(what_cannot_be_reproduced),
		cmocka_unit_test(length_match),
	};

	return scene_run(tests, COUNT(tests));
}
