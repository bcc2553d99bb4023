/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What blocks WebRTC other than rules: routes, sysctls, links; and how long an audit takes. */
#include "audited.h"

static void run_command(const char *command)
{
	assert_int_equal(system(command), 0);
}

static void set_sysctl(const char *sysctl, const char *value)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/sys/net/%s", sysctl);
	file = fopen(path, "w");
	assert_non_null(file);
	fprintf(file, "%s\n", value);
	assert_int_equal(fclose(file), 0);
}

static void assert_all(u8 result, u8 cause, const char *why)
{
	for (int test = 0; test < TEST_COUNT; test++)
		assert_why(test, result, cause, why);
}

static void reverse_path_filter(void **state)
{
	struct audit_path path = path_out(4);

	(void)state;
	path.host = ep("10.9.9.9", 0).ip;
	set_sysctl("ipv4/conf/lan/rp_filter", "1");
	audit_ruleset("", path);
	assert_all(RESULT_BLOCKED, CAUSE_RPFILTER, "the route back to 10.9.9.9 is not by lan");
	set_sysctl("ipv4/conf/lan/rp_filter", "0");
}

static void no_route_to_a_peer(void **state)
{
	struct audit_path path = path_out(4);

	(void)state;
	path.other = path.peer = ep("9.9.9.9", 0).ip;
	audit_ruleset("", path);
	assert_others_pass(CHECKED);
	assert_why(TEST_SRTP, RESULT_BLOCKED, CAUSE_NO_ROUTE, "no route to 9.9.9.9");
	path.lan = 0;
	path.host = ep(OUTSIDE4, 0).ip;
	audit_ruleset("", path);
	assert_others_pass(CHECKED);
	assert_why(TEST_SRTP, RESULT_BLOCKED, CAUSE_NO_ROUTE, "no route to 9.9.9.9");
}

static void no_such_way(void **state)
{
	struct audit_path path = path_out(6);

	(void)state;
	path.server = ep("2002::9", 0).ip;
	audit_ruleset("", path);
	assert_all(RESULT_ABSENT, CAUSE_NONE, "no route to 2002::9");
	path = path_own(6);
	path.server = ep("2002::9", 0).ip;
	audit_ruleset("", path);
	assert_all(RESULT_ABSENT, CAUSE_NONE, "no route to 2002::9");
}

static void no_forwarding(void **state)
{
	(void)state;
	set_sysctl("ipv4/ip_forward", "0");
	set_sysctl("ipv6/conf/all/forwarding", "0");
	audit_ruleset(NAT, path_out(4));
	assert_all(RESULT_BLOCKED, CAUSE_NO_ROUTE, "forwarding is off for what comes in on lan");
	audit_ruleset(NAT, path_out(6));
	assert_all(RESULT_BLOCKED, CAUSE_NO_ROUTE, "forwarding is off for what comes in on lan");
	audit_ruleset(NAT, path_own(4));
	assert_others_pass(0);
	set_sysctl("ipv4/ip_forward", "1");
	set_sysctl("ipv6/conf/all/forwarding", "1");
}

/* Packets that may be cut come out in fragments. */
static void small_mtu(void **state)
{
	(void)state;
	run_command("ip link set wan mtu 1200");
	audit_ruleset(NAT, path_out(4));
	assert_others_pass(BIT(TEST_DTLS_LARGE) | BIT(TEST_MTU) | BIT(TEST_CHECKS_IN));
	assert_why(TEST_MTU, RESULT_BLOCKED, CAUSE_MTU, "the MTU is 1200 bytes");
	assert_string_equal(results[TEST_MTU].step, "1280 bytes, out");
	assert_why(TEST_DTLS_LARGE, RESULT_UNKNOWN, CAUSE_NONE,
		   "it arrives in fragments: the MTU is 1200 bytes");
	assert_string_equal(results[TEST_DTLS_LARGE].step, "ServerHello, in");
	audit_ruleset(NAT, path_own(4));
	assert_why(TEST_MTU, RESULT_BLOCKED, CAUSE_MTU, "the MTU is 1200 bytes");
	run_command("ip link set wan mtu 1500 && ip addr add " OUTSIDE6
		    "/64 dev wan nodad && ip link set lan mtu 1279");
	audit_ruleset(NAT, path_out(4));
	assert_others_pass(BIT(TEST_MTU) | BIT(TEST_CHECKS_IN));
	assert_why(TEST_MTU, RESULT_BLOCKED, CAUSE_MTU, "the MTU is 1279 bytes");
	run_command("ip link set lan mtu 1500 && ip addr add fd07::1/64 dev lan nodad");
}

/* A route may know of an MTU that is smaller than its link's. */
static void mtu_of_a_route(void **state)
{
	(void)state;
	run_command("ip route add " STRANGER4 " dev wan mtu lock 1250");
	audit_ruleset("", path_out(4));
	assert_others_pass(BIT(TEST_MTU));
	assert_why(TEST_MTU, RESULT_BLOCKED, CAUSE_MTU, "the MTU is 1250 bytes");
	run_command("ip route del " STRANGER4);
}

