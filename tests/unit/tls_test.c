/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* TURN over TLS: which ClientHellos are reported, and what is known of their connections. */
#include "tcp_stream_fixture.h"

struct hello_of {
	const char *name, *alpn; /* NULL: none */
};

static void put_extension(struct buf *b, u16 type, const struct buf *value)
{
	put16(b, type);
	put16(b, (u16)value->len);
	put(b, value->b, value->len);
}

static void put_extensions(struct buf *b, const struct hello_of *of)
{
	struct buf value = {.len = 0};
	u32 len;

	put_many(&value, 0x5a, 8);
	put_extension(b, 10, &value); /* supported_groups, of no meaning here */
	value.len = 0;
	if (of->name) {
		len = (u32)strlen(of->name);
		put16(&value, (u16)(len + 3));
		put8(&value, 0);
		put16(&value, (u16)len);
		put(&value, of->name, len);
		put_extension(b, 0, &value);
	}
	value.len = 0;
	if (of->alpn) {
		len = (u32)strlen(of->alpn);
		put16(&value, (u16)(len + 1));
		put8(&value, (u8)len);
		put(&value, of->alpn, len);
		put_extension(b, 16, &value);
	}
}

/* A ClientHello in its record, as browsers begin them. */
static void msg_client_hello(struct buf *m, const struct hello_of *of)
{
	struct buf ext = {.len = 0}, body = {.len = 0};

	put_extensions(&ext, of);
	put16(&body, 0x0303);
	put_many(&body, 0x5a, 32);
	put8(&body, 32);
	put_many(&body, 0xa5, 32);
	put_hex(&body, "0006 1301 1302 1303 01 00");
	put16(&body, (u16)ext.len);
	put(&body, ext.b, ext.len);
	m->len = 0;
	put_hex(m, "16 0301");
	put16(m, (u16)(body.len + 4));
	put8(m, 1);
	put8(m, 0);
	put16(m, (u16)body.len);
	put(m, body.b, body.len);
}

static void send_tls_hello(struct pipeline *p, u16 port, const char *name, const char *alpn)
{
	struct hello_of of = {name, alpn};
	struct buf m;

	p->peer.port = port;
	send_tcp(p, OUT, SYN, NULL, 0);
	send_tcp(p, IN, SYN | ACK, NULL, 0);
	msg_client_hello(&m, &of);
	send_tcp(p, OUT, PSH | ACK, m.b, m.len);
}

static void send_server_hello(struct pipeline *p)
{
	struct buf m = {.len = 0};

	put_hex(&m, "16 0303 007a 02 000076 0303");
	put_many(&m, 0x5a, 116);
	send_tcp(p, IN, PSH | ACK, m.b, m.len);
}

static void send_sealed(struct pipeline *p, enum host_dir way, u32 len)
{
	struct buf m = {.len = 0};

	put_hex(&m, "17 0303");
	put16(&m, (u16)len);
	put_many(&m, 0xc3, len);
	send_tcp(p, way, PSH | ACK, m.b, m.len);
}

static void a_server_name_or_alpn_identifies_turn(void **state)
{
	static const struct {
		u16 port;
		const char *name, *alpn;
		bool told;
	} rows[] = {
		{443, "turn.example.org", NULL, true},
		{443, "global.TURN.example.org", NULL, true},
		{443, "stun-eu.example.org", NULL, true},
		{443, "www.example.org", "stun.turn", true},
		{443, NULL, "stun.nat-discovery", true},
		{5349, "www.example.org", NULL, true},
		{3478, NULL, NULL, true},
		{443, "return.example.org", "h2", false},
		{443, "www.example.org", "http/1.1", false},
		{443, NULL, NULL, false},
		{443, "tur", "stun.other", false},
	};
	struct pipeline *p = *state;
	struct event e;

	for (size_t i = 0; i < COUNT(rows); i++) {
		p->host.port++;
		clear_events(p);
		send_tls_hello(p, rows[i].port, rows[i].name, rows[i].alpn);
		expect_events(p, rows[i].told);
		if (!rows[i].told)
			continue;
		e = take_only_event(p, EVENT_TLS, OUT, CLASS_OTHER);
		assert_int_equal(e.known, 0);
		assert_int_equal(e.tls.name_len, rows[i].name ? strlen(rows[i].name) : 0);
		assert_memory_equal(e.tls.name, rows[i].name ? rows[i].name : "", e.tls.name_len);
	}
	assert_int_equal(flow_count(p), 0);
	assert_int_equal(packets_counted(p, OUT, CARRIER_TCP, CLASS_OTHER), COUNT(rows));
	assert_int_equal(all_skipped(p), 0);
}

static void what_it_carries_is_counted(void **state)
{
	struct pipeline *p = *state;

	send_tls_hello(p, 443, "turn.example.org", NULL);
	send_sealed(p, IN, 50); /* no answer to a ClientHello */
	assert_null(tcp_record(p));
	send_server_hello(p);
	assert_non_null(tcp_record(p));
	assert_int_equal(tcp_record(p)->tcp.framing, FRAMING_TLS);
	for (int i = 0; i < 10; i++)
		send_sealed(p, OUT, 200);
	send_sealed(p, IN, 200);
	send_tcp(p, IN, ACK, NULL, 0); /* carries nothing */
	assert_true(tcp_half(p, OUT)->packets == 10);
	assert_true(tcp_half(p, OUT)->bytes == 10 * 205);
	assert_true(tcp_half(p, IN)->packets == 1);
	assert_int_equal(packets_counted(p, OUT, CARRIER_TCP, CLASS_OTHER), 11);
	assert_int_equal(all_skipped(p), 0);
}

