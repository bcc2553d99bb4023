/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * DTLS on a known flow: each step is reported once, hellos and alerts are counted, and nothing is
 * believed of untracked flows.
 */
#include "pipeline_fixture.h"

static void send_handshake(struct pipeline *p, enum host_dir way, u8 type, u32 len)
{
	struct buf m = {.len = 0};

	msg_handshake(&m, type, len);
	send_udp(p, way, &m);
}

static void send_record(struct pipeline *p, enum host_dir way, u8 type, u16 epoch, const char *hex)
{
	struct record_of of = {.type = type, .epoch = epoch};
	struct buf body = {.len = 0}, m = {.len = 0};

	put_hex(&body, hex);
	msg_record(&m, &of, body.b, body.len);
	send_udp(p, way, &m);
}

#define SEALED "000102030405060708090a0b0c0d0e0f101112131415161718"

static struct event take_step(struct pipeline *p, enum host_dir way, u8 step)
{
	struct event e = take_only_event(p, EVENT_DTLS, way, CLASS_DTLS);

	assert_int_equal(e.dtls.step, step);
	assert_int_equal(e.known, 1);
	return e;
}

static void untracked_flows_are_not_believed(void **state)
{
	struct pipeline *p = *state;

	send_handshake(p, OUT, 1, 100);
	send_check(p, OUT, "bobb:alic");
	clear_events(p);
	send_handshake(p, OUT, 1, 100); /* on probation neither */
	expect_events(p, 0);
	assert_int_equal(packets_counted(p, OUT, CARRIER_UDP, CLASS_DTLS), 2);
}

static void a_handshake_of_dtls_1_2(void **state)
{
	struct pipeline *p = *state;
	struct event e;

	establish_ice(p);
	send_handshake(p, OUT, 1, 150);
	e = take_step(p, OUT, DTLS_CLIENT_HELLO);
	assert_int_equal(e.dtls.record_version, 0xfefd);
	assert_int_equal(e.dtls.message_len, 150);
	assert_int_equal(e.dtls.hello_len, 150);
	assert_int_equal(e.dtls.count, 1);
	assert_int_equal(e.count, 1);
	assert_int_equal(e.wire_len, 13 + 12 + 150);
	send_handshake(p, IN, 3, 20);
	take_step(p, IN, DTLS_HELLO_VERIFY);
	send_handshake(p, OUT, 1, 170);
	e = take_step(p, OUT, DTLS_CLIENT_HELLO);
	assert_int_equal(e.dtls.count, 2);
	send_handshake(p, IN, 2, 80);
	e = take_step(p, IN, DTLS_SERVER_HELLO);
	assert_int_equal(e.dtls.hello_len, 80);
	send_handshake(p, IN, 11, 600);
	e = take_step(p, IN, DTLS_HANDSHAKE);
	assert_int_equal(e.dtls.hello_len, 0);
	send_handshake(p, IN, 14, 0);
	expect_events(p, 0);
	send_record(p, OUT, 20, 0, "01");
	take_step(p, OUT, DTLS_CHANGE_CIPHER);
	send_record(p, OUT, 22, 1, SEALED);
	e = take_step(p, OUT, DTLS_FINISHED);
	assert_int_equal(e.dtls.epoch, 1);
	send_record(p, OUT, 23, 1, SEALED);
	take_step(p, OUT, DTLS_DATA);
	send_record(p, OUT, 23, 1, SEALED);
	expect_events(p, 0);
	assert_int_equal(half_of(p, OUT)->hellos, 2);
	assert_int_equal(half_of(p, OUT)->dtls_packets, 4);
	assert_int_equal(half_of(p, OUT)->data_packets, 2);
	assert_int_equal(half_of(p, IN)->dtls_packets, 4);
	assert_int_equal(half_of(p, OUT)->dtls_seen, 1u << DTLS_CLIENT_HELLO |
							     1u << DTLS_CHANGE_CIPHER |
							     1u << DTLS_FINISHED | 1u << DTLS_DATA);
	assert_true(half_of(p, OUT)->data_ns == p->now);
	assert_int_equal(packets_counted(p, OUT, CARRIER_UDP, CLASS_DTLS), 6);
	assert_int_equal(all_skipped(p), 0);
}

