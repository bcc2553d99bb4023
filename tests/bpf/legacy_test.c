/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which rule of iptables-legacy drops a packet, beside nftables or alone. */
#include "shadow.h"

#include <sys/mount.h>

static const u8 other[20];

/* Replaces what both have; one change of nftables' is one that the helper sees at once. */
static void both_rules(const char *restore, const char *legacy, const char *nftables)
{
	FILE *program;

	shadow_rules("table inet other { }");
	assert_true(!system(
		"iptables-legacy -t nat -F && iptables-legacy -t raw -F && iptables-legacy -F && "
		"iptables-legacy -X && iptables-legacy -P FORWARD ACCEPT && ip6tables-legacy -F"));
	program = popen(restore, "w");
	assert_non_null(program);
	fputs(legacy, program);
	assert_int_equal(pclose(program), 0);
	shadow_rules(nftables);
}

static void legacy_rules(const char *legacy)
{
	both_rules("iptables-legacy-restore", legacy, "table inet more { }");
}

static void assert_legacy(const char *family, const char *table, const char *chain, u64 number,
			  const char *text)
{
	assert_string_equal(engine.why_not, "");
	assert_string_equal(engine.rule.family, family);
	assert_string_equal(engine.rule.table, table);
	assert_string_equal(engine.rule.chain, chain);
	assert_int_equal(engine.rule.handle, number);
	assert_string_equal(engine.rule.text, text);
}

static void by_port_and_by_number(void **state)
{
	(void)state;
	legacy_rules("*filter\n-A INPUT -p udp -j ACCEPT\n[3:99] -A FORWARD -p tcp -j ACCEPT\n"
		     "-A FORWARD -p udp -m udp --dport 3478 -m comment --comment \"no calls\" -j "
		     "DROP\nCOMMIT\n");
	ask_udp(OURS, SERVER, gateway.lan, stun, sizeof(stun));
	assert_legacy(
		"ip", "filter", "FORWARD", 2,
		"-A FORWARD -p udp -m udp --dport 3478 -m comment --comment \"no calls\" -j DROP");
	ask_udp(OURS, ep(PEER4, 9000), gateway.lan, stun, sizeof(stun));
	assert_unknown("the shadow lets it pass");
	attribution_tick(attribution, 100 * 1000000000ull);
	ask_udp(OURS, SERVER, gateway.lan, stun, sizeof(stun)); /* answered behind it */
	assert_int_equal(engine.nlisted, 1);
	assert_string_equal(engine.listed[0].chain, "FORWARD");
	assert_int_equal(engine.listed[0].handle, 2);
}

static void matches_of_xtables_alone(void **state)
{
	(void)state;
	legacy_rules("*filter\n:calls - [0:0]\n-A FORWARD -i lan -j calls\n"
		     "-A calls -m u32 --u32 \"0>>22&0x3C@12=0x2112a442\" -j REJECT\n-A calls -j "
		     "DROP\nCOMMIT\n"
		     "*raw\n-A PREROUTING -p udp -m udp --dport 1004 -j DROP\nCOMMIT\n");
	ask_udp(OURS, SERVER, gateway.lan, stun, sizeof(stun));
	assert_legacy("ip", "filter", "calls", 1,
		      "-A calls -m u32 --u32 \"0x0>>0x16&0x3c@0xc=0x2112a442\" -j REJECT "
		      "--reject-with icmp-port-unreachable");
	ask_udp(OURS, SERVER, gateway.lan, other, sizeof(other));
	assert_legacy("ip", "filter", "calls", 2, "-A calls -j DROP");
	ask_udp(OURS, ep(PEER4, 1004), gateway.lan, stun, sizeof(stun));
	assert_legacy("ip", "raw", "PREROUTING", 1,
		      "-A PREROUTING -p udp -m udp --dport 1004 -j DROP");
}

static void a_policy_behind_nat(void **state)
{
	(void)state;
	legacy_rules(
		"*nat\n-A PREROUTING -i wan -p udp --dport 6000 -j DNAT --to-destination " HOST4
		":7000\nCOMMIT\n"
		"*filter\n:FORWARD DROP [0:0]\n-A FORWARD -p tcp -j ACCEPT\nCOMMIT\n");
	ask_udp(ep(PEER4, 9000), ep(OUTSIDE4, 6000), gateway.wan, stun, sizeof(stun));
	assert_legacy("ip", "filter", "FORWARD", 0, "policy drop");
}

