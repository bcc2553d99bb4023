/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Addresses and places: what kind they are, and how they are written. */
#include <arpa/inet.h>
#include <stdio.h>

#include "engine/state.h"

bool endpoint_known(const struct endpoint *ep)
{
	static const struct endpoint none;

	return memcmp(ep, &none, sizeof(none)) != 0;
}

bool addr_is_shared(const struct addr *a)
{
	return addr_is_v4(a) && a->b[12] == 100 && (a->b[13] & 0xc0) == 64;
}

/*
 * RFC 1918, RFC 3927, RFC 6598 (shared by a carrier's NAT), RFC 4193, RFC 4291 link-local,
 * loopback.
 */
bool addr_is_private(const struct addr *a)
{
	static const struct addr loopback = {.b = {[15] = 1}};
	const u8 *b = a->b;

	if (!addr_is_v4(a))
		return !memcmp(a, &loopback, sizeof(*a)) || (b[0] & 0xfe) == 0xfc ||
		       (b[0] == 0xfe && (b[1] & 0xc0) == 0x80);
	return b[12] == 10 || b[12] == 127 || (b[12] == 172 && (b[13] & 0xf0) == 16) ||
	       (b[12] == 192 && b[13] == 168) || (b[12] == 169 && b[13] == 254) ||
	       addr_is_shared(a);
}

const char *addr_text(const struct addr *ip, char *text)
{
	if (addr_is_v4(ip))
		inet_ntop(AF_INET, ip->b + 12, text, ENDPOINT_TEXT);
	else
		inet_ntop(AF_INET6, ip->b, text, ENDPOINT_TEXT);
	return text;
}

struct written {
	struct endpoint ep;
	char text[ENDPOINT_TEXT]; /* "": not written yet */
};

static void write_endpoint(struct written *w, const struct endpoint *ep)
{
	char ip[ENDPOINT_TEXT];

	addr_text(&ep->ip, ip);
	snprintf(w->text, ENDPOINT_TEXT, addr_is_v4(&ep->ip) ? "%.45s:%u" : "[%.45s]:%u", ip,
		 ep->port);
	w->ep = *ep;
}

/*
 * Evidence tells the same few over and over, and to write one takes as long as all else that is
 * made of an event.
 */
const char *endpoint_text(const struct endpoint *ep, char *text)
{
	static __thread struct written written[64];
	struct written *w = &written[(ep->port ^ ep->ip.b[15] ^ ep->ip.b[13]) % 64];

	if (!*w->text || !endpoint_equal(&w->ep, ep))
		write_endpoint(w, ep);
	return memcpy(text, w->text, ENDPOINT_TEXT);
}

enum heading engine_heading(u8 side, u8 dir)
{
	return (side == SIDE_LAN) == (dir == DIR_IN) ? OUTBOUND : INBOUND;
}

enum point engine_at(u8 side, u8 dir)
{
	if (side == SIDE_LAN)
		return dir == DIR_IN ? AT_LAN_IN : AT_LAN_OUT;
	return dir == DIR_IN ? AT_WAN_IN : AT_WAN_OUT;
}