static void a_flight_in_one_datagram(void **state)
{
	static const u8 ccs = 1, sealed[40];
	struct record_of change = {.type = 20}, finished = {.type = 22, .epoch = 1};
	struct buf m = {.len = 0};
	struct pipeline *p = *state;

	establish_ice(p);
	msg_handshake(&m, 11, 300);
	msg_handshake(&m, 16, 66);
	msg_record(&m, &change, &ccs, 1);
	msg_record(&m, &finished, sealed, sizeof(sealed));
	send_udp(p, OUT, &m);
	expect_events(p, 3);
	assert_int_equal(p->events[0].dtls.step, DTLS_HANDSHAKE);
	assert_int_equal(p->events[1].dtls.step, DTLS_CHANGE_CIPHER);
	assert_int_equal(p->events[2].dtls.step, DTLS_FINISHED);
	assert_int_equal(half_of(p, OUT)->dtls_packets, 1);
}

static void a_repeated_hello_is_counted(void **state)
{
	struct pipeline *p = *state;

	establish_ice(p);
	for (int i = 0; i < 20; i++)
		send_handshake(p, OUT, 1, 150);
	expect_events(p, 9); /* the first eight and the sixteenth */
	assert_int_equal(p->events[8].dtls.count, 16);
	assert_int_equal(half_of(p, OUT)->hellos, 20);
	assert_int_equal(half_of(p, OUT)->dtls_packets, 20);
}

/* The key share of post-quantum ClientHellos does not fit into one datagram. */
static void a_hello_over_two_datagrams(void **state)
{
	static const u8 part[900];
	struct handshake_of of = {.type = 1, .length = 1500};
	struct record_of record = {.type = 22, .version = 0xfeff};
	struct buf body = {.len = 0}, m = {.len = 0};
	struct pipeline *p = *state;
	struct event e;

	establish_ice(p);
	put_handshake(&body, &of, part, 900);
	msg_record(&m, &record, body.b, body.len);
	send_udp(p, OUT, &m);
	e = take_step(p, OUT, DTLS_CLIENT_HELLO);
	assert_int_equal(e.dtls.message_len, 1500);
	assert_int_equal(e.dtls.hello_len, DTLS_HELLO_KEPT);
	of.offset = 900;
	body.len = m.len = 0;
	put_handshake(&body, &of, part, 600);
	msg_record(&m, &record, body.b, body.len);
	send_udp(p, OUT, &m);
	e = take_step(p, OUT, DTLS_HELLO_PIECE);
	assert_int_equal(e.wire_len, 13 + 12 + 600);
	assert_int_equal(e.dtls.hello_len, 0);
	send_udp(p, OUT, &m);
	expect_events(p, 0);
	assert_int_equal(half_of(p, OUT)->hellos, 1);
	assert_int_equal(half_of(p, OUT)->dtls_packets, 3);
	assert_int_equal(packets_counted(p, OUT, CARRIER_UDP, CLASS_DTLS), 3);
}

static void the_hellos_bytes_are_kept(void **state)
{
	static u8 pattern[600];
	struct pipeline *p = *state;
	struct event e;

	establish_ice(p);
	for (u32 i = 0; i < sizeof(pattern); i++)
		pattern[i] = (u8)(i * 7 + 1);
	for (u32 len = 600; len > 37; len -= 37) {
		struct handshake_of of = {.type = 2};
		struct record_of record = {.type = 22};
		struct buf body = {.len = 0}, m = {.len = 0};
		u32 kept = len < DTLS_HELLO_KEPT ? len : DTLS_HELLO_KEPT;

		put_handshake(&body, &of, pattern, len);
		msg_record(&m, &record, body.b, body.len);
		p->peer.port++;
		establish_ice(p);
		send_udp(p, IN, &m);
		e = take_step(p, IN, DTLS_SERVER_HELLO);
		assert_int_equal(e.dtls.hello_len, kept);
		assert_memory_equal(e.dtls.hello, pattern, kept);
		for (u32 i = kept; i < DTLS_HELLO_KEPT; i++)
			assert_int_equal(e.dtls.hello[i], 0); /* nothing of what was there before */
	}
}

