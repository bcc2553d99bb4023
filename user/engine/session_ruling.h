/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How what verdict/ rules is applied to a session, and taken back. */
#ifndef P2PSCOPE_ENGINE_SESSION_RULING_H
#define P2PSCOPE_ENGINE_SESSION_RULING_H

#include "engine/verdict/verdict.h"

void session_set_verdict(struct session_state *s, enum verdict verdict, enum where where,
			 enum cause cause);
/* Takes in which drops a ruling rests on, if it does on any. */
void session_blame(struct session_state *s, const struct ruling *r);
/* Returns, of a session that works, what better path was blocked, or CAUSE_NONE. */
enum cause session_degraded_cause(struct session_state *s, const struct verdict_context *c);
/* Sets the verdict of a session, which is over with it, to a ruling; notes it as `state`. */
void session_apply(struct session_state *s, const struct verdict_context *c, const struct ruling *r,
		   enum course_state state);
/* Takes the verdict back: it was given up too early, and came further after all. */
void session_reopen(struct engine *e, struct session_state *s);
/* Brings the outlook of a session without a verdict up to date. */
void session_review_outlook(struct session_state *s, const struct verdict_context *c);

#endif
