/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* TURN: its methods, which messages carry data, and which end is the server. */
#include "suite.h"

#include "p2pscope/ip.h"
#include "p2pscope/turn.h"

static void only_a_turn_server_answers_these(void **state)
{
	static const u16 yes[] = {3, 4, 6, 7, 8, 9, 10, 11, 12},
			 no[] = {0, 1, 2, 5, 13, 0x80, 0xfff};

	(void)state;
	for (size_t i = 0; i < COUNT(yes); i++)
		assert_true(turn_is_method(yes[i]));
	for (size_t i = 0; i < COUNT(no); i++)
		assert_false(turn_is_method(no[i]));
}

static bool expect_carried(u16 type, bool peer, bool data)
{
	static struct bytes in;
	struct stun_parts parts;
	struct stun_info info;
	struct buf m;

	msg_stun(&m, type, 1);
	if (peer)
		msg_address(&m, 0x0012, ep("5.0.0.2", 7000), true);
	if (data)
		msg_text(&m, 0x0013, "abc");
	memcpy(in.b, m.b, m.len);
	assert_int_equal(stun_parse(&in, 0, m.len, m.len, &info, &parts), REASON_PASS);
	return turn_carries(&info, &parts);
}

static void indications_carry(void **state)
{
	(void)state;
	assert_true(expect_carried(0x0016, true, true));
	assert_true(expect_carried(0x0017, true, true));
	assert_false(expect_carried(0x0016, false, true));
	assert_false(expect_carried(0x0016, true, false));
	assert_false(expect_carried(0x0011, true, true)); /* a Binding indication */
	assert_false(expect_carried(0x0006, true, true)); /* no request of this method exists */
	assert_false(expect_carried(0x0116, true, true));
}

static void the_server_is_recognised(void **state)
{
	(void)state;
	assert_int_equal(turn_server_far(DIR_OUT, true), 1);
	assert_int_equal(turn_server_far(DIR_IN, true), 0);
	assert_int_equal(turn_server_far(DIR_OUT, false), 0);
	assert_int_equal(turn_server_far(DIR_IN, false), 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_a_turn_server_answers_these),
		cmocka_unit_test(indications_carry),
		cmocka_unit_test(the_server_is_recognised),
	};

	return cmocka_run_group_tests_name("turn", tests, NULL, NULL);
}
