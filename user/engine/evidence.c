/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What verdicts rest on, in words. As text it would take more room than all else that is known of a session, so that it is
 * kept as what it is made of, and put into words when somebody asks: where the format lies, then each argument. A string that
 * the session has already is not kept again; most are the same endpoint.
 */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include "engine/state.h"

/* The last places are kept for what the verdict rests on. */
#define EVIDENCE_RESERVED 12

/* Not aligned. */
struct evidence_head {
	u64 time_ns;
	s32 format; /* distance of a text of the program, which stays, from another one */
	u8 at;
} __attribute__((packed));

/* A string: `len` bytes follow, or it is one of that length further in front. */
struct evidence_text {
	u8 len;
	u16 before; /* bytes from the beginning of all; 0: it follows */
} __attribute__((packed));

static const char anchor[] = "";

static s32 distance_of(const char *format)
{
	return (s32)((intptr_t)format - (intptr_t)anchor);
}

static const char *format_at(s32 distance)
{
	return (const char *)((intptr_t)anchor + distance);
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
	*takes = *at == 's' ? ARGUMENT_TEXT : *at == 'f' ? ARGUMENT_DOUBLE : *at == '%' ? ARGUMENT_NONE : ARGUMENT_U32;
	return at + 1;
}

/* --- putting it down --- */

#define ARGUMENTS_MAX 640 /* bytes: endpoints, names and numbers */

struct draft {
	u8 bytes[ARGUMENTS_MAX];
	u32 len;
};

static void put(struct draft *d, const void *from, size_t bytes)
{
	if (bytes > sizeof(d->bytes) - d->len)
		return;
	memcpy(d->bytes + d->len, from, bytes);
	d->len += (u32)bytes;
}

static void put_text(struct draft *d, const struct session_state *s, const char *text)
{
	size_t len = strnlen(text, EVIDENCE_TEXT - 1);
	const u8 *there = len && s->told ? memmem(s->told, s->told_bytes, text, len) : NULL;
	struct evidence_text head = {.len = (u8)len};

	if (there && there > s->told && there - s->told <= 0xffff)
		head.before = (u16)(there - s->told);
	put(d, &head, sizeof(head));
	if (!head.before)
		put(d, text, len);
}

static void put_argument(struct draft *d, const struct session_state *s, enum argument takes, va_list *args)
{
	u32 small;
	u64 large;
	double real;

	switch (takes) {
	case ARGUMENT_TEXT:
		put_text(d, s, va_arg(*args, const char *));
		break;
	case ARGUMENT_U32:
		small = va_arg(*args, u32);
		put(d, &small, sizeof(small));
		break;
	case ARGUMENT_U64:
		large = va_arg(*args, u64);
		put(d, &large, sizeof(large));
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
	struct evidence_head head = {.time_ns = time_ns, .format = distance_of(format), .at = (u8)at};
	u32 room = SESSION_EVIDENCE - (s->judged ? 0 : EVIDENCE_RESERVED);
	struct draft draft = {.len = 0};
	enum argument takes;
	va_list args;

	put(&draft, &head, sizeof(head));
	va_start(args, format);
	while ((format = next_conversion(format, &takes)))
		put_argument(&draft, s, takes, &args);
	va_end(args);
	if (s->s.nevidence < room && append(s, &draft))
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

static void write_text(struct reader *r)
{
	struct evidence_text head;

	take(r, &head, sizeof(head));
	write_bytes(r, head.before ? r->s->told + head.before : r->at, head.len);
	r->at += head.before ? 0 : head.len;
}

/* `conversion` is one, and nothing else. */
static void write_argument(struct reader *r, enum argument takes, const char *conversion)
{
	char text[64] = "%";
	double real;
	u32 small;
	u64 large;

	switch (takes) {
	case ARGUMENT_TEXT:
		write_text(r);
		return;
	case ARGUMENT_U32:
		take(r, &small, sizeof(small));
		snprintf(text, sizeof(text), conversion, small);
		break;
	case ARGUMENT_U64:
		take(r, &large, sizeof(large));
		snprintf(text, sizeof(text), conversion, large);
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
	struct evidence_head head;
	enum argument takes;
	const char *format, *end;
	char conversion[8];

	take(r, &head, sizeof(head));
	*out = (struct evidence){.time_ns = head.time_ns, .at = head.at};
	r->out = out;
	r->len = 0;
	for (format = format_at(head.format); (end = next_conversion(format, &takes)); format = end) {
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
	struct reader r = {.s = s, .at = s->told};
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
