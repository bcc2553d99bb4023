/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sessions without ufrags: of applications that put none into their checks, and of those whose
 * checks were not seen.
 */
#ifndef P2PSCOPE_ENGINE_SESSION_ANONYMOUS_H
#define P2PSCOPE_ENGINE_SESSION_ANONYMOUS_H

#include "engine/session.h"

/*
 * Returns the session of a flow that carries DTLS or RTP, made if it has none, to begin at that
 * time; NULL when its host is not known.
 */
struct session_state *session_without_ufrags(struct engine *e, struct flow *f, u64 now);

#endif
