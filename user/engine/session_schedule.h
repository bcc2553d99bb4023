/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* When each session is looked at next, and which of them are over. */
#ifndef P2PSCOPE_ENGINE_SESSION_SCHEDULE_H
#define P2PSCOPE_ENGINE_SESSION_SCHEDULE_H

#include "engine/session.h"

/* Returns 0 or -ENOMEM. */
int session_schedule_begin(struct engine *e);
void session_schedule_free(struct engine *e);

/*
 * Takes in what a session has become: it is counted and found as that, and looked at again at that
 * time.
 */
void session_settle(struct engine *e, struct session_state *s, u64 again_ns);
/* Undoes that for a session that is forgotten. */
void session_unsettle(struct engine *e, struct session_state *s);
/* Has a session that is not over reviewed soon: its verdict may depend on what a sample showed. */
void session_review_soon(struct engine *e, struct session_state *s);

/* Calls `review` for each session whose time has come, which may settle or forget it. */
void sessions_review(struct engine *e, void (*review)(struct engine *e, struct session_state *s));

/* Returns the session of a known host that has been over for longest, NULL when there is none. */
struct session_state *session_over_longest(const struct engine *e);

#endif
