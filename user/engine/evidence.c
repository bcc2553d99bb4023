/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What verdicts rest on. As text it would take more memory than all else that is known of a
 * session, so an item is kept as its code and arguments, and is formatted only when somebody asks.
 *
 * A log begins with the time of its first item (8 bytes). An item is the distance of its time from
 * that, its code and point, then its arguments. Numbers take seven bits a byte, the lowest first,
 * as most are small; what may be negative is doubled, and a negative one is inverted, for the same
 * reason. A string that the log already holds is not stored again: most are the same endpoint.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/evidence.h"

#define POINT_BITS 3 /* for enum point */
_Static_assert(AT_GATEWAY < 1 << POINT_BITS, "a point does not fit in its bits");

#define FORMAT_OF(name, word, format) [name] = name##_FORMAT,

static const char *const formats[] = {P2PSCOPE_EVIDENCE(FORMAT_OF)};

static u64 zigzag_encode(s64 number)
{
	return (u64)number << 1 ^ (u64)(number >> 63);
}

static s64 zigzag_decode(u64 number)
{
	return (s64)(number >> 1 ^ -(number & 1));
}

enum argument { ARGUMENT_NONE, ARGUMENT_TEXT, ARGUMENT_U32, ARGUMENT_U64, ARGUMENT_DOUBLE };

/*
 * Finds the next conversion of a format: returns its end and sets what it takes, or returns NULL
 * when there is none.
 */
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

/* --- packing --- */

#define DRAFT_MAX 672 /* bytes: endpoints, names and numbers */

/* An item before it is in its log. */
struct draft {
	const struct evidence_log *log;
	u8 bytes[DRAFT_MAX];
	u32 len;
	bool over; /* something had no room, so that it cannot be read */
};

static void pack_bytes(struct draft *d, const void *from, size_t bytes)
{
	d->over |= bytes > sizeof(d->bytes) - d->len;
	if (d->over)
		return;
	memcpy(d->bytes + d->len, from, bytes);
	d->len += (u32)bytes;
}

static void pack_number(struct draft *d, u64 number)
{
	u8 byte;

	do {
		byte = (u8)((number & 0x7f) | (number > 0x7f ? 0x80 : 0));
		pack_bytes(d, &byte, sizeof(byte));
		number >>= 7;
	} while (number);
}

/*
 * A string: its length, doubled; then its bytes or, if that number is odd, their offset in the log.
 */
static void pack_text(struct draft *d, const void *text, size_t len)
{
	const struct evidence_log *log = d->log;
	const u8 *there = len && log->len ? memmem(log->bytes, log->len, text, len) : NULL;

	pack_number(d, len << 1 | (there ? 1 : 0));
	if (there)
		pack_number(d, (u64)(there - log->bytes));
	else
		pack_bytes(d, text, len);
}

static void pack_head(struct draft *d, u64 time_ns, enum point at, enum evidence_code code)
{
	u64 first = time_ns;

	if (d->log->len)
		memcpy(&first, d->log->bytes, sizeof(first));
	else
		pack_bytes(d, &first, sizeof(first));
	pack_number(d, zigzag_encode((s64)(time_ns - first)));
	pack_number(d, (u64)code << POINT_BITS | at);
}

static void pack_argument(struct draft *d, enum argument takes, va_list *args)
{
	const char *text;
	double real;

	switch (takes) {
	case ARGUMENT_TEXT:
		text = va_arg(*args, const char *);
		pack_text(d, text, strnlen(text, EVIDENCE_TEXT - 1));
		break;
	case ARGUMENT_U32:
		pack_number(d, va_arg(*args, u32));
		break;
	case ARGUMENT_U64:
		pack_number(d, va_arg(*args, u64));
		break;
	case ARGUMENT_DOUBLE:
		real = va_arg(*args, double);
		pack_bytes(d, &real, sizeof(real));
		break;
	case ARGUMENT_NONE:
		break;
	}
}

static bool log_reserve(struct evidence_log *log, u32 bytes)
{
	u8 *grown;

	if (log->room)
		return bytes <= log->room - log->len;
	grown = realloc(log->bytes, log->len + bytes);
	if (grown)
		log->bytes = grown;
	return grown;
}

static void log_append(struct evidence_log *log, u32 most, const struct draft *d)
{
	if (log->count >= most || d->over || !log_reserve(log, d->len)) {
		log->lost++;
		return;
	}
	memcpy(log->bytes + log->len, d->bytes, d->len);
	log->len += d->len;
	log->count++;
}

void evidence_add(struct evidence_log *log, u32 most, u64 time_ns, enum point at,
		  enum evidence_code code, const char *format, va_list args)
{
	struct draft draft = {.log = log};
	enum argument takes;
	va_list copy;

	pack_head(&draft, time_ns, at, code);
	va_copy(copy, args);
	while ((format = next_conversion(format, &takes)))
		pack_argument(&draft, takes, &copy);
	va_end(copy);
	log_append(log, most, &draft);
}

/* --- unpacking --- */

struct reader {
	const struct evidence_log *log;
	const u8 *at;
};

