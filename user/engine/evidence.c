/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What verdicts rest on, in words. As text it would take more room than all else that is known of a
 * session, so that it is kept as what it is made of, and put into words when somebody asks: where
 * the format lies, then each argument. A string that the session has already is not kept again;
 * most are the same endpoint. Numbers take seven bits a byte, the lowest first, as most are small;
 * what may be negative is doubled, and a negative one turned round, for the same reason.
 *
 * All begins with the time of what was told first. Each piece is its distance from that, its
 * format's place and point, and the arguments.
 */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <stdlib.h>
#include <string.h>

#include "engine/evidence.h"

/* The last places are kept for what the verdict rests on. */
#define EVIDENCE_RESERVED 12

#define POINT_BITS 3 /* for enum point */
_Static_assert(AT_GATEWAY < 1 << POINT_BITS, "a point does not fit in its bits");

/* texts of the program stay where they are, seen from another one */
static const char anchor[] = "";

static u64 folded(s64 number)
{
	return (u64)number << 1 ^ (u64)(number >> 63);
}

static s64 unfolded(u64 number)
{
	return (s64)(number >> 1 ^ -(number & 1));
}

enum argument { ARGUMENT_NONE, ARGUMENT_TEXT, ARGUMENT_U32, ARGUMENT_U64, ARGUMENT_DOUBLE };

/* The next conversion of a format: what it takes, and where it ends. NULL when there is none. */
static const char *next_conversion(const char *format, enum argument *takes)
{
	const char *at = strchr(format, '%');

	if (!at)
		return NULL;
	at += 1 + strspn(at + 1, "0123456789.");
	if (*at == 'l') {
		*takes = ARGUMENT_U64;
		return at + strlen("llu");
	}
	*takes = *at == 's'   ? ARGUMENT_TEXT
		 : *at == 'f' ? ARGUMENT_DOUBLE
		 : *at == '%' ? ARGUMENT_NONE
			      : ARGUMENT_U32;
	return at + 1;
}

/* --- putting it down --- */

#define ARGUMENTS_MAX 672 /* bytes: endpoints, names and numbers */

struct draft {
	u8 bytes[ARGUMENTS_MAX];
	u32 len;
	bool over; /* something had no room, so that it cannot be read */
};

static void put(struct draft *d, const void *from, size_t bytes)
{
	d->over |= bytes > sizeof(d->bytes) - d->len;
	if (d->over)
		return;
	memcpy(d->bytes + d->len, from, bytes);
	d->len += (u32)bytes;
}

static void put_number(struct draft *d, u64 number)
{
	u8 byte;

	do {
		byte = (u8)((number & 0x7f) | (number > 0x7f ? 0x80 : 0));
		put(d, &byte, sizeof(byte));
		number >>= 7;
	} while (number);
}

/*
 * A string: its length, doubled; then it follows, or, if that is odd, the place further in front
 * where it is.
 */
static void put_text(struct draft *d, const struct session_state *s, const char *text)
{
	size_t len = strnlen(text, EVIDENCE_TEXT - 1);
	const u8 *there = len && s->told ? memmem(s->told, s->told_bytes, text, len) : NULL;

	put_number(d, len << 1 | (there ? 1 : 0));
	if (there)
		put_number(d, (u64)(there - s->told));
	else
		put(d, text, len);
}

static void put_head(struct draft *d, const struct session_state *s, u64 time_ns)
{
	u64 first = time_ns;

	if (s->told)
		memcpy(&first, s->told, sizeof(first));
	else
		put(d, &first, sizeof(first));
	put_number(d, folded((s64)(time_ns - first)));
}

static void put_argument(struct draft *d, const struct session_state *s, enum argument takes,
			 va_list *args)
{
	double real;

	switch (takes) {
	case ARGUMENT_TEXT:
		put_text(d, s, va_arg(*args, const char *));
		break;
	case ARGUMENT_U32:
		put_number(d, va_arg(*args, u32));
		break;
	case ARGUMENT_U64:
		put_number(d, va_arg(*args, u64));
		break;
	case ARGUMENT_DOUBLE:
		real = va_arg(*args, double);
		put(d, &real, sizeof(real));
		break;
	case ARGUMENT_NONE:
		break;
	}
}

static bool append(struct session_state *s, const struct draft *d)
{
	u8 *told = realloc(s->told, s->told_bytes + d->len);

	if (!told)
		return false;
	memcpy(told + s->told_bytes, d->bytes, d->len);
	s->told = told;
	s->told_bytes += d->len;
	return true;
}