static void a_handshake_of_dtls_1_3(void **state)
{
	struct buf m = {.len = 0};
	struct pipeline *p = *state;
	struct event e;

	establish_ice(p);
	send_handshake(p, OUT, 1, 300);
	clear_events(p);
	msg_handshake(&m, 2, 80);
	put_hex(&m, "2e 0000 0019 " SEALED);
	put_hex(&m, "2e 0001 0019 " SEALED);
	send_udp(p, IN, &m);
	expect_events(p, 2);
	assert_int_equal(p->events[0].dtls.step, DTLS_SERVER_HELLO);
	assert_int_equal(p->events[1].dtls.step, DTLS_CIPHER13);
	assert_int_equal(p->events[1].dtls.record_version, 0);
	assert_int_equal(p->events[1].dtls.epoch, 2);
	clear_events(p);
	m.len = 0;
	put_hex(&m, "2e 0000 0019 " SEALED);
	send_udp(p, OUT, &m);
	take_step(p, OUT, DTLS_CIPHER13);
	m.len = 0;
	put_hex(&m, "2f 0000 0019 " SEALED);
	send_udp(p, OUT, &m);
	e = take_step(p, OUT, DTLS_DATA);
	assert_int_equal(e.dtls.epoch, 3);
	send_udp(p, OUT, &m);
	expect_events(p, 0);
	assert_int_equal(half_of(p, OUT)->data_packets, 2);
	assert_int_equal(half_of(p, OUT)->dtls_packets, 2);
	send_record(p, IN, 26, 0, "0010 0000000000000002 0000000000000000");
	take_step(p, IN, DTLS_ACK);
}

/* RFC 9146: behind ChangeCipherSpec everything has content type 25. */
static void a_handshake_with_connection_ids(void **state)
{
	struct buf m = {.len = 0};
	struct pipeline *p = *state;

	establish_ice(p);
	send_handshake(p, OUT, 1, 150);
	clear_events(p);
	put_hex(&m, "14 fefd 0000 000000000003 0001 01");
	put_hex(&m, "19 fefd 0001 000000000000 c1c2c3 0019 " SEALED);
	send_udp(p, OUT, &m);
	expect_events(p, 2);
	assert_int_equal(p->events[1].dtls.step, DTLS_FINISHED);
	assert_int_equal(half_of(p, OUT)->data_packets, 0);
	clear_events(p);
	for (u8 i = 1; i < 10; i++) {
		m.len = 0;
		put_hex(&m, "19 fefd 0001 0000000000");
		put8(&m, i);
		put_hex(&m, "c1c2c3 0019 " SEALED);
		send_udp(p, OUT, &m);
		if (i == 1)
			take_step(p, OUT, DTLS_DATA);
	}
	expect_events(p, 0);
	assert_int_equal(half_of(p, OUT)->data_packets, 9);
	assert_int_equal(half_of(p, OUT)->dtls_packets, 2);
}

/*
 * The server's ACK of the client's Finished is no data, and the alert at the end tells itself by
 * its size.
 */