static void unpack_bytes(struct reader *r, void *to, size_t bytes)
{
	memcpy(to, r->at, bytes);
	r->at += bytes;
}

static u64 unpack_number(struct reader *r)
{
	u64 number = 0;
	u32 shift = 0;

	do {
		number |= (u64)(*r->at & 0x7f) << shift;
		shift += 7;
	} while (*r->at++ & 0x80);
	return number;
}

/* Returns where the string is; it has no NUL at its end. */
static const u8 *unpack_text(struct reader *r, size_t *len)
{
	u64 head = unpack_number(r);
	const u8 *text = r->at;

	*len = head >> 1;
	if (head & 1)
		return r->log->bytes + unpack_number(r);
	r->at += *len;
	return text;
}

static struct reader read_log(const struct evidence_log *log)
{
	return (struct reader){.log = log, .at = log->len ? log->bytes + sizeof(u64) : NULL};
}

static u64 unpack_head(struct reader *r, enum point *at, enum evidence_code *code)
{
	u64 first, time_ns, place;

	memcpy(&first, r->log->bytes, sizeof(first));
	time_ns = first + (u64)zigzag_decode(unpack_number(r));
	place = unpack_number(r);
	*at = place & ((1u << POINT_BITS) - 1);
	*code = place >> POINT_BITS;
	return time_ns;
}

/* --- from one log to another --- */

static void repack_argument(struct draft *d, struct reader *r, enum argument takes)
{
	const u8 *text;
	double real;
	size_t len;

	switch (takes) {
	case ARGUMENT_TEXT:
		text = unpack_text(r, &len);
		pack_text(d, text, len);
		break;
	case ARGUMENT_U32:
	case ARGUMENT_U64:
		pack_number(d, unpack_number(r));
		break;
	case ARGUMENT_DOUBLE:
		unpack_bytes(r, &real, sizeof(real));
		pack_bytes(d, &real, sizeof(real));
		break;
	case ARGUMENT_NONE:
		break;
	}
}

void evidence_append(struct evidence_log *log, u32 most, const struct evidence_log *from)
{
	struct reader r = read_log(from);
	enum evidence_code code;
	enum argument takes;
	const char *format;
	enum point at;
	u64 time_ns;

	for (u32 i = 0; i < from->count; i++) {
		struct draft draft = {.log = log};

		time_ns = unpack_head(&r, &at, &code);
		pack_head(&draft, time_ns, at, code);
		for (format = formats[code]; (format = next_conversion(format, &takes));)
			repack_argument(&draft, &r, takes);
		log_append(log, most, &draft);
	}
}

/* --- as text --- */

struct writer {
	struct evidence *out;
	size_t len; /* of its text */
};

static void write_bytes(struct writer *w, const void *bytes, size_t count)
{
	size_t room = sizeof(w->out->text) - 1 - w->len;

	if (count > room)
		count = room;
	memcpy(w->out->text + w->len, bytes, count);
	w->len += count;
}

/* `conversion` is one, and nothing else. */
static void write_argument(struct writer *w, struct reader *r, enum argument takes,
			   const char *conversion)
{
	char number[64] = "%";
	const u8 *text;
	double real;
	size_t len;

	switch (takes) {
	case ARGUMENT_TEXT:
		text = unpack_text(r, &len);
		write_bytes(w, text, len);
		return;
	case ARGUMENT_U32:
		snprintf(number, sizeof(number), conversion, (u32)unpack_number(r));
		break;
	case ARGUMENT_U64:
		snprintf(number, sizeof(number), conversion, unpack_number(r));
		break;
	case ARGUMENT_DOUBLE:
		unpack_bytes(r, &real, sizeof(real));
		snprintf(number, sizeof(number), conversion, real);
		break;
	case ARGUMENT_NONE:
		break;
	}
	write_bytes(w, number, strlen(number));
}

/* Formats the item at which the reader stands. */
static void write_evidence(struct reader *r, struct evidence *out)
{
	struct writer w = {.out = out};
	enum evidence_code code;
	const char *format, *end;
	enum argument takes;
	char conversion[8];
	enum point at;
	u64 time_ns = unpack_head(r, &at, &code);

	*out = (struct evidence){.time_ns = time_ns, .at = at, .code = code};
	for (format = formats[code]; (end = next_conversion(format, &takes)); format = end) {
		const char *begin = strchr(format, '%');

		write_bytes(&w, format, (size_t)(begin - format));
		snprintf(conversion, sizeof(conversion), "%.*s", (int)(end - begin), begin);
		write_argument(&w, r, takes, conversion);
	}
	write_bytes(&w, format, strlen(format));
}

struct evidence *evidence_copy(const struct evidence_log *log)
{
	struct evidence *list = log->count ? calloc(log->count, sizeof(*list)) : NULL, item;
	struct reader r = read_log(log);
	u32 place;

	for (u32 i = 0; list && i < log->count; i++) {
		write_evidence(&r, &item);
		for (place = i; place > 0 && list[place - 1].time_ns > item.time_ns; place--)
			list[place] = list[place - 1];
		list[place] = item;
	}
	return list;
}
