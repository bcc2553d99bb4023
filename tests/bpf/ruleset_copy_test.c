/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A ruleset copied from one namespace's kernel to another's: it is the same there, whatever is in
 * it.
 */
#include "../unit/suite.h"

#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shadow/ruleset_copy.h"

#define TEXT_BYTES (4 << 20)

/* Loads a ruleset in a new namespace, with the interfaces that it may name. */
static bool start_ruleset(const char *text)
{
	FILE *nft;

	if (unshare(CLONE_NEWNET) || system("ip link add lan type veth peer name nal && ip link "
					    "add wan type veth peer name naw"))
		return false;
	nft = popen("nft -f -", "w");
	return nft && fputs(text, nft) >= 0 && !pclose(nft);
}

static char *ruleset_listing(void)
{
	FILE *nft = popen("nft -s list ruleset", "r");
	char *text = calloc(1, TEXT_BYTES);

	assert_non_null(nft);
	assert_non_null(text);
	assert_true(fread(text, 1, TEXT_BYTES - 1, nft) > 0);
	assert_int_equal(pclose(nft), 0);
	return text;
}

static void assert_copied(const char *text)
{
	struct netlink_batch copy = {0};
	char *before, *after;

	assert_true(start_ruleset(text));
	assert_int_equal(ruleset_copy_read(&copy), 0);
	before = ruleset_listing();
	assert_true(start_ruleset(""));
	assert_int_equal(ruleset_copy_load(&copy), 0);
	after = ruleset_listing();
	assert_string_equal(before, after);
	free(before);
	free(after);
	netlink_batch_free(&copy);
}

static void sets_and_maps(void **state)
{
	(void)state;
	assert_copied(
		"table inet t {\n"
		" set hosts { type ipv4_addr; flags interval; auto-merge\n"
		"  elements = { 10.0.0.0/8, 192.168.0.0-192.168.0.7, 192.168.0.9, 255.255.255.255, "
		"0.0.0.0 }\n }\n"
		" set wide { type ipv6_addr; flags interval; elements = { fe80::/10, "
		"2001:db8::-2001:db8::9 }\n }\n"
		" set both { type ipv4_addr . inet_service; flags interval; elements = { "
		"10.0.0.0/24 . 1-100 }\n }\n"
		" set seen { type ipv4_addr; size 100; flags dynamic,timeout; timeout 30s\n }\n"
		" set counted { type inet_service; counter; elements = { 5, 7 comment \"seven\" "
		"}\n }\n"
		" map verdicts { type inet_service : verdict; elements = { 5 : drop, 7 : jump "
		"other }\n }\n"
		" map inside { type inet_service : ipv4_addr . inet_service; elements = { 80 : "
		"1.2.3.4 . 8080 }\n }\n"
		" map marks { type ipv4_addr : mark; flags interval; elements = { 10.0.0.0/8 : 1, "
		"11.0.0.0/8 : 2 }\n "
		"}\n"
		" map names { type ipv4_addr : counter; elements = { 1.1.1.1 : \"hits\" }\n }\n"
		" counter hits { }\n"
		" chain other { }\n"
		"}\n");
}

