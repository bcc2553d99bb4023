/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <stdio.h>
#include <string.h>

#include "shadow/rule_text.h"

#define COUNTER "counter packets "
#define BETWEEN " \t\n,;:{}" /* what separates words */

static bool is_verdict(const struct span *word, bool legacy)
{
	if (legacy)
		return span_equal(word, "DROP") || span_equal(word, "REJECT") ||
		       span_equal(word, "NFQUEUE");
	return span_equal(word, "drop") || span_equal(word, "reject") || span_equal(word, "queue");
}

/* Takes the next word that is not in quotes off the front; empty at the end. */
static struct span rule_word(struct span *text)
{
	size_t length = 0;

	while (text->length && strchr(BETWEEN "\"", *text->at)) {
		const char *end =
			*text->at == '"' ? memchr(text->at + 1, '"', text->length - 1) : text->at;

		span_take(text, end ? (size_t)(end - text->at) + 1 : text->length);
	}
	while (length < text->length && !strchr(BETWEEN "\"", text->at[length]))
		length++;
	return span_take(text, length);
}

bool rule_text_can_drop(struct span text)
{
	bool legacy = span_begins(&text, "-A ");
	struct span word;

	while ((word = rule_word(&text)).length)
		if (is_verdict(&word, legacy))
			return true;
	return false;
}

/* Returns the length of a counter with its numbers at offset `i`, 0 when there is none. */
static size_t counter_length(const struct span *text, size_t i)
{
	struct span rest = {text->at + i, text->length - i};
	int length = 0;

	if (span_begins(&rest, COUNTER))
		sscanf(rest.at, "counter packets %*u bytes %*u%n", &length);
	return (size_t)length <= rest.length ? (size_t)length : 0;
}

void rule_text_write(char *out, size_t size, const struct span *text)
{
	size_t length = 0;

	for (size_t i = 0; i < text->length && length < size - 1; i++) {
		size_t skip = counter_length(text, i);
		char c = text->at[i];

		if (skip && length + strlen("counter") < size) {
			length += (size_t)sprintf(out + length, "counter");
			i += skip - 1;
		} else if (c == '\n') {
			i += strspn(text->at + i, "\n\t ") - 1;
			if (length && out[length - 1] != ' ')
				out[length++] = ' ';
		} else {
			out[length++] = c;
		}
	}
	out[length] = '\0';
}

bool rule_text_queue_is_fixed(const char *text)
{
	const char *statement = strstr(text, "queue "),
		   *number = statement ? strpbrk(statement, "0123456789") : NULL;
	const char *option = strstr(text, "--queue-");

	if (strstr(text, "fanout"))
		return false;
	return option ||
	       (number && (!strncmp(number - 4, "num ", 4) || !strncmp(number - 3, "to ", 3)));
}