static void the_end_of_dtls_1_3(void **state)
{
	struct buf m = {.len = 0};
	struct pipeline *p = *state;

	establish_ice(p);
	send_handshake(p, OUT, 1, 300);
	clear_events(p);
	put_hex(&m, "2f 0000 0023");
	put_many(&m, 0x5a, 35);
	send_udp(p, IN, &m);
	take_step(p, IN, DTLS_ACK);
	assert_int_equal(half_of(p, IN)->data_packets, 0);
	m.len = 0;
	put_hex(&m, "2f 0001 0013");
	put_many(&m, 0x5a, 19);
	send_udp(p, IN, &m);
	take_step(p, IN, DTLS_ALERT_CIPHER);
	assert_int_equal(half_of(p, IN)->dtls_packets, 2);
}

static void alerts_are_reported(void **state)
{
	struct pipeline *p = *state;
	struct event e;

	establish_ice(p);
	send_record(p, IN, 21, 0, "0228");
	e = take_step(p, IN, DTLS_ALERT);
	assert_int_equal(e.dtls.alert_level, 2);
	assert_int_equal(e.dtls.alert, 40);
	send_record(p, IN, 21, 0, "022a");
	e = take_step(p, IN, DTLS_ALERT);
	assert_int_equal(e.dtls.alert, 42);
	assert_int_equal(e.dtls.count, 2);
	assert_int_equal(half_of(p, IN)->alerts, 2);
	send_record(p, OUT, 21, 1, SEALED);
	e = take_step(p, OUT, DTLS_ALERT_CIPHER);
	assert_int_equal(e.dtls.alert, 0);
	assert_int_equal(half_of(p, OUT)->alerts, 0);
}

static void a_record_with_a_bad_length_is_counted(void **state)
{
	struct buf m = {.len = 0};
	struct pipeline *p = *state;

	establish_ice(p);
	msg_handshake(&m, 16, 66);
	put_hex(&m, "16 fefd 0000 000000000001 ffff 00");
	send_udp(p, OUT, &m);
	assert_true(packets_skipped(p, REASON_BAD_DTLS) == 1);
	expect_events(p, 1); /* what came before it stands */
	assert_int_equal(half_of(p, OUT)->dtls_packets, 1);
}

/* libwebrtc puts DTLS flights into connectivity checks: attribute 0xc070. */
static void dtls_inside_stun(void **state)
{
	struct buf hello = {.len = 0}, m;
	struct pipeline *p = *state;
	struct event e;

	establish_ice(p);
	msg_handshake(&hello, 1, 150);
	msg_stun(&m, 0x0001, ++p->ids);
	msg_text(&m, 0x0006, "bobb:alic");
	msg_attr(&m, 0xc070, hello.b, hello.len);
	send_udp(p, OUT, &m);
	e = take_step(p, OUT, DTLS_CLIENT_HELLO);
	assert_int_equal(e.dtls.hello_len, 150);
	assert_int_equal(half_of(p, OUT)->hellos, 1);
	assert_int_equal(half_of(p, OUT)->requests, 2);
	assert_true(half_of(p, OUT)->packets == 3); /* one message, not two */
	assert_int_equal(packets_counted(p, OUT, CARRIER_UDP, CLASS_STUN), 3);
	assert_int_equal(packets_counted(p, OUT, CARRIER_UDP, CLASS_DTLS), 0);
}

int main(void)
{
	static const struct pipeline_case cases[] = {
		PIPELINE_CASE(untracked_flows_are_not_believed),
		PIPELINE_CASE(a_handshake_of_dtls_1_2),
		PIPELINE_CASE(a_flight_in_one_datagram),
		PIPELINE_CASE(a_repeated_hello_is_counted),
		PIPELINE_CASE(a_hello_over_two_datagrams),
		PIPELINE_CASE(the_hellos_bytes_are_kept),
		PIPELINE_CASE(a_handshake_of_dtls_1_3),
		PIPELINE_CASE(alerts_are_reported),
		PIPELINE_CASE(a_record_with_a_bad_length_is_counted),
		PIPELINE_CASE(dtls_inside_stun),
		PIPELINE_CASE(a_handshake_with_connection_ids),
		PIPELINE_CASE(the_end_of_dtls_1_3),
	};

	return pipeline_run("handshake", cases, COUNT(cases));
}
