/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which rule drops a packet: each kind of rule that blocks calls, found in the shadow of a gateway. */
#include "shadow.h"

#define THEIRS ep(PEER4, 9000)

#define MASQUERADE                                                  \
	" chain out { type nat hook postrouting priority srcnat;\n" \
	"  oifname wan meta l4proto udp masquerade to :40000-49999\n }\n"

static const u8 dtls[60] = {22, 0xfe, 0xfd};
static const u8 srtp[60] = {0x80, 111};

static void ask_frame(const struct buf *frame, int came_in)
{
	struct event event = drop_of(frame, came_in);

	ask(&event);
}

static void port_rule_with_comment(void **state)
{
	(void)state;
	rules("table inet filter {\n chain forward { type filter hook forward priority filter; policy accept;\n"
	      "  tcp dport 25 drop\n  udp dport 3478 counter drop comment \"no calls # handle 7 {\"\n }\n}");
	ask_udp(OURS, SERVER, gateway.lan, stun, sizeof(stun));
	assert_rule("inet", "filter", "forward", "no calls");
}

static void payload_matches(void **state)
{
	(void)state;
	rules("table inet filter {\n chain forward { type filter hook forward priority filter; policy accept;\n"
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

static void sets_and_maps(void **state)
{
	(void)state;
	rules("table inet filter {\n set bad { type ipv4_addr; flags interval; elements = { 5.7.0.0/30, 9.9.9.9 } }\n"
	      " map ports { type inet_service : verdict; elements = { 3478 : drop, 3479 : accept } }\n"
	      " chain forward { type filter hook forward priority filter; policy accept;\n"
	      "  udp dport vmap @ports comment \"by port\"\n  ip daddr @bad drop comment \"by address\"\n"
	      "  udp dport { 9001, 9002 } drop comment \"anonymous\"\n }\n}");
	ask_udp(OURS, SERVER, gateway.lan, stun, sizeof(stun));
	assert_rule("inet", "filter", "forward", "by port");
	ask_udp(OURS, THEIRS, gateway.lan, stun, sizeof(stun));
	assert_rule("inet", "filter", "forward", "by address");
	ask_udp(OURS, ep(STRANGER4, 9002), gateway.lan, stun, sizeof(stun));
	assert_rule("inet", "filter", "forward", "anonymous");
}

/* What nft writes in several lines is told in one. */
static void a_rule_of_many_lines(void **state)
{
	(void)state;
	rules("table ip filter {\n chain forward { type filter hook forward priority filter; policy accept;\n"
	      "  ip daddr { 5.7.0.2, 10.0.0.1, 10.0.0.2, 10.0.0.3, 10.0.0.4, 10.0.0.5 } drop comment \"many\"\n"
	      "  accept\n }\n}");
	ask_udp(OURS, SERVER, gateway.lan, stun, sizeof(stun));
	assert_string_equal(engine.rule.text, "ip daddr { 5.7.0.2, 10.0.0.1, 10.0.0.2, 10.0.0.3, 10.0.0.4, 10.0.0.5 } "
					      "drop comment \"many\"");
	assert_true(engine.rule.handle > 0);
}

static void policies(void **state)
{
	(void)state;
	rules("table ip filter {\n chain FORWARD { type filter hook forward priority filter; policy drop;\n"
	      "  tcp dport { 80, 443 } accept\n }\n}");
	ask_udp(OURS, SERVER, gateway.lan, stun, sizeof(stun));
	assert_string_equal(engine.rule.family, "ip");
	assert_string_equal(engine.rule.chain, "FORWARD");
	assert_string_equal(engine.rule.text, "policy drop");
	assert_int_equal(engine.rule.handle, 0);
}

static void rejects(void **state)
{
	const struct tcp_of syn = {.seq = 1, .flags = 2};
	struct buf frame = {.len = 0};

	(void)state;
	rules("table inet filter {\n chain forward { type filter hook forward priority filter; policy accept;\n"
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
static void queues(void **state)
{
	(void)state;
	rules("");
	assert_true(!system("iptables-nft -A FORWARD -p udp --dport 3478 -j NFQUEUE --queue-num 40005 && "
			    "iptables-nft -A FORWARD -p udp --dport 1001 -j NFQUEUE --queue-balance 6:9 && "
			    "iptables-nft -A FORWARD -p udp -j NFQUEUE --queue-balance 11:12 --queue-cpu-fanout"));
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

static void conntrack_states(void **state)
{
	const struct tcp_of lost = {.seq = 77, .flags = 5}; /* SYN and FIN */
	struct buf frame = {.len = 0};

	(void)state;
	rules("table inet filter {\n chain forward { type filter hook forward priority filter; policy accept;\n"
	      "  ct state invalid drop comment \"invalid\"\n  iifname wan ct state new drop comment \"unsolicited\"\n "
	      "}\n"
	      " chain input { type filter hook input priority filter; policy accept;\n"
	      "  iifname wan ct state new drop comment \"to us\"\n }\n}");
	ask_udp(ep(STRANGER4, 9000), ep(HOST4, 7000), gateway.wan, stun, sizeof(stun));
	assert_rule("inet", "filter", "forward", "unsolicited");
	ask_udp(ep(STRANGER4, 9000), ep(OUTSIDE4, 7000), gateway.wan, stun, sizeof(stun));
	assert_rule("inet", "filter", "input", "to us");
	frame_tcp(&frame, OURS, SERVER, &lost, NULL, 0);
	put_checksum(&frame);
	ask_frame(&frame, gateway.lan);
	assert_rule("inet", "filter", "forward", "invalid");
}

/* A packet comes with the checksum it had, as far as that is known to have been wrong. */
static void wrong_checksums(void **state)
{
	static const u8 longer[DROP_KEPT];
	struct buf frame = {.len = 0};

	(void)state;
	rules("table inet filter {\n" MASQUERADE
	      " chain forward { type filter hook forward priority filter; policy accept;\n"
	      "  ct state invalid drop comment \"invalid\"\n }\n}");
	frame_udp(&frame, OURS, THEIRS, stun, sizeof(stun));
	put_checksum(&frame);
	ask_frame(&frame, gateway.lan);
	assert_unknown("the shadow lets it pass");
	frame.b[checksum_at(&frame)] ^= 0x40;
	ask_frame(&frame, gateway.lan);
	assert_rule("inet", "filter", "forward", "invalid");
	frame_udp(&frame, ep(HOST6, 7000), ep(PEER6, 9000), stun, sizeof(stun));
	set16(&frame, checksum_at(&frame), 1);
	ask_frame(&frame, gateway.lan);
	assert_rule("inet", "filter", "forward", "invalid");
	/* what a network card was to add up */
	set16(&frame, checksum_at(&frame), words_from(&frame, frame.len));
	ask_frame(&frame, gateway.lan);
	assert_unknown("the shadow lets it pass");
	frame_udp(&frame, OURS, THEIRS, longer, sizeof(longer));
	set16(&frame, checksum_at(&frame), 1);
	ask_frame(&frame, gateway.lan);
	assert_unknown("the shadow lets it pass");
}

static void a_chain_that_is_jumped_to(void **state)
{
	(void)state;
	rules("table inet fw {\n chain calls { udp dport 9999 accept\n  udp dport 3478 drop comment \"deep\"\n }\n"
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
	rules("table ip raw {\n chain pre { type filter hook prerouting priority raw; udp dport 1001 drop\n }\n}\n"
	      "table inet mangle {\n chain post { type filter hook postrouting priority mangle; udp dport 1002 drop\n "
	      "}\n}\n"
	      "table ip6 filter {\n chain v6 { type filter hook forward priority filter; udp dport 1003 drop\n }\n}\n"
	      "table netdev early {\n chain in { type filter hook ingress device lan priority filter; policy accept;\n"
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
	rules("table inet filter {\n chain output { type filter hook output priority filter; policy accept;\n"
	      "  udp dport 3478 drop comment \"own\"\n }\n}");
	ask_udp(ep(OUTSIDE4, 7000), SERVER, 0, stun, sizeof(stun));
	assert_rule("inet", "filter", "output", "own");
	ask_udp(ep(OUTSIDE6, 7000), ep(PEER6, 3478), 0, stun, sizeof(stun));
	assert_rule("inet", "filter", "output", "own");
}

/* A flow through the gateway and back. Gives the outside port. */
static u16 make_flow(int from, int to)
{
	struct sockaddr_storage peer, seen;
	struct endpoint target = THEIRS;
	socklen_t size = socket_address(&target, &peer);
	char byte = 0;

	assert_int_equal(sendto(from, &byte, 1, 0, (struct sockaddr *)&peer, size), 1);
	size = sizeof(seen);
	assert_int_equal(recvfrom(to, &byte, 1, 0, (struct sockaddr *)&seen, &size), 1);
	assert_int_equal(sendto(to, &byte, 1, 0, (struct sockaddr *)&seen, size), 1);
	assert_int_equal(recv(from, &byte, 1, 0), 1);
	return socket_endpoint(&seen).port;
}

/* Dropped on its way back in: seen by rules as going to the host, sent to the gateway. */
static void amid_nat(void **state)
{
	int host, peer;
	u16 port;

	(void)state;
	rules("table inet filter {\n" MASQUERADE
	      " chain forward { type filter hook forward priority filter; policy drop;\n"
	      "  meta l4proto udp @th,96,32 0x2112a442 iifname wan ct status snat drop comment \"back\"\n"
	      "  ct state established accept\n"
	      "  iifname lan meta l4proto udp accept\n }\n"
	      " chain pre { type filter hook prerouting priority raw; iifname wan ip daddr " HOST4 " drop\n }\n"
	      " chain post { type filter hook postrouting priority 200; udp dport 9000 @th,64,8 128-191 drop\n }\n}");
	host = gateway_socket(&gateway, HOST, SOCK_DGRAM, OURS);
	peer = gateway_socket(&gateway, PEER, SOCK_DGRAM, THEIRS);
	port = make_flow(host, peer);
	assert_in_range(port, 40000, 49999);
	ask_udp(THEIRS, OURS, gateway.wan, stun, sizeof(stun)); /* behind the translation */
	assert_rule("inet", "filter", "forward", "back");
	ask_udp(THEIRS, ep(OUTSIDE4, port), gateway.wan, stun, sizeof(stun)); /* before it */
	assert_rule("inet", "filter", "forward", "back");
	ask_udp(ep(OUTSIDE4, port), THEIRS, gateway.lan, srtp, sizeof(srtp)); /* out, and translated already */
	assert_rule("inet", "filter", "post", "dport 9000");
	close(host);
	close(peer);
}

/* A flow that is known to conntrack is not a new one in the shadow either. */
static void established(void **state)
{
	int host, peer;

	(void)state;
	rules("table inet filter {\n" MASQUERADE
	      " chain forward { type filter hook forward priority filter; policy accept;\n"
	      "  ct state new @th,64,8 20-63 drop comment \"new\"\n"
	      "  ct state established @th,64,8 20-63 drop comment \"old\"\n }\n}");
	ask_udp(OURS, THEIRS, gateway.lan, dtls, sizeof(dtls));
	assert_rule("inet", "filter", "forward", "\"new\"");
	host = gateway_socket(&gateway, HOST, SOCK_DGRAM, OURS);
	peer = gateway_socket(&gateway, PEER, SOCK_DGRAM, THEIRS);
	make_flow(host, peer);
	ask_udp(OURS, THEIRS, gateway.lan, dtls, sizeof(dtls));
	assert_rule("inet", "filter", "forward", "\"old\"");
	close(host);
	close(peer);
}

static int connect_both(int from, int to)
{
	struct endpoint target = THEIRS;
	struct sockaddr_storage peer;
	socklen_t size = socket_address(&target, &peer);

	assert_int_equal(listen(to, 1), 0);
	assert_int_equal(connect(from, (struct sockaddr *)&peer, size), 0);
	return accept(to, NULL, NULL);
}

static void established_tcp(void **state)
{
	const struct tcp_of data = {.seq = 99, .flags = 0x18};
	struct buf frame = {.len = 0};
	int host, peer, accepted;

	(void)state;
	rules("table inet filter {\n chain out { type nat hook postrouting priority srcnat; oifname wan masquerade\n "
	      "}\n"
	      " chain forward { type filter hook forward priority filter; policy accept;\n  ct state invalid drop\n"
	      "  ct state new tcp flags & syn == 0 drop comment \"no connection\"\n"
	      "  ct state established tcp flags & psh != 0 drop comment \"data\"\n }\n}");
	host = gateway_socket(&gateway, HOST, SOCK_STREAM, OURS);
	peer = gateway_socket(&gateway, PEER, SOCK_STREAM, THEIRS);
	accepted = connect_both(host, peer);
	frame_tcp(&frame, OURS, THEIRS, &data, stun, sizeof(stun));
	put_checksum(&frame);
	ask_frame(&frame, gateway.lan);
	assert_rule("inet", "filter", "forward", "data");
	frame_tcp(&frame, OURS, ep(PEER4, 9001), &data, stun, sizeof(stun));
	put_checksum(&frame);
	ask_frame(&frame, gateway.lan);
	assert_rule("inet", "filter", "forward", "no connection");
	close(accepted);
	close(host);
	close(peer);
}

static void marks_from_elsewhere(void **state)
{
	struct buf frame = {.len = 0};
	struct event event;

	(void)state;
	rules("table inet filter {\n chain forward { type filter hook forward priority filter; policy accept;\n"
	      "  meta mark 0x2a drop\n }\n}");
	frame_udp(&frame, OURS, SERVER, stun, sizeof(stun));
	event = drop_of(&frame, gateway.lan);
	ask(&event);
	assert_unknown("lets it pass");
	event = drop_of(&frame, gateway.lan);
	event.drop.mark = 0x2a;
	ask(&event);
	assert_rule("inet", "filter", "forward", "mark");
}

static void what_cannot_be_reproduced(void **state)
{
	(void)state;
	rules("table inet filter {\n chain forward { type filter hook forward priority filter; policy accept;\n"
	      "  udp dport 3478 limit rate over 5/second burst 5 packets drop\n"
	      "  udp dport 3479 quota over 10 mbytes drop\n }\n}");
	ask_udp(OURS, SERVER, gateway.lan, stun, sizeof(stun));
	assert_unknown("the shadow lets it pass");
	ask_udp(OURS, ep(PEER4, 3479), gateway.lan, stun, sizeof(stun));
	assert_unknown("the shadow lets it pass");
	ask_udp(OURS, ep(PEER4, 1), 9999, stun, sizeof(stun));
	assert_unknown("interface");
	rules("");
	ask_udp(OURS, SERVER, gateway.lan, stun, sizeof(stun));
	assert_unknown("the shadow lets it pass");
}

/* A packet of which less was kept than there was is as long as it was. */
static void by_length(void **state)
{
	static const u8 data[4000]; /* put together from fragments */

	(void)state;
	rules("table inet filter {\n chain forward { type filter hook forward priority filter; policy accept;\n"
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
		cmocka_unit_test(sets_and_maps),
		cmocka_unit_test(a_rule_of_many_lines),
		cmocka_unit_test(policies),
		cmocka_unit_test(rejects),
		cmocka_unit_test(queues),
		cmocka_unit_test(conntrack_states),
		cmocka_unit_test(wrong_checksums),
		cmocka_unit_test(a_chain_that_is_jumped_to),
		cmocka_unit_test(every_hook_and_family),
		cmocka_unit_test(own_packets),
		cmocka_unit_test(amid_nat),
		cmocka_unit_test(established),
		cmocka_unit_test(established_tcp),
		cmocka_unit_test(marks_from_elsewhere),
		cmocka_unit_test(what_cannot_be_reproduced),
		cmocka_unit_test(by_length),
	};
	int failed = 1, err = scene_open();

	if (err)
		printf("not ok 1 - a gateway has a shadow: %s\n", strerror(-err));
	else
		failed = cmocka_run_group_tests(tests, NULL, NULL);
	attribution_stop(attribution);
	return failed != 0;
}