static void of_ipv6(void **state)
{
	(void)state;
	both_rules("ip6tables-legacy-restore",
		   "*filter\n-A FORWARD -p udp -m udp --dport 3478 -j DROP\nCOMMIT\n",
		   "table inet more { }");
	ask_udp(ep(HOST6, 7000), ep(PEER6, 3478), gateway.lan, stun, sizeof(stun));
	assert_legacy("ip6", "filter", "FORWARD", 1,
		      "-A FORWARD -p udp -m udp --dport 3478 -j DROP");
	ask_udp(OURS, SERVER, gateway.lan, stun, sizeof(stun));
	assert_unknown("the shadow lets it pass");
}

static const char same_table[] =
	"table ip filter {\n chain FORWARD { type filter hook forward priority filter;\n"
	"  udp dport 3478 drop comment \"calls\"\n }\n}";

/* A legacy table that does nothing stands in nobody's way. */
static void beside_nftables(void **state)
{
	(void)state;
	both_rules("iptables-legacy-restore",
		   "*raw\n-A PREROUTING -p udp --dport 1004 -j DROP\nCOMMIT\n", same_table);
	ask_udp(OURS, SERVER, gateway.lan, stun, sizeof(stun));
	assert_rule("ip", "filter", "FORWARD", "calls");
	ask_udp(OURS, ep(PEER4, 1004), gateway.lan, stun, sizeof(stun));
	assert_legacy("ip", "raw", "PREROUTING", 1,
		      "-A PREROUTING -p udp -m udp --dport 1004 -j DROP");
}

static void the_same_table_twice(void **state)
{
	(void)state;
	both_rules("iptables-legacy-restore",
		   "*filter\n-A FORWARD -p udp --dport 9 -j DROP\nCOMMIT\n", same_table);
	ask_udp(OURS, ep(PEER4, 9), gateway.lan, stun, sizeof(stun));
	assert_unknown("both nftables and iptables-legacy have a table ip filter");
}

/* The kernel announces no change: it is seen when no rule was found for a while. */
static void changes_are_followed(void **state)
{
	(void)state;
	legacy_rules("*filter\n-A FORWARD -p udp --dport 9 -j DROP\nCOMMIT\n");
	ask_udp(OURS, SERVER, gateway.lan, stun, sizeof(stun));
	assert_unknown("the shadow lets it pass");
	assert_true(!system("iptables-legacy -I FORWARD -p udp --dport 3478 -j DROP"));
	usleep(10500000);
	ask_udp(OURS, SERVER, gateway.lan, stun, sizeof(stun));
	assert_legacy("ip", "filter", "FORWARD", 1,
		      "-A FORWARD -p udp -m udp --dport 3478 -j DROP");
}

/* As if it were not installed. Rules of nftables are found all the same. */
static void without_legacy(const char *program, const char *why_not)
{
	legacy_rules("*filter\n-A FORWARD -p udp --dport 9 -j DROP\nCOMMIT\n");
	assert_int_equal(mount("/dev/null", program, NULL, MS_BIND, NULL), 0);
	shadow_rules(one_rule);
	ask_udp(OURS, ep(PEER4, 9), gateway.lan, stun, sizeof(stun));
	assert_unknown(why_not);
	ask_udp(OURS, SERVER, gateway.lan, stun, sizeof(stun));
	assert_rule("inet", "filter", "forward", "calls");
	assert_int_equal(umount(program), 0);
}

static void programs_that_are_missing(void **state)
{
	(void)state;
	without_legacy("/usr/sbin/iptables-legacy-save", "iptables-legacy-save is not installed");
	without_legacy("/usr/sbin/iptables-nft-restore", "iptables-nft-restore is not installed");
}

/* Where programs can be hidden, which nobody else sees. */
static bool own_mounts(void)
{
	return !unshare(CLONE_NEWNS) && !mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_port_and_by_number),
		cmocka_unit_test(matches_of_xtables_alone),
		cmocka_unit_test(a_policy_behind_nat),
		cmocka_unit_test(of_ipv6),
		cmocka_unit_test(beside_nftables),
		cmocka_unit_test(the_same_table_twice),
		cmocka_unit_test(changes_are_followed),
		cmocka_unit_test(programs_that_are_missing),
	};
	int failed = 1, err = -EOPNOTSUPP;

	if (own_mounts() && gateway_make(&gateway) &&
	    !system("iptables-legacy -nL >/dev/null && ip6tables-legacy -nL >/dev/null"))
		err = attribution_start(&attribution, &engine, false);
	if (err)
		printf("not ok 1 - a gateway has a shadow: %s\n", strerror(-err));
	else
		failed = cmocka_run_group_tests(tests, NULL, NULL);
	attribution_stop(attribution);
	return failed != 0;
}
