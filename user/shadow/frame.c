/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <string.h>

#include "shadow/frame.h"
#include "p2pscope/ip.h"

#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_IPV6 0x86dd
#define RIGHT \
	0xffff /* the ones' complement sum of all words when the checksum among them is right */

/* Where the headers of a packet are. */
struct packet_shape {
	struct ip ip;
	struct conntrack tuple;
	u32 transport; /* offset of the transport header */
	bool ports; /* it is there and has ports */
};

static void frame_store16(u8 *to, u32 value)
{
	to[0] = (u8)(value >> 8);
	to[1] = (u8)value;
}

static bool find_shape(const u8 *packet, size_t have, struct packet_shape *shape)
{
	struct cursor cursor = cursor_on_packet(packet, packet + have);
	struct conntrack *tuple = &shape->tuple;
	const u8 *ports;

	*shape = (struct packet_shape){0};
	if (!have || ip_parse(&cursor, packet[0] >> 4, &shape->ip, &tuple->orig_src.ip,
			      &tuple->orig_dst.ip, 0))
		return false;
	shape->transport = cursor.at;
	tuple->proto = shape->ip.proto;
	if (shape->ip.fragment == FRAGMENT_LATER ||
	    (tuple->proto != PROTO_UDP && tuple->proto != PROTO_TCP))
		return true;
	ports = cursor_take(&cursor, tuple->proto == PROTO_UDP ? 8 : 20);
	if (ports) {
		tuple->orig_src.port = load_be16(ports);
		tuple->orig_dst.port = load_be16(ports + 2);
		shape->ports = true;
	}
	return true;
}

bool frame_tuple(const struct dropped_packet *dropped, struct conntrack *tuple)
{
	struct packet_shape shape;

	if (!find_shape(dropped->packet, dropped->packet_have, &shape) || !shape.ports)
		return false;
	*tuple = shape.tuple;
	return true;
}

/* Adds 16-bit words to a sum (RFC 1071). */
static u32 checksum_add(u32 sum, const u8 *bytes, size_t length)
{
	for (size_t i = 0; i + 1 < length; i += 2)
		sum += load_be16(bytes + i);
	if (length & 1)
		sum += (u32)bytes[length - 1] << 8;
	return sum;
}

static u16 fold_checksum(u32 sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (u16)sum;
}

/*
 * Returns the sum of the pseudo header: RFC 768, RFC 9293 section 3.1, RFC 8200 section 8.1; ICMPv4
 * has none (RFC 792).
 */
static u32 add_pseudo_header(const u8 *packet, const struct packet_shape *shape, u32 length)
{
	bool v4 = packet[0] >> 4 == 4;

	if (shape->ip.proto == PROTO_ICMP)
		return 0;
	return checksum_add(shape->ip.proto + length, packet + (v4 ? 12 : 8), v4 ? 8 : 32);
}

static u32 checksum_offset(const struct packet_shape *shape)
{
	switch (shape->ip.proto) {
	case PROTO_UDP:
		return shape->transport + 6;
	case PROTO_TCP:
		return shape->transport + 16;
	default:
		return shape->transport + 2;
	}
}

/*
 * Returns what all words of the dropped packet add up to. It is RIGHT also when that is unknown,
 * for lack of some bytes, and where a network card was to complete a checksum that holds only the
 * pseudo header's sum (CHECKSUM_PARTIAL).
 */
static u16 original_sum(const struct dropped_packet *dropped, const struct packet_shape *shape)
{
	u32 length = dropped->packet_len - shape->transport, stored, sum;

	if (!shape->ports || dropped->packet_have < dropped->packet_len ||
	    length != shape->ip.payload)
		return RIGHT;
	stored = load_be16(dropped->packet + checksum_offset(shape));
	sum = add_pseudo_header(dropped->packet, shape, length);
	if (stored == fold_checksum(sum) || (!stored && shape->ip.proto == PROTO_UDP))
		return RIGHT;
	return fold_checksum(checksum_add(sum, dropped->packet + shape->transport, length));
}

