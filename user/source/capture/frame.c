/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "source/capture/frame.h"

#include <pcap/dlt.h>
#include <stddef.h>

#include "source/capture/dlt.h"
#include "source/capture/tunnel.h"

#define ETHERNET 14 /* bytes of an Ethernet header */
#define TUNNEL_LEVELS 2

/* Raw IP: the version is in the first byte. */
static enum reason raw_parse(struct cursor *c, u8 *version)
{
	if (c->pos == c->end)
		return REASON_SHORT_LINK;
	*version = *c->pos >> 4;
	return REASON_PASS;
}

static const struct capture_link {
	int dlt;
	enum reason (*parse)(struct cursor *c, u8 *version);
	int packet_type; /* offset of the packet type in cooked captures, else 0 */
} links[] = {
	{DLT_EN10MB, dlt_ethernet, 0},  {DLT_RAW, raw_parse, 0},
	{DLT_IPV4, raw_parse, 0},       {DLT_IPV6, raw_parse, 0},
	{DLT_LINUX_SLL, dlt_sll, 1},    {DLT_LINUX_SLL2, dlt_sll2, 10},
	{DLT_NULL, dlt_null, 0},        {DLT_LOOP, dlt_null, 0},
	{DLT_PPP, dlt_ppp, 0},          {DLT_PPP_SERIAL, dlt_ppp, 0},
	{DLT_PPP_ETHER, link_pppoe, 0},
};

const struct capture_link *capture_frame_link(int dlt)
{
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		if (links[i].dlt == dlt)
			return &links[i];
	return NULL;
}

/* Removes the first `n` bytes. */
static void frame_skip(struct capture_frame *frame, u32 n)
{
	frame->data += n;
	frame->have -= n;
	frame->wire -= n;
}

static bool is_tunnel_port(u16 port)
{
	return port == VXLAN_PORT || port == GENEVE_PORT || port == GTPU_PORT ||
	       port == VXLAN_OLD_PORT || port == TZSP_PORT;
}

/*
 * Returns whether a packet is TCP, or UDP to a port that is not a tunnel's, directly after an IP
 * header without options. This recognizes most packets by a few bytes.
 */
static bool is_plain_packet(const u8 *ip, u32 len)
{
	u32 header = len && ip[0] == 0x45 ? 20 : 40;
	u8 proto;

	if (len < header + 4 || (header == 40 && ip[0] >> 4 != 6))
		return false;
	proto = ip[header == 20 ? 9 : 6];
	return proto == PROTO_TCP ||
	       (proto == PROTO_UDP && !is_tunnel_port(load_be16(ip + header + 2)));
}

/*
 * Finds IP in a frame whose link header ends at `at`. The pipeline reads Ethernet with its tags
 * itself, but nothing of what only captures have.
 */
static void frame_at_ip(struct capture_frame *frame, u32 at, bool ethernet)
{
	struct cursor c = cursor_on_packet(frame->data, frame->data + frame->have);
	u8 version;

	frame->ip = ethernet && !link_parse(&c, &version) ? at : 0;
	if (!frame->ip)
		frame_skip(frame, at);
}

/* Replaces a packet by the one that it encapsulates; returns false when there is none. */
static bool frame_step_inside(struct capture_frame *frame)
{
	struct cursor c = cursor_on_packet(frame->data + frame->ip, frame->data + frame->have);
	struct tunnel tunnel;

	if (!tunnel_parse(&c, frame->version, frame->wire - frame->ip, &tunnel))
		return false;
	frame_skip(frame, frame->ip + c.at);
	frame->wire = tunnel.wire;
	if (frame->have > tunnel.wire)
		frame->have = tunnel.wire;
	c = cursor_on_packet(frame->data, frame->data + frame->have);
	if (tunnel.frame)
		dlt_ethernet(&c, &frame->version);
	else
		raw_parse(&c, &frame->version);
	frame_at_ip(frame, c.at, tunnel.frame);
	return true;
}

bool capture_frame_plain(const struct capture_link *link, struct capture_frame *frame)
{
	u16 type;

	if (link->dlt != DLT_EN10MB || frame->have < ETHERNET)
		return false;
	type = load_be16(frame->data + ETHERNET - 2);
	frame->version = type == ETHERTYPE_IPV4 ? 4 : 6;
	frame->ip = ETHERNET;
	frame->outgoing = -1;
	return (type == ETHERTYPE_IPV4 || type == ETHERTYPE_IPV6) &&
	       is_plain_packet(frame->data + ETHERNET, frame->have - ETHERNET);
}

enum reason capture_frame_open(const struct capture_link *link, struct capture_frame *frame)
{
	struct cursor c = cursor_on_packet(frame->data, frame->data + frame->have);
	enum reason reason = link->parse(&c, &frame->version);

	frame->ip = 0;
	frame->outgoing = -1;
	if (reason)
		return reason;
	if (link->packet_type)
		frame->outgoing = frame->data[link->packet_type] == COOKED_OUTGOING;
	frame_at_ip(frame, c.at, link->dlt == DLT_EN10MB);
	return REASON_PASS;
}

bool capture_frame_unwrap(struct capture_frame *frame)
{
	u32 levels = 0;

	if (is_plain_packet(frame->data + frame->ip, frame->have - frame->ip))
		return false;
	while (levels < TUNNEL_LEVELS && frame_step_inside(frame))
		levels++;
	return levels > 0;
}
