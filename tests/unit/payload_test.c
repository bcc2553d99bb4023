/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What an audit says, as the observer understands it: whole conversations, nothing in them skipped
 * or misread.
 */
#include "pipe.h"

#include "audit/conversations.h"
#include "audit/payload_stun.h"
#include "stun_reader.h"

static void the_fingerprint_is_that_of_the_rfc(void **state)
{
	struct buf sample = {.len = 0};
	struct packet_builder wire = {.length = 0};

	(void)state;
	put_hex(&sample, sample_request);
	builder_put(&wire, sample.b, sample.len - 8);
	stun_fingerprint(&wire);
	assert_int_equal(wire.length, sample.len);
	assert_memory_equal(wire.bytes, sample.b, sample.len);
}

/* The first one over that transport in which this is said. */
static const struct audit_conversation *with(u8 proto, payload_fn *payload)
{
	for (const struct audit_conversation *c = conversations; c->steps; c++)
		for (const struct conversation_step *step = c->steps; step->name; step++)
			if (c->proto == proto && step->payload == payload)
				return c;
	fail_msg("nobody says it");
	return NULL;
}

static void say(struct pipe *p, const struct audit_conversation *conversation)
{
	const struct conversation_state talk = {
		.version = is_v4(&p->host) ? 4 : 6,
		.host = p->host,
		.remote = p->peer,
		.outside = p->host,
		.far = p->peer,
		.peer = p->other,
	};

	for (const struct conversation_step *step = conversation->steps; step->name; step++) {
		struct packet_builder wire = {.length = 0};
		enum way way = step->kind == STEP_OUT ? OUT : IN;

		if (step->payload)
			step->payload(&wire, &talk);
		if (conversation->proto == PROTO_TCP)
			send_tcp(p, way, step->flags, wire.bytes, wire.length);
		else
			send_bytes(p, way, wire.bytes, wire.length);
	}
	assert_int_equal(skipped_in_all(p), 0);
}

static void assert_classes(struct pipe *p, enum carrier carrier, enum msg_class cls, u64 out,
			   u64 in)
{
	assert_int_equal(counted(p, OUT, carrier, cls), out);
	assert_int_equal(counted(p, IN, carrier, cls), in);
}

static void turn_over_udp(void **state)
{
	struct pipe *p = *state;

	p->peer.port = 3478;
	say(p, with(PROTO_UDP, turn_permitted));
	assert_classes(p, CARRIER_UDP, CLASS_STUN, 4, 4);
	expect_told(p, 8);
	assert_endpoint(&p->told[1].stun.mapped, p->host);
	assert_int_equal(p->told[3].stun.error, 401);
	assert_int_equal(p->told[5].stun.method, STUN_ALLOCATE);
	assert_int_equal(p->told[5].stun.relayed.port, 51623);
	assert_int_equal(p->told[5].stun.lifetime, 600);
	assert_endpoint(&p->told[6].stun.peer, p->other);
}

static void turn_allocation_over_tcp(void **state)
{
	struct pipe *p = *state;

	p->peer.port = 3478;
	say(p, with(PROTO_TCP, turn_allocate));
	assert_classes(p, CARRIER_TCP, CLASS_STUN, 2, 2);
}

static void channel_data(void **state)
{
	struct pipe *p = *state;

	p->peer.port = 3478;
	say(p, with(PROTO_UDP, turn_channel_data));
	assert_classes(p, CARRIER_UDP, CLASS_STUN, 3, 3);
	assert_classes(p, CARRIER_UDP, CLASS_CHANNEL_DATA, 2, 1);
}

static void a_handshake(void **state)
{
	struct pipe *p = *state;

	say(p, with(PROTO_UDP, dtls_verify));
	assert_classes(p, CARRIER_UDP, CLASS_STUN, 1, 1);
	assert_classes(p, CARRIER_UDP, CLASS_DTLS, 3, 3);
	assert_int_equal(half_of(p, OUT)->dtls_seen,
			 1u << DTLS_CLIENT_HELLO | 1u << DTLS_HANDSHAKE | 1u << DTLS_CHANGE_CIPHER |
				 1u << DTLS_FINISHED);
	assert_int_equal(half_of(p, IN)->dtls_seen,
			 1u << DTLS_HELLO_VERIFY | 1u << DTLS_SERVER_HELLO | 1u << DTLS_HANDSHAKE |
				 1u << DTLS_CHANGE_CIPHER | 1u << DTLS_FINISHED);
}

static void a_large_hello(void **state)
{
	struct pipe *p = *state;
	u32 hellos = 0;

	say(p, with(PROTO_UDP, dtls_large_first));
	assert_classes(p, CARRIER_UDP, CLASS_DTLS, 3, 2);
	for (u32 i = 0; i < p->ntold; i++)
		if (p->told[i].kind == EVENT_DTLS && p->told[i].dtls.step == DTLS_CLIENT_HELLO) {
			assert_int_equal(p->told[i].wire_len, 1200);
			assert_in_range(p->told[i].dtls.message_len, 1201, 1800);
			hellos++;
		}
	assert_int_equal(hellos, 1);
}

static void application_data(void **state)
{
	struct pipe *p = *state;

	say(p, with(PROTO_UDP, dtls_data));
	assert_classes(p, CARRIER_UDP, CLASS_DTLS, 1, 1);
	assert_true(half_of(p, IN)->data_packets == 1);
}

static void reports(void **state)
{
	struct pipe *p = *state;

	establish(p);
	rtp(p, OUT, 0xcafe, 10);
	rtp(p, OUT, 0xcafe, 11);
	say(p, with(PROTO_UDP, srtcp_sender));
	assert_classes(p, CARRIER_UDP, CLASS_RTCP, 1, 1);
}

int main(void)
{
	static const struct CMUnitTest alone[] = {
		cmocka_unit_test(the_fingerprint_is_that_of_the_rfc)};
	static const struct pipe_case cases[] = {
		PIPE_CASE(turn_over_udp), PIPE_CASE(turn_allocation_over_tcp), PIPE_CASE(channel_data),
		PIPE_CASE(a_handshake),   PIPE_CASE(a_large_hello), PIPE_CASE(application_data),
		PIPE_CASE(reports),
	};
	int failed = cmocka_run_group_tests(alone, NULL, NULL);

	return failed + pipe_run("payloads", cases, COUNT(cases)) != 0;
}
