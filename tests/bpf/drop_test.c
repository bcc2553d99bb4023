/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the kernel drops on its way through a gateway, and that the event holds the packet as it was
 * there: all of it once by the raw tracepoint and once by the typed one.
 */
#include "../unit/suite.h"

#include <linux/if_link.h>
#include <linux/in6.h>
#include <linux/pkt_cls.h>

#include "drops.h"

static struct drops d;

static const struct family {
	const char *host, *peer, *outside, *away, *route;
	int level, probe_mtu; /* a socket's option: packets are not cut up, whatever ICMP said */
} families[] = {
	{HOST4, PEER4, OUTSIDE4, "9.9.9.9", "9.9.9.0/24 via " PEER4, IPPROTO_IP, IP_MTU_DISCOVER},
	{HOST6, PEER6, OUTSIDE6, "2001:db8:9::9", "2001:db8:9::/64 via " PEER6, IPPROTO_IPV6,
	 IPV6_MTU_DISCOVER},
};

static void run_nft(const char *rules)
{
	assert_true(gateway_run(&d.gateway, GATEWAY, "nft -f - <<-'END'\n%s\nEND", rules));
}

static void is_blocked(const char *rules, const char *flush, const char *reason, bool forwarded,
		       u32 mark)
{
	for (size_t i = 0; i < COUNT(families); i++) {
		struct drops_talk t = talk_open(&d, families[i].host, families[i].peer, 4000, 0);
		const struct event *e;

		run_nft(rules);
		e = talk_dropped(&d, &t, 1);
		if (forwarded)
			drops_forwarded(&t.sent);
		talk_expect_at_lan(&d, e, &t, reason);
		assert_int_equal(e->drop.device, d.gateway.lan);
		assert_int_equal(e->drop.mark, mark);
		run_nft(flush);
	}
}

static void a_rule_in_forward(void **state)
{
	const struct event *e = d.datapath.drops.list;

	(void)state;
	is_blocked(
		"table inet block {\n"
		" chain m { type filter hook prerouting priority mangle; udp dport 4000 meta mark "
		"set 42; }\n"
		" chain c { type filter hook forward priority 0; udp dport 4000 drop; }\n}",
		"delete table inet block", "NETFILTER_DROP", true, 42);
	assert_string_equal(kallsyms_name(d.symbols, e->drop.location), "nft_do_chain");
}

static void a_rule_that_rejects(void **state)
{
	(void)state;
	is_blocked("table inet block { chain c { type filter hook forward priority 0;\n"
		   "udp dport 4000 reject with icmpx admin-prohibited; }; }",
		   "delete table inet block", "NETFILTER_DROP", true, 0);
}

static void a_rule_in_an_ingress_chain(void **state)
{
	(void)state;
	is_blocked(
		"table netdev block { chain c { type filter hook ingress device lan priority 0;\n"
		"udp dport 4000 drop; }; }",
		"delete table netdev block", "NETFILTER_DROP", false, 0);
}

/*
 * Nothing is translated: the same packet would have left by the WAN, where its flow is known, too.
 */
static void a_drop_belongs_to_both_sides(void **state)
{
	struct drops_talk t = talk_open(&d, HOST4, PEER4, UNTRACKED, 0);
	const struct event *e;

	(void)state;
	wait_for_probe(&d, d.gateway.wan, t.to, t.from);
	run_nft("table inet block { chain c { type filter hook forward priority 0; udp dport 6999 "
		"drop; }; }");
	e = talk_dropped(&d, &t, 2);
	run_nft("delete table inet block");
	drops_forwarded(&t.sent);
	for (int i = 0; i < 2; i++) {
		bool lan = e[i].ifindex == (u32)d.gateway.lan;

		assert_int_equal(e[i].ifindex, lan ? d.gateway.lan : d.gateway.wan);
		assert_int_equal(e[i].dir, lan ? DIR_IN : DIR_OUT);
		assert_int_equal(e[i].drop.came_in, d.gateway.lan);
		drops_expect_packet(&e[i].drop, &t.sent);
	}
	assert_int_not_equal(e[0].ifindex, e[1].ifindex);
}

