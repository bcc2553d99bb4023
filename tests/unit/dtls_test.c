/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * DTLS records: the steps of 1.0, 1.2 and 1.3, several records per datagram, fragments, and false
 * lengths.
 */
#include "suite.h"

#include "p2pscope/dtls.h"

#define AT 5 /* where datagrams are put: nothing is aligned */

static struct bytes in;
static struct dtls_record r;

static enum reason read_at(const struct buf *m, u32 have, u32 offset)
{
	memset(in.b, 0xcc, sizeof(in.b));
	memcpy(in.b + AT, m->b, have);
	memset(&r, 0xaa, sizeof(r));
	return dtls_parse(&in, AT + offset, AT + have, AT + m->len, &r);
}

static enum reason read_datagram(const struct buf *m)
{
	return read_at(m, m->len, 0);
}

/* A datagram of one record with a body of zeros. */
static enum reason read_record(u8 type, u16 version, u16 epoch, u32 len)
{
	static const u8 zeros[BUF_MAX];
	struct record_of of = {.type = type, .version = version, .epoch = epoch};
	struct buf m = {.len = 0};

	msg_record(&m, &of, zeros, len);
	return read_datagram(&m);
}

static enum reason read_dtls_hex(const char *hex)
{
	struct buf m = {.len = 0};

	put_hex(&m, hex);
	return read_datagram(&m);
}

static void steps_of_content_types(void **state)
{
	static const struct {
		u8 type;
		u16 epoch;
		u8 step;
	} rows[] = {
		{20, 0, DTLS_CHANGE_CIPHER},
		{21, 0, DTLS_ALERT},
		{21, 1, DTLS_ALERT_CIPHER},
		/* data before a cipher: nothing that exists */
		{22, 1, DTLS_FINISHED},
		{23, 0, DTLS_STEP_MAX},
		/* heartbeat */
		{23, 1, DTLS_DATA},
		{23, 0x0102, DTLS_DATA},
		{24, 1, DTLS_STEP_MAX},
		{25, 1, DTLS_FINISHED},
		{25, 0, DTLS_STEP_MAX},
		{26, 0, DTLS_ACK},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(read_record(rows[i].type, 0, rows[i].epoch, 40), REASON_PASS);
		assert_int_equal(r.step, rows[i].step);
		assert_int_equal(r.version, 0xfefd);
		assert_int_equal(r.epoch, rows[i].epoch & 0xff);
		assert_int_equal(r.body, AT + 13);
		assert_int_equal(r.next, AT + 53);
	}
}

static void dtls_versions(void **state)
{
	(void)state;
	assert_int_equal(read_record(22, 0xfeff, 0, 40), REASON_PASS);
	assert_int_equal(r.version, 0xfeff);
	assert_int_equal(read_record(22, 0x0100, 0, 40), REASON_PASS);
	assert_int_equal(read_record(22, 0x0303, 0, 40), REASON_BAD_DTLS);
	assert_int_equal(read_record(22, 0xfdfe, 0, 40), REASON_BAD_DTLS);
	assert_int_equal(read_record(19, 0xfefd, 0, 40), REASON_BAD_DTLS);
	assert_int_equal(read_record(27, 0xfefd, 0, 40), REASON_BAD_DTLS);
}

static void steps_of_handshake_messages(void **state)
{
	static const struct {
		u8 type, step;
	} rows[] = {
		{0, DTLS_HANDSHAKE}, /* HelloRequest */
		{1, DTLS_CLIENT_HELLO}, {2, DTLS_SERVER_HELLO}, {3, DTLS_HELLO_VERIFY},
		{11, DTLS_HANDSHAKE}, /* Certificate */
		{12, DTLS_HANDSHAKE},   {14, DTLS_HANDSHAKE},   {16, DTLS_HANDSHAKE},
	};
	struct buf m;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		m.len = 0;
		msg_handshake(&m, rows[i].type, 60);
		assert_int_equal(read_datagram(&m), REASON_PASS);
		assert_int_equal(r.step, rows[i].step);
		assert_int_equal(r.message_len, 60);
	}
}

