/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* IPv4 with options, IPv6 with extension headers, fragments of both, and lengths that lie. */
#include "suite.h"

#include "p2pscope/ip.h"

struct ip_row {
	const char *name;
	u8 version;
	const char *header; /* what IP begins with; 40 bytes of payload follow */
	u8 reason;
	u8 at; /* where the payload begins */
	u32 payload;
	u8 proto, fragment;
	u32 id;
	u32 wire; /* 0: what is there */
};

#define ENDS4 " c0a80002 05000002"
#define ENDS6 " 20010db8000000000000000000000002 20010db8000100000000000000000005"
#define NOPS(n) n n n n n n n n

static const struct ip_row rows[] = {
	{"v4", 4, "4500003c 12340000 40110000" ENDS4, REASON_PASS, 20, 40, 17, FRAGMENT_NONE,
	 0x1234, 0},
	{"v4 don't fragment", 4, "4500003c 12344000 40060000" ENDS4, REASON_PASS, 20, 40, 6,
	 FRAGMENT_NONE, 0x1234, 0},
	{"v4 options", 4, "48000048 00010000 40110000" ENDS4 "01010101 01010101 01010100",
	 REASON_PASS, 32, 40, 17, FRAGMENT_NONE, 1, 0},
	{"v4 most options", 4,
	 "4f000064 00010000 40110000" ENDS4 NOPS("01010101") "01010101 01010100", REASON_PASS, 60,
	 40, 17, FRAGMENT_NONE, 1, 0},
	{"v4 first fragment", 4, "4500003c 00092000 40110000" ENDS4, REASON_PASS, 20, 40, 17,
	 FRAGMENT_FIRST, 9, 0},
	{"v4 middle fragment", 4, "4500003c 000920b9 40110000" ENDS4, REASON_PASS, 20, 40, 17,
	 FRAGMENT_LATER, 9, 0},
	{"v4 last fragment", 4, "4500003c 00090001 40110000" ENDS4, REASON_PASS, 20, 40, 17,
	 FRAGMENT_LATER, 9, 0},
	{"v4 farthest fragment", 4, "4500003c 00091fff 40110000" ENDS4, REASON_PASS, 20, 40, 17,
	 FRAGMENT_LATER, 9, 0},
	{"v4 fragment at the middle of the range", 4, "4500003c 00091000 40110000" ENDS4,
	 REASON_PASS, 20, 40, 17, FRAGMENT_LATER, 9, 0},
	{"v4 reserved bit is no offset", 4, "4500003c 00098000 40110000" ENDS4, REASON_PASS, 20, 40,
	 17, FRAGMENT_NONE, 9, 0},
	{"v4 ethernet padding", 4, "4500001c 00010000 40110000" ENDS4, REASON_PASS, 20, 8, 17,
	 FRAGMENT_NONE, 1, 0},
	{"v4 no payload", 4, "45000014 00010000 40110000" ENDS4, REASON_PASS, 20, 0, 17,
	 FRAGMENT_NONE, 1, 0},
	{"v4 length beyond what was on the wire", 4, "4500003d 00010000 40110000" ENDS4,
	 REASON_SHORT_IP, 0, 0, 0, 0, 0, 0},
	{"v4 length of what was on the wire, in a cut capture", 4,
	 "4500ffff 00010000 40110000" ENDS4, REASON_PASS, 20, 65515, 17, FRAGMENT_NONE, 1, 65535},
	{"v4 length 0 is an aggregate", 4, "45000000 00010000 40060000" ENDS4, REASON_PASS, 20,
	 99980, 6, FRAGMENT_NONE, 1, 100000},
	{"v4 length below the header's", 4, "45000013 00010000 40110000" ENDS4, REASON_BAD_IP, 0, 0,
	 0, 0, 0, 0},
	{"v4 length below the options'", 4,
	 "4800001f 00010000 40110000" ENDS4 "01010101 01010101 01010100", REASON_BAD_IP, 0, 0, 0, 0,
	 0, 0},
	{"v4 header length 16", 4, "4400003c 00010000 40110000" ENDS4, REASON_BAD_IP, 0, 0, 0, 0, 0,
	 0},
	{"v4 header length 0", 4, "4000003c 00010000 40110000" ENDS4, REASON_BAD_IP, 0, 0, 0, 0, 0,
	 0},
	{"v4 announced, v6 there", 4, "6500003c 00010000 40110000" ENDS4, REASON_BAD_IP, 0, 0, 0, 0,
	 0, 0},

	{"v6", 6, "60000000 0028 11 40" ENDS6, REASON_PASS, 40, 40, 17, FRAGMENT_NONE, 0, 0},
	{"v6 class and label", 6, "6abcdef0 0028 06 40" ENDS6, REASON_PASS, 40, 40, 6,
	 FRAGMENT_NONE, 0, 0},
	{"v6 hop by hop", 6, "60000000 0030 00 40" ENDS6 "1100 010400000000", REASON_PASS, 48, 40,
	 17, FRAGMENT_NONE, 0, 0},
	{"v6 destination options of 24 bytes", 6,
	 "60000000 0040 3c 40" ENDS6 "1102 010400000000" NOPS("0000"), REASON_PASS, 64, 40, 17,
	 FRAGMENT_NONE, 0, 0},
	{"v6 routing", 6, "60000000 0030 2b 40" ENDS6 "0600 0000 00000000", REASON_PASS, 48, 40, 6,
	 FRAGMENT_NONE, 0, 0},
	{"v6 authentication counts in words", 6,
	 "60000000 0034 33 40" ENDS6 "1101 0000 00000001 00000002", REASON_PASS, 52, 40, 17,
	 FRAGMENT_NONE, 0, 0},
	{"v6 mobility", 6, "60000000 0030 87 40" ENDS6 "3b00 0000 00000000", REASON_PASS, 48, 40,
	 59, FRAGMENT_NONE, 0, 0},
	{"v6 chain", 6,
	 "60000000 0040 00 40" ENDS6 "3c00 010400000000 2b00 010400000000 1100 0000 00000000",
	 REASON_PASS, 64, 40, 17, FRAGMENT_NONE, 0, 0},
	{"v6 first fragment", 6, "60000000 0030 2c 40" ENDS6 "1100 0001 00abcdef", REASON_PASS, 48,
	 40, 17, FRAGMENT_FIRST, 0xabcdef, 0},
	{"v6 later fragment", 6, "60000000 0030 2c 40" ENDS6 "1100 05a9 00abcdef", REASON_PASS, 48,
	 40, 17, FRAGMENT_LATER, 0xabcdef, 0},
	{"v6 last fragment", 6, "60000000 0030 2c 40" ENDS6 "1100 0008 00abcdef", REASON_PASS, 48,
	 40, 17, FRAGMENT_LATER, 0xabcdef, 0},
	{"v6 atomic fragment", 6, "60000000 0030 2c 40" ENDS6 "1100 0000 00abcdef", REASON_PASS, 48,
	 40, 17, FRAGMENT_NONE, 0xabcdef, 0},
	{"v6 reserved bits are no offset", 6, "60000000 0030 2c 40" ENDS6 "11ff 0006 00abcdef",
	 REASON_PASS, 48, 40, 17, FRAGMENT_NONE, 0xabcdef, 0},
	{"v6 later fragment of a chain: its first bytes are payload", 6,
	 "60000000 0030 2c 40" ENDS6 "3c00 0008 00000001", REASON_PASS, 48, 40, 60, FRAGMENT_LATER,
	 1, 0},
	{"v6 fragment behind hop by hop", 6,
	 "60000000 0038 00 40" ENDS6 "2c00 010400000000 1100 0001 00000007", REASON_PASS, 56, 40,
	 17, FRAGMENT_FIRST, 7, 0},
	{"v6 eight extensions", 6,
	 "60000000 0068 3c 40" ENDS6
	 "3c00000000000000 3c00000000000000 3c00000000000000 3c00000000000000"
	 "3c00000000000000 3c00000000000000 3c00000000000000 1100000000000000",
	 REASON_PASS, 104, 40, 17, FRAGMENT_NONE, 0, 0},
	{"v6 nine extensions", 6,
	 "60000000 0070 3c 40" ENDS6
	 "3c00000000000000 3c00000000000000 3c00000000000000 3c00000000000000"
	 "3c00000000000000 3c00000000000000 3c00000000000000 3c00000000000000 1100000000000000",
	 REASON_IP_EXTENSIONS, 0, 0, 0, 0, 0, 0},
	{"v6 no next header", 6, "60000000 0028 3b 40" ENDS6, REASON_PASS, 40, 40, 59,
	 FRAGMENT_NONE, 0, 0},
	{"v6 ethernet padding", 6, "60000000 0008 11 40" ENDS6, REASON_PASS, 40, 8, 17,
	 FRAGMENT_NONE, 0, 0},
	{"v6 length 0 is an aggregate", 6, "60000000 0000 06 40" ENDS6, REASON_PASS, 40, 99960, 6,
	 FRAGMENT_NONE, 0, 100000},
	{"v6 length beyond what was on the wire", 6, "60000000 0029 11 40" ENDS6, REASON_SHORT_IP,
	 0, 0, 0, 0, 0, 0},
	{"v6 length of what was on the wire, in a cut capture", 6, "60000000 ffff 11 40" ENDS6,
	 REASON_PASS, 40, 65535, 17, FRAGMENT_NONE, 0, 65575},
	{"v6 extension beyond the payload", 6, "60000000 0010 3c 40" ENDS6 "1102 010400000000",
	 REASON_BAD_IP, 0, 0, 0, 0, 0, 0},
	{"v6 announced, v4 there", 6, "45000000 0028 11 40" ENDS6, REASON_BAD_IP, 0, 0, 0, 0, 0, 0},
};

