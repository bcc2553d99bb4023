/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What verdicts rest on, in words. It is kept packed: it takes more room than all else that is known of a session. */
#include <stdarg.h>
#include <stdio.h>

#include "engine/state.h"

/* The last places are kept for what the verdict rests on. */
#define EVIDENCE_RESERVED 12

/* Before each text; not aligned. */
struct evidence_head {
	u64 time_ns;
	u8 at;
	u8 len; /* of the text, which ends without a zero */
} __attribute__((packed));

static const u8 *read_head(const u8 *at, struct evidence_head *head)
{
	memcpy(head, at, sizeof(*head));
	return at + sizeof(*head);
}

/* Where it belongs in time: behind all that is not later. */
static u32 place_of(const struct session_state *s, u64 time_ns)
{
	struct evidence_head head;
	u32 at = 0;

	while (at < s->told_bytes) {
		read_head(s->told + at, &head);
		if (head.time_ns > time_ns)
			break;
		at += (u32)sizeof(head) + head.len;
	}
	return at;
}

static bool insert(struct session_state *s, const struct evidence_head *head, const char *text)
{
	u32 at = place_of(s, head->time_ns), bytes = (u32)sizeof(*head) + head->len;
	u8 *told = realloc(s->told, s->told_bytes + bytes);

	if (!told)
		return false;
	memmove(told + at + bytes, told + at, s->told_bytes - at);
	memcpy(told + at, head, sizeof(*head));
	memcpy(told + at + sizeof(*head), text, head->len);
	s->told = told;
	s->told_bytes += bytes;
	return true;
}

static void add(struct session_state *s, const struct evidence_head *head, const char *text)
{
	struct session *v = &s->s;
	u32 room = SESSION_EVIDENCE - (s->judged ? 0 : EVIDENCE_RESERVED);

	if (v->nevidence < room && insert(s, head, text))
		v->nevidence++;
	else
		v->evidence_lost++;
}

void session_say(struct session_state *s, u64 time_ns, enum point at, const char *format, ...)
{
	struct evidence_head head = {.time_ns = time_ns, .at = (u8)at};
	char text[EVIDENCE_TEXT];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	head.len = (u8)strlen(text);
	add(s, &head, text);
}

void evidence_merge(struct session_state *into, const struct session_state *from)
{
	struct evidence_head head;

	for (const u8 *at = from->told; at < from->told + from->told_bytes; at += head.len) {
		at = read_head(at, &head);
		add(into, &head, (const char *)at);
	}
}

struct evidence *evidence_copy(const struct session_state *s)
{
	struct evidence *list = s->s.nevidence ? calloc(s->s.nevidence, sizeof(*list)) : NULL;
	struct evidence_head head;
	const u8 *at = s->told;

	for (u32 i = 0; list && i < s->s.nevidence; i++) {
		at = read_head(at, &head);
		list[i].time_ns = head.time_ns;
		list[i].at = head.at;
		memcpy(list[i].text, at, head.len);
		at += head.len;
	}
	return list;
}
