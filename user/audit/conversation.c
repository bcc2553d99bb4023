/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <string.h>

#include "audit/conversation.h"

#define SYN 2
#define SMALLER_MTU 1000 /* the MTU that the ICMP error reports: less than what was sent */
#define QUOTED 64 /* bytes of the packet after its headers that the ICMP error quotes */

static void start_conversation(struct conversation_state *state, const struct audit_path *path,
			       const struct audit_conversation *conversation)
{
	*state = (struct conversation_state){
		.version = path->version,
		.proto = conversation->proto,
		.host = {path->host, conversation->host_port},
		.remote = {conversation->with_server ? path->server : path->peer,
			   conversation->remote_port},
		.peer = {path->peer, conversation->remote_port},
		.other = {path->other, conversation->remote_port},
		.sent = 1729404581,
		.received = 3218846017,
	};
	state->outside = state->host;
	state->far = state->remote;
}

static bool is_outbound(const struct conversation_step *step)
{
	return step->kind == STEP_OUT;
}

static void make_hop(const struct conversation_state *state, const struct audit_path *path,
		     const struct conversation_step *step, struct hop *hop)
{
	const struct endpoint *sender = step->kind == STEP_IN ? &state->remote : &state->other;

	if (is_outbound(step))
		*hop = (struct hop){path->lan, path->wan, state->host.ip, state->remote.ip};
	else
		*hop = (struct hop){path->wan, path->lan, sender->ip, state->host.ip};
}

static void make_packet(const struct conversation_state *state,
			const struct audit_conversation *conversation,
			const struct conversation_step *step, struct audit_packet *packet)
{
	bool out = is_outbound(step);

	*packet = (struct audit_packet){
		.version = state->version, .proto = state->proto, .flags = step->flags};
	packet->whole = conversation->whole;
	packet->src = out ? state->host : step->kind == STEP_IN_OTHER ? state->other : state->far;
	packet->dst = out ? state->remote : state->outside;
	packet->seq = out ? state->sent : state->received;
	packet->ack = step->flags == SYN ? 0 : out ? state->received : state->sent;
	if (step->payload)
		step->payload(&packet->payload, state);
}

/*
 * RFC 792, RFC 1191, RFC 4443 section 3.2: the error quotes the headers of the packet that was too
 * big, as they reached the router.
 */
static void make_too_big(const struct conversation_state *state, const struct audit_packet *big,
			 struct audit_packet *packet)
{
	static const struct net_link none;
	static struct shadow_frame quoted;
	struct audit_packet seen = *big;

	seen.src = state->outside;
	seen.dst = state->far;
	packet_make(&seen, &none, &quoted);
	*packet = (struct audit_packet){
		.version = state->version, .src = state->other, .dst = state->outside};
	packet->proto = state->version == 4 ? PROTO_ICMP : PROTO_ICMPV6;
	packet->changing = 4 + (state->version == 4 ? 20 : 40) + 8;
	builder_put32(&packet->payload, SMALLER_MTU);
	builder_put(&packet->payload, quoted.bytes + FRAME_LINK, packet->changing - 4 + QUOTED);
}

/* A packet that comes out for another host has not reached this one. */
static void check_receiver(const struct conversation_state *state, struct conversation_end *end)
{
	struct passage *passage = &end->passage;

	if (passage->outcome == PACKET_PASSED && !is_outbound(end->step) && end->hop.to &&
	    memcmp(&passage->dst.ip, &state->host.ip, sizeof(state->host.ip)) != 0)
		passage->outcome = PACKET_ASTRAY;
}

static void advance_state(struct conversation_state *state, const struct conversation_end *end,
			  const struct audit_packet *packet)
{
	u32 counted = packet->payload.length + !!(packet->flags & SYN);

	if (is_outbound(end->step)) {
		state->outside = end->passage.src;
		state->far = end->passage.dst;
		state->sent += counted;
	} else {
		state->received += counted;
	}
}

static int send_step(const struct shadow *shadow, const struct audit_path *path,
		     const struct audit_conversation *conversation,
		     struct conversation_state *state, struct conversation_end *end)
{
	struct audit_packet packet, big;
	int err;

	make_hop(state, path, end->step, &end->hop);
	make_packet(state, conversation, end->step, &packet);
	if (end->step->kind == STEP_TOO_BIG) {
		big = packet;
		make_too_big(state, &big, &packet);
	}
	err = exchange_send(shadow, &end->hop, &packet, &end->passage);
	if (err)
		return err;
	check_receiver(state, end);
	if (end->passage.outcome == PACKET_PASSED)
		advance_state(state, end, &packet);
	return 0;
}

int conversation_run(const struct shadow *shadow, const struct audit_path *path,
		     const struct audit_conversation *conversation,
		     struct conversation_state *state, struct conversation_end *end)
{
	int err = 0;

	if (!state->version)
		start_conversation(state, path, conversation);
	for (const struct conversation_step *step = conversation->steps; step->name; step++) {
		end->step = step;
		err = send_step(shadow, path, conversation, state, end);
		if (err || end->passage.outcome != PACKET_PASSED)
			break;
	}
	return err;
}
