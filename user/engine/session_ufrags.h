/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Sessions by their ufrags (RFC 8445 section 5.3), which several may share. */
#ifndef P2PSCOPE_ENGINE_SESSION_UFRAGS_H
#define P2PSCOPE_ENGINE_SESSION_UFRAGS_H

#include "engine/session.h"

/* Returns 0 or -ENOMEM. */
int session_ufrags_begin(struct engine *e);
void session_ufrags_free(struct engine *e);

/*
 * Returns a session with these ufrags that may still be meant, NULL when there is none. `host`,
 * which may be NULL, tells sessions apart that have the same ones.
 */
struct session_state *session_find(struct engine *e, const struct ufrag *own,
				   const struct ufrag *peer, const struct addr *host);
/*
 * Returns whether these are its ufrags, in whichever order: where both hosts are on this side, each
 * one's checks name them the other way round.
 */
bool session_has_ufrags(const struct session *s, const struct ufrag *own, const struct ufrag *peer);
/* Sets or replaces the session's ufrags. */
void session_set_ufrags(struct engine *e, struct session_state *s, const struct ufrag *own,
			const struct ufrag *peer);
/* Lets its ufrags lead to it, again if it had been over for too long, and to it no more. */
void session_list_ufrags(struct engine *e, struct session_state *s);
void session_unlist_ufrags(struct engine *e, struct session_state *s);

#endif