static void set_endpoint(u8 *ip, u8 *port, const struct endpoint *to, u8 version)
{
	if (version == 4)
		memcpy(ip, to->ip.b + 12, 4);
	else
		memcpy(ip, to->ip.b, 16);
	frame_store16(port, to->port);
}

static void set_addresses(struct shadow_frame *frame, const struct packet_shape *shape,
			  const struct conntrack *as)
{
	u8 *packet = frame->bytes + FRAME_LINK, *ports = packet + shape->transport;
	bool v4 = frame->version == 4;

	set_endpoint(packet + (v4 ? 12 : 8), ports, &as->orig_src, frame->version);
	set_endpoint(packet + (v4 ? 16 : 24), ports + 2, &as->orig_dst, frame->version);
}

/* The shadow decrements the TTL once more: the packet must not expire there if it did not here. */
static void set_ip_header(struct shadow_frame *frame)
{
	u8 *packet = frame->bytes + FRAME_LINK, *life = packet + (frame->version == 4 ? 8 : 7);
	size_t header = (packet[0] & 15) * 4u;

	if (*life < 2)
		*life = 2;
	if (frame->version == 6) {
		frame_store16(packet + 4, (u32)frame->length - 40);
		return;
	}
	frame_store16(packet + 2, (u32)frame->length);
	frame_store16(packet + 10, 0);
	frame_store16(packet + 10, (u16)~fold_checksum(checksum_add(0, packet, header)));
}

/* Sets lengths and checksum so that all words add up to `sum`. */
static void set_transport(struct shadow_frame *frame, const struct packet_shape *shape, u16 sum)
{
	u8 *packet = frame->bytes + FRAME_LINK, *transport = packet + shape->transport;
	u8 *checksum = packet + checksum_offset(shape);
	u32 length = (u32)frame->length - shape->transport;
	u16 words;

	if (shape->ip.proto == PROTO_UDP)
		frame_store16(transport + 4, length);
	frame_store16(checksum, 0);
	words = fold_checksum(
		checksum_add(add_pseudo_header(packet, shape, length), transport, length));
	words = fold_checksum(sum + (u16)~words);
	frame_store16(checksum, words ? words : 0xffff);
}

/* From a made-up neighbour to the interface. */
static void set_link_header(struct shadow_frame *frame, const struct net_link *link)
{
	static const u8 neighbour[6] = {2, 0, 0, 0, 0, 1};

	memcpy(frame->bytes, link->mac, 6);
	memcpy(frame->bytes + 6, neighbour, 6);
	frame_store16(frame->bytes + 12, frame->version == 4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6);
}

static void frame_finish(struct shadow_frame *frame, const struct packet_shape *shape,
			 const struct net_link *link, u16 sum)
{
	bool known =
		shape->ports || shape->ip.proto == PROTO_ICMP || shape->ip.proto == PROTO_ICMPV6;

	set_link_header(frame, link);
	set_ip_header(frame);
	/* the length and checksum in a fragment are those of the whole datagram */
	if (known && shape->ip.fragment == FRAGMENT_NONE)
		set_transport(frame, shape, sum);
}

void frame_seal(struct shadow_frame *frame, const struct net_link *link)
{
	struct packet_shape shape;

	if (find_shape(frame->bytes + FRAME_LINK, frame->length, &shape))
		frame_finish(frame, &shape, link, RIGHT);
}

bool frame_make(struct shadow_frame *frame, const struct dropped_packet *dropped,
		const struct conntrack *as, const struct net_link *link)
{
	struct packet_shape shape;

	if (!find_shape(dropped->packet, dropped->packet_have, &shape))
		return false;
	frame->version = dropped->packet[0] >> 4;
	frame->length = dropped->packet_len;
	memset(frame->bytes, 0, sizeof(frame->bytes));
	memcpy(frame->bytes + FRAME_LINK, dropped->packet, dropped->packet_have);
	if (as && shape.ports)
		set_addresses(frame, &shape, as);
	frame_finish(frame, &shape, link, original_sum(dropped, &shape));
	return true;
}
