/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* STUN: the vectors of RFC 5769, and each attribute that is read. */
#include "stun_reader.h"

static void rfc5769_request(void **state)
{
	(void)state;
	assert_int_equal(read_stun_hex(sample_request), REASON_PASS);
	assert_id_5769();
	assert_int_equal(info.method, STUN_BINDING);
	assert_int_equal(info.cls, STUN_REQUEST);
	assert_int_equal(info.priority, 0x6e0001ff);
	expect_kept_text(info.username, info.username_len, "evtj:h6vY");
	expect_kept_text(info.software, info.software_len, "STUN test client");
	assert_int_equal(info.flags, STUN_F_PRIORITY | STUN_F_CONTROLLED | STUN_F_USERNAME |
					     STUN_F_INTEGRITY | STUN_F_FINGERPRINT);
	assert_int_equal(info.mapped.port, 0);
	assert_int_equal(info.error, 0);
	assert_int_equal(info.rtt_us, 0);
}

static void rfc5769_ipv4_response(void **state)
{
	(void)state;
	assert_int_equal(read_stun_hex(sample_ipv4), REASON_PASS);
	assert_id_5769();
	assert_int_equal(info.cls, STUN_SUCCESS);
	assert_endpoint(&info.mapped, ep("192.0.2.1", 32853));
	expect_kept_text(info.software, info.software_len, "test vector");
	assert_int_equal(info.flags, STUN_F_INTEGRITY | STUN_F_FINGERPRINT);
}

static void rfc5769_ipv6_response(void **state)
{
	(void)state;
	assert_int_equal(read_stun_hex(sample_ipv6), REASON_PASS);
	assert_id_5769();
	assert_endpoint(&info.mapped, ep("2001:db8:1234:5678:11:2233:4455:6677", 32853));
}

static void rfc5769_long_term_request(void **state)
{
	(void)state;
	assert_int_equal(read_stun_hex(sample_long_term), REASON_PASS);
	expect_kept_text(
		info.username, info.username_len,
		"\xe3\x83\x9e\xe3\x83\x88\xe3\x83\xaa\xe3\x83\x83\xe3\x82\xaf\xe3\x82\xb9");
	assert_int_equal(info.flags, STUN_F_USERNAME | STUN_F_NONCE | STUN_F_INTEGRITY);
	assert_true(stun_id(&info) == 0xc6ad72c029da412eull);
}

/* The fourteen bits of a type are interleaved (RFC 8489 section 5). */
static void methods_and_classes(void **state)
{
	static const struct {
		u16 type, method;
		u8 cls;
	} rows[] = {
		{0x0001, STUN_BINDING, STUN_REQUEST},
		{0x0011, STUN_BINDING, STUN_INDICATION},
		{0x0101, STUN_BINDING, STUN_SUCCESS},
		{0x0111, STUN_BINDING, STUN_ERROR},
		{0x0003, STUN_ALLOCATE, STUN_REQUEST},
		{0x0113, STUN_ALLOCATE, STUN_ERROR},
		{0x0104, STUN_REFRESH, STUN_SUCCESS},
		{0x0016, STUN_SEND, STUN_INDICATION},
		{0x0017, STUN_DATA, STUN_INDICATION},
		{0x0108, STUN_CREATE_PERMISSION, STUN_SUCCESS},
		{0x0119, STUN_CHANNEL_BIND, STUN_ERROR},
		{0x000a, STUN_CONNECT, STUN_REQUEST},
		{0x000b, STUN_CONNECTION_BIND, STUN_REQUEST},
		{0x001c, STUN_CONNECTION_ATTEMPT, STUN_INDICATION},
		{0x0200, STUN_GOOG_PING, STUN_REQUEST},
		{0x0300, STUN_GOOG_PING, STUN_SUCCESS},
		{0x0310, STUN_GOOG_PING, STUN_ERROR},
		{0x3eef, 0xfff, STUN_REQUEST},
		{0x3fff, 0xfff, STUN_ERROR},
	};
	struct buf m;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		msg_stun(&m, rows[i].type, 1);
		assert_int_equal(read_message(&m), REASON_PASS);
		assert_int_equal(info.method, rows[i].method);
		assert_int_equal(info.cls, rows[i].cls);
	}
}

static void flags_by_presence(void **state)
{
	static const struct {
		u16 type;
		u32 flag;
	} rows[] = {
		{0x0006, STUN_F_USERNAME},
		{0x0008, STUN_F_INTEGRITY},
		{0x001c, STUN_F_INTEGRITY},
		{0x000d, STUN_F_LIFETIME},
		{0x0013, STUN_F_DATA},
		{0x0015, STUN_F_NONCE},
		{0x0024, STUN_F_PRIORITY},
		{0x0025, STUN_F_USE_CANDIDATE},
		{0x8028, STUN_F_FINGERPRINT},
		{0x8029, STUN_F_CONTROLLED},
		{0x802a, STUN_F_CONTROLLING},
		{0x0014, 0}, /* REALM */
		{0xc057, 0}, /* libwebrtc's network cost */
		{0x7fff, 0},
	};
	static const u8 value[20];
	struct buf m;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		msg_stun(&m, 0x0001, 1);
		msg_attr(&m, rows[i].type, value, sizeof(value));
		assert_int_equal(read_message(&m), REASON_PASS);
		assert_int_equal(info.flags, rows[i].flag);
	}
}

