/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "source/capture/endpoints.h"

#include <string.h>

#include "p2pscope/demux.h"
#include "p2pscope/transport.h"

#define UNCUT 0x7fffffffu /* a capture may hold less of a packet than its length field says */

/*
 * Returns the number of routers passed: initial TTLs in use are 64, 128 and 255, and each router
 * subtracts one (RFC 791 section 3.2).
 */
static u8 hops_of(u8 ttl)
{
	return (u8)((ttl <= 64 ? 64 : ttl <= 128 ? 128 : 255) - ttl);
}

bool endpoints_read(const u8 *ip, u32 len, struct packet_endpoints *ends)
{
	struct cursor c = cursor_on_packet(ip, ip + len);
	struct transport t = {0};
	struct ip header = {0};

	memset(ends, 0, sizeof(*ends));
	if (!len || ip_parse(&c, ip[0] >> 4, &header, &ends->src.ip, &ends->dst.ip, UNCUT))
		return false;
	ends->hops = hops_of(header.ttl);
	if (header.fragment == FRAGMENT_LATER ||
	    (header.proto != PROTO_UDP && header.proto != PROTO_TCP))
		return true;
	if (!(header.proto == PROTO_UDP ? udp_parse(&c, &header, &t) : tcp_parse(&c, &header, &t)))
		ends->payload = cursor_take(&c, STUN_HEADER);
	ends->src.port = t.src;
	ends->dst.port = t.dst;
	return true;
}

bool endpoints_are_same_host(const u8 *ip, u32 len)
{
	struct packet_endpoints ends;

	return endpoints_read(ip, len, &ends) &&
	       !memcmp(&ends.src.ip, &ends.dst.ip, sizeof(ends.src.ip));
}