/*
 * This machine's own packet: it came in nowhere, and differs only by its number from the one
 * before.
 */
static void a_rule_in_output(void **state)
{
	int tap = drops_packet_socket(&d.gateway, GATEWAY, "wan", SOCK_DGRAM);

	(void)state;
	for (size_t i = 0; i < COUNT(families); i++) {
		struct drops_talk t = {.from = ep(families[i].outside, 45000),
				       .to = ep(families[i].peer, 4000)};
		struct event e;

		msg_check(&t.message, &(struct check_of){.id = 1});
		t.fd = gateway_socket(&d.gateway, GATEWAY, SOCK_DGRAM, t.from);
		talk_send(&t);
		drops_sent(tap, &t.sent);
		datapath_forget(&d.datapath);
		run_nft("table inet block { chain c { type filter hook output priority 0; udp "
			"dport "
			"4000 drop; }; }");
		talk_send(&t);
		run_nft("delete table inet block");
		assert_int_equal(datapath_wait(&d.datapath, &d.datapath.drops, 1), 1);
		e = d.datapath.drops.list[0];
		assert_int_equal(e.ifindex, d.gateway.wan);
		assert_int_equal(e.dir, DIR_OUT);
		assert_int_equal(e.drop.came_in, 0);
		assert_true(!e.drop.device || e.drop.device == (u32)d.gateway.wan);
		if (i == 0) { /* identification and checksum */
			memcpy(t.sent.b + 4, e.drop.packet + 4, 2);
			memcpy(t.sent.b + 10, e.drop.packet + 10, 2);
		}
		drops_expect_packet(&e.drop, &t.sent);
		close(t.fd);
	}
	close(tap);
}

/* IPv6 has it in netfilter only. */
static void the_way_back_is_another(void **state)
{
	struct drops_talk t;
	const struct event *e;

	(void)state;
	assert_true(gateway_run(&d.gateway, HOST, "ip addr replace 192.168.99.2/32 dev near"));
	t = talk_open(&d, "192.168.99.2", PEER4, 4000, 0);
	assert_true(
		gateway_run(&d.gateway, GATEWAY, "echo 1 >/proc/sys/net/ipv4/conf/lan/rp_filter"));
	e = talk_dropped(&d, &t, 1);
	assert_true(
		gateway_run(&d.gateway, GATEWAY, "echo 0 >/proc/sys/net/ipv4/conf/lan/rp_filter"));
	talk_expect_at_lan(&d, e, &t, "IP_RPFILTER");
	assert_int_equal(e->drop.device, d.gateway.lan);
}

static void no_route(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(families); i++) {
		const struct family *f = &families[i];
		const char *six = i ? "-6" : "";
		struct drops_talk t;
		const struct event *e;

		assert_true(gateway_run(&d.gateway, GATEWAY, "ip %s route add %s", six, f->route));
		t = talk_open(&d, f->host, f->away, 4000, 0);
		assert_true(gateway_run(&d.gateway, GATEWAY, "ip %s route del %s", six, f->route));
		e = talk_dropped(&d, &t, 1);
		talk_expect_at_lan(&d, e, &t, "IP_INNOROUTES");
		assert_int_equal(e->drop.device, d.gateway.lan);
	}
}

/* More than an event holds of it. */
static void larger_than_the_mtu(void **state)
{
	int probe = IP_PMTUDISC_PROBE;

	(void)state;
	for (size_t i = 0; i < COUNT(families); i++) {
		struct drops_talk t = talk_open(&d, families[i].host, families[i].peer, 4000, 1340);
		const struct event *e;

		assert_int_equal(setsockopt(t.fd, families[i].level, families[i].probe_mtu, &probe,
					    sizeof(probe)),
				 0);
		assert_true(gateway_run(&d.gateway, GATEWAY, "ip link set wan mtu 1280"));
		e = talk_dropped(&d, &t, 1);
		assert_true(gateway_run(&d.gateway, GATEWAY, "ip link set wan mtu 1500"));
		assert_int_equal(e->drop.packet_have, DROP_KEPT);
		talk_expect_at_lan(&d, e, &t, "PKT_TOO_BIG");
	}
	assert_true(
		gateway_run(&d.gateway, HOST, "ip route flush cache && ip -6 route flush cache"));
}

