/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Real TCP connections through a gateway toward a TURN server's ports: what resets them, and what
 * drops their SYN.
 */
#include "../unit/suite.h"

#include "drops.h"

static struct drops d;

static const struct {
	const char *host, *peer;
} families[] = {{HOST4, PEER4}, {HOST6, PEER6}};

static int host_socket(const char *host, u16 port)
{
	int fd = gateway_socket(&d.gateway, HOST, SOCK_STREAM, ep(host, port));

	assert_true(fd >= 0);
	datapath_forget(&d.datapath);
	return fd;
}

static int connect_from(int fd, struct endpoint to)
{
	struct sockaddr_storage at;
	socklen_t size = socket_address(&to, &at);

	return connect(fd, (struct sockaddr *)&at, size);
}

/* The peer's end of a connection from the host to this port. */
static int accepted_from(int client, struct endpoint server)
{
	int listener = gateway_socket(&d.gateway, PEER, SOCK_STREAM, server), fd;

	assert_true(listener >= 0 && !listen(listener, 1));
	assert_int_equal(connect_from(client, server), 0);
	fd = accept(listener, NULL, NULL);
	assert_true(fd >= 0);
	close(listener);
	return fd;
}

static void close_with_reset(int fd)
{
	const struct linger at_once = {.l_onoff = 1};

	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)), 0);
	close(fd);
}

/*
 * A reset of the peer, at both interfaces: it comes in at the WAN, and leaves by the LAN with one
 * hop fewer.
 */
static void expect_resets(struct endpoint host, struct endpoint peer, bool answered, bool early)
{
	const struct event *e = d.datapath.closes.list;

	assert_int_equal(datapath_wait(&d.datapath, &d.datapath.closes, 2), 2);
	for (int i = 0; i < 2; i++) {
		bool lan = e[i].ifindex == (u32)d.gateway.lan;
		u8 ttl = lan ? 63 : 64;

		assert_endpoint(lan ? &e[i].key.near : &e[i].key.far, peer);
		if (lan)
			assert_endpoint(&e[i].key.far, host);
		assert_int_equal(e[i].key.proto, PROTO_TCP);
		assert_int_equal(e[i].dir, lan ? DIR_OUT : DIR_IN);
		assert_int_equal(e[i].tcp_close.reset, 1);
		assert_int_equal(e[i].tcp_close.ttl, ttl);
		assert_int_equal(e[i].tcp_close.ttl_before, answered ? ttl : 0);
		assert_int_equal(e[i].tcp_close.early, early);
	}
	assert_int_not_equal(e[0].ifindex, e[1].ifindex);
}

static void nobody_listens(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(families); i++) {
		struct endpoint server = ep(families[i].peer, 3478);
		int fd = host_socket(families[i].host, 5100);

		assert_int_equal(connect_from(fd, server), -1);
		assert_int_equal(errno, ECONNREFUSED);
		expect_resets(ep(families[i].host, 5100), server, false, true);
		close(fd);
	}
}

/* `answer`: the server says something before it resets. */
static void reset_after_hello(u16 port, bool answer)
{
	u8 data[16];

	for (size_t i = 0; i < COUNT(families); i++) {
		struct endpoint server = ep(families[i].peer, 5349);
		int client = host_socket(families[i].host, port),
		    fd = accepted_from(client, server);

		assert_int_equal(send(client, "hello", 5, 0), 5);
		assert_int_equal(recv(fd, data, sizeof(data), 0), 5);
		if (answer) {
			assert_int_equal(send(fd, "hello", 5, 0), 5);
			assert_int_equal(recv(client, data, sizeof(data), 0), 5);
		}
		close_with_reset(fd);
		expect_resets(ep(families[i].host, port), server, true, !answer);
		close(client);
	}
}

static void the_first_bytes_are_not_liked(void **state)
{
	(void)state;
	reset_after_hello(5110, false);
}

static void a_reset_behind_an_answer(void **state)
{
	(void)state;
	reset_after_hello(5120, true);
}

/*
 * By a rule of this gateway: the host gets a reset that never was at the WAN, and the SYN counts as
 * a drop.
 */
