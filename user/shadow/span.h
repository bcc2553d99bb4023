/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A piece of a text that somebody else owns; it need not end with a NUL. */
#ifndef P2PSCOPE_SHADOW_SPAN_H
#define P2PSCOPE_SHADOW_SPAN_H

#include <stddef.h>
#include <string.h>

#include "p2pscope/types.h"

struct span {
	const char *at;
	size_t length;
};

/* Returns whether the span begins with the text `with`. */
static inline bool span_begins(const struct span *span, const char *with)
{
	size_t length = strlen(with);

	return span->length >= length && (!length || !memcmp(span->at, with, length));
}

/* Returns whether the span is the text. */
static inline bool span_equal(const struct span *span, const char *text)
{
	return span->length == strlen(text) && span_begins(span, text);
}

/* Returns whether two spans have the same text. */
static inline bool span_same(const struct span *a, const struct span *b)
{
	return a->length == b->length && (!a->length || !memcmp(a->at, b->at, a->length));
}

/* Takes `length` bytes, which must be there, off the front. Returns them. */
static inline struct span span_take(struct span *span, size_t length)
{
	struct span taken = {span->at, length};

	span->at += length;
	span->length -= length;
	return taken;
}

/* Takes a line off the front, which must not be empty, and its newline. Returns the line. */
static inline struct span span_line(struct span *text)
{
	const char *end = memchr(text->at, '\n', text->length);
	struct span line = span_take(text, end ? (size_t)(end - text->at) : text->length);

	span_take(text, end ? 1 : 0);
	return line;
}

#endif