static void conntrack_timeouts(void **state)
{
	(void)state;
	set_sysctl("netfilter/nf_conntrack_udp_timeout", "10");
	set_sysctl("netfilter/nf_conntrack_udp_timeout_stream", "20");
	audit_ruleset(NAT, path_out(4));
	assert_others_pass(BIT(TEST_IDLE) | BIT(TEST_CHECKS_IN));
	assert_why(
		TEST_IDLE, RESULT_BLOCKED, CAUSE_CONNTRACK,
		"conntrack forgets it after 20 s: net.netfilter.nf_conntrack_udp_timeout_stream");
	set_sysctl("netfilter/nf_conntrack_udp_timeout_stream", "30");
	audit_ruleset(NAT, path_out(6));
	assert_others_pass(BIT(TEST_CHECKS_IN));
	set_sysctl("netfilter/nf_conntrack_udp_timeout", "30");
	set_sysctl("netfilter/nf_conntrack_udp_timeout_stream", "120");
}

static void timeouts_by_rule(void **state)
{
	static const char format[] =
		NAT "table ip t {\n ct timeout short { protocol udp; l3proto ip; policy = { "
		    "unreplied : 7, replied : %d }\n }\n"
		    " chain pre { type filter hook prerouting priority -150; udp dport 61317 ct "
		    "timeout set \"short\"\n }\n}\n";
	char text[1024];

	(void)state;
	snprintf(text, sizeof(text), format, 20);
	audit_ruleset(text, path_out(4));
	assert_others_pass(BIT(TEST_IDLE) | BIT(TEST_CHECKS_IN));
	assert_why(TEST_IDLE, RESULT_BLOCKED, CAUSE_CONNTRACK,
		   "conntrack forgets it after 20 s: a timeout that a rule sets");
	snprintf(text, sizeof(text), format, 30);
	audit_ruleset(text, path_out(4));
	assert_others_pass(BIT(TEST_CHECKS_IN));
	assert_string_equal(results[TEST_IDLE].step, "30 s without a packet");
}

/* It has no link-layer address, and the default route leads elsewhere. */
static void a_tunnel(void **state)
{
	struct audit_path path = path_out(4);

	(void)state;
	run_command("ip tuntap add tunnel mode tun && ip link set tunnel up && ip addr add "
		    "8.8.0.1/24 dev "
		    "tunnel");
	path.wan = if_nametoindex("tunnel");
	audit_ruleset("", path);
	assert_all(RESULT_ABSENT, CAUSE_NONE, "packets to the server leave by wan");
	path.server = path.peer = path.other = ep("8.8.0.7", 0).ip;
	audit_ruleset("", path);
	assert_others_pass(0);
	run_command("ip link set tunnel down");
	audit_ruleset("", path);
	assert_all(RESULT_ABSENT, CAUSE_NONE, "an interface is down");
	run_command("ip link del tunnel");
}

/* Marks lead packets out where the main table's routes do not. */
static void by_mark(void **state)
{
	struct audit_path path = path_out(4);

	(void)state;
	run_command("ip link add second type veth peer name dnoces && ip link set dnoces up && ip "
		    "link set "
		    "second up && ip "
		    "rule add fwmark 7 lookup 77 &&"
		    "ip route add default dev second table 77");
	path.wan = if_nametoindex("second");
	audit_ruleset(
		"table ip t {\n chain pre { type filter hook prerouting priority mangle; udp dport "
		"3478 meta mark set "
		"7\n }\n}\n",
		path);
	assert_result(TEST_STUN_3478, RESULT_PASSES, CAUSE_NONE);
	assert_result(TEST_CHANNEL_DATA, RESULT_PASSES, CAUSE_NONE);
	assert_why(TEST_SRTP, RESULT_ABSENT, CAUSE_NONE, "it leaves by wan for " STRANGER4);
	run_command("ip link del second && ip rule del fwmark 7");
}

static double monotonic_seconds(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void put_large(FILE *out)
{
	fprintf(out, NAT "table inet filter {\n set bad { type ipv4_addr; elements = { " STRANGER4);
	for (int i = 0; i < 100000; i++)
		fprintf(out, ", 10.%d.%d.%d", i >> 16, i >> 8 & 255, i & 255);
	fprintf(out, " }\n }\n chain forward { type filter hook forward priority filter; policy "
		     "accept;\n");
	for (int i = 0; i < 10000; i++)
		fprintf(out, "  ip saddr 11.%d.%d.1 udp dport %d drop\n", i >> 8, i & 255, i + 1);
	fprintf(out, "  ip daddr @bad drop\n }\n}\n");
}

static void a_large_ruleset(void **state)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	struct audit_path path = path_out(4);
	double begin;

	(void)state;
	assert_non_null(out);
	put_large(out);
	fclose(out);
	shadow_rules(text);
	free(text);
	begin = monotonic_seconds();
	audit_running(&path);
	printf("# 10,000 rules and 100,000 elements, one way: %.2f s\n",
	       monotonic_seconds() - begin);
	assert_others_pass(CHECKED);
	assert_stopped(TEST_MTU, CAUSE_RULE, "Binding request, out", "ip daddr @bad");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(reverse_path_filter),
		cmocka_unit_test(no_route_to_a_peer),
		cmocka_unit_test(no_such_way),
		cmocka_unit_test(no_forwarding),
		cmocka_unit_test(small_mtu),
		cmocka_unit_test(mtu_of_a_route),
		cmocka_unit_test(conntrack_timeouts),
		cmocka_unit_test(timeouts_by_rule),
		cmocka_unit_test(a_tunnel),
		cmocka_unit_test(by_mark),
		cmocka_unit_test(a_large_ruleset),
	};

	if (!gateway_make(&gateway)) {
		printf("not ok 1 - a gateway: %s\n", strerror(errno));
		return 1;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