void session_say(struct session_state *s, u64 time_ns, enum point at, const char *format, ...)
{
	u32 room = SESSION_EVIDENCE - (s->judged ? 0 : EVIDENCE_RESERVED);
	struct draft draft = {.len = 0};
	enum argument takes;
	va_list args;

	put_head(&draft, s, time_ns);
	put_number(&draft, folded((intptr_t)format - (intptr_t)anchor) << POINT_BITS | at);
	va_start(args, format);
	while ((format = next_conversion(format, &takes)))
		put_argument(&draft, s, takes, &args);
	va_end(args);
	if (s->s.nevidence < room && !draft.over && append(s, &draft))
		s->s.nevidence++;
	else
		s->s.evidence_lost++;
}

/* --- putting it into words --- */

struct reader {
	const struct session_state *s;
	const u8 *at;
	struct evidence *out;
	size_t len; /* of its text */
};

static void take(struct reader *r, void *to, size_t bytes)
{
	memcpy(to, r->at, bytes);
	r->at += bytes;
}

static void write_bytes(struct reader *r, const void *bytes, size_t count)
{
	size_t room = sizeof(r->out->text) - 1 - r->len;

	if (count > room)
		count = room;
	memcpy(r->out->text + r->len, bytes, count);
	r->len += count;
}

static u64 take_number(struct reader *r)
{
	u64 number = 0;
	u32 shift = 0;

	do {
		number |= (u64)(*r->at & 0x7f) << shift;
		shift += 7;
	} while (*r->at++ & 0x80);
	return number;
}

static void write_text(struct reader *r)
{
	u64 head = take_number(r);

	if (head & 1) {
		write_bytes(r, r->s->told + take_number(r), head >> 1);
		return;
	}
	write_bytes(r, r->at, head >> 1);
	r->at += head >> 1;
}

/* `conversion` is one, and nothing else. */
static void write_argument(struct reader *r, enum argument takes, const char *conversion)
{
	char text[64] = "%";
	double real;

	switch (takes) {
	case ARGUMENT_TEXT:
		write_text(r);
		return;
	case ARGUMENT_U32:
		snprintf(text, sizeof(text), conversion, (u32)take_number(r));
		break;
	case ARGUMENT_U64:
		snprintf(text, sizeof(text), conversion, take_number(r));
		break;
	case ARGUMENT_DOUBLE:
		take(r, &real, sizeof(real));
		snprintf(text, sizeof(text), conversion, real);
		break;
	case ARGUMENT_NONE:
		break;
	}
	write_bytes(r, text, strlen(text));
}

/* The piece of evidence at which the reader stands. */
static void read_evidence(struct reader *r, struct evidence *out)
{
	u64 first, time_ns, place;
	enum argument takes;
	const char *format, *end;
	char conversion[8];

	memcpy(&first, r->s->told, sizeof(first));
	time_ns = first + (u64)unfolded(take_number(r));
	place = take_number(r);
	*out = (struct evidence){.time_ns = time_ns, .at = place & ((1u << POINT_BITS) - 1)};
	r->out = out;
	r->len = 0;
	for (format = (const char *)((intptr_t)anchor + unfolded(place >> POINT_BITS));
	     (end = next_conversion(format, &takes)); format = end) {
		const char *begin = strchr(format, '%');

		write_bytes(r, format, (size_t)(begin - format));
		snprintf(conversion, sizeof(conversion), "%.*s", (int)(end - begin), begin);
		write_argument(r, takes, conversion);
	}
	write_bytes(r, format, strlen(format));
}

/* They are kept in the order in which they were told, and are told in that of time. */
struct evidence *evidence_copy(const struct session_state *s)
{
	struct evidence *list = s->s.nevidence ? calloc(s->s.nevidence, sizeof(*list)) : NULL, item;
	struct reader r = {.s = s, .at = s->told ? s->told + sizeof(u64) : NULL};
	u32 place;

	for (u32 i = 0; list && i < s->s.nevidence; i++) {
		read_evidence(&r, &item);
		for (place = i; place > 0 && list[place - 1].time_ns > item.time_ns; place--)
			list[place] = list[place - 1];
		list[place] = item;
	}
	return list;
}

void evidence_merge(struct session_state *into, const struct session_state *from)
{
	struct evidence *list = evidence_copy(from);

	for (u32 i = 0; list && i < from->s.nevidence; i++)
		session_say(into, list[i].time_ns, list[i].at, "%s", list[i].text);
	free(list);
}