static void the_body_of_a_hello_is_found(void **state)
{
	struct buf m = {.len = 0};

	(void)state;
	msg_handshake(&m, 1, 60);
	assert_int_equal(read_datagram(&m), REASON_PASS);
	assert_int_equal(r.hello_at, AT + 13 + 12);
	assert_int_equal(r.hello_len, 60);
	m.len = 0;
	msg_handshake(&m, 11, 60);
	read_datagram(&m);
	assert_int_equal(r.hello_len, 0);
}

/* RFC 8446 section 4.1.3: the random of a HelloRetryRequest. */
#define RETRY "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c"

static void hello_retry_request_is_no_server_hello(void **state)
{
	struct handshake_of of = {.type = 2};
	struct record_of record = {.type = 22};
	struct buf hello = {.len = 0}, body = {.len = 0}, m = {.len = 0};

	(void)state;
	put_hex(&hello, "fefd" RETRY "00 1301 00 0006 002b0002fefc");
	put_handshake(&body, &of, hello.b, hello.len);
	msg_record(&m, &record, body.b, body.len);
	assert_int_equal(read_datagram(&m), REASON_PASS);
	assert_int_equal(r.step, DTLS_HELLO_VERIFY);
	m.b[13 + 12 + 2]++;
	assert_int_equal(read_datagram(&m), REASON_PASS);
	assert_int_equal(r.step, DTLS_SERVER_HELLO);
}

static void a_later_fragment_of_a_hello(void **state)
{
	static const u8 part[100];
	struct handshake_of of = {.type = 1, .length = 1400};
	struct record_of record = {.type = 22};
	struct buf body = {.len = 0}, m = {.len = 0};

	(void)state;
	put_handshake(&body, &of, part, sizeof(part));
	msg_record(&m, &record, body.b, body.len);
	assert_int_equal(read_datagram(&m), REASON_PASS);
	assert_int_equal(r.step, DTLS_CLIENT_HELLO);
	assert_int_equal(r.message_len, 1400);
	assert_int_equal(r.hello_len, 100);
	body.len = m.len = 0;
	of.offset = 100;
	put_handshake(&body, &of, part, sizeof(part));
	msg_record(&m, &record, body.b, body.len);
	assert_int_equal(read_datagram(&m), REASON_PASS);
	assert_int_equal(r.step, DTLS_HELLO_PIECE);
	assert_int_equal(r.message_len, 1400);
	assert_int_equal(r.hello_len, 0);
	body.len = m.len = 0;
	of.type = 11; /* of a Certificate it is: the handshake goes on */
	put_handshake(&body, &of, part, sizeof(part));
	msg_record(&m, &record, body.b, body.len);
	assert_int_equal(read_datagram(&m), REASON_PASS);
	assert_int_equal(r.step, DTLS_HANDSHAKE);
}

static void several_records_a_datagram(void **state)
{
	static const u8 ccs = 1, sealed[40];
	struct record_of change = {.type = 20}, finished = {.type = 22, .epoch = 1};
	struct buf m = {.len = 0};
	u32 at = 0;

	(void)state;
	msg_handshake(&m, 16, 66);
	msg_record(&m, &change, &ccs, 1);
	msg_record(&m, &finished, sealed, sizeof(sealed));
	assert_int_equal(read_at(&m, m.len, at), REASON_PASS);
	assert_int_equal(r.step, DTLS_HANDSHAKE);
	assert_int_equal(r.next, AT + 13 + 12 + 66);
	at = r.next - AT;
	assert_int_equal(read_at(&m, m.len, at), REASON_PASS);
	assert_int_equal(r.step, DTLS_CHANGE_CIPHER);
	at = r.next - AT;
	assert_int_equal(read_at(&m, m.len, at), REASON_PASS);
	assert_int_equal(r.step, DTLS_FINISHED);
	assert_int_equal(r.epoch, 1);
	assert_int_equal(r.next, AT + m.len);
}