static void put_row(struct buf *f, const struct ip_row *ip_row)
{
	f->len = 0;
	put_hex(f, ip_row->header);
	put_many(f, 0xee, 40);
}

static void parses_ip_headers(void **state)
{
	const struct ip_row *ip_row = *state;
	struct addr src, dst;
	struct cursor c;
	struct buf f;
	struct ip ip;

	put_row(&f, ip_row);
	c = cursor_on_packet(f.b, f.b + f.len);
	memset(&ip, 0xff, sizeof(ip));
	assert_int_equal(
		ip_parse(&c, ip_row->version, &ip, &src, &dst, ip_row->wire ? ip_row->wire : f.len),
		ip_row->reason);
	if (ip_row->reason != REASON_PASS)
		return;
	assert_int_equal(c.at, ip_row->at);
	assert_int_equal(ip.payload, ip_row->payload);
	assert_int_equal(ip.proto, ip_row->proto);
	assert_int_equal(ip.fragment, ip_row->fragment);
	assert_int_equal(ip.ttl, 0x40);
	if (ip_row->fragment)
		assert_int_equal(ip.id, ip_row->id);
	assert_memory_equal(src.b, ep(ip_row->version == 4 ? "192.168.0.2" : "2001:db8::2", 0).ip.b,
			    16);
	assert_memory_equal(dst.b, ep(ip_row->version == 4 ? "5.0.0.2" : "2001:db8:1::5", 0).ip.b,
			    16);
}

