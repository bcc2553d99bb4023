/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* STUN messages that are too short, too long, truncated, or have false lengths. */
#include "stun_reader.h"

static void addresses_too_short_or_of_no_family(void **state)
{
	static const u8 v4_cut[] = {0, 1, 1, 2, 3, 4}, v6_cut[8] = {0, 2, 1, 2, 3, 4, 5, 6},
			odd[8] = {0, 3, 1, 2, 3, 4, 5, 6};
	struct endpoint none = {.port = 0};
	struct buf m;

	(void)state;
	msg_stun(&m, 0x0101, 7);
	msg_attr(&m, 0x0020, v4_cut, sizeof(v4_cut));
	msg_attr(&m, 0x0016, v6_cut, sizeof(v6_cut));
	msg_attr(&m, 0x0012, odd, sizeof(odd));
	msg_attr(&m, 0x0001, NULL, 0);
	assert_int_equal(read_message(&m), REASON_PASS);
	assert_endpoint(&info.mapped, none);
	assert_endpoint(&info.relayed, none);
	assert_endpoint(&info.peer, none);
}

static void texts_are_cut_where_they_are_kept(void **state)
{
	char long_name[513];
	struct buf m;
	u32 hash;

	(void)state;
	memset(long_name, 'u', sizeof(long_name));
	for (u32 len = 1; len <= 512; len++) {
		msg_stun(&m, 0x0001, 1);
		msg_attr(&m, 0x0006, long_name, len);
		msg_attr(&m, 0x8022, long_name, len);
		assert_int_equal(read_message(&m), REASON_PASS);
		assert_int_equal(info.username_len, len < 128 ? len : 128);
		assert_int_equal(!!(info.flags & STUN_F_USERNAME_CUT), len > 128);
		assert_int_equal(info.software_len, len < 32 ? len : 32);
		assert_memory_equal(info.username, long_name, info.username_len);
		for (u32 i = info.username_len; i < STUN_USERNAME_KEPT; i++)
			assert_int_equal(info.username[i], 0);
		for (u32 i = info.software_len; i < STUN_SOFTWARE_KEPT; i++)
			assert_int_equal(info.software[i], 0);
		assert_int_equal(parts.user.len, len);
		assert_int_not_equal(parts.user_hash, 0);
	}
	hash = parts.user_hash;
	long_name[127] = 'v';
	msg_stun(&m, 0x0001, 1);
	msg_attr(&m, 0x0006, long_name, 200);
	read_message(&m);
	assert_int_not_equal(parts.user_hash, hash);
}

static void names_differ_in_their_hash(void **state)
{
	static const char *const names[] = {"a:b",       "b:a",      "a:c",
					    "aa:b",      "a:bb",     "abcd:efgh",
					    "abcd:efgi", "abcdefgh", "abcdefghi"};
	u32 hash[COUNT(names)];
	struct buf m;

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		msg_stun(&m, 0x0001, 1);
		msg_text(&m, 0x0006, names[i]);
		assert_int_equal(read_message(&m), REASON_PASS);
		hash[i] = parts.user_hash;
		for (size_t j = 0; j < i; j++)
			assert_int_not_equal(hash[i], hash[j]);
		read_message(&m);
		assert_int_equal(parts.user_hash, hash[i]);
	}
	msg_stun(&m, 0x0001, 1);
	read_message(&m);
	assert_int_equal(parts.user_hash, 0);
}

static void parts_say_where_other_protocols_begin(void **state)
{
	static const char data[] = "hello";
	struct buf m;

	(void)state;
	msg_stun(&m, 0x0016, 1);
	msg_address(&m, 0x0012, ep("5.0.0.2", 7000), true);
	msg_attr(&m, 0x0013, data, 5);
	assert_int_equal(read_message(&m), REASON_PASS);
	assert_int_equal(parts.data.len, 5);
	assert_memory_equal(in.b + parts.data.at, data, 5);
	assert_int_equal(parts.dtls.len, 0);
	msg_stun(&m, 0x0001, 1);
	msg_attr(&m, 0xc070, data, 5);
	assert_int_equal(read_message(&m), REASON_PASS);
	assert_int_equal(parts.dtls.len, 5);
	assert_memory_equal(in.b + parts.dtls.at, data, 5);
	assert_int_equal(parts.data.len, 0);
}

