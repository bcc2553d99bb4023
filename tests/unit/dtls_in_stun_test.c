/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A DTLS handshake inside libwebrtc's connectivity checks: attribute 0xc070 carries a datagram,
 * 0xc071 the CRCs of those that arrived. Its steps count as if they had been on the wire.
 */
#include "pipeline_fixture.h"

/* A check or an answer with DTLS and an acknowledgement in it; a NULL is left out. */
static void send_sped(struct pipeline *p, enum host_dir way, u16 type, u64 id,
		      const struct buf *dtls, const char *acked)
{
	struct buf acks = {.len = 0}, m;

	msg_stun(&m, type, id);
	if (type == 0x0001)
		msg_text(&m, 0x0006, way == OUT ? "bobb:alic" : "alic:bobb");
	if (dtls)
		msg_attr(&m, 0xc070, dtls->b, dtls->len);
	if (acked) {
		put_hex(&acks, acked);
		msg_attr(&m, 0xc071, acks.b, acks.len);
	}
	send_udp(p, way, &m);
}

static const struct event *dtls_told(const struct pipeline *p, u8 step)
{
	const struct event *found = NULL;

	for (u32 i = 0; i < p->nevents; i++)
		if (p->events[i].kind == EVENT_DTLS && p->events[i].dtls.step == step)
			found = &p->events[i];
	return found;
}

static void expect_step(const struct pipeline *p, enum host_dir way, u8 step, bool known)
{
	const struct event *e = dtls_told(p, step);

	assert_non_null(e);
	assert_int_equal(e->dir, dir_of(p, way));
	assert_int_equal(e->cls, CLASS_DTLS);
	assert_int_equal(e->known, known);
}

static void client_hello(struct buf *m)
{
	m->len = 0;
	msg_handshake(m, 1, 150);
}

#define SEALED "000102030405060708090a0b0c0d0e0f101112131415161718"

/* The first check carries the ClientHello, when nobody has answered yet. */
static void the_hello_of_the_first_check_counts(void **state)
{
	struct pipeline *p = *state;
	struct buf m;

	client_hello(&m);
	send_sped(p, OUT, 0x0001, 900, &m, "");
	expect_events(p, 2);
	expect_step(p, OUT, DTLS_CLIENT_HELLO, false);
	assert_int_equal(dtls_told(p, DTLS_CLIENT_HELLO)->dtls.hello_len, 150);
	assert_null(record_of(p, PROTO_UDP));
	clear_events(p);
	m.len = 0;
	msg_handshake(&m, 2, 80);
	put_hex(&m, "2e 0000 0019 " SEALED);
	send_sped(p, IN, 0x0101, 900, &m, "01020304");
	expect_step(p, IN, DTLS_SERVER_HELLO, true);
	expect_step(p, IN, DTLS_CIPHER13, true);
	expect_step(p, IN, DTLS_ACK, true);
	assert_int_equal(half_of(p, OUT)->dtls_seen, 1u << DTLS_CLIENT_HELLO);
	assert_int_equal(half_of(p, OUT)->hellos, 1);
	assert_int_equal(half_of(p, OUT)->dtls_packets, 1);
	assert_int_equal(half_of(p, IN)->dtls_seen,
			 1u << DTLS_SERVER_HELLO | 1u << DTLS_CIPHER13 | 1u << DTLS_ACK);
	assert_true(half_of(p, IN)->packets == 1); /* one message */
	assert_int_equal(packets_counted(p, IN, CARRIER_UDP, CLASS_DTLS), 0);
	assert_int_equal(all_skipped(p), 0);
}

static void a_repeated_hello_is_reported_with_backoff(void **state)
{
	struct pipeline *p = *state;
	struct buf m;
	u32 told = 0;

	client_hello(&m);
	for (u64 i = 1; i <= 20; i++)
		send_sped(p, OUT, 0x0001, i, &m, "");
	for (u32 i = 0; i < p->nevents; i++)
		told += p->events[i].kind == EVENT_DTLS;
	assert_int_equal(told, 9); /* the first eight and the sixteenth */
	assert_int_equal(dtls_told(p, DTLS_CLIENT_HELLO)->dtls.count, 16);
	send_sped(p, IN, 0x0101, 20, NULL, "01020304");
	assert_int_equal(half_of(p, OUT)->hellos, 20);
	assert_int_equal(half_of(p, IN)->dtls_seen, 1u << DTLS_ACK);
}

/* Neither flight is on the wire; the records that follow are believed. */
static void a_whole_handshake_inside_checks(void **state)
{
	struct buf m = {.len = 0};
	struct pipeline *p = *state;

	establish_ice(p);
	client_hello(&m);
	send_sped(p, OUT, 0x0001, 901, &m, "");
	m.len = 0;
	msg_handshake(&m, 2, 80);
	send_sped(p, IN, 0x0101, 901, &m, "01020304");
	m.len = 0;
	put_hex(&m, "2e 0001 0019 " SEALED);
	send_sped(p, IN, 0x0001, 902, &m, "01020304");
	send_sped(p, OUT, 0x0101, 902, &m, "05060708 090a0b0c");
	clear_events(p);
	m.len = 0;
	put_hex(&m, "2f 0000 0019 " SEALED);
	send_udp(p, OUT, &m);
	expect_step(p, OUT, DTLS_DATA, true);
	assert_int_equal(half_of(p, OUT)->dtls_seen, 1u << DTLS_CLIENT_HELLO | 1u << DTLS_CIPHER13 |
							     1u << DTLS_ACK | 1u << DTLS_DATA);
	assert_int_equal(half_of(p, IN)->dtls_seen,
			 1u << DTLS_SERVER_HELLO | 1u << DTLS_CIPHER13 | 1u << DTLS_ACK);
}

/* An empty attribute only announces that its sender supports this. */
static void an_empty_acknowledgement_is_none(void **state)
{
	struct pipeline *p = *state;

	establish_ice(p);
	send_sped(p, OUT, 0x0001, 901, NULL, "");
	send_sped(p, IN, 0x0101, 901, NULL, "");
	assert_null(dtls_told(p, DTLS_ACK));
	assert_int_equal(half_of(p, IN)->dtls_seen, 0);
}

static void an_attribute_without_dtls_is_counted(void **state)
{
	struct buf m = {.len = 0};
	struct pipeline *p = *state;

	put_many(&m, 0x41, 40);
	send_sped(p, OUT, 0x0001, 900, &m, NULL);
	assert_true(packets_skipped(p, REASON_BAD_DTLS) == 1);
	expect_events(p, 1); /* the check stands */
}

int main(void)
{
	static const struct pipeline_case cases[] = {
		PIPELINE_CASE(the_hello_of_the_first_check_counts),
		PIPELINE_CASE(a_repeated_hello_is_reported_with_backoff),
		PIPELINE_CASE(a_whole_handshake_inside_checks),
		PIPELINE_CASE(an_empty_acknowledgement_is_none),
		PIPELINE_CASE(an_attribute_without_dtls_is_counted),
	};

	return pipeline_run("sped", cases, COUNT(cases));
}