/*
 * Every cut within the headers is told; none is read over. The bytes stand at the end of their
 * memory for sanitizers.
 */
static void every_truncation_is_reported(void **state)
{
	struct addr src, dst;
	struct cursor c;
	struct buf f;
	struct ip ip;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (rows[i].reason != REASON_PASS)
			continue;
		put_row(&f, &rows[i]);
		for (u32 cut = 0; cut < rows[i].at; cut++) {
			u8 *there = malloc(cut + 1);
			enum reason reason;

			memcpy(there, f.b, cut);
			c = cursor_on_packet(there, there + cut);
			reason = ip_parse(&c, rows[i].version, &ip, &src, &dst, f.len);
			/*
			 * what lies between the fixed header and the payload may be stepped over
			 * unseen
			 */
			if (reason == REASON_PASS)
				assert_null(cursor_take(&c, 1));
			else
				assert_int_equal(reason, REASON_SHORT_IP);
			if (cut < (rows[i].version == 4 ? 20 : 40))
				assert_int_equal(reason, REASON_SHORT_IP);
			free(there);
		}
	}
}

static void parses_a_copy_too(void **state)
{
	static struct bytes copy;
	struct addr src, dst;
	struct cursor c;
	struct buf f;
	struct ip ip;

	(void)state;
	put_row(&f, &rows[2]);
	memcpy(copy.b + 8, f.b, f.len);
	c = cursor_on_copy(&copy, 8, 8 + f.len);
	assert_int_equal(ip_parse(&c, 4, &ip, &src, &dst, f.len), REASON_PASS);
	assert_int_equal(c.at, 8 + 32);
	assert_int_equal(ip.proto, 17);
	c = cursor_on_copy(&copy, 8, 8 + 19);
	assert_int_equal(ip_parse(&c, 4, &ip, &src, &dst, f.len), REASON_SHORT_IP);
}

int main(void)
{
	struct CMUnitTest tests[COUNT(rows) + 2];

	for (size_t i = 0; i < COUNT(rows); i++)
		tests[i] = (struct CMUnitTest){rows[i].name, parses_ip_headers, NULL, NULL,
					       (void *)&rows[i]};
	tests[COUNT(rows)] = (struct CMUnitTest)cmocka_unit_test(every_truncation_is_reported);
	tests[COUNT(rows) + 1] = (struct CMUnitTest)cmocka_unit_test(parses_a_copy_too);
	return cmocka_run_group_tests_name("ip", tests, NULL, NULL);
}