/* A program of two instructions: it returns `verdict` for everything. */
static int verdict_program(enum bpf_prog_type type, int verdict)
{
	const struct bpf_insn code[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = verdict},
		{.code = BPF_JMP | BPF_EXIT},
	};

	return bpf_prog_load(type, "verdict", "GPL", code, COUNT(code), NULL);
}

/* Before anything else of the stack: what is in the way of the IP header still is. */
static void a_foreign_xdp_program(void **state)
{
	int program = verdict_program(BPF_PROG_TYPE_XDP, XDP_DROP);

	(void)state;
	for (size_t i = 0; i < COUNT(families); i++) {
		struct drops_talk t = talk_open(&d, families[i].host, families[i].peer, 4000, 0);
		const struct event *e;

		assert_int_equal(bpf_xdp_attach(d.gateway.lan, program, XDP_FLAGS_SKB_MODE, NULL),
				 0);
		e = talk_dropped(&d, &t, 1);
		assert_int_equal(bpf_xdp_detach(d.gateway.lan, XDP_FLAGS_SKB_MODE, NULL), 0);
		talk_expect_at_lan(&d, e, &t, "NOT_SPECIFIED");
		assert_string_equal(kallsyms_name(d.symbols, e->drop.location), "do_xdp_generic");
	}
	close(program);
}

/* Behind NAT, with the link header in front: as the peer would have got it. */
static void a_foreign_tc_program(void **state)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = d.gateway.wan, .attach_point = BPF_TC_EGRESS);
	int program = verdict_program(BPF_PROG_TYPE_SCHED_CLS, TC_ACT_SHOT);
	/* without tcx our own filters are there, too */
	bool shared = bpf_tc_hook_create(&hook) == -EEXIST;

	(void)state;
	for (size_t i = 0; i < COUNT(families); i++) {
		struct drops_talk t = talk_open(&d, families[i].host, families[i].peer, 4000, 0);
		LIBBPF_OPTS(bpf_tc_opts, opts, .prog_fd = program);
		u32 ports = i ? 40 : 20;
		const struct event *e;

		assert_int_equal(bpf_tc_attach(&hook, &opts), 0);
		e = talk_dropped(&d, &t, 1);
		opts.flags = opts.prog_fd = opts.prog_id = 0;
		assert_int_equal(bpf_tc_detach(&hook, &opts), 0);
		assert_int_equal(e->ifindex, d.gateway.wan);
		assert_int_equal(e->dir, DIR_OUT);
		assert_endpoint(&e->key.near, ep(families[i].outside, e->key.near.port));
		assert_int_equal(e->drop.came_in, d.gateway.lan);
		assert_int_equal(e->drop.device, d.gateway.wan);
		assert_string_equal(drop_reasons_name(d.reasons, e->drop.reason), "TC_EGRESS");
		assert_int_equal(e->drop.packet_len, t.sent.len);
		assert_int_equal(e->drop.packet[0] >> 4, i ? 6 : 4);
		assert_memory_equal(e->drop.packet + ports + 2, t.sent.b + ports + 2, 4);
		assert_memory_equal(e->drop.packet + ports + 8, t.sent.b + ports + 8,
				    t.sent.len - ports - 8);
	}
	hook.attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS;
	if (!shared)
		assert_int_equal(bpf_tc_hook_destroy(&hook), 0);
	close(program);
}

/* A frame of a virtual LAN, whose IP packet is in `t->sent`. */
static void send_tagged(const struct drops_talk *t, int fd)
{
	struct buf frame = {.len = 0};

	put_hex(&frame, "ffffffffffff 020000000002 8100 0007");
	put16(&frame, t->sent.b[0] >> 4 == 4 ? 0x0800 : 0x86dd);
	put(&frame, t->sent.b, t->sent.len);
	assert_int_equal(send(fd, frame.b, frame.len, 0), frame.len);
}

