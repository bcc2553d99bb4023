/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which rule drops a packet by what conntrack makes of it: its state and its translation are the
 * same in the shadow.
 */
#include "shadow.h"

#define MASQUERADE                                                  \
	" chain out { type nat hook postrouting priority srcnat;\n" \
	"  oifname wan meta l4proto udp masquerade to :40000-49999\n }\n"

static void conntrack_states(void **state)
{
	const struct tcp_of lost = {.seq = 77, .flags = 5}; /* SYN and FIN */
	struct buf frame = {.len = 0};

	(void)state;
	shadow_rules(
		"table inet filter {\n chain forward { type filter hook forward priority filter; "
		"policy accept;\n"
		"  ct state invalid drop comment \"invalid\"\n  iifname wan ct state new drop "
		"comment \"unsolicited\"\n "
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
	shadow_rules("table inet filter {\n" MASQUERADE
		     " chain forward { type filter hook forward priority filter; policy accept;\n"
		     "  ct state invalid drop comment \"invalid\"\n }\n}");
	frame_udp(&frame, OURS, THEIRS, stun, sizeof(stun));
	put_checksum(&frame);
	ask_frame(&frame, gateway.lan);
	assert_unknown("the shadow lets it pass");
	frame.b[shadow_checksum_at(&frame)] ^= 0x40;
	ask_frame(&frame, gateway.lan);
	assert_rule("inet", "filter", "forward", "invalid");
	frame_udp(&frame, ep(HOST6, 7000), ep(PEER6, 9000), stun, sizeof(stun));
	set16(&frame, shadow_checksum_at(&frame), 1);
	ask_frame(&frame, gateway.lan);
	assert_rule("inet", "filter", "forward", "invalid");
	/* what a network card was to add up */
	set16(&frame, shadow_checksum_at(&frame), words_from(&frame, frame.len));
	ask_frame(&frame, gateway.lan);
	assert_unknown("the shadow lets it pass");
	frame_udp(&frame, OURS, THEIRS, longer, sizeof(longer));
	set16(&frame, shadow_checksum_at(&frame), 1);
	ask_frame(&frame, gateway.lan);
	assert_unknown("the shadow lets it pass");
}

/* Sends a flow through the gateway and back. Returns the outside port. */
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
	shadow_rules(
		"table inet filter {\n" MASQUERADE
		" chain forward { type filter hook forward priority filter; policy drop;\n"
		"  meta l4proto udp @th,96,32 0x2112a442 iifname wan ct status snat drop comment "
		"\"back\"\n"
		"  ct state established accept\n"
		"  iifname lan meta l4proto udp accept\n }\n"
		" chain pre { type filter hook prerouting priority raw; iifname wan ip daddr " HOST4
		" drop\n }\n"
		" chain post { type filter hook postrouting priority 200; udp dport 9000 @th,64,8 "
		"128-191 drop\n }\n}");
	host = gateway_socket(&gateway, HOST, SOCK_DGRAM, OURS);
	peer = gateway_socket(&gateway, PEER, SOCK_DGRAM, THEIRS);
	port = make_flow(host, peer);
	assert_in_range(port, 40000, 49999);
	ask_udp(THEIRS, OURS, gateway.wan, stun, sizeof(stun)); /* behind the translation */
	assert_rule("inet", "filter", "forward", "back");
	ask_udp(THEIRS, ep(OUTSIDE4, port), gateway.wan, stun, sizeof(stun)); /* before it */
	assert_rule("inet", "filter", "forward", "back");
	/* out, and translated already */
	ask_udp(ep(OUTSIDE4, port), THEIRS, gateway.lan, srtp, sizeof(srtp));
	assert_rule("inet", "filter", "post", "dport 9000");
	close(host);
	close(peer);
}

/* A flow that is known to conntrack is not a new one in the shadow either. */
static void established_flow(void **state)
{
	int host, peer;

	(void)state;
	shadow_rules("table inet filter {\n" MASQUERADE
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

static int connect_pair(int from, int to)
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
	shadow_rules(
		"table inet filter {\n chain out { type nat hook postrouting priority srcnat; "
		"oifname wan masquerade\n "
		"}\n"
		" chain forward { type filter hook forward priority filter; policy accept;\n  ct "
		"state invalid drop\n"
		"  ct state new tcp flags & syn == 0 drop comment \"no connection\"\n"
		"  ct state established tcp flags & psh != 0 drop comment \"data\"\n }\n}");
	host = gateway_socket(&gateway, HOST, SOCK_STREAM, OURS);
	peer = gateway_socket(&gateway, PEER, SOCK_STREAM, THEIRS);
	accepted = connect_pair(host, peer);
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

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(conntrack_states), cmocka_unit_test(wrong_checksums),
		cmocka_unit_test(amid_nat),         cmocka_unit_test(established_flow),
		cmocka_unit_test(established_tcp),
	};

	return scene_run(tests, COUNT(tests));
}