static void dtls_alerts(void **state)
{
	(void)state;
	assert_int_equal(read_dtls_hex("15 fefd 0000 000000000003 0002 0228"), REASON_PASS);
	assert_int_equal(r.step, DTLS_ALERT);
	assert_int_equal(r.alert_level, 2);
	assert_int_equal(r.alert, 40);
	assert_int_equal(read_dtls_hex("15 fefd 0001 000000000003 0018 "
				       "0228aabbccddeeff00112233445566778899aabbccddeeff"),
			 REASON_PASS);
	assert_int_equal(r.step, DTLS_ALERT_CIPHER);
	assert_int_equal(r.alert, 0);
	assert_int_equal(read_dtls_hex("15 fefd 0000 000000000003 0001 02"), REASON_PASS);
	assert_int_equal(r.step, DTLS_ALERT);
	assert_int_equal(r.alert, 0);
}

/* RFC 9147 section 4: 001CSLEE. */
static void unified_headers(void **state)
{
	(void)state;
	assert_int_equal(read_dtls_hex("2e 0001 0011 0102030405060708090a0b0c0d0e0f1011"),
			 REASON_PASS);
	assert_int_equal(r.step, DTLS_CIPHER13);
	assert_int_equal(r.epoch, 2);
	assert_int_equal(r.version, 0);
	assert_int_equal(r.next, AT + 5 + 17);
	assert_int_equal(read_dtls_hex("26 01 0011 0102030405060708090a0b0c0d0e0f1011"),
			 REASON_PASS);
	assert_int_equal(r.step, DTLS_CIPHER13);
	assert_int_equal(r.next, AT + 4 + 17);
	assert_int_equal(read_dtls_hex("2f 0001 0011 0102030405060708090a0b0c0d0e0f1011"),
			 REASON_PASS);
	assert_int_equal(r.step, DTLS_DATA);
	assert_int_equal(read_dtls_hex("2c 0001 0011 0102030405060708090a0b0c0d0e0f1011"),
			 REASON_PASS);
	assert_int_equal(r.step, DTLS_DATA); /* epoch 4, a key update */
	assert_int_equal(read_dtls_hex("2a 0001 0102030405060708090a0b0c0d0e0f1011"), REASON_PASS);
	assert_int_equal(r.next, AT + 20); /* no length: to the end */
	assert_int_equal(read_dtls_hex("3e aabb 0001 0011 0102030405060708090a0b0c0d0e0f1011"),
			 REASON_PASS);
	assert_int_equal(r.next, AT + 24); /* a connection id of unknown length: likewise */
}

/* Sizes as libraries send them: content, its type, a tag of 16 bytes. */
static void sealed_records_by_their_size(void **state)
{
	static const struct {
		u8 first, size, step;
	} rows[] = {
		{0x2f, 19, DTLS_ALERT_CIPHER},
		{0x2e, 19, DTLS_ALERT_CIPHER},
		{0x2f, 35, DTLS_ACK},
		{0x2f, 51, DTLS_ACK},
		{0x2f, 83, DTLS_ACK},
		{0x2f, 99, DTLS_DATA},
		{0x2e, 35, DTLS_CIPHER13},
		{0x2e, 61, DTLS_CIPHER13},
		{0x2f, 3, DTLS_DATA},
		/* of SCTP: COOKIE-ACK, SACK */
		{0x2f, 33, DTLS_DATA},
		{0x2f, 45, DTLS_DATA},
	};
	struct buf m;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		m.len = 0;
		put8(&m, rows[i].first);
		put16(&m, 7);
		put16(&m, rows[i].size);
		put_many(&m, 0x5a, rows[i].size);
		assert_int_equal(read_datagram(&m), REASON_PASS);
		assert_int_equal(r.step, rows[i].step);
	}
	m.len = 0;
	put_hex(&m, "2a 0001");
	put_many(&m, 0x5a, 19); /* the length is the rest of the datagram */
	assert_int_equal(read_datagram(&m), REASON_PASS);
	assert_int_equal(r.step, DTLS_ALERT_CIPHER);
}

static void unified_headers_that_lie(void **state)
{
	(void)state;
	assert_int_equal(read_dtls_hex("2e 0001 0012 0102030405060708090a0b0c0d0e0f1011"),
			 REASON_BAD_DTLS);
	assert_int_equal(read_dtls_hex("2e 0001 00"), REASON_BAD_DTLS);
	assert_int_equal(read_dtls_hex("2e"), REASON_BAD_DTLS);
}

