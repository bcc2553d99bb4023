/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The evidence of a session: what its verdict rests on, kept in a compact form. */
#ifndef P2PSCOPE_ENGINE_EVIDENCE_H
#define P2PSCOPE_ENGINE_EVIDENCE_H

#include "engine/session.h"

/* Adds a piece of evidence. printf-like, but only %s, %u, %d, %x, %llu and %f are understood. */
void session_say(struct session_state *s, u64 time_ns, enum point at, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Counts one more of a kind of which only the first `most` are reported: returns if it is one. */
static inline bool one_of_first(u8 *count, u8 most)
{
	return *count < most && ++*count;
}

/* Adds all evidence of `from` to that of `into`. */
void evidence_merge(struct session_state *into, const struct session_state *from);
/*
 * Returns the evidence in order of time, s->s.nevidence pieces, to be freed with free(). NULL when
 * there is none, or memory is out.
 */
struct evidence *evidence_copy(const struct session_state *s);

#endif