static void attributes_with_numbers(void **state)
{
	struct buf m;

	(void)state;
	msg_stun(&m, 0x0009, 1);
	msg_attr32(&m, 0x000c, 0x4001ffff);
	msg_attr32(&m, 0x000d, 3600);
	msg_attr32(&m, 0x0024, 0x7effffff);
	msg_attr32(&m, 0x0019, 0x11000000);
	assert_int_equal(read_message(&m), REASON_PASS);
	assert_int_equal(info.channel, 0x4001);
	assert_int_equal(info.lifetime, 3600);
	assert_int_equal(info.priority, 0x7effffff);
	assert_int_equal(info.flags & STUN_F_TCP_TRANSPORT, 0);
	msg_stun(&m, 0x0003, 1);
	msg_attr32(&m, 0x0019, 0x06000000);
	assert_int_equal(read_message(&m), REASON_PASS);
	assert_int_equal(info.flags, STUN_F_TCP_TRANSPORT);
}

static void error_codes(void **state)
{
	static const u16 codes[] = {300, 400, 401, 403, 437, 438, 440, 441,
				    442, 443, 486, 487, 500, 508, 699};
	struct buf m;

	(void)state;
	for (size_t i = 0; i < COUNT(codes); i++) {
		msg_stun(&m, 0x0113, 1);
		msg_error(&m, codes[i]);
		assert_int_equal(read_message(&m), REASON_PASS);
		assert_int_equal(info.error, codes[i]);
	}
	/* the upper bits are reserved, a reason phrase follows */
	msg_stun(&m, 0x0113, 1);
	msg_attr(&m, 0x0009, "\xff\xff\xfc\x26no", 6);
	assert_int_equal(read_message(&m), REASON_PASS);
	assert_int_equal(info.error, 438);
}

static void all_address_attributes(void **state)
{
	struct endpoint v4 = ep("203.0.113.9", 50001), v6 = ep("2001:db8::9", 50002);
	struct buf m;

	(void)state;
	for (int six = 0; six < 2; six++) {
		struct endpoint e = six ? v6 : v4;

		msg_stun(&m, 0x0103, 0x1122334455667788);
		msg_address(&m, 0x0016, e, true);
		e.port++;
		msg_address(&m, 0x0020, e, true);
		e.port++;
		msg_address(&m, 0x0012, e, true);
		assert_int_equal(read_message(&m), REASON_PASS);
		assert_endpoint(&info.peer, e);
		e.port--;
		assert_endpoint(&info.mapped, e);
		e.port--;
		assert_endpoint(&info.relayed, e);
		msg_stun(&m, 0x0101, 7);
		msg_address(&m, 0x8020, e, true);
		assert_int_equal(read_message(&m), REASON_PASS);
		assert_endpoint(&info.mapped, e);
		msg_stun(&m, 0x0101, 7);
		msg_address(&m, 0x0001, e, false);
		assert_int_equal(read_message(&m), REASON_PASS);
		assert_endpoint(&info.mapped, e);
	}
}

static void the_xored_address_is_the_better_witness(void **state)
{
	struct endpoint rewritten = ep("192.168.0.2", 7000), true_one = ep("203.0.113.9", 50001);
	struct buf m;

	(void)state;
	msg_stun(&m, 0x0101, 7);
	msg_address(&m, 0x0001, rewritten, false);
	msg_address(&m, 0x0020, true_one, true);
	assert_int_equal(read_message(&m), REASON_PASS);
	assert_endpoint(&info.mapped, true_one);
	msg_stun(&m, 0x0101, 7);
	msg_address(&m, 0x0020, true_one, true);
	msg_address(&m, 0x0001, rewritten, false);
	assert_int_equal(read_message(&m), REASON_PASS);
	assert_endpoint(&info.mapped, true_one);
}

static void the_first_of_several_peers_counts(void **state)
{
	struct buf m;

	(void)state;
	msg_stun(&m, 0x0008, 7);
	msg_address(&m, 0x0012, ep("203.0.113.1", 1), true);
	msg_address(&m, 0x0012, ep("203.0.113.2", 2), true);
	assert_int_equal(read_message(&m), REASON_PASS);
	assert_endpoint(&info.peer, ep("203.0.113.1", 1));
}

