/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The cursor never returns a byte that is not there, neither on a packet nor in a copy. */
#include "suite.h"

#include "p2pscope/cursor.h"
#include "p2pscope/flow.h"

static struct bytes copy;

static void numbers_are_big_endian_at_any_alignment(void **state)
{
	static const u8 b[] = {0, 0x12, 0x34, 0x56, 0x78, 0x9a};

	(void)state;
	assert_int_equal(load_be16(b + 1), 0x1234);
	assert_int_equal(load_be16(b + 2), 0x3456);
	assert_int_equal(load_be32(b + 1), 0x12345678);
	assert_int_equal(load_be32(b + 2), 0x3456789a);
	memcpy(copy.b + 7, b, sizeof(b));
	assert_int_equal(bytes_u8(&copy, 8), 0x12);
	assert_int_equal(bytes_be16(&copy, 8), 0x1234);
	assert_int_equal(bytes_be32(&copy, 9), 0x3456789a);
}

static void stops_at_the_end_of_a_packet(void **state)
{
	u8 b[10] = {0};
	struct cursor c = cursor_on_packet(b, b + sizeof(b));

	(void)state;
	assert_ptr_equal(cursor_take(&c, 4), b);
	assert_int_equal(c.at, 4);
	assert_null(cursor_take(&c, 7));
	assert_int_equal(c.at, 4);
	assert_ptr_equal(cursor_take(&c, 6), b + 4);
	assert_null(cursor_take(&c, 1));
	assert_int_equal(c.at, 10);
}

static void stops_at_the_end_of_a_copy(void **state)
{
	struct cursor c = cursor_on_copy(&copy, 100, 110);

	(void)state;
	assert_ptr_equal(cursor_take(&c, 4), copy.b + 100);
	assert_null(cursor_take(&c, 7));
	assert_ptr_equal(cursor_take(&c, 6), copy.b + 104);
	assert_null(cursor_take(&c, 1));
}

static void a_copy_is_never_read_behind_what_is_kept(void **state)
{
	struct cursor c = cursor_on_copy(&copy, MESSAGE_KEPT, 100000);
	const u8 *last;

	(void)state;
	assert_null(cursor_take(&c, 1));
	c = cursor_on_copy(&copy, MESSAGE_KEPT - 1, 100000);
	last = cursor_take(&c, MESSAGE_SLACK);
	assert_non_null(last);
	assert_true(last + MESSAGE_SLACK <= copy.b + sizeof(copy.b));
	for (u32 at = 0; at < 100000; at += 97)
		assert_true(bytes_at(&copy, at) < copy.b + MESSAGE_KEPT);
}

static void what_is_skipped_need_not_be_there(void **state)
{
	u8 b[10] = {0};
	struct cursor c = cursor_on_packet(b, b + sizeof(b));

	(void)state;
	cursor_skip(&c, 8);
	assert_ptr_equal(cursor_take(&c, 2), b + 8);
	c = cursor_on_packet(b, b + sizeof(b));
	cursor_skip(&c, 40);
	assert_int_equal(c.at, 40);
	assert_null(cursor_take(&c, 1));
}

static void a_tag_is_no_interface_index(void **state)
{
	struct flow_key key = {
		.far = ep("192.168.0.2", 7000), .near = ep("5.0.0.2", 7000), .proto = 17};
	u32 one = flow_tag(&key);

	(void)state;
	assert_true(one > 0xffff);
	for (u32 i = 0; i < 100000; i++) {
		key.tag = i;
		assert_true(flow_tag(&key) > 0xffff);
	}
	key.tag = 0;
	assert_int_equal(flow_tag(&key), one);
	key.near.ip.b[15]++;
	assert_int_not_equal(flow_tag(&key), one);
}

static void address_families_are_distinguished(void **state)
{
	struct endpoint v4 = ep("5.0.0.2", 1), v6 = ep("2001:db8::5", 1), any = ep("::", 0);

	(void)state;
	assert_true(addr_is_v4(&v4.ip));
	assert_false(addr_is_v4(&v6.ip));
	assert_false(addr_is_v4(&any.ip));
	v4.ip.b[9] = 1;
	assert_false(addr_is_v4(&v4.ip));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_big_endian_at_any_alignment),
		cmocka_unit_test(stops_at_the_end_of_a_packet),
		cmocka_unit_test(stops_at_the_end_of_a_copy),
		cmocka_unit_test(a_copy_is_never_read_behind_what_is_kept),
		cmocka_unit_test(what_is_skipped_need_not_be_there),
		cmocka_unit_test(a_tag_is_no_interface_index),
		cmocka_unit_test(address_families_are_distinguished),
	};

	return cmocka_run_group_tests_name("cursor", tests, NULL, NULL);
}
