/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * TURN for peers that speak TCP (RFC 6062): Connect or ConnectionAttempt name the peer on the
 * control connection, ConnectionBind makes a second one carry the peer's bytes. `peer` is the TURN
 * server, `other` the peer behind it.
 */
#include "tcp_stream_fixture.h"

#define ID 0x89abcdef

static void turn_message(struct pipeline *p, enum host_dir way, const struct buf *m)
{
	send_tcp(p, way, PSH | ACK, m->b, m->len);
}

static void turn_server_answers(struct pipeline *p, u16 type)
{
	struct buf m;

	msg_stun(&m, type, p->ids);
	turn_message(p, IN, &m);
}

static void open_connection(struct pipeline *p)
{
	send_tcp(p, OUT, SYN, NULL, 0);
	send_tcp(p, IN, SYN | ACK, NULL, 0);
}

/* The control connection. */
static void send_control(struct pipeline *p)
{
	struct buf m;

	open_connection(p);
	msg_stun(&m, 0x0003, ++p->ids);
	msg_attr32(&m, 0x0019, 0x06000000);
	turn_message(p, OUT, &m);
	turn_server_answers(p, 0x0103);
}

static void connect_peer(struct pipeline *p)
{
	struct buf m;

	msg_stun(&m, 0x000a, ++p->ids);
	msg_address(&m, 0x0012, p->other, true);
	turn_message(p, OUT, &m);
	msg_stun(&m, 0x010a, p->ids);
	msg_attr32(&m, 0x002a, ID);
	turn_message(p, IN, &m);
}

static void peer_attempts(struct pipeline *p)
{
	struct buf m;

	msg_stun(&m, 0x001c, ++p->ids);
	msg_attr32(&m, 0x002a, ID);
	msg_address(&m, 0x0012, p->other, true);
	turn_message(p, IN, &m);
}

/* The data connection, from another port. From here on packets are on it. */
static void bind_connection(struct pipeline *p, u32 id)
{
	struct buf m;

	p->host.port++;
	open_connection(p);
	msg_stun(&m, 0x000b, ++p->ids);
	msg_attr32(&m, 0x002a, id);
	turn_message(p, OUT, &m);
	turn_server_answers(p, 0x010b);
	clear_events(p);
}

static void send_framed(struct pipeline *p, enum host_dir way, const struct buf *m)
{
	struct buf s = {.len = 0};

	put_rfc4571(&s, m);
	send_stream(p, way, &s);
}

static struct flow_key peer_key(struct pipeline *p)
{
	struct flow_key carrying = key_between(p, PROTO_TCP), key = carrying;

	if (p->variant->wan)
		key.far = p->other;
	else
		key.near = p->other;
	key.tag = flow_tag(&carrying);
	key.relayed = 1;
	return key;
}

/* A check of the host to its peer and the answer, and what they left. */
static void establish_tunnel(struct pipeline *p)
{
	struct check_of of = {.id = ++p->ids, .username = "bobb:alic"};
	struct flow_key key = peer_key(p);
	const struct flow_record *r;
	struct event e;
	struct buf m;

	msg_check(&m, &of);
	send_framed(p, OUT, &m);
	e = take_only_event(p, EVENT_STUN, OUT, CLASS_STUN);
	assert_memory_equal(&e.key, &key, sizeof(key));
	assert_endpoint(&e.server, p->peer);
	msg_answer(&m, of.id, p->other);
	send_framed(p, IN, &m);
	take_only_event(p, EVENT_STUN, IN, CLASS_STUN);
	r = flow_of(p, &key);
	assert_non_null(r);
	assert_endpoint(&r->server, p->peer);
	assert_int_equal(packets_counted(p, OUT, CARRIER_TCP_RELAYED, CLASS_STUN), 1);
	assert_int_equal(packets_counted(p, IN, CARRIER_TCP_RELAYED, CLASS_STUN), 1);
}

