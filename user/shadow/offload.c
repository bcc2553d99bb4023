/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <ctype.h>

#include "shadow/offload.h"

static bool in_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-';
}

/*
 * Returns the length of the unit at `at`: a comment, a quoted string, a word, or one other
 * character.
 */
static size_t unit_length(const char *at, size_t left)
{
	size_t length = 1;

	if (*at == '#' || *at == '"') {
		const char *end = memchr(at + 1, *at == '#' ? '\n' : '"', left - 1);

		return end ? (size_t)(end - at) + 1 : left;
	}
	while (length < left && in_word(at[length - 1]) && in_word(at[length]))
		length++;
	return length;
}

bool offload_find(struct span text, struct span *found)
{
	const char *flags = NULL;

	while (text.length) {
		struct span unit = span_take(&text, unit_length(text.at, text.length));

		if (flags && span_equal(&unit, "offload")) {
			*found = (struct span){flags, (size_t)(text.at - flags)};
			return true;
		}
		if (!isspace((unsigned char)*unit.at))
			flags = span_equal(&unit, "flags") ? unit.at : NULL;
	}
	return false;
}

bool offload_blank(char *text, size_t length)
{
	struct span rest = {text, length}, found;
	bool any = false;

	while (offload_find(rest, &found)) {
		memset(text + (found.at - text), ' ', found.length);
		span_take(&rest, (size_t)(found.at - rest.at) + found.length);
		any = true;
	}
	return any;
}