static void expect_tagged(struct drops_talk *t, int fd, const char *reason)
{
	datapath_forget(&d.datapath);
	send_tagged(t, fd);
	assert_int_equal(datapath_wait(&d.datapath, &d.datapath.drops, 1), 1);
	talk_expect_at_lan(&d, d.datapath.drops.list, t, reason);
	assert_int_equal(d.datapath.drops.list->drop.device, d.gateway.lan);
}

/* The tag is taken off before a rule of an ingress chain, and not yet where an XDP program runs. */
static void a_virtual_lan(void **state)
{
	int program = verdict_program(BPF_PROG_TYPE_XDP, XDP_DROP);
	int fd = drops_packet_socket(&d.gateway, HOST, "near", SOCK_RAW);

	(void)state;
	for (size_t i = 0; i < COUNT(families); i++) {
		struct drops_talk t = talk_open(&d, families[i].host, families[i].peer, 4000, 0);

		run_nft("table netdev block { chain c { type filter hook ingress device lan "
			"priority "
			"0; drop; }; }");
		expect_tagged(&t, fd, "NETFILTER_DROP");
		run_nft("delete table netdev block");
		assert_int_equal(bpf_xdp_attach(d.gateway.lan, program, XDP_FLAGS_SKB_MODE, NULL),
				 0);
		expect_tagged(&t, fd, "NOT_SPECIFIED");
		assert_int_equal(bpf_xdp_detach(d.gateway.lan, XDP_FLAGS_SKB_MODE, NULL), 0);
		close(t.fd);
	}
	close(program);
	close(fd);
}

/* Neither a flow that nobody knows, nor what is not dropped. */
static void nothing_else_is_told(void **state)
{
	u64 seen = datapath_self(&d.datapath).drops_seen;
	struct drops_talk t = talk_open(&d, HOST4, PEER4, 4000, 0);

	(void)state;
	run_nft("table inet block { chain c { type filter hook forward priority 0; udp dport 4001 "
		"drop; }; }");
	t.to.port = 4001;
	put_many(&t.message, 0, 4);
	t.message.b[4] ^= 1; /* no STUN any more: neither its cookie nor the classic length */
	talk_dropped(&d, &t, 0);
	run_nft("delete table inet block");
	assert_true(datapath_self(&d.datapath).drops_seen == seen);
}

static int run_by(const char *program)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rule_in_forward),
		cmocka_unit_test(a_rule_that_rejects),
		cmocka_unit_test(a_rule_in_an_ingress_chain),
		cmocka_unit_test(a_drop_belongs_to_both_sides),
		cmocka_unit_test(a_rule_in_output),
		cmocka_unit_test(the_way_back_is_another),
		cmocka_unit_test(no_route),
		cmocka_unit_test(larger_than_the_mtu),
		cmocka_unit_test(a_foreign_xdp_program),
		cmocka_unit_test(a_foreign_tc_program),
		cmocka_unit_test(a_virtual_lan),
		cmocka_unit_test(nothing_else_is_told),
	};

	return cmocka_run_group_tests_name(program, tests, NULL, NULL);
}

int main(void)
{
	int failed = 1;

	if (drops_open(&d)) {
		printf("not ok 1 - there is a gateway, and programs watch it: %s\n",
		       strerror(errno));
	} else if (drops_watch_raw(&d)) {
		printf("not ok 1 - the raw tracepoint's program watches: %s\n", strerror(errno));
	} else {
		failed = run_by("drop_raw");
		drops_unwatch_raw(&d);
		if (loader_watch_drops(d.datapath.loader))
			printf("not ok 1 - the tracepoint's program watches: %s\n",
			       strerror(errno));
		else
			failed += run_by("drop");
	}
	drops_close(&d);
	return failed != 0;
}
