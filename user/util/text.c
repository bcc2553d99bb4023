/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "util/text.h"

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

/* Gives whether there was room. */
static bool put_byte(char *out, size_t size, size_t *used, u8 byte, bool plain)
{
	if (*used + (plain ? 2 : 5) > size)
		return false;
	if (plain)
		out[(*used)++] = (char)byte;
	else
		*used += (size_t)sprintf(out + *used, "\\x%02x", byte);
	out[*used] = '\0';
	return true;
}

const char *text_bytes(char *out, size_t size, const u8 *bytes, size_t length)
{
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < length; i++)
		if (!put_byte(out, size, &used, bytes[i],
			      bytes[i] >= 0x20 && bytes[i] < 0x7f && bytes[i] != '\\'))
			break;
	return out;
}

/* In UTF-8 those of C1 come behind 0xc2; alone, in an older terminal, they are the same. */
static bool is_control(u8 byte, u8 before)
{
	return byte < 0x20 || byte == 0x7f ||
	       (byte >= 0x80 && byte < 0xa0 && (before < 0x80 || before == 0xc2));
}

const char *text_line(char *out, size_t size, const char *text)
{
	size_t used = 0;

	out[0] = '\0';
	for (u8 before = 0; *text; before = (u8)*text++)
		if (!put_byte(out, size, &used, (u8)*text, !is_control((u8)*text, before)))
			break;
	return out;
}
