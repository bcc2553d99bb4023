/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* UDP and TCP headers: which of the lengths counts, options, what an ICMP error quotes. */
#include "suite.h"

#include "p2pscope/transport.h"

static enum reason parse_transport_hex(const char *hex, u32 ip_payload, bool tcp,
				       struct transport *t, u32 *at)
{
	struct ip ip = {.payload = ip_payload};
	struct buf f = {.len = 0};
	enum reason reason;
	struct cursor c;

	put_hex(&f, hex);
	c = cursor_on_packet(f.b, f.b + f.len);
	memset(t, 0xff, sizeof(*t));
	reason = tcp ? tcp_parse(&c, &ip, t) : udp_parse(&c, &ip, t);
	*at = c.at;
	return reason;
}

static void assert_udp(const char *hex, u32 ip_payload, u32 payload)
{
	struct transport t;
	u32 at;

	assert_int_equal(parse_transport_hex(hex, ip_payload, false, &t, &at), REASON_PASS);
	assert_int_equal(t.src, 7000);
	assert_int_equal(t.dst, 3478);
	assert_int_equal(t.payload, payload);
	assert_int_equal(t.flags, 0);
	assert_int_equal(t.seq, 0);
	assert_int_equal(at, 8);
}

static void udp_lengths(void **state)
{
	(void)state;
	assert_udp("1b58 0d96 0014 0000 01020304", 20, 12);
	assert_udp("1b58 0d96 0008 0000", 8, 0); /* nothing in it */
	/* IP's payload is longer: the rest is padding */
	assert_udp("1b58 0d96 000a 0000 01020304", 20, 2);
	/* UDP's is longer: a first fragment, or a lie */
	assert_udp("1b58 0d96 05dc 0000 01020304", 20, 12);
	assert_udp("1b58 0d96 0000 0000 01020304", 20, 12); /* jumbogram */
	assert_udp("1b58 0d96 0007 0000 01020304", 20, 12); /* shorter than its own header */
}

static void truncated_udp(void **state)
{
	struct transport t;
	u32 at;

	(void)state;
	assert_int_equal(parse_transport_hex("1b58 0d96 0014 00", 20, false, &t, &at),
			 REASON_SHORT_TRANSPORT);
	assert_int_equal(parse_transport_hex("", 20, false, &t, &at), REASON_SHORT_TRANSPORT);
	assert_int_equal(parse_transport_hex("1b58 0d96 0014 0000 01020304", 7, false, &t, &at),
			 REASON_SHORT_TRANSPORT);
}

static void tcp_with_and_without_options(void **state)
{
	struct transport t;
	u32 at;

	(void)state;
	assert_int_equal(parse_transport_hex("1b58 01bb 89abcdef 00000001 5018 ffff 0000 0000 aa",
					     30, true, &t, &at),
			 REASON_PASS);
	assert_int_equal(t.src, 7000);
	assert_int_equal(t.dst, 443);
	assert_int_equal(t.seq, 0x89abcdef);
	assert_int_equal(t.flags, TCP_PSH | TCP_ACK);
	assert_int_equal(t.payload, 10);
	assert_int_equal(at, 20);
	assert_int_equal(parse_transport_hex("1b58 01bb 00000001 00000001 8002 ffff 0000 0000 "
					     "020405b4 01010101 01010101",
					     32, true, &t, &at),
			 REASON_PASS);
	assert_int_equal(t.flags, TCP_SYN);
	assert_int_equal(t.payload, 0);
	assert_int_equal(at, 32);
}

static void tcp_options_need_not_be_there(void **state)
{
	struct transport t;
	u32 at;

	(void)state;
	assert_int_equal(parse_transport_hex("1b58 01bb 00000001 00000001 f004 ffff 0000 0000", 100,
					     true, &t, &at),
			 REASON_PASS);
	assert_int_equal(t.flags, TCP_RST);
	assert_int_equal(t.payload, 40);
	assert_int_equal(at, 60);
}

static void truncated_or_malformed_tcp(void **state)
{
	struct transport t;
	u32 at;

	(void)state;
	assert_int_equal(parse_transport_hex("1b58 01bb 00000001 00000001 5018 ffff 0000 00", 40,
					     true, &t, &at),
			 REASON_SHORT_TRANSPORT);
	assert_int_equal(parse_transport_hex("1b58 01bb 00000001 00000001 4018 ffff 0000 0000", 40,
					     true, &t, &at),
			 REASON_SHORT_TRANSPORT);
	assert_int_equal(parse_transport_hex("1b58 01bb 00000001 00000001 0018 ffff 0000 0000", 40,
					     true, &t, &at),
			 REASON_SHORT_TRANSPORT);
	assert_int_equal(parse_transport_hex("1b58 01bb 00000001 00000001 6018 ffff 0000 0000", 23,
					     true, &t, &at),
			 REASON_SHORT_TRANSPORT);
}

static void a_quote_holds_the_ports(void **state)
{
	struct transport t = {0};
	struct buf f = {.len = 0};
	struct cursor c;

	(void)state;
	put_hex(&f, "1b58 0d96 0014 0000");
	c = cursor_on_packet(f.b, f.b + f.len);
	assert_int_equal(ports_parse(&c, &t), REASON_PASS);
	assert_int_equal(t.src, 7000);
	assert_int_equal(t.dst, 3478);
	c = cursor_on_packet(f.b, f.b + 7);
	assert_int_equal(ports_parse(&c, &t), REASON_SHORT_TRANSPORT);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(udp_lengths),
		cmocka_unit_test(truncated_udp),
		cmocka_unit_test(tcp_with_and_without_options),
		cmocka_unit_test(tcp_options_need_not_be_there),
		cmocka_unit_test(truncated_or_malformed_tcp),
		cmocka_unit_test(a_quote_holds_the_ports),
	};

	return cmocka_run_group_tests_name("transport", tests, NULL, NULL);
}