static void an_attribute_with_a_bad_length(void **state)
{
	struct buf m;

	(void)state;
	for (u32 extra = 1; extra < 0xfff0; extra = extra * 3 + 1) {
		msg_stun(&m, 0x0001, 1);
		msg_attr32(&m, 0x0024, 0x01020304);
		msg_attr32(&m, 0x0006, 0x41424344);
		set16(&m, 30, (u16)(4 + extra));
		assert_int_equal(read_message(&m), REASON_BAD_STUN);
		assert_int_equal(info.priority, 0x01020304);
		assert_int_equal(info.username_len, 0);
		assert_int_equal(parts.user.len, 0);
	}
}

static void the_last_attribute_may_lack_its_padding(void **state)
{
	struct buf m;

	(void)state;
	msg_stun(&m, 0x0001, 1);
	msg_attr(&m, 0x0006, "abcde", 5);
	m.len -= 3;
	set16(&m, 2, (u16)(m.len - 20));
	assert_int_equal(read_message(&m), REASON_PASS);
	expect_kept_text(info.username, info.username_len, "abcde");
}

static void the_length_bounds_the_attributes(void **state)
{
	struct buf m;

	(void)state;
	msg_stun(&m, 0x0001, 1);
	msg_attr32(&m, 0x0024, 1);
	msg_attr(&m, 0x0025, NULL, 0);
	set16(&m, 2, 8); /* what follows is behind the message */
	assert_int_equal(read_message(&m), REASON_PASS);
	assert_int_equal(info.flags, STUN_F_PRIORITY);
	set16(&m, 2, 0);
	assert_int_equal(read_message(&m), REASON_PASS);
	assert_int_equal(info.flags, 0);
}

static void attributes_by_the_hundred(void **state)
{
	struct buf m;

	(void)state;
	msg_stun(&m, 0x0001, 1);
	for (int i = 0; i < 39; i++)
		msg_attr(&m, 0x7ffe, NULL, 0);
	msg_attr32(&m, 0x0024, 40);
	assert_int_equal(read_message(&m), REASON_PASS);
	assert_int_equal(info.priority, 40);
	for (int i = 0; i < 300; i++)
		msg_attr(&m, 0x7ffe, NULL, 0);
	msg_attr(&m, 0x0025, NULL, 0);
	assert_int_equal(read_message(&m), REASON_PASS);
	assert_int_equal(info.priority, 40);
	assert_int_equal(info.flags, STUN_F_PRIORITY);
}

/*
 * A capture may be truncated: what is there is read, nothing is made up, and nothing counts as
 * malformed.
 */
static void stun_cut_anywhere(void **state)
{
	struct buf m = {.len = 0};

	(void)state;
	put_hex(&m, sample_ipv6);
	for (u32 have = 0; have < 20; have++)
		assert_int_equal(read_part(&m, have), REASON_CUT);
	for (u32 have = 20; have < m.len; have++) {
		assert_int_equal(read_part(&m, have), REASON_PASS);
		assert_id_5769();
		if (have >= 60)
			assert_endpoint(&info.mapped,
					ep("2001:db8:1234:5678:11:2233:4455:6677", 32853));
		else
			assert_int_equal(info.mapped.port, 0);
		if (have < 60)
			assert_int_equal(info.flags & (STUN_F_FINGERPRINT | STUN_F_INTEGRITY), 0);
	}
	m.len = 0;
	put_hex(&m, sample_request);
	assert_int_equal(read_part(&m, 20 + 20 + 8 + 12 + 4 + 4), REASON_PASS);
	expect_kept_text(info.username, info.username_len, "evtj");
	assert_true(info.flags & STUN_F_USERNAME_CUT);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_too_short_or_of_no_family),
		cmocka_unit_test(texts_are_cut_where_they_are_kept),
		cmocka_unit_test(names_differ_in_their_hash),
		cmocka_unit_test(parts_say_where_other_protocols_begin),
		cmocka_unit_test(an_attribute_with_a_bad_length),
		cmocka_unit_test(the_last_attribute_may_lack_its_padding),
		cmocka_unit_test(the_length_bounds_the_attributes),
		cmocka_unit_test(attributes_by_the_hundred),
		cmocka_unit_test(stun_cut_anywhere),
	};

	return cmocka_run_group_tests_name("stun_limits", tests, NULL, NULL);
}
