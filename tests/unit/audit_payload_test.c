/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The conversations of an audit as the pipeline parses them: nothing in them is skipped or misread.
 */
#include "pipeline_fixture.h"

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

/* Returns the first conversation over this transport that contains this message. */
static const struct audit_conversation *conversation_of(u8 proto, payload_fn *payload)
{
	for (const struct audit_conversation *c = conversations; c->steps; c++)
		for (const struct conversation_step *step = c->steps; step->name; step++)
			if (c->proto == proto && step->payload == payload)
				return c;
	fail_msg("nobody says it");
	return NULL;
}

static void send_conversation(struct pipeline *p, const struct audit_conversation *conversation)
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
		enum host_dir way = step->kind == STEP_OUT ? OUT : IN;

		if (step->payload)
			step->payload(&wire, &talk);
		if (conversation->proto == PROTO_TCP)
			send_tcp(p, way, step->flags, wire.bytes, wire.length);
		else
			send_bytes(p, way, wire.bytes, wire.length);
	}
	assert_int_equal(all_skipped(p), 0);
}

static void assert_classes(struct pipeline *p, enum carrier carrier, enum msg_class cls, u64 out,
			   u64 in)
{
	assert_int_equal(packets_counted(p, OUT, carrier, cls), out);
	assert_int_equal(packets_counted(p, IN, carrier, cls), in);
}

static void turn_over_udp_is_understood(void **state)
{
	struct pipeline *p = *state;

	p->peer.port = 3478;
	send_conversation(p, conversation_of(PROTO_UDP, turn_permitted));
	assert_classes(p, CARRIER_UDP, CLASS_STUN, 4, 4);
	expect_events(p, 8);
	assert_endpoint(&p->events[1].stun.mapped, p->host);
	assert_int_equal(p->events[3].stun.error, 401);
	assert_int_equal(p->events[5].stun.method, STUN_ALLOCATE);
	assert_int_equal(p->events[5].stun.relayed.port, 51623);
	assert_int_equal(p->events[5].stun.lifetime, 600);
	assert_endpoint(&p->events[6].stun.peer, p->other);
}

static void turn_allocation_over_tcp(void **state)
{
	struct pipeline *p = *state;

	p->peer.port = 3478;
	send_conversation(p, conversation_of(PROTO_TCP, turn_allocate));
	assert_classes(p, CARRIER_TCP, CLASS_STUN, 2, 2);
}

static void channel_data(void **state)
{
	struct pipeline *p = *state;

	p->peer.port = 3478;
	send_conversation(p, conversation_of(PROTO_UDP, turn_channel_data));
	assert_classes(p, CARRIER_UDP, CLASS_STUN, 3, 3);
	assert_classes(p, CARRIER_UDP, CLASS_CHANNEL_DATA, 2, 1);
}

static void a_handshake(void **state)
{
	struct pipeline *p = *state;

	send_conversation(p, conversation_of(PROTO_UDP, dtls_verify));
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
	struct pipeline *p = *state;
	u32 hellos = 0;

	send_conversation(p, conversation_of(PROTO_UDP, dtls_large_first));
	assert_classes(p, CARRIER_UDP, CLASS_DTLS, 3, 2);
	for (u32 i = 0; i < p->nevents; i++)
		if (p->events[i].kind == EVENT_DTLS &&
		    p->events[i].dtls.step == DTLS_CLIENT_HELLO) {
			assert_int_equal(p->events[i].wire_len, 1200);
			assert_in_range(p->events[i].dtls.message_len, 1201, 1800);
			hellos++;
		}
	assert_int_equal(hellos, 1);
}

static void application_data(void **state)
{
	struct pipeline *p = *state;

	send_conversation(p, conversation_of(PROTO_UDP, dtls_data));
	assert_classes(p, CARRIER_UDP, CLASS_DTLS, 1, 1);
	assert_true(half_of(p, IN)->data_packets == 1);
}

static void reports_are_understood(void **state)
{
	struct pipeline *p = *state;

	establish_ice(p);
	send_rtp(p, OUT, 0xcafe, 10);
	send_rtp(p, OUT, 0xcafe, 11);
	send_conversation(p, conversation_of(PROTO_UDP, srtcp_sender));
	assert_classes(p, CARRIER_UDP, CLASS_RTCP, 1, 1);
}

int main(void)
{
	static const struct CMUnitTest alone[] = {
		cmocka_unit_test(the_fingerprint_is_that_of_the_rfc)};
	static const struct pipeline_case cases[] = {
		PIPELINE_CASE(turn_over_udp_is_understood),
		PIPELINE_CASE(turn_allocation_over_tcp),
		PIPELINE_CASE(channel_data),
		PIPELINE_CASE(a_handshake),
		PIPELINE_CASE(a_large_hello),
		PIPELINE_CASE(application_data),
		PIPELINE_CASE(reports_are_understood),
	};
	int failed = cmocka_run_group_tests(alone, NULL, NULL);

	return failed + pipeline_run("payloads", cases, COUNT(cases)) != 0;
}
