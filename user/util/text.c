/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <stdio.h>

#include "util/text.h"

/* Appends a byte as it is or escaped; returns false when it does not fit. */
static bool text_put_byte(char *out, size_t size, size_t *used, u8 byte, bool plain)
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
		if (!text_put_byte(out, size, &used, bytes[i],
				   bytes[i] >= 0x20 && bytes[i] < 0x7f && bytes[i] != '\\'))
			break;
	return out;
}

/*
 * Control characters of C1 (ISO 6429) are 0xc2 0x80 to 0xc2 0x9f in UTF-8; older terminals also
 * accept the second byte alone.
 */
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
		if (!text_put_byte(out, size, &used, (u8)*text, !is_control((u8)*text, before)))
			break;
	return out;
}
