/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a session has of evidence: how much, and of which some is kept free. */
#include "engine/session_evidence.h"

/* So many of the last places are kept for what the verdict rests on. */
#define EVIDENCE_RESERVED 12

static u32 evidence_most(const struct session_state *s)
{
	return SESSION_EVIDENCE - (s->has_verdict ? 0 : EVIDENCE_RESERVED);
}

void session_say_as(struct session_state *s, u64 time_ns, enum point at, enum evidence_code code,
		    const char *format, ...)
{
	va_list args;

	va_start(args, format);
	evidence_add(&s->evidence, evidence_most(s), time_ns, at, code, format, args);
	va_end(args);
}

void session_say_all(struct session_state *s, const struct evidence_log *from)
{
	evidence_append(&s->evidence, evidence_most(s), from);
}
