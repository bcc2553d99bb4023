/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "output/json_value.h"
#include "util/address.h"
#include "util/text.h"

json_t *json_time(u64 ns)
{
	return ns ? json_real((double)(ns / 1000) / 1e6) : json_null();
}

json_t *json_addr(const struct addr *ip)
{
	char text[ENDPOINT_TEXT];

	return json_string(addr_text(ip, text));
}

json_t *json_endpoint(const struct endpoint *endpoint)
{
	char text[ENDPOINT_TEXT];

	return endpoint_known(endpoint) ? json_string(endpoint_text(endpoint, text)) : json_null();
}

json_t *json_word(const char *word)
{
	return word && *word ? json_string(word) : json_null();
}

json_t *json_list_word(enum words_list list, unsigned int value)
{
	return json_word(words_name(list, value));
}

/* C0, DEL and, as UTF-8, C1: terminals take U+009B for the beginning of a sequence. */
static bool has_controls(const char *text)
{
	const u8 *c = (const u8 *)text;

	for (; *c; c++)
		if (*c < ' ' || *c == 0x7f || (*c == 0xc2 && c[1] < 0xa0))
			return true;
	return false;
}

json_t *json_words(const char *text)
{
	json_t *value = has_controls(text) ? NULL : json_string(text);
	size_t length = strlen(text), size = 4 * length + 1;
	char *escaped = value ? NULL : malloc(size);

	if (escaped)
		value = json_string(text_bytes(escaped, size, (const u8 *)text, length));
	free(escaped);
	return value;
}
