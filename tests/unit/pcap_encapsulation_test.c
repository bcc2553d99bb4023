/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A session is the same whatever its packets are encapsulated in: link headers of captures, tags,
 * tunnels.
 */
#include "encapsulation.h"
#include "replay_fixture.h"

static const struct encapsulation_row {
	const char *name;
	struct encapsulation encapsulation;
	enum { IN_NONE, IN_IP, IN_UDP } tunnel; /* what carries it */
} rows[] = {
	{"Ethernet", {DLT_EN10MB, {wrap_ethernet}, 0}, IN_NONE},
	{"VLAN", {DLT_EN10MB, {wrap_vlan}, 0}, IN_NONE},
	{"QinQ", {DLT_EN10MB, {wrap_qinq}, 0}, IN_NONE},
	{"PPPoE", {DLT_EN10MB, {ethernet_pppoe}, 0}, IN_NONE},
	{"raw IP", {DLT_RAW, {NULL}, 0}, IN_NONE},
	{"SLL", {DLT_LINUX_SLL, {wrap_sll}, 0}, IN_NONE},
	{"SLL, VLAN", {DLT_LINUX_SLL, {sll_vlan}, 0}, IN_NONE},
	{"SLL2", {DLT_LINUX_SLL2, {wrap_sll2}, 0}, IN_NONE},
	{"null, little-endian", {DLT_NULL, {null_little}, 0}, IN_NONE},
	{"null, big-endian", {DLT_NULL, {null_big}, 0}, IN_NONE},
	{"loop", {DLT_LOOP, {null_big}, 0}, IN_NONE},
	{"PPP", {DLT_PPP, {wrap_ppp}, 0}, IN_NONE},
	{"PPP, HDLC-like framing", {DLT_PPP, {ppp_framed}, 0}, IN_NONE},
	{"PPP, short protocol", {DLT_PPP, {ppp_compressed}, 0}, IN_NONE},
	{"PPP over serial", {DLT_PPP_SERIAL, {ppp_framed}, 0}, IN_NONE},
	{"Cisco HDLC", {DLT_PPP_SERIAL, {wrap_cisco_hdlc}, 0}, IN_NONE},
	{"PPPoE without Ethernet", {DLT_PPP_ETHER, {wrap_pppoe}, 0}, IN_NONE},
	{"IP in IP", {DLT_EN10MB, {ip_in_ip, wrap_ethernet}, 0}, IN_IP},
	{"IP in IPv6", {DLT_EN10MB, {ip_in_ipv6, wrap_ethernet}, 0}, IN_IP},
	{"GRE", {DLT_EN10MB, {wrap_gre, wrap_ethernet}, 0}, IN_IP},
	{"GRE, checksum, key and sequence", {DLT_EN10MB, {gre_with_all, wrap_ethernet}, 0}, IN_IP},
	{"NVGRE", {DLT_EN10MB, {wrap_ethernet, wrap_nvgre, wrap_ethernet}, 0}, IN_IP},
	{"VXLAN", {DLT_EN10MB, {wrap_ethernet, wrap_vxlan, wrap_ethernet}, 0}, IN_UDP},
	{"VXLAN with a tag inside",
	 {DLT_EN10MB, {wrap_vlan, wrap_vxlan, wrap_ethernet}, 0},
	 IN_UDP},
	{"Geneve", {DLT_EN10MB, {wrap_ethernet, wrap_geneve, wrap_ethernet}, 0}, IN_UDP},
	{"Geneve, options, IP inside", {DLT_EN10MB, {geneve_options, wrap_ethernet}, 0}, IN_UDP},
	{"GTP-U", {DLT_EN10MB, {wrap_gtpu, wrap_ethernet}, 0}, IN_UDP},
	{"GTP-U of 5G", {DLT_EN10MB, {gtpu_5g, wrap_ethernet}, 0}, IN_UDP},
	{"GRE, raw IP", {DLT_RAW, {wrap_gre}, 0}, IN_IP},
	{"VXLAN, SLL", {DLT_LINUX_SLL, {wrap_ethernet, wrap_vxlan, wrap_sll}, 0}, IN_UDP},
	{"GRE in GTP-U, tagged", {DLT_EN10MB, {wrap_gre, wrap_gtpu, wrap_vlan}, 0}, IN_UDP},
};

/* What is inside a tunnel counts apart; its carrier is some packet over UDP, or none of ours. */
static void expect_classes(const struct encapsulation_row *encapsulation_row,
			   const struct replay_run *r, const struct replay_run *plain)
{
	for (enum msg_class cls = 0; cls < CLASS_MAX; cls++) {
		u64 count = replayed_count(plain, CAPTURE_CAPTURED, cls), outside = count;

		if (encapsulation_row->tunnel)
			outside = encapsulation_row->tunnel == IN_UDP && cls == CLASS_OTHER
					  ? r->totals.packets
					  : 0;
		assert_true(replayed_count(r, CAPTURE_CAPTURED, cls) == outside);
		assert_true(replayed_count(r, CAPTURE_TUNNELLED, cls) ==
			    (encapsulation_row->tunnel ? count : 0));
	}
}