static void connect_opens_a_connection_to_a_peer(void **state)
{
	struct rtp_of of = {.ssrc = 5, .payload_type = 96, .len = 100};
	struct pipeline *p = *state;
	struct buf m = {.len = 0};
	struct flow_key key;
	u64 turn;

	send_control(p);
	connect_peer(p);
	bind_connection(p, ID);
	turn = messages_counted(p, OUT, CARRIER_TCP);
	assert_int_equal(tcp_record(p)->turn_tcp, 1);
	establish_tunnel(p);
	msg_handshake(&m, 1, 900);
	send_framed(p, OUT, &m);
	assert_int_equal(take_only_event(p, EVENT_DTLS, OUT, CLASS_DTLS).key.relayed, 1);
	for (; of.seq < 100; of.seq++) {
		msg_rtp(&m, &of);
		send_framed(p, IN, &m);
	}
	key = peer_key(p);
	assert_true(stream_all_packets(&flow_of(p, &key)->dir[dir_of(p, IN)]) == 100);
	assert_int_equal(packets_counted(p, IN, CARRIER_TCP_RELAYED, CLASS_RTP), 100);
	/* the tunnel itself has no messages */
	assert_int_equal(messages_counted(p, OUT, CARRIER_TCP), turn);
	assert_true(tcp_half(p, IN)->packets == 102); /* but goes on being heard of */
	assert_int_equal(all_skipped(p), 0);
}

static void connection_attempt_brings_a_connection_from_a_peer(void **state)
{
	struct pipeline *p = *state;

	send_control(p);
	peer_attempts(p);
	bind_connection(p, ID);
	establish_tunnel(p);
	assert_int_equal(all_skipped(p), 0);
}

/*
 * A server may put the peer's first bytes into the segment of its answer: they are not read, what
 * follows is.
 */
static void bytes_in_the_answers_segment_are_the_peers(void **state)
{
	struct check_of of = {.id = 900, .username = "alic:bobb"};
	struct pipeline *p = *state;
	struct buf m, s = {.len = 0};

	send_control(p);
	connect_peer(p);
	p->host.port++;
	open_connection(p);
	msg_stun(&m, 0x000b, ++p->ids);
	msg_attr32(&m, 0x002a, ID);
	turn_message(p, OUT, &m);
	msg_stun(&s, 0x010b, p->ids);
	msg_check(&m, &of);
	put_rfc4571(&s, &m);
	send_stream(p, IN, &s);
	clear_events(p);
	establish_tunnel(p);
}

static void an_unknown_connection_id_is_not_followed(void **state)
{
	struct check_of of = {.id = 900, .username = "bobb:alic"};
	struct pipeline *p = *state;
	struct buf m;

	send_control(p);
	connect_peer(p);
	bind_connection(p, ID + 1);
	assert_int_equal(tcp_record(p)->turn_tcp, 0);
	msg_check(&m, &of);
	send_framed(p, OUT, &m);
	expect_events(p, 0);
	assert_int_equal(packets_counted(p, OUT, CARRIER_TCP, CLASS_OTHER), 1);
	assert_int_equal(messages_counted(p, OUT, CARRIER_TCP_RELAYED), 0);
}

static void a_connection_of_unknown_content_is_other(void **state)
{
	static const char get[] = "GET / HTTP/1.1\r\nHost: example.org\r\n\r\n";
	struct pipeline *p = *state;

	send_control(p);
	connect_peer(p);
	bind_connection(p, ID);
	for (int i = 0; i < 10; i++)
		send_tcp(p, OUT, PSH | ACK, get, sizeof(get) - 1);
	expect_events(p, 0);
	assert_int_equal(packets_counted(p, OUT, CARRIER_TCP, CLASS_OTHER), 10);
	assert_int_equal(all_skipped(p), 0);
}

/* The id means something between these two hosts only. */
static void an_id_of_another_server(void **state)
{
	struct pipeline *p = *state;
	struct endpoint server;

	send_control(p);
	connect_peer(p);
	server = p->peer;
	p->peer = p->other;
	bind_connection(p, ID);
	assert_int_equal(tcp_record(p)->turn_tcp, 0);
	p->peer = server;
}

int main(void)
{
	static const struct pipeline_case cases[] = {
		PIPELINE_CASE(connect_opens_a_connection_to_a_peer),
		PIPELINE_CASE(connection_attempt_brings_a_connection_from_a_peer),
		PIPELINE_CASE(bytes_in_the_answers_segment_are_the_peers),
		PIPELINE_CASE(an_unknown_connection_id_is_not_followed),
		PIPELINE_CASE(a_connection_of_unknown_content_is_other),
		PIPELINE_CASE(an_id_of_another_server),
	};

	return pipeline_run("data_connection", cases, COUNT(cases));
}