static void a_rule_with_a_reset(void **state)
{
	(void)state;
	assert_true(gateway_run(
		&d.gateway, GATEWAY,
		"nft 'table inet block { chain c { type filter hook forward priority 0;\n"
		"tcp dport 3478 reject with tcp reset; }; }'"));
	for (size_t i = 0; i < COUNT(families); i++) {
		int fd = host_socket(families[i].host, 5130);
		const struct event *e = d.datapath.drops.list;
		struct buf sent;

		drops_skip(d.tap);
		assert_int_equal(connect_from(fd, ep(families[i].peer, 3478)), -1);
		assert_int_equal(errno, ECONNREFUSED);
		drops_sent(d.tap, &sent);
		drops_forwarded(&sent);
		assert_int_equal(datapath_wait(&d.datapath, &d.datapath.drops, 1), 1);
		assert_endpoint(&e->key.far, ep(families[i].host, 5130));
		assert_endpoint(&e->key.near, ep(families[i].peer, 3478));
		assert_int_equal(e->key.proto, PROTO_TCP);
		assert_int_equal(e->ifindex, d.gateway.lan);
		assert_int_equal(e->drop.payload, 0);
		assert_string_equal(drop_reasons_name(d.reasons, e->drop.reason), "NETFILTER_DROP");
		drops_expect_packet(&e->drop, &sent);
		assert_int_equal(datapath_wait(&d.datapath, &d.datapath.closes, 1), 1);
		assert_int_equal(d.datapath.closes.list[0].ifindex, d.gateway.lan);
		assert_int_equal(d.datapath.closes.list[0].tcp_close.early, 1);
		close(fd);
	}
	assert_true(gateway_run(&d.gateway, GATEWAY, "nft delete table inet block"));
}

/*
 * Sends a message with a SOFTWARE of this length on a connection's socket; a rule drops it. Returns
 * both.
 */
static void drop_of_message(size_t family, u16 port, u32 software, struct buf *message,
			    struct buf *sent)
{
	int client = host_socket(families[family].host, port),
	    fd = accepted_from(client, ep(families[family].peer, 3478));
	char name[400];

	memset(name, 'n', sizeof(name));
	msg_stun(message, 0x0003, port);
	msg_attr(message, 0x8022, name, software);
	assert_true(gateway_run(
		&d.gateway, GATEWAY,
		"nft 'table inet block { chain c { type filter hook forward priority 0;\n"
		"tcp dport 3478 drop; }; }'"));
	usleep(2000);
	datapath_forget(&d.datapath);
	drops_skip(d.tap);
	assert_int_equal(send(client, message->b, message->len, 0), message->len);
	drops_sent(d.tap, sent);
	drops_forwarded(sent);
	assert_true(datapath_wait(&d.datapath, &d.datapath.drops, 1) >= 1);
	assert_true(gateway_run(&d.gateway, GATEWAY, "nft delete table inet block"));
	close(client);
	close(fd);
}

/*
 * What a socket sends over TCP lies in pages beside the headers. Of a short segment all is
 * reported, as a rule may have looked at it; of a longer one the headers, with the whole length.
 */
static void the_payload_is_not_linear(void **state)
{
	static const u32 software[] = {40, 400};
	const struct drop_info *drop = &d.datapath.drops.list[0].drop;
	struct buf message, sent;

	(void)state;
	for (u16 i = 0; i < COUNT(families) * COUNT(software); i++) {
		bool is_short = !(i / 2);

		drop_of_message(i % 2, 5150 + i, software[i / 2], &message, &sent);
		assert_int_equal(drop->packet_len, sent.len);
		assert_int_equal(drop->payload, message.len);
		assert_int_equal(drop->packet_have, is_short ? sent.len : sent.len - message.len);
		assert_memory_equal(drop->packet, sent.b, drop->packet_have);
	}
}

/* On any other port nothing is reported, and nothing remembered. */
static void other_connections(void **state)
{
	u64 before = datapath_self(&d.datapath).map_inserted[MAP_PROBATION];
	int fd = host_socket(HOST4, 5140);

	(void)state;
	assert_int_equal(connect_from(fd, ep(PEER4, 443)), -1);
	assert_int_equal(errno, ECONNREFUSED);
	assert_int_equal(datapath_wait(&d.datapath, &d.datapath.closes, 1), 0);
	assert_true(datapath_self(&d.datapath).map_inserted[MAP_PROBATION] == before);
	close(fd);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_listens),
		cmocka_unit_test(the_first_bytes_are_not_liked),
		cmocka_unit_test(a_reset_behind_an_answer),
		cmocka_unit_test(a_rule_with_a_reset),
		cmocka_unit_test(the_payload_is_not_linear),
		cmocka_unit_test(other_connections),
	};
	int failed = 1;

	if (drops_open(&d) || loader_watch_drops(d.datapath.loader))
		printf("not ok 1 - there is a gateway, and programs watch it: %s\n",
		       strerror(errno));
	else
		failed = cmocka_run_group_tests(tests, NULL, NULL);
	drops_close(&d);
	return failed != 0;
}