static void same_session(const struct encapsulation_row *encapsulation_row, bool six)
{
	struct replay_run plain, r;

	write_sides("plain", &rows[0].encapsulation, six);
	write_sides("wrapped", &encapsulation_row->encapsulation, six);
	replay_sides(&plain, "plain");
	replay_sides(&r, "wrapped");
	assert_int_equal(plain.err, 0);
	assert_string_equal(r.error, "");
	assert_non_null(strstr(plain.sessions, "\"stage\":\"media\""));
	assert_string_equal(r.sessions, plain.sessions);
	expect_classes(encapsulation_row, &r, &plain);
	assert_true(r.totals.packets == plain.totals.packets);
	assert_true(r.totals.capture[0].tunnelled ==
		    (encapsulation_row->tunnel ? r.totals.capture[0].packets : 0));
	replayed_free(&plain);
	replayed_free(&r);
}

static void sessions_in_every_encapsulation(void **state)
{
	same_session(*state, false);
	same_session(*state, true);
}

/* Two levels are followed: what is in a third is not found, and not misread. */
static void three_levels(void **state)
{
	static const struct encapsulation encapsulation = {
		.link = DLT_EN10MB, .layers = {wrap_gre, ip_in_ip, wrap_gre, wrap_ethernet}};
	struct replay_run r;

	(void)state;
	write_sides("wrapped", &encapsulation, false);
	replay_sides(&r, "wrapped");
	assert_int_equal(r.err, 0);
	assert_string_equal(r.sessions, "{\"sessions\": []}\n");
	replayed_free(&r);
}

/* Media may go over any port. */
static void media_on_ports_of_tunnels(void **state)
{
	static const u16 ports[] = {2152, 4789, 6081};
	struct encapsulation encapsulation = rows[0].encapsulation;
	struct replay_run plain, r;

	(void)state;
	write_sides("plain", &encapsulation, false);
	replay_sides(&plain, "plain");
	for (size_t i = 0; i < COUNT(ports); i++) {
		encapsulation.port = ports[i];
		write_sides("media", &encapsulation, false);
		replay_sides(&r, "media");
		assert_int_equal(r.totals.capture[0].tunnelled, 0);
		assert_non_null(strstr(r.sessions, "\"stage\":\"media\""));
		for (enum msg_class cls = 0; cls < CLASS_MAX; cls++)
			assert_true(replayed_count(&r, CAPTURE_CAPTURED, cls) ==
				    replayed_count(&plain, CAPTURE_CAPTURED, cls));
		replayed_free(&r);
	}
	replayed_free(&plain);
}

/* Each packet once as it is and once in a tunnel, from the same addresses. */
static void write_twice(const char *name)
{
	struct capture_dump w = dump_open(name, DLT_RAW, 65535);
	struct traffic s;

	traffic_start(&s, false);
	traffic_session(&s);
	for (u32 i = 0; i < s.count; i++) {
		struct buf b = {.len = 0};

		put(&b, s.packet[i].data + 14, s.packet[i].len - 14);
		dump_packet(&w, b.b, b.len, 0);
		wrap_gre(&b, s.packet[i].in);
		dump_packet(&w, b.b, b.len, 0);
	}
	dump_close(&w);
	traffic_free(&s);
}

/* The packets of the flow at each point. */
static void take_packets(void *arg, const struct flow_key *key, const struct flow_record *record)
{
	u64 *packets = arg;

	assert_true(key->tag <= CAPTURE_IFINDEX_TUNNELS && !packets[key->tag]);
	packets[key->tag] = record->dir[DIR_IN].packets + record->dir[DIR_OUT].packets;
}

static void equal_addresses_outside(void **state)
{
	u64 packets[CAPTURE_IFINDEX_TUNNELS + 1] = {0};
	struct replay_run r;

	(void)state;
	write_twice("twice");
	replay_file(&r, "twice");
	native_each_flow(r.native, take_packets, packets);
	assert_true(packets[CAPTURE_IFINDEX_WAN] > 10);
	assert_true(packets[CAPTURE_IFINDEX_WAN_TUNNELLED] == packets[CAPTURE_IFINDEX_WAN]);
	assert_true(replayed_count(&r, CAPTURE_TUNNELLED, CLASS_RTP) ==
		    replayed_count(&r, CAPTURE_CAPTURED, CLASS_RTP));
	replayed_free(&r);
}

int main(void)
{
	struct CMUnitTest tests[COUNT(rows) + 3];

	for (size_t i = 0; i < COUNT(rows); i++)
		tests[i] = (struct CMUnitTest){rows[i].name, sessions_in_every_encapsulation, NULL,
					       NULL, (void *)&rows[i]};
	tests[COUNT(rows)] = (struct CMUnitTest)cmocka_unit_test(three_levels);
	tests[COUNT(rows) + 1] = (struct CMUnitTest)cmocka_unit_test(media_on_ports_of_tunnels);
	tests[COUNT(rows) + 2] = (struct CMUnitTest)cmocka_unit_test(equal_addresses_outside);
	return cmocka_run_group_tests_name("wrapped", tests, capture_folder_make,
					   capture_folder_remove);
}
