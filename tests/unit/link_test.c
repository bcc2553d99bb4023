/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Ethernet, 802.1Q, 802.1ad, PPPoE. */
#include "suite.h"

#include "p2pscope/link.h"

#define MACS "020000000001 020000000002 "

struct link_row {
	const char *name, *frame;
	u8 reason, version, at; /* `at`: where IP begins */
};

/* Behind each link header one byte stands for IP. */
static const struct link_row rows[] = {
	{"ipv4", MACS "0800 45", REASON_PASS, 4, 14},
	{"ipv6", MACS "86dd 60", REASON_PASS, 6, 14},
	{"802.1Q", MACS "8100 0064 0800 45", REASON_PASS, 4, 18},
	{"802.1Q with priority and DEI", MACS "8100 f064 86dd 60", REASON_PASS, 6, 18},
	{"QinQ 802.1ad", MACS "88a8 0064 8100 0065 0800 45", REASON_PASS, 4, 22},
	{"QinQ, old ethertype", MACS "9100 0064 8100 0065 86dd 60", REASON_PASS, 6, 22},
	{"802.1Q twice", MACS "8100 0064 8100 0065 0800 45", REASON_PASS, 4, 22},
	{"four tags", MACS "88a8 0001 8100 0002 8100 0003 8100 0004 0800 45", REASON_PASS, 4, 30},
	{"five tags", MACS "88a8 0001 8100 0002 8100 0003 8100 0004 8100 0005 0800 45",
	 REASON_NOT_IP, 0, 0},
	{"PPPoE, IPv4", MACS "8864 1100 0001 0030 0021 45", REASON_PASS, 4, 22},
	{"PPPoE, IPv6", MACS "8864 1100 0001 0030 0057 60", REASON_PASS, 6, 22},
	{"PPPoE in 802.1Q", MACS "8100 0007 8864 1100 0001 0030 0021 45", REASON_PASS, 4, 26},
	{"PPPoE, LCP", MACS "8864 1100 0001 0030 c021 01", REASON_NOT_IP, 0, 0},
	{"PPPoE discovery", MACS "8863 1109 0000 0004 0101 0000", REASON_NOT_IP, 0, 0},
	{"ARP", MACS "0806 0001 0800", REASON_NOT_IP, 0, 0},
	{"LLDP", MACS "88cc 0207", REASON_NOT_IP, 0, 0},
	{"802.3 length, LLC", MACS "0026 4242 03", REASON_NOT_IP, 0, 0},
	{"an IP protocol number is no ethertype", MACS "0011 45", REASON_NOT_IP, 0, 0},
	{"byte order of the ethertype", MACS "0008 45", REASON_NOT_IP, 0, 0},
	{"cut in the addresses", "020000000001 0200", REASON_SHORT_LINK, 0, 0},
	{"cut in the ethertype", MACS "08", REASON_SHORT_LINK, 0, 0},
	{"cut in a tag", MACS "8100 0064 08", REASON_SHORT_LINK, 0, 0},
	{"cut in the second tag", MACS "88a8 0064 8100 00", REASON_SHORT_LINK, 0, 0},
	{"cut in PPPoE", MACS "8864 1100 0001 0030 00", REASON_SHORT_LINK, 0, 0},
	{"nothing", "", REASON_SHORT_LINK, 0, 0},
};

static void parses_link_headers(void **state)
{
	const struct link_row *link_row = *state;
	struct buf f = {.len = 0};
	struct cursor c;
	u8 version = 0;

	put_hex(&f, link_row->frame);
	c = cursor_on_packet(f.b, f.b + f.len);
	assert_int_equal(link_parse(&c, &version), link_row->reason);
	if (link_row->reason != REASON_PASS)
		return;
	assert_int_equal(version, link_row->version);
	assert_int_equal(c.at, link_row->at);
	assert_ptr_equal(c.pos, f.b + link_row->at);
	assert_int_equal(f.len, link_row->at + 1u);
}

int main(void)
{
	struct CMUnitTest tests[COUNT(rows)];

	for (size_t i = 0; i < COUNT(rows); i++)
		tests[i] = (struct CMUnitTest){rows[i].name, parses_link_headers, NULL, NULL,
					       (void *)&rows[i]};
	return cmocka_run_group_tests_name("link", tests, NULL, NULL);
}
