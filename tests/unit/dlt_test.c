/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Link headers that occur in captures only: null and loop, Linux "cooked", PPP. */
#include "suite.h"

#include "source/capture/dlt.h"

typedef enum reason (*parse_fn)(struct cursor *c, u8 *version);

#define SLL "0000 0001 0006 020000000001 0000 "
#define SLL2 "0000 00000002 0001 00 06 020000000001 0000 "

struct dlt_row {
	const char *name;
	parse_fn parse;
	const char *header;
	u8 reason, version;
};

/* Behind each header that is whole one byte stands for IP. */
static const struct dlt_row rows[] = {
	{"null, IPv4, little-endian", dlt_null, "02000000 45", REASON_PASS, 4},
	{"null, IPv4, big-endian", dlt_null, "00000002 45", REASON_PASS, 4},
	{"null, IPv6 of Linux", dlt_null, "0a000000 60", REASON_PASS, 6},
	{"null, IPv6 of NetBSD and OpenBSD", dlt_null, "18000000 60", REASON_PASS, 6},
	{"null, IPv6 of FreeBSD", dlt_null, "1c000000 60", REASON_PASS, 6},
	{"null, IPv6 of macOS", dlt_null, "0000001e 60", REASON_PASS, 6},
	{"null, OSI", dlt_null, "07000000 45", REASON_NOT_IP, 0},
	{"null, cut", dlt_null, "020000", REASON_SHORT_LINK, 0},
	{"SLL, IPv4", dlt_sll, SLL "0800 45", REASON_PASS, 4},
	{"SLL, IPv6", dlt_sll, SLL "86dd 60", REASON_PASS, 6},
	{"SLL, tag", dlt_sll, SLL "8100 0064 0800 45", REASON_PASS, 4},
	{"SLL, two tags", dlt_sll, SLL "88a8 0001 8100 0064 86dd 60", REASON_PASS, 6},
	{"SLL, PPPoE", dlt_sll, SLL "8864 1100 0001 0030 0021 45", REASON_PASS, 4},
	{"SLL, ARP", dlt_sll, SLL "0806 00", REASON_NOT_IP, 0},
	{"SLL, 802.2", dlt_sll, SLL "0004 42", REASON_NOT_IP, 0},
	{"SLL, cut", dlt_sll, SLL "08", REASON_SHORT_LINK, 0},
	{"SLL, cut in a tag", dlt_sll, SLL "8100 0064 08", REASON_SHORT_LINK, 0},
	{"SLL2, IPv4", dlt_sll2, "0800" SLL2 "45", REASON_PASS, 4},
	{"SLL2, IPv6", dlt_sll2, "86dd" SLL2 "60", REASON_PASS, 6},
	{"SLL2, tag", dlt_sll2, "8100" SLL2 "0064 0800 45", REASON_PASS, 4},
	{"SLL2, ARP", dlt_sll2, "0806" SLL2 "00", REASON_NOT_IP, 0},
	{"SLL2, cut", dlt_sll2, "0800 0000 00000002 0001 00 06 0200", REASON_SHORT_LINK, 0},
	{"PPP, IPv4", dlt_ppp, "0021 45", REASON_PASS, 4},
	{"PPP, IPv6", dlt_ppp, "0057 60", REASON_PASS, 6},
	{"PPP, short protocol", dlt_ppp, "21 45", REASON_PASS, 4},
	{"PPP, framed", dlt_ppp, "ff03 0021 45", REASON_PASS, 4},
	{"PPP, framed, short protocol", dlt_ppp, "ff03 57 60", REASON_PASS, 6},
	{"PPP, LCP", dlt_ppp, "ff03 c021 01", REASON_NOT_IP, 0},
	{"PPP, compressed headers", dlt_ppp, "002d 45", REASON_NOT_IP, 0},
	{"PPP, cut in the protocol", dlt_ppp, "00", REASON_SHORT_LINK, 0},
	{"PPP, cut in the framing", dlt_ppp, "ff", REASON_SHORT_LINK, 0},
	{"PPP, cut behind the framing", dlt_ppp, "ff03", REASON_SHORT_LINK, 0},
	{"PPP, nothing", dlt_ppp, "", REASON_SHORT_LINK, 0},
	{"Cisco HDLC, IPv4", dlt_ppp, "0f00 0800 45", REASON_PASS, 4},
	{"Cisco HDLC, multicast, IPv6", dlt_ppp, "8f00 86dd 60", REASON_PASS, 6},
	{"Cisco HDLC, keepalive", dlt_ppp, "8f00 8035 00", REASON_NOT_IP, 0},
	{"Cisco HDLC, cut", dlt_ppp, "0f00 08", REASON_SHORT_LINK, 0},
};

static void parses_link_types(void **state)
{
	const struct dlt_row *dlt_row = *state;
	struct buf f = {.len = 0};
	struct cursor c;
	u8 version = 0;

	put_hex(&f, dlt_row->header);
	c = cursor_on_packet(f.b, f.b + f.len);
	assert_int_equal(dlt_row->parse(&c, &version), dlt_row->reason);
	if (dlt_row->reason != REASON_PASS)
		return;
	assert_int_equal(version, dlt_row->version);
	assert_int_equal(c.at, f.len - 1);
	assert_ptr_equal(c.pos, f.b + c.at);
}

int main(void)
{
	struct CMUnitTest tests[COUNT(rows)];

	for (size_t i = 0; i < COUNT(rows); i++)
		tests[i] = (struct CMUnitTest){rows[i].name, parses_link_types, NULL, NULL,
					       (void *)&rows[i]};
	return cmocka_run_group_tests_name("dlt", tests, NULL, NULL);
}
