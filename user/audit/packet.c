/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <string.h>

#include "audit/packet.h"
#include "p2pscope/ip.h"

#define DONT_FRAGMENT 0x4000
#define TTL 64
#define SYN 2

/* A packet that came out. */
struct seen_packet {
	struct ip ip;
	struct endpoint src, dst;
	const u8 *at; /* after the IP header */
	size_t length; /* bytes of that which are there */
};

/* --- making --- */

static void put_ipv4_header(struct packet_builder *out, const struct audit_packet *packet,
			    u32 length)
{
	builder_put16(out, 0x4500);
	builder_put16(out, (u16)(20 + length));
	builder_put16(out, 0x3a71);
	builder_put16(out, packet->whole ? DONT_FRAGMENT : 0);
	builder_put8(out, TTL);
	builder_put8(out, packet->proto);
	builder_put16(out, 0);
	builder_put(out, packet->src.ip.b + 12, 4);
	builder_put(out, packet->dst.ip.b + 12, 4);
}

static void put_ipv6_header(struct packet_builder *out, const struct audit_packet *packet,
			    u32 length)
{
	builder_put32(out, 0x60000000);
	builder_put16(out, (u16)length);
	builder_put8(out, packet->proto);
	builder_put8(out, TTL);
	builder_put(out, packet->src.ip.b, 16);
	builder_put(out, packet->dst.ip.b, 16);
}

/* RFC 9293 section 3.1, RFC 7323: the options that Linux sends. */
static void put_tcp_header(struct packet_builder *out, const struct audit_packet *packet)
{
	static const u8 opening[] = {2, 4, 0x05, 0xb4, 4, 2, 8, 10}, later[] = {1, 1, 8, 10},
			scale[] = {1, 3, 3, 7};
	bool syn = packet->flags & SYN;

	builder_put16(out, packet->src.port);
	builder_put16(out, packet->dst.port);
	builder_put32(out, packet->seq);
	builder_put32(out, packet->ack);
	builder_put8(out, syn ? 10 << 4 : 8 << 4);
	builder_put8(out, packet->flags);
	builder_put16(out, 64240);
	builder_put32(out, 0);
	builder_put(out, syn ? opening : later, syn ? sizeof(opening) : sizeof(later));
	builder_put32(out, packet->seq);
	builder_put32(out, packet->ack);
	if (syn)
		builder_put(out, scale, sizeof(scale));
}

static void put_udp_header(struct packet_builder *out, const struct audit_packet *packet)
{
	builder_put16(out, packet->src.port);
	builder_put16(out, packet->dst.port);
	builder_put32(out, 0);
}

static void put_segment(struct packet_builder *out, const struct audit_packet *packet)
{
	if (packet->proto == PROTO_TCP)
		put_tcp_header(out, packet);
	else if (packet->proto == PROTO_UDP)
		put_udp_header(out, packet);
	else
		builder_put32(out, packet->proto == PROTO_ICMP ? 0x03040000 : 0x02000000);
	builder_put(out, packet->payload.bytes, packet->payload.length);
}

void packet_make(const struct audit_packet *packet, const struct net_link *link,
		 struct shadow_frame *frame)
{
	struct packet_builder transport = {.length = 0}, whole = {.length = 0};

	put_segment(&transport, packet);
	if (packet->version == 4)
		put_ipv4_header(&whole, packet, transport.length);
	else
		put_ipv6_header(&whole, packet, transport.length);
	builder_put(&whole, transport.bytes, transport.length);
	frame->version = packet->version;
	frame->length = whole.length;
	memcpy(frame->bytes + FRAME_LINK, whole.bytes, whole.length);
	frame_seal(frame, link);
}

/* --- reading --- */

static bool read_seen(const u8 *frame, size_t length, struct seen_packet *seen)
{
	struct cursor cursor = cursor_on_packet(frame + FRAME_LINK, frame + length);

	*seen = (struct seen_packet){0};
	if (length <= FRAME_LINK ||
	    ip_parse(&cursor, frame[FRAME_LINK] >> 4, &seen->ip, &seen->src.ip, &seen->dst.ip, 0))
		return false;
	seen->at = cursor.pos;
	seen->length = (size_t)(frame + length - cursor.pos);
	if (seen->length > seen->ip.payload)
		seen->length = seen->ip.payload;
	return true;
}

static u32 header_length(const struct audit_packet *packet, const struct seen_packet *seen)
{
	if (packet->proto == PROTO_TCP)
		return seen->length < 20 ? 20 : (seen->at[12] >> 4) * 4u;
	return packet->proto == PROTO_UDP ? 8 : 4;
}

static bool same_header(const struct audit_packet *packet, const struct seen_packet *seen)
{
	if (packet->proto == PROTO_TCP)
		return load_be32(seen->at + 4) == packet->seq && seen->at[13] == packet->flags;
	return packet->proto == PROTO_UDP || seen->at[0] == (packet->proto == PROTO_ICMP ? 3 : 2);
}

/*
 * Matches the first fragment, or the whole packet, by its header and by as much of the payload as
 * it has.
 */
static bool match_first_piece(const struct audit_packet *packet, const struct seen_packet *seen,
			      struct arrival *arrival)
{
	u32 header = header_length(packet, seen), from = packet->changing, upto;

	if (seen->ip.proto != packet->proto || seen->length < header || !same_header(packet, seen))
		return false;
	upto = (u32)seen->length - header;
	if (upto > packet->payload.length || upto < from ||
	    memcmp(seen->at + header + from, packet->payload.bytes + from, upto - from))
		return false;
	*arrival = (struct arrival){.src = seen->src, .dst = seen->dst, .id = seen->ip.id};
	arrival->need = header + packet->payload.length;
	if (packet->proto == PROTO_UDP || packet->proto == PROTO_TCP) {
		arrival->src.port = load_be16(seen->at);
		arrival->dst.port = load_be16(seen->at + 2);
	}
	return true;
}

bool packet_arrived(const struct audit_packet *packet, const u8 *frame, size_t length,
		    struct arrival *arrival)
{
	struct seen_packet seen;

	if (!read_seen(frame, length, &seen))
		return false;
	if (seen.ip.fragment == FRAGMENT_LATER ? !arrival->need || seen.ip.id != arrival->id
					       : !match_first_piece(packet, &seen, arrival))
		return false;
	arrival->bytes += seen.ip.payload;
	return arrival->bytes >= arrival->need;
}

u32 packet_too_big(const u8 *frame, size_t length)
{
	struct seen_packet seen;

	if (!read_seen(frame, length, &seen) || seen.length < 8)
		return 0;
	if (seen.ip.proto == PROTO_ICMP && seen.at[0] == 3 && seen.at[1] == 4)
		return load_be16(seen.at + 6);
	return seen.ip.proto == PROTO_ICMPV6 && seen.at[0] == 2 ? load_be32(seen.at + 4) : 0;
}