static void the_first_of_two_equal_attributes_counts(void **state)
{
	struct buf m;

	(void)state;
	msg_stun(&m, 0x0101, 7);
	msg_address(&m, 0x0020, ep("203.0.113.1", 1), true);
	msg_address(&m, 0x0020, ep("203.0.113.2", 2), true);
	msg_attr32(&m, 0x000d, 600);
	msg_attr32(&m, 0x000d, 0);
	msg_attr32(&m, 0x0024, 0x7effffff);
	msg_attr32(&m, 0x0024, 1);
	assert_int_equal(read_message(&m), REASON_PASS);
	assert_endpoint(&info.mapped, ep("203.0.113.1", 1));
	assert_int_equal(info.lifetime, 600);
	assert_int_equal(info.priority, 0x7effffff);
	msg_stun(&m, 0x0113, 1);
	msg_error(&m, 437);
	msg_error(&m, 403);
	assert_int_equal(read_message(&m), REASON_PASS);
	assert_int_equal(info.error, 437);
}

/* The server may give a relayed address of each family, IPv4's behind (RFC 8656 section 7.3). */
static void there_may_be_two_relayed_addresses(void **state)
{
	struct buf m;

	(void)state;
	msg_stun(&m, 0x0103, 7);
	msg_address(&m, 0x0016, ep("2001:db8::9", 50002), true);
	msg_address(&m, 0x0016, ep("203.0.113.9", 50001), true);
	assert_int_equal(read_message(&m), REASON_PASS);
	assert_endpoint(&info.relayed, ep("203.0.113.9", 50001));
}

/* RFC 8489 sections 14.5 to 14.7: only these may follow, whoever added the others. */
static void nothing_counts_behind_the_integrity(void **state)
{
	static const u8 digest[32];
	struct buf m;

	(void)state;
	for (int sha256 = 0; sha256 < 2; sha256++) {
		msg_stun(&m, 0x0101, 7);
		msg_attr(&m, sha256 ? 0x001c : 0x0008, digest, sha256 ? 32 : 20);
		msg_address(&m, 0x0020, ep("203.0.113.1", 1), true);
		msg_attr(&m, 0x0025, NULL, 0);
		msg_error(&m, 487);
		msg_attr(&m, 0x001c, digest, 32);
		msg_attr32(&m, 0x8028, 0x12345678);
		assert_int_equal(read_message(&m), REASON_PASS);
		assert_int_equal(info.mapped.port, 0);
		assert_int_equal(info.error, 0);
		assert_int_equal(info.flags, STUN_F_INTEGRITY | STUN_F_FINGERPRINT);
	}
}

static void classic_has_no_cookie(void **state)
{
	struct buf m = {.len = 0};

	(void)state;
	put_hex(&m, "0101 000c 01020304 05060708 090a0b0c 0d0e0f10"
		    "0001 0008 0001 c351 cb007109");
	assert_int_equal(read_message(&m), REASON_PASS);
	assert_int_equal(info.flags, STUN_F_CLASSIC);
	assert_int_equal(info.cls, STUN_SUCCESS);
	assert_endpoint(&info.mapped, ep("203.0.113.9", 50001));
	assert_true(stun_id(&info) == 0x090a0b0c0d0e0f10ull);
}

static void goog_ping_has_its_methods(void **state)
{
	struct buf m;

	(void)state;
	msg_stun(&m, 0x0200, 5);
	msg_attr32(&m, 0xc059, 0x01020304);
	assert_int_equal(read_message(&m), REASON_PASS);
	assert_int_equal(info.method, STUN_GOOG_PING);
	assert_int_equal(info.cls, STUN_REQUEST);
	assert_int_equal(info.flags, 0);
	assert_int_equal(info.username_len, 0);
}

static void an_id_is_never_zero(void **state)
{
	struct buf m;

	(void)state;
	msg_stun(&m, 0x0001, 0);
	read_message(&m);
	assert_true(stun_id(&info) != 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc5769_request),
		cmocka_unit_test(rfc5769_ipv4_response),
		cmocka_unit_test(rfc5769_ipv6_response),
		cmocka_unit_test(rfc5769_long_term_request),
		cmocka_unit_test(methods_and_classes),
		cmocka_unit_test(flags_by_presence),
		cmocka_unit_test(attributes_with_numbers),
		cmocka_unit_test(error_codes),
		cmocka_unit_test(all_address_attributes),
		cmocka_unit_test(the_xored_address_is_the_better_witness),
		cmocka_unit_test(the_first_of_several_peers_counts),
		cmocka_unit_test(the_first_of_two_equal_attributes_counts),
		cmocka_unit_test(there_may_be_two_relayed_addresses),
		cmocka_unit_test(nothing_counts_behind_the_integrity),
		cmocka_unit_test(classic_has_no_cookie),
		cmocka_unit_test(goog_ping_has_its_methods),
		cmocka_unit_test(an_id_is_never_zero),
	};

	return cmocka_run_group_tests_name("stun", tests, NULL, NULL);
}
