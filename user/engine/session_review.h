/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From evidence to verdict: what verdict/ rules on a session is applied to it. */
#ifndef P2PSCOPE_ENGINE_SESSION_REVIEW_H
#define P2PSCOPE_ENGINE_SESSION_REVIEW_H

struct engine;
struct session_state;

/* Looks at all that is known of a session and sets its stage, verdict and whether it is over. */
void session_review(struct engine *e, struct session_state *s);
/* Sets a session's verdict at the end of its capture. `lacks` has LACKS_* bits. */
void session_review_end(struct engine *e, struct session_state *s, unsigned int lacks);

#endif