static void clear_and_unified_in_one_datagram(void **state)
{
	struct buf m = {.len = 0};

	(void)state;
	msg_handshake(&m, 2, 60);
	put_hex(&m, "2e 0001 0011 0102030405060708090a0b0c0d0e0f1011");
	assert_int_equal(read_at(&m, m.len, 0), REASON_PASS);
	assert_int_equal(r.step, DTLS_SERVER_HELLO);
	assert_int_equal(read_at(&m, m.len, r.next - AT), REASON_PASS);
	assert_int_equal(r.step, DTLS_CIPHER13);
}

static void records_with_a_connection_id(void **state)
{
	(void)state;
	assert_int_equal(read_dtls_hex("19 fefd 0001 000000000007 a1b2c3d4 0011 "
				       "0102030405060708090a0b0c0d0e0f1011"),
			 REASON_PASS);
	assert_int_equal(r.step, DTLS_DATA);
	assert_int_equal(r.next, AT + 13 + 4 + 17);
	/* the first of its epoch: Finished, whatever the id */
	assert_int_equal(read_dtls_hex("19 fefd 0001 000000000000 a1b2c3d4 0011 "
				       "0102030405060708090a0b0c0d0e0f1011"),
			 REASON_PASS);
	assert_int_equal(r.step, DTLS_FINISHED);
	assert_int_equal(read_dtls_hex("19 fefd 0001 000100000000 a1b2c3d4 0011 "
				       "0102030405060708090a0b0c0d0e0f1011"),
			 REASON_PASS);
	assert_int_equal(r.step, DTLS_DATA);
}

static void dtls_lengths_that_lie(void **state)
{
	struct buf m = {.len = 0};

	(void)state;
	msg_handshake(&m, 1, 60);
	set16(&m, 11, 73);
	assert_int_equal(read_datagram(&m), REASON_BAD_DTLS);
	set16(&m, 11, 0xffff);
	assert_int_equal(read_datagram(&m), REASON_BAD_DTLS);
	set16(&m, 11, 0); /* an empty record: the next one begins behind it */
	assert_int_equal(read_datagram(&m), REASON_PASS);
	assert_int_equal(r.step, DTLS_HANDSHAKE);
	assert_int_equal(r.message_len, 0);
	assert_int_equal(r.next, AT + 13);
}

/* A capture, or the copy, may end before the datagram does. */
static void dtls_cut_anywhere(void **state)
{
	struct buf m = {.len = 0};

	(void)state;
	msg_handshake(&m, 1, 200);
	for (u32 have = 0; have < 13; have++)
		assert_int_equal(read_at(&m, have, 0), REASON_BAD_DTLS);
	for (u32 have = 13; have < m.len; have++) {
		assert_int_equal(read_at(&m, have, 0), REASON_PASS);
		assert_int_equal(r.step, have < 25 ? DTLS_HANDSHAKE : DTLS_CLIENT_HELLO);
		assert_int_equal(r.hello_len, have < 25 ? 0 : have - 25);
		assert_int_equal(r.next, AT + m.len);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(steps_of_content_types),
		cmocka_unit_test(dtls_versions),
		cmocka_unit_test(steps_of_handshake_messages),
		cmocka_unit_test(the_body_of_a_hello_is_found),
		cmocka_unit_test(hello_retry_request_is_no_server_hello),
		cmocka_unit_test(a_later_fragment_of_a_hello),
		cmocka_unit_test(several_records_a_datagram),
		cmocka_unit_test(dtls_alerts),
		cmocka_unit_test(unified_headers),
		cmocka_unit_test(sealed_records_by_their_size),
		cmocka_unit_test(unified_headers_that_lie),
		cmocka_unit_test(clear_and_unified_in_one_datagram),
		cmocka_unit_test(records_with_a_connection_id),
		cmocka_unit_test(dtls_lengths_that_lie),
		cmocka_unit_test(dtls_cut_anywhere),
	};

	return cmocka_run_group_tests_name("dtls", tests, NULL, NULL);
}
