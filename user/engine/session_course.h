/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What happens to a session besides that it comes to a stage. */
#ifndef P2PSCOPE_ENGINE_SESSION_COURSE_H
#define P2PSCOPE_ENGINE_SESSION_COURSE_H

#include "engine/session.h"

/* Returns the course of a session, to write; NULL when memory is out. */
struct course *session_course(struct session_state *s);
/* Returns the same to read: all zero when there is none. */
const struct course *session_course_of(const struct session_state *s);
/* Returns a copy; NULL when there is none to copy, or memory is out. */
struct course *course_copy(const struct course *from);
/* Frees a course, which may be NULL. */
void course_free(struct course *course);

/*
 * Notes that this has happened, with the verdict that the session has now. Its first entries are
 * kept, and the newest.
 */
void course_note(struct session_state *s, u64 time_ns, enum course_state state);
/* Notes that its verdict is taken back. */
void course_reopen(struct session_state *s, u64 time_ns);
/* Notes when what its verdict rests on began; 0: that is not told. */
void course_decide(struct session_state *s, u64 since_ns);
/* Notes when a fatal DTLS alert came. */
void course_alert(struct session_state *s, u64 time_ns);
/* Returns since when the session works again; 0 when something has happened to it since. */
u64 course_recovered_ns(const struct session_state *s);
/* Takes back the newest entry if it is this state and not older than `since_ns`. */
bool course_withdraw(struct session_state *s, enum course_state state, u64 since_ns);

#endif
