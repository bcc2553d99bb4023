/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

const char *text_addr(char *out, const struct addr *ip)
{
	if (addr_is_v4(ip))
		inet_ntop(AF_INET, ip->b + 12, out, ENDPOINT_TEXT);
	else
		inet_ntop(AF_INET6, ip->b, out, ENDPOINT_TEXT);
	return out;
}

bool text_to_addr(const char *text, struct addr *ip)
{
	memset(ip, 0, sizeof(*ip));
	if (inet_pton(AF_INET6, text, ip->b) == 1)
		return true;
	ip->b[10] = ip->b[11] = 0xff;
	return inet_pton(AF_INET, text, ip->b + 12) == 1;
}

const char *text_endpoint(char *out, const struct endpoint *endpoint)
{
	bool v4 = addr_is_v4(&endpoint->ip);
	char *ip = v4 ? out : out + 1; /* room for the bracket */
	size_t used;

	inet_ntop(v4 ? AF_INET : AF_INET6, endpoint->ip.b + (v4 ? 12 : 0), ip, INET6_ADDRSTRLEN);
	if (!v4) {
		out[0] = '[';
		strcat(ip, "]");
	}
	used = strlen(out);
	snprintf(out + used, ENDPOINT_TEXT - used, ":%u", (unsigned int)endpoint->port);
	return out;
}

bool text_known(const struct endpoint *endpoint)
{
	static const struct endpoint unknown;

	return memcmp(endpoint, &unknown, sizeof(unknown)) != 0;
}

const char *text_bytes(char *out, size_t size, const u8 *bytes, size_t length)
{
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < length; i++) {
		bool plain = bytes[i] >= 0x20 && bytes[i] < 0x7f && bytes[i] != '\\';

		if (used + (plain ? 2 : 5) > size)
			break;
		if (plain)
			out[used++] = (char)bytes[i];
		else
			used += (size_t)sprintf(out + used, "\\x%02x", bytes[i]);
		out[used] = '\0';
	}
	return out;
}