static void copied_expressions(void **state)
{
	(void)state;
	assert_copied(
		"table inet t {\n"
		" counter hits { }\n quota much { over 25 mbytes }\n limit often { rate 400/minute "
		"}\n"
		" set seen { type ipv4_addr . inet_service; size 100; flags dynamic,timeout; "
		"timeout 30s\n }\n"
		" chain other { udp dport 9 counter drop comment \"nine\"\n }\n"
		" chain forward { type filter hook forward priority filter; policy drop;\n"
		"  ct state invalid drop\n  udp dport 10-20 goto other\n  counter name hits\n  "
		"quota name much drop\n"
		"  limit name often drop\n  limit rate over 5/second burst 9 packets drop\n  quota "
		"over 3 mbytes drop\n"
		"  add @seen { ip saddr . udp dport limit rate 10/second } accept\n"
		"  log prefix \"no: \" group 2 reject with icmpx admin-prohibited\n"
		"  ip protocol tcp reject with tcp reset\n  numgen inc mod 2 0 accept\n"
		"  fib saddr . iif oif missing drop\n  meta hour 1-2 drop\n  ct mark set meta "
		"mark\n"
		"  tcp flags syn tcp option maxseg size set rt mtu\n  tcp flags syn tcp option "
		"maxseg size set 1200\n"
		"  reset tcp option sack-perm\n  tcp option maxseg size 500 drop\n  tcp option "
		"window exists drop\n"
		"  @th,64,32 0x2112a442 @nh,0,8 & 0xf0 == 0x40 drop\n  ip saddr set 1.2.3.4\n"
		"  ether saddr 00:11:22:33:44:55 drop\n  ip6 saddr fe80::/10 drop\n  exthdr frag "
		"exists drop\n"
		"  udp length > 1200 ip dscp ef drop\n  ct count over 7 drop\n }\n"
		" chain in { type nat hook prerouting priority dstnat;\n"
		"  tcp dport 80 dnat ip to 10.0.0.1:8080\n  udp dport 53 redirect to :5353\n }\n"
		" chain out { type nat hook postrouting priority srcnat;\n"
		"  oifname wan masquerade random,fully-random\n  ip saddr 10.0.0.0/8 snat ip to "
		"1.1.1.1-1.1.1.9\n }\n"
		"}\n");
}

static void every_family(void **state)
{
	(void)state;
	assert_copied("table ip v4 { comment \"mine\"\n chain c { type filter hook input priority "
		      "5; policy accept;\n"
		      "  drop\n }\n}\n"
		      "table ip6 v6 { flags dormant\n chain c { type filter hook output priority "
		      "-5; drop\n }\n}\n"
		      "table arp a { chain c { type filter hook input priority 0; arp operation "
		      "request accept\n }\n}\n"
		      "table bridge b { chain c { type filter hook forward priority 0; ip saddr "
		      "1.1.1.1 drop\n }\n}\n"
		      "table netdev n { chain c { type filter hook ingress devices = { lan, wan } "
		      "priority -500\n"
		      "  udp dport 1 drop\n }\n}\n");
}

/* More than goes into one message, and into one batch. */
static void many_of_all(void **state)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	assert_non_null(out);
	fprintf(out, "table inet t {\n set s { type ipv4_addr; flags interval; elements = {");
	for (int i = 0; i < 20000; i++)
		fprintf(out, "%s10.%d.%d.%d-10.%d.%d.%d", i ? ", " : "", i >> 13, (i >> 5) & 255,
			(i & 31) * 8, i >> 13, (i >> 5) & 255, (i & 31) * 8 + 3);
	fprintf(out, "}\n }\n chain forward { type filter hook forward priority filter;\n");
	for (int i = 0; i < 5000; i++)
		fprintf(out, "  udp dport %d drop comment \"rule %d\"\n", i + 1, i);
	fprintf(out, " }\n}\n");
	fclose(out);
	assert_copied(text);
	free(text);
}

/* What has no name gets one, and means the same. */
static void what_has_no_name(void **state)
{
	struct netlink_batch copy = {0};
	char *after;

	(void)state;
	assert_true(start_ruleset(
		"table inet t {\n chain forward { type filter hook forward priority filter;\n"
		"  udp dport { 1, 2 } drop\n  udp dport vmap { 3 : drop, 4 : accept }\n"
		"  iifname lan jump { udp dport 8 drop\n }\n }\n}\n"));
	assert_int_equal(ruleset_copy_read(&copy), 0);
	assert_true(start_ruleset(""));
	assert_int_equal(ruleset_copy_load(&copy), 0);
	after = ruleset_listing();
	assert_non_null(strstr(after, "udp dport @__set"));
	assert_non_null(strstr(after, "elements = { 1, 2 }"));
	assert_non_null(strstr(after, "elements = { 3 : drop, 4 : accept }"));
	assert_non_null(strstr(after, "iifname \"lan\" jump __chain"));
	assert_non_null(strstr(after, "udp dport 8 drop"));
	free(after);
	netlink_batch_free(&copy);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(sets_and_maps),    cmocka_unit_test(copied_expressions),
		cmocka_unit_test(every_family),     cmocka_unit_test(many_of_all),
		cmocka_unit_test(what_has_no_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
