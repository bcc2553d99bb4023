/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <string.h>

#include "audit/conversation.h"

#define SYN 2
#define SMALLER_MTU 1000 /* than what is told to be too big */
#define QUOTED 64 /* bytes of its payload that an ICMP message has of it */

static void begin(struct talk *talk, const struct way *way, const struct conversation *conversation)
{
	*talk = (struct talk){
		.version = way->version,
		.proto = conversation->proto,
		.host = {way->host, conversation->host_port},
		.remote = {conversation->with_server ? way->server : way->peer,
			   conversation->remote_port},
		.peer = {way->peer, conversation->remote_port},
		.other = {way->other, conversation->remote_port},
		.sent = 1729404581,
		.received = 3218846017,
	};
	talk->outside = talk->host;
	talk->far = talk->remote;
}

static bool is_outbound(const struct step *step)
{
	return step->kind == STEP_OUT;
}

static void make_hop(const struct talk *talk, const struct way *way, const struct step *step,
		     struct hop *hop)
{
	const struct endpoint *sender = step->kind == STEP_IN ? &talk->remote : &talk->other;

	if (is_outbound(step))
		*hop = (struct hop){way->lan, way->wan, talk->host.ip, talk->remote.ip};
	else
		*hop = (struct hop){way->wan, way->lan, sender->ip, talk->host.ip};
}

static void make_packet(const struct talk *talk, const struct conversation *conversation,
			const struct step *step, struct packet *packet)
{
	bool out = is_outbound(step);

	*packet = (struct packet){
		.version = talk->version, .proto = talk->proto, .flags = step->flags};
	packet->whole = conversation->whole;
	packet->src = out ? talk->host : step->kind == STEP_IN_OTHER ? talk->other : talk->far;
	packet->dst = out ? talk->remote : talk->outside;
	packet->seq = out ? talk->sent : talk->received;
	packet->ack = step->flags == SYN ? 0 : out ? talk->received : talk->sent;
	if (step->payload)
		step->payload(&packet->payload, talk);
}

/*
 * RFC 792, RFC 1191, RFC 4443 section 3.2: with the headers of what was too big, as it came to the
 * router.
 */
static void make_too_big(const struct talk *talk, const struct packet *big, struct packet *packet)
{
	static const struct net_link none;
	static struct shadow_frame quoted;
	struct packet seen = *big;

	seen.src = talk->outside;
	seen.dst = talk->far;
	packet_make(&seen, &none, &quoted);
	*packet =
		(struct packet){.version = talk->version, .src = talk->other, .dst = talk->outside};
	packet->proto = talk->version == 4 ? PROTO_ICMP : PROTO_ICMPV6;
	packet->changing = 4 + (talk->version == 4 ? 20 : 40) + 8;
	wire_put32(&packet->payload, SMALLER_MTU);
	wire_put(&packet->payload, quoted.bytes + FRAME_LINK, packet->changing - 4 + QUOTED);
}

/* What comes out for another host has not come to this one. */
static void check_receiver(const struct talk *talk, struct said *said)
{
	struct passage *passage = &said->passage;

	if (passage->outcome == PACKET_PASSED && !is_outbound(said->step) && said->hop.to &&
	    memcmp(&passage->dst.ip, &talk->host.ip, sizeof(talk->host.ip)) != 0)
		passage->outcome = PACKET_ASTRAY;
}

static void go_on(struct talk *talk, const struct said *said, const struct packet *packet)
{
	u32 counted = packet->payload.length + !!(packet->flags & SYN);

	if (is_outbound(said->step)) {
		talk->outside = said->passage.src;
		talk->far = said->passage.dst;
		talk->sent += counted;
	} else {
		talk->received += counted;
	}
}

static int say(const struct shadow *shadow, const struct way *way,
	       const struct conversation *conversation, struct talk *talk, struct said *said)
{
	struct packet packet, big;
	int err;

	make_hop(talk, way, said->step, &said->hop);
	make_packet(talk, conversation, said->step, &packet);
	if (said->step->kind == STEP_TOO_BIG) {
		big = packet;
		make_too_big(talk, &big, &packet);
	}
	err = exchange(shadow, &said->hop, &packet, &said->passage);
	if (err)
		return err;
	check_receiver(talk, said);
	if (said->passage.outcome == PACKET_PASSED)
		go_on(talk, said, &packet);
	return 0;
}

int converse(const struct shadow *shadow, const struct way *way,
	     const struct conversation *conversation, struct talk *talk, struct said *said)
{
	int err = 0;

	if (!talk->version)
		begin(talk, way, conversation);
	for (const struct step *step = conversation->steps; step->name; step++) {
		said->step = step;
		err = say(shadow, way, conversation, talk, said);
		if (err || said->passage.outcome != PACKET_PASSED)
			break;
	}
	return err;
}
