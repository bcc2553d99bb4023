/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The evidence of a session: what its verdict rests on. */
#ifndef P2PSCOPE_ENGINE_SESSION_EVIDENCE_H
#define P2PSCOPE_ENGINE_SESSION_EVIDENCE_H

#include "engine/session.h"

/*
 * Adds evidence to a session: session_say(s, time_ns, at, EVIDENCE_..., arguments of its format).
 * Of many items the last places are kept for what the verdict rests on.
 */
#define session_say(s, time_ns, at, code, ...) \
	session_say_as(s, time_ns, at, code, code##_FORMAT, ##__VA_ARGS__)
void session_say_as(struct session_state *s, u64 time_ns, enum point at, enum evidence_code code,
		    const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Adds all evidence of `from` to the session as well. */
void session_say_all(struct session_state *s, const struct evidence_log *from);

/*
 * Counts one more of a kind of which only the first `most` become evidence. Returns whether it is
 * one of them. It is a macro, as the counts are bit fields.
 */
#define one_of_first(count, most) ((count) < (most) && ++(count))

#endif
