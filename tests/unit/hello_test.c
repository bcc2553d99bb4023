/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a ServerHello chose, whole, cut, and with lengths that lie. */
#include "suite.h"

#include "engine/hello.h"

static struct server_hello read_hello(const char *extensions, u32 cut)
{
	struct server_hello hello;
	struct buf b = {.len = 0};
	u8 *there;

	put_server_hello(&b, extensions);
	there = malloc(b.len + 1);
	memcpy(there, b.b, b.len);
	memset(&hello, 0xaa, sizeof(hello));
	hello_parse_server(&hello, there, b.len - cut);
	free(there);
	return hello;
}

static void dtls12_with_srtp(void **state)
{
	struct server_hello h =
		read_hello("ff01 0001 00  000e 0005 0002 0001 00  000b 0002 0100", 0);

	(void)state;
	assert_int_equal(h.version, 0xfefd);
	assert_int_equal(h.srtp_profile, 1);
}

static void dtls13_says_so_in_an_extension(void **state)
{
	struct server_hello h = read_hello("002b 0002 fefc  0033 0004 001d 0000", 0);

	(void)state;
	assert_int_equal(h.version, 0xfefc);
	assert_int_equal(h.srtp_profile, 0);
}

static void profile_with_a_key_identifier(void **state)
{
	struct server_hello h = read_hello("000e 0009 0002 0007 04 01020304", 0);

	(void)state;
	assert_int_equal(h.srtp_profile, 7);
}

static void no_extensions(void **state)
{
	struct server_hello h = read_hello("", 0);

	(void)state;
	assert_int_equal(h.version, 0xfefd);
	assert_int_equal(h.srtp_profile, 0);
	h = read_hello("", 2); /* not even their length: RFC 5246 allows it */
	assert_int_equal(h.version, 0xfefd);
}

static void a_session_id_moves_everything(void **state)
{
	struct server_hello h;
	struct buf b = {.len = 0};

	(void)state;
	put16(&b, 0xfefd);
	put_many(&b, 0x5a, 32);
	put8(&b, 32);
	put_many(&b, 0x77, 32);
	put_hex(&b, "c02b 00 0009 000e 0005 0002 0008 00");
	hello_parse_server(&h, b.b, b.len);
	assert_int_equal(h.srtp_profile, 8);
}

static void hello_cut_anywhere(void **state)
{
	static const char ext[] = "002b 0002 fefc  000e 0005 0002 0001 00";
	struct server_hello h;

	(void)state;
	for (u32 cut = 1; cut <= 55; cut++) {
		h = read_hello(ext, cut);
		assert_int_equal(h.srtp_profile, 0);
		assert_int_equal(h.version, cut <= 9 ? 0xfefc : cut <= 20 ? 0xfefd : 0);
	}
}

static void hello_lengths_that_lie(void **state)
{
	struct server_hello h = read_hello("000e 00ff 0002 0001 00", 0);

	(void)state;
	assert_int_equal(h.srtp_profile, 0);
	h = read_hello("000e 0003 0002 00", 0); /* too short for a profile */
	assert_int_equal(h.srtp_profile, 0);
	h = read_hello("002b 0003 fefc 00", 0);
	assert_int_equal(h.version, 0xfefd);
}

/*
 * Behind the extensions the next handshake message of the same record begins: it is none of them.
 */
static void bytes_after_the_extensions_are_ignored(void **state)
{
	struct server_hello h;
	struct buf b = {.len = 0};

	(void)state;
	put_server_hello(&b, "000b 0002 0100");
	put_hex(&b, "000e 0005 0002 0007 00");
	hello_parse_server(&h, b.b, b.len);
	assert_int_equal(h.srtp_profile, 0);
}

static bool expect_offers(const char *extensions, u32 cut)
{
	struct buf b = {.len = 0}, e = {.len = 0};

	put_hex(&e, extensions);
	put16(&b, 0xfefd);
	put_many(&b, 0x5a, 32);
	put_hex(&b, "02 7777  03 c0c0c0  0004 c02b c02f  01 00");
	put16(&b, (u16)e.len);
	put(&b, e.b, e.len);
	return hello_offers_srtp(b.b, b.len - cut);
}

static void a_client_offers_srtp(void **state)
{
	(void)state;
	assert_true(expect_offers("ff01 0001 00  000e 0005 0002 0001 00", 0));
	assert_false(expect_offers("ff01 0001 00  000a 0004 0002 001d", 0));
	assert_false(expect_offers("", 0));
	/* its extensions go on in a second datagram */
	assert_false(expect_offers("0033 0004 001d 0000  000e 0005 0002 0001 00", 1));
	for (u32 cut = 1; cut < 60; cut++)
		assert_false(expect_offers("000e 0005 0002 0001 00", cut));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(dtls12_with_srtp),
		cmocka_unit_test(dtls13_says_so_in_an_extension),
		cmocka_unit_test(profile_with_a_key_identifier),
		cmocka_unit_test(no_extensions),
		cmocka_unit_test(a_session_id_moves_everything),
		cmocka_unit_test(hello_cut_anywhere),
		cmocka_unit_test(a_client_offers_srtp),
		cmocka_unit_test(hello_lengths_that_lie),
		cmocka_unit_test(bytes_after_the_extensions_are_ignored),
	};

	return cmocka_run_group_tests_name("hello", tests, NULL, NULL);
}