static void the_end_of_tls_is_reported(void **state)
{
	struct pipeline *p = *state;

	send_tls_hello(p, 443, "turn.example.org", NULL);
	clear_events(p);
	send_tcp(p, IN, RST, NULL, 0);
	assert_int_equal(take_only_event(p, EVENT_TCP_CLOSE, IN, CLASS_OTHER).tcp_close.reset, 1);
}

/* In two segments, or cut by a capture: what there is of it is read. */
static void a_hello_in_parts(void **state)
{
	struct hello_of of = {"turn.example.org", "stun.turn"};
	struct pipeline *p = *state;
	struct buf m;

	p->peer.port = 443;
	msg_client_hello(&m, &of);
	for (u32 cut = 12; cut < m.len; cut++) {
		p->host.port++;
		send_tcp(p, OUT, ACK, m.b, cut);
		if (!p->nevents)
			continue;
		assert_int_equal(take_only_event(p, EVENT_TLS, OUT, CLASS_OTHER).tls.name_len, 16);
		assert_true(cut >= m.len - 18); /* the name has come, ALPN not yet */
	}
	expect_events(p, 0);
}

/* Cuts a hello's record in two at byte `at` of its message (RFC 8446 section 5.1). */
static void cut_record(struct buf *m, u32 at)
{
	struct buf whole = *m;

	m->len = 0;
	put_hex(m, "16 0301");
	put16(m, (u16)at);
	put(m, whole.b + 5, at);
	put_hex(m, "16 0303");
	put16(m, (u16)(whole.len - 5 - at));
	put(m, whole.b + 5 + at, whole.len - 5 - at);
}

/* Its name is found wherever it is cut, in one record and in two. */
static void tls_hello_cut_anywhere(void **state)
{
	struct hello_of of = {"turn.example.org", NULL};
	struct pipeline *p = *state;
	const struct event *e;
	struct buf m;
	u32 len;

	msg_client_hello(&m, &of);
	len = m.len;
	for (u32 cut = 1; cut < len; cut++) {
		for (int records = 1; records <= 2; records++) {
			msg_client_hello(&m, &of);
			if (records == 2)
				cut_record(&m, cut % (len - 6) + 1);
			p->host.port = (u16)(10000 + cut * 2 + (u32)records);
			p->peer.port = 443;
			send_tcp(p, OUT, SYN, NULL, 0);
			send_tcp(p, OUT, ACK, m.b, cut);
			send_segment(p, OUT, p->seq[OUT] - cut, ACK, m.b, cut); /* sent again */
			send_tcp(p, OUT, PSH | ACK, m.b + cut, m.len - cut);
			assert_true(p->nevents >= 1);
			e = &p->events[p->nevents - 1];
			assert_int_equal(e->kind, EVENT_TLS);
			assert_int_equal(e->tls.name_len, 16);
			assert_memory_equal(e->tls.name, "turn.example.org", 16);
			clear_events(p);
		}
	}
	send_server_hello(p);
	assert_non_null(record_of(p, PROTO_TCP));
}

/* The server's first message comes byte by byte as well. */
static void hello_byte_by_byte(void **state)
{
	struct hello_of of = {NULL, "stun.turn"};
	struct pipeline *p = *state;
	struct buf m;

	p->peer.port = 443;
	msg_client_hello(&m, &of);
	cut_record(&m, 20);
	for (u32 i = 0; i < m.len; i++)
		send_tcp(p, OUT, ACK, m.b + i, 1);
	take_only_event(p, EVENT_TLS, OUT, CLASS_OTHER);
	send_tcp(p, OUT, ACK, "\x16", 1); /* no answer: it is the client's */
	assert_null(record_of(p, PROTO_TCP));
	send_tcp(p, IN, ACK, "\x16", 1);
	assert_non_null(record_of(p, PROTO_TCP));
}

/* A web server's hello that is cut leaves nothing behind. */
static void other_hello_cut(void **state)
{
	struct hello_of of = {"www.example.org", "h2"};
	struct pipeline *p = *state;
	struct buf m;

	p->peer.port = 443;
	msg_client_hello(&m, &of);
	send_tcp(p, OUT, ACK, m.b, 60);
	send_tcp(p, OUT, PSH | ACK, m.b + 60, m.len - 60);
	send_server_hello(p);
	expect_events(p, 0);
	assert_int_equal(flow_count(p), 0);
	assert_int_equal(native_self(p->n)->map_inserted[MAP_TCP_PARTS], 1);
	assert_int_equal(native_self(p->n)->map_deleted[MAP_TCP_PARTS], 1);
}

int main(void)
{
	static const struct pipeline_case cases[] = {
		PIPELINE_CASE(a_server_name_or_alpn_identifies_turn),
		PIPELINE_CASE(what_it_carries_is_counted),
		PIPELINE_CASE(the_end_of_tls_is_reported),
		PIPELINE_CASE(a_hello_in_parts),
		PIPELINE_CASE(tls_hello_cut_anywhere),
		PIPELINE_CASE(hello_byte_by_byte),
		PIPELINE_CASE(other_hello_cut),
	};

	return pipeline_run("tls", cases, COUNT(cases));
}
