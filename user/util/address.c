/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "util/address.h"

bool endpoint_known(const struct endpoint *ep)
{
	static const struct endpoint none;

	return memcmp(ep, &none, sizeof(none)) != 0;
}

bool addr_is_shared(const struct addr *a)
{
	return addr_is_v4(a) && a->b[12] == 100 && (a->b[13] & 0xc0) == 64;
}

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

bool addr_parse(const char *text, struct addr *ip)
{
	memset(ip, 0, sizeof(*ip));
	if (inet_pton(AF_INET6, text, ip->b) == 1)
		return true;
	ip->b[10] = ip->b[11] = 0xff;
	return inet_pton(AF_INET, text, ip->b + 12) == 1;
}

struct endpoint_written {
	struct endpoint ep;
	char text[ENDPOINT_TEXT]; /* "": not written yet */
};

static void endpoint_write(struct endpoint_written *w, const struct endpoint *ep)
{
	char ip[ENDPOINT_TEXT];

	addr_text(&ep->ip, ip);
	snprintf(w->text, ENDPOINT_TEXT, addr_is_v4(&ep->ip) ? "%.45s:%u" : "[%.45s]:%u", ip,
		 ep->port);
	w->ep = *ep;
}

/*
 * The texts last written are kept: evidence repeats the same few endpoints, and writing one takes
 * as long as all other work on an event.
 */
const char *endpoint_text(const struct endpoint *ep, char *text)
{
	static __thread struct endpoint_written written[64];
	struct endpoint_written *w = &written[(ep->port ^ ep->ip.b[15] ^ ep->ip.b[13]) % 64];

	if (!*w->text || !endpoint_equal(&w->ep, ep))
		endpoint_write(w, ep);
	return memcpy(text, w->text, ENDPOINT_TEXT);
}
